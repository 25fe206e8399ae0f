rule profile_tumour:
    input:
        variants=f"{RESULTS}/samples/{{sample}}/annotated.vcf.gz",
        genes=genes,
        copy_number=sheet_value("copy_number"),
        expression=sheet_value("expression"),
        covered=sheet_value("targets"),
        population_frequencies=given(SETTINGS.profile.population_frequencies),
    output:
        profile=f"{RESULTS}/samples/{{sample}}/profile.parquet",
    log:
        "logs/profile_tumour/{sample}.log",
    benchmark:
        "benchmarks/profile_tumour/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(450),
        runtime=30,
    params:
        results_version=loci2lead.response.RESULTS_VERSION,
        oncotree=lambda wildcards: SAMPLES[wildcards.sample].oncotree,
        optional=flags_of_inputs(["copy_number", "expression", "covered", "population_frequencies"]),
        assume=SETTINGS.profile.assume_covered,
    shell:
        "loci2lead profile-tumour --variants {input.variants} --genes {input.genes} {params.optional} "
        "--assume-covered {params.assume} --oncotree {params.oncotree} --sample {wildcards.sample} "
        "--output {output.profile} 2> {log}"


rule predict_response:
    input:
        profile=f"{RESULTS}/samples/{{sample}}/profile.parquet",
        model=weights(SETTINGS.response.model),
        drugs=given(SETTINGS.response.drugs),
        expression_reference=given(SETTINGS.response.expression_reference),
    output:
        response=f"{RESULTS}/samples/{{sample}}/response.parquet",
        distributions=f"{RESULTS}/samples/{{sample}}/response.distributions.tsv",
    log:
        "logs/predict_response/{sample}.log",
    benchmark:
        "benchmarks/predict_response/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(700),
        runtime=30,
    params:
        results_version=loci2lead.response.RESULTS_VERSION,
        optional=flags_of_inputs(["drugs", "expression_reference"]),
    shell:
        "loci2lead predict-response --profile {input.profile} --model {input.model} {params.optional} "
        "--output {output.response} 2> {log}"
