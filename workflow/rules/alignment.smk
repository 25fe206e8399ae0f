rule align_reads:
    input:
        fastq_1=fastq_files("fastq_1"),
        fastq_2=fastq_files("fastq_2"),
        reference=reference,
    output:
        reads=f"{RESULTS}/samples/{{sample}}/reads.bam",
        index=f"{RESULTS}/samples/{{sample}}/reads.bam.bai",
    log:
        "logs/align_reads/{sample}.log",
    benchmark:
        "benchmarks/align_reads/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 4
    resources:
        mem_mb=memory_of_aligner,
        runtime=1440,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        lanes=flags_of_lanes,
        aligner=SETTINGS.variants.aligner,
        trim=SETTINGS.variants.trim,
    shell:
        "loci2lead align-reads {params.lanes} --reference {input.reference} --sample-name {wildcards.sample} "
        "--aligner {params.aligner} --trim {params.trim} --threads {threads} --output {output.reads} 2> {log}"
