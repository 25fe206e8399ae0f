# Addresses (s3://, https://, ...) in settings and sheets stand for files that this rule fetches and verifies.
# Needs `pip install 'loci2lead[storage]'`; nothing is fetched where all paths are local.
rule fetch_input:
    input:
        remote=remote_file,
    output:
        file=f"{RESULTS}/inputs/{{key}}/{{name}}",
    log:
        "logs/fetch_input/{key}.{name}.log",
    benchmark:
        "benchmarks/fetch_input/{key}.{name}.tsv"
    wildcard_constraints:
        key="[0-9a-f]{12}",
        name="[^/]+",
    retries: 2
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(100),
        runtime=720,
    params:
        results_version=1,
        sha256=checksum,
    shell:
        "loci2lead fetch-input --file {input.remote} {params.sha256} --output {output.file} 2> {log}"
