rule call_variants:
    input:
        reads=reads,
        reads_index=index_of_reads,
        reference=reference,
        model=weights(SETTINGS.variants.model),
        regions=sheet_value("targets"),
    output:
        vcf=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz",
        index=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz.tbi",
        gvcf=if_gvcf(f"{RESULTS}/samples/{{sample}}/calls.g.vcf.gz"),
    log:
        "logs/call_variants/{sample}.log",
    benchmark:
        "benchmarks/call_variants/{sample}.tsv"
    wildcard_constraints:
        sample="|".join(sorted(SAMPLES.keys() - called_as_somatic())) or "(?!)",
    conda:
        "../../envs/loci2lead.yaml"
    threads: 2
    resources:
        mem_mb=memory(1100),
        runtime=240,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        device=SETTINGS.variants.device,
        sex=lambda wildcards: flag("--sex", SAMPLES[wildcards.sample].sex),
        regions=flags_of_inputs(["regions"]),
        gvcf=lambda wildcards, output: flag("--gvcf", output.get("gvcf")),
        shard=flag_of_shard,
    shell:
        "loci2lead call-variants --reads {input.reads} --reference {input.reference} --model {input.model} "
        "--sample-name {wildcards.sample} {params.sex} {params.regions} {params.gvcf} {params.shard} "
        "--device {params.device} --threads {threads} --output {output.vcf} 2> {log}"


# A large sample is called in several jobs, about equal in reads, which are joined to the bytes of one.
use rule call_variants as call_variants_shard with:
    output:
        vcf=temp(f"{RESULTS}/samples/{{sample}}/shards/{{shard}}.vcf.gz"),
        index=temp(f"{RESULTS}/samples/{{sample}}/shards/{{shard}}.vcf.gz.tbi"),
        gvcf=temp(if_gvcf(f"{RESULTS}/samples/{{sample}}/shards/{{shard}}.g.vcf.gz")),
    log:
        "logs/call_variants/{sample}.{shard}.log",
    benchmark:
        "benchmarks/call_variants/{sample}.{shard}.tsv"


ruleorder: gather_calls > call_variants
ruleorder: gather_somatic_calls > call_somatic


rule gather_calls:
    input:
        parts=shard_files(".vcf.gz"),
        gvcf_parts=shard_files(".g.vcf.gz") if SETTINGS.variants.gvcf else [],
    output:
        vcf=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz",
        index=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz.tbi",
        gvcf=if_gvcf(f"{RESULTS}/samples/{{sample}}/calls.g.vcf.gz"),
    log:
        "logs/gather_calls/{sample}.log",
    benchmark:
        "benchmarks/gather_calls/{sample}.tsv"
    wildcard_constraints:
        sample=in_several_parts(shards_of(somatic=False)),
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(120),
        runtime=60,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        gvcf=lambda wildcards, input, output: SETTINGS.variants.gvcf
        and f"--gvcf-parts {input.gvcf_parts} --gvcf {output.gvcf}"
        or "",
    shell:
        "loci2lead gather-calls --parts {input.parts} {params.gvcf} --output {output.vcf} 2> {log}"


rule call_somatic:
    input:
        tumor=reads,
        normal=normal_reads,
        reference=reference,
        model=weights(SETTINGS.variants.somatic_model),
        regions=sheet_value("targets"),
        force_sites=given(SETTINGS.variants.force_sites),
        population_frequencies=given(SETTINGS.variants.population_frequencies),
        panel_of_normals=given(SETTINGS.variants.panel_of_normals),
    output:
        vcf=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz",
        index=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz.tbi",
    log:
        "logs/call_somatic/{sample}.log",
    benchmark:
        "benchmarks/call_somatic/{sample}.tsv"
    wildcard_constraints:
        sample="|".join(called_as_somatic()) or "(?!)",
    conda:
        "../../envs/loci2lead.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000),
        runtime=480,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        device=SETTINGS.variants.device,
        optional=flags_of_inputs(["normal", "regions", "force_sites", "population_frequencies", "panel_of_normals"]),
        normal_name=lambda wildcards: flag("--normal-name", normal_of(wildcards.sample)),
        shard=flag_of_shard,
    shell:
        "loci2lead call-somatic --tumor {input.tumor} --reference {input.reference} --model {input.model} "
        "--sample-name {wildcards.sample} {params.normal_name} {params.optional} {params.shard} "
        "--device {params.device} --threads {threads} --output {output.vcf} 2> {log}"


use rule call_somatic as call_somatic_shard with:
    output:
        vcf=temp(f"{RESULTS}/samples/{{sample}}/shards/{{shard}}.vcf.gz"),
        index=temp(f"{RESULTS}/samples/{{sample}}/shards/{{shard}}.vcf.gz.tbi"),
    log:
        "logs/call_somatic/{sample}.{shard}.log",
    benchmark:
        "benchmarks/call_somatic/{sample}.{shard}.tsv"


