# The demo needs no data but what the package makes: everything here is simulated and says so.
DEMO = "results/demo/inputs"


rule simulate_demo:
    output:
        genome=f"{DEMO}/genome.fa",
        index=f"{DEMO}/genome.fa.fai",
        genes=f"{DEMO}/genes.gff3",
        targets=f"{DEMO}/targets.bed",
        reads=expand(f"{DEMO}/{{sample}}.bam", sample=["germline-1", "germline-2", "tumour-1"]),
        read_indexes=expand(f"{DEMO}/{{sample}}.bam.bai", sample=["germline-1", "germline-2", "tumour-1"]),
        truth=expand(f"{DEMO}/{{sample}}.truth.vcf.gz", sample=["germline-1", "germline-2", "tumour-1"]),
        expression=f"{DEMO}/tumour-1.expression.tsv",
        copy_number=f"{DEMO}/tumour-1.copy_number.tsv",
    log:
        "logs/simulate_demo.log",
    benchmark:
        "benchmarks/simulate_demo.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(750),
        runtime=10,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        seed=SETTINGS.seed,
        folder=lambda wildcards, output: Path(output.genome).parent,
    shell:
        "loci2lead simulate-demo --output {params.folder} --seed {params.seed} 2> {log}"
