rule describe_run:
    input:
        variant_files(),
        report_files(),
    output:
        crate=f"{RESULTS}/ro-crate-metadata.json",
        run=directory(f"{RESULTS}/run"),
    log:
        "logs/describe_run.log",
    benchmark:
        "benchmarks/describe_run.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(60),
        runtime=240,
    params:
        results_version=1,
        settings=lambda wildcards: json.dumps(config),
        snakefile=os.path.relpath(workflow.main_snakefile),
    shell:
        "loci2lead describe-run --settings {params.settings:q} --snakefile {params.snakefile} 2> {log}"
