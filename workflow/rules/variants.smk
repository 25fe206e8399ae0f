rule call_variants:
    input:
        reads=reads,
        reference=reference,
        model=weights(SETTINGS.variants.model),
        regions=sheet_value("targets"),
    output:
        vcf=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz",
        index=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz.tbi",
    log:
        "logs/call_variants/{sample}.log",
    benchmark:
        "benchmarks/call_variants/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=240,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        device=SETTINGS.variants.device,
        sex=lambda wildcards: flag("--sex", SAMPLES[wildcards.sample].sex),
        regions=flags_of_inputs(["regions"]),
        gvcf=lambda wildcards: flag(
            "--gvcf", SETTINGS.variants.gvcf and f"{RESULTS}/samples/{wildcards.sample}/calls.g.vcf.gz"
        ),
    shell:
        "loci2lead call-variants --reads {input.reads} --reference {input.reference} --model {input.model} "
        "--sample-name {wildcards.sample} {params.sex} {params.regions} {params.gvcf} --device {params.device} "
        "--threads {threads} --output {output.vcf} 2> {log}"


rule annotate_variants:
    input:
        variants=variants,
        genes=genes,
        reference=optional_reference,
    output:
        vcf=f"{RESULTS}/samples/{{sample}}/annotated.vcf.gz",
        index=f"{RESULTS}/samples/{{sample}}/annotated.vcf.gz.tbi",
    log:
        "logs/annotate_variants/{sample}.log",
    benchmark:
        "benchmarks/annotate_variants/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=60,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        reference=flags_of_inputs(["reference"]),
    shell:
        "loci2lead annotate-variants --variants {input.variants} --genes {input.genes} {params.reference} "
        "--sample-name {wildcards.sample} --output {output.vcf} 2> {log}"
