# `snakemake train`: every shipped model anew, from the folder that the setting training.data names. Hours on two cores;
# an interrupted training continues where it stopped.
DATA = SETTINGS.training.data or "(training.data is not set)"
TRAINED = SETTINGS.training.output


rule train_caller:
    input:
        config=str(RESOURCES / "training" / "variants-germline.yaml"),
        reference=f"{DATA}/variants/reference_and_truth/grch38.chr20_and_21_10M.fa.gz",
        truth=f"{DATA}/variants/reference_and_truth/HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz",
    output:
        model=f"{TRAINED}/variants-germline-v1.pt",
        card=f"{TRAINED}/variants-germline-v1.json",
    log:
        "logs/train_caller/variants-germline-v1.log",
    benchmark:
        "benchmarks/train_caller/variants-germline-v1.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=600,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        data=lambda wildcards, input: Path(input.truth).parents[2],
    shell:
        "LOCI2LEAD_DATA={params.data} loci2lead train-caller --config {input.config} --output {output.model} 2> {log}"


rule train_somatic_caller:
    input:
        config=str(RESOURCES / "training" / "variants-somatic.yaml"),
        reference=f"{DATA}/variants/reference_and_truth/grch38.chr20_and_21_10M.fa.gz",
        truth=f"{DATA}/variants/reference_and_truth/HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz",
    output:
        model=f"{TRAINED}/variants-somatic-v1.pt",
        card=f"{TRAINED}/variants-somatic-v1.json",
    log:
        "logs/train_somatic_caller/variants-somatic-v1.log",
    benchmark:
        "benchmarks/train_somatic_caller/variants-somatic-v1.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=240,
    params:
        results_version=loci2lead.variants.RESULTS_VERSION,
        data=lambda wildcards, input: Path(input.truth).parents[2],
    shell:
        "LOCI2LEAD_DATA={params.data} loci2lead train-somatic-caller --config {input.config} "
        "--output {output.model} 2> {log}"


rule train_response:
    input:
        responses=expand(f"{DATA}/response/response_{{study}}.parquet", study=["gdsc2", "gdsc1", "ccle"]),
        features=f"{DATA}/response",
    output:
        model=f"{TRAINED}/response-gdsc-v1.pt",
        card=f"{TRAINED}/response-gdsc-v1.json",
        metrics=f"{TRAINED}/response-gdsc-v1.metrics.json",
    log:
        "logs/train_response/response-gdsc-v1.log",
    benchmark:
        "benchmarks/train_response/response-gdsc-v1.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=240,
    params:
        results_version=loci2lead.response.RESULTS_VERSION,
    shell:
        "loci2lead train-response --responses {input.responses} --features {input.features} "
        "--output {output.model} --metrics {output.metrics} 2> {log}"


rule train_properties:
    input:
        recipe=str(RESOURCES / "training" / "molecules.yaml"),
        data=f"{DATA}/molecules/dev",
    output:
        model=f"{TRAINED}/molecules-properties-v1.pt",
        card=f"{TRAINED}/molecules-properties-v1.json",
        metrics=f"{TRAINED}/molecules-properties-v1.metrics.json",
    log:
        "logs/train_properties/molecules-properties-v1.log",
    benchmark:
        "benchmarks/train_properties/molecules-properties-v1.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(6000),
        runtime=600,
    params:
        results_version=loci2lead.molecules.RESULTS_VERSION,
        data=lambda wildcards, input: Path(input.data).parents[1],
    shell:
        "LOCI2LEAD_DATA={params.data} loci2lead train-properties --recipe {input.recipe} --output {output.model} "
        "--metrics {output.metrics} 2> {log}"


rule distil_properties:
    input:
        teacher=rules.train_properties.output.model,
        card=rules.train_properties.output.card,
        recipe=str(RESOURCES / "training" / "molecules.yaml"),
        data=f"{DATA}/molecules/dev",
    output:
        model=f"{TRAINED}/molecules-fast-v1.pt",
        card=f"{TRAINED}/molecules-fast-v1.json",
    log:
        "logs/distil_properties/molecules-fast-v1.log",
    benchmark:
        "benchmarks/distil_properties/molecules-fast-v1.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(6000),
        runtime=120,
    params:
        results_version=loci2lead.molecules.RESULTS_VERSION,
        data=lambda wildcards, input: Path(input.data).parents[1],
    shell:
        "LOCI2LEAD_DATA={params.data} loci2lead distil-properties --teacher {input.teacher} --recipe {input.recipe} "
        "--output {output.model} 2> {log}"