use rule gather_calls as gather_somatic_calls with:
    input:
        parts=shard_files(".vcf.gz"),
    output:
        vcf=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz",
        index=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz.tbi",
    wildcard_constraints:
        sample=in_several_parts(shards_of(somatic=True)),
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        gvcf="",


rule msi:
    input:
        tumor=reads,
        normal=normal_reads,
        reference=reference,
        regions=sheet_value("targets"),
    output:
        json=f"{RESULTS}/samples/{{sample}}/msi.json",
    log:
        "logs/msi/{sample}.log",
    benchmark:
        "benchmarks/msi/{sample}.tsv"
    wildcard_constraints:
        sample="|".join(called_as_somatic()) or "(?!)",
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(400),
        runtime=60,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        optional=flags_of_inputs(["normal", "regions"]),
    shell:
        "loci2lead msi --tumor {input.tumor} --reference {input.reference} {params.optional} "
        "--output {output.json} 2> {log}"


rule tumour_burden:
    input:
        variants=f"{RESULTS}/samples/{{sample}}/calls.vcf.gz",
        covered=sheet_value("targets"),
    output:
        json=f"{RESULTS}/samples/{{sample}}/tmb.json",
    log:
        "logs/tumour_burden/{sample}.log",
    benchmark:
        "benchmarks/tumour_burden/{sample}.tsv"
    wildcard_constraints:
        sample="|".join(called_as_somatic()) or "(?!)",
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(180),
        runtime=30,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
    shell:
        "loci2lead tumour-burden --variants {input.variants} --covered {input.covered} --output {output.json} 2> {log}"


rule qc_sample:
    input:
        reads=reads,
        reads_index=index_of_reads,
        reference=reference,
        variants=variants,
        regions=sheet_value("targets"),
        same_patient=calls_of_same_patient,
    output:
        html=report(
            f"{RESULTS}/samples/{{sample}}/quality.html",
            category="Quality",
            labels={"sample": "{sample}"},
        ),
        json=f"{RESULTS}/samples/{{sample}}/quality.json",
        multiqc=f"{RESULTS}/samples/{{sample}}/quality_mqc.json",
    log:
        "logs/qc_sample/{sample}.log",
    benchmark:
        "benchmarks/qc_sample/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(400),
        runtime=60,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        sex=lambda wildcards: flag("--sex", SAMPLES[wildcards.sample].sex),
        regions=flags_of_inputs(["regions"]),
        same_patient=lambda wildcards, input: flag("--same-patient", " ".join(input.get("same_patient") or [])),
    shell:
        "loci2lead qc-sample --reads {input.reads} --reference {input.reference} --variants {input.variants} "
        "--sample-name {wildcards.sample} {params.sex} {params.regions} {params.same_patient} "
        "--output {output.html} 2> {log}"


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
        mem_mb=memory(300),
        runtime=60,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        reference=flags_of_inputs(["reference"]),
        column=column_of_calls,
    shell:
        "loci2lead annotate-variants --variants {input.variants} --genes {input.genes} {params.reference} "
        "{params.column} --sample-name {wildcards.sample} --output {output.vcf} 2> {log}"


# Many small samples share processes, whose starts would cost more than their work: all three steps of each.
for number, names in enumerate(INPUTS.batches(), 1):

    rule:
        name:
            f"small_samples_{number}"
        input:
            reads=of_each(names, reads),
            reads_index=of_each(names, index_of_reads),
            reference=of_each(names, reference),
            model=weights(SETTINGS.variants.model),
            regions=of_each(names, sheet_value("targets")),
            genes=of_each(names, genes),
        output:
            vcf=expand(f"{RESULTS}/samples/{{sample}}/calls.vcf.gz", sample=names),
            index=expand(f"{RESULTS}/samples/{{sample}}/calls.vcf.gz.tbi", sample=names),
            gvcf=expand(if_gvcf(f"{RESULTS}/samples/{{sample}}/calls.g.vcf.gz"), sample=names),
            annotated=expand(f"{RESULTS}/samples/{{sample}}/annotated.vcf.gz", sample=names),
            annotated_index=expand(f"{RESULTS}/samples/{{sample}}/annotated.vcf.gz.tbi", sample=names),
            html=report(expand(f"{RESULTS}/samples/{{sample}}/quality.html", sample=names), category="Quality"),
            json=expand(f"{RESULTS}/samples/{{sample}}/quality.json", sample=names),
            multiqc=expand(f"{RESULTS}/samples/{{sample}}/quality_mqc.json", sample=names),
        log:
            f"logs/small_samples/{number}.log",
        benchmark:
            f"benchmarks/small_samples/{number}.tsv"
        conda:
            "../../envs/loci2lead.yaml"
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=240,
        params:
            results_version=loci2lead.variants.RESULTS_VERSION,
            chains=chains_of_small(names),
        shell:
            "loci2lead run-several {params.chains} 2> {log}"
