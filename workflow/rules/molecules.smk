rule screen_library:
    input:
        library=lambda wildcards: LIBRARIES[wildcards.library].path,
        model=weights(SETTINGS.screening.model),
    output:
        scores=f"{RESULTS}/libraries/{{library}}/scores.parquet",
        rejected=f"{RESULTS}/libraries/{{library}}/scores.rejected.tsv",
    log:
        "logs/screen_library/{library}.log",
    benchmark:
        "benchmarks/screen_library/{library}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 2
    resources:
        mem_mb=memory(1500),
        runtime=480,
    params:
        results_version=loci2lead.molecules.RESULTS_VERSION,
        smiles=lambda wildcards: flag("--smiles-column", LIBRARIES[wildcards.library].smiles_column),
        id=lambda wildcards: flag("--id-column", LIBRARIES[wildcards.library].id_column),
        endpoints=flag("--endpoints", ",".join(SETTINGS.screening.endpoints)),
        device=SETTINGS.screening.device,
        rows=flag_of_rows,
    shell:
        "loci2lead screen-library --library {input.library} --model {input.model} {params.smiles} {params.id} "
        "{params.endpoints} {params.rows} --device {params.device} --threads {threads} --output {output.scores} 2> {log}"


# A large library is scored in several jobs, which are joined to the bytes of one.
use rule screen_library as screen_library_part with:
    output:
        scores=temp(f"{RESULTS}/libraries/{{library}}/parts/{{rows}}.parquet"),
        rejected=temp(f"{RESULTS}/libraries/{{library}}/parts/{{rows}}.rejected.tsv"),
    log:
        "logs/screen_library/{library}.{rows}.log",
    benchmark:
        "benchmarks/screen_library/{library}.{rows}.tsv"


ruleorder: gather_scores_in_folder > gather_scores > screen_library


rule gather_scores:
    input:
        parts=part_files,
        rejected=lambda wildcards: [path.replace(".parquet", ".rejected.tsv") for path in part_files(wildcards)],
    output:
        scores=f"{RESULTS}/libraries/{{library}}/scores.parquet",
        rejected=f"{RESULTS}/libraries/{{library}}/scores.rejected.tsv",
    log:
        "logs/gather_scores/{library}.log",
    benchmark:
        "benchmarks/gather_scores/{library}.tsv"
    wildcard_constraints:
        library=in_several_parts(parts_of(in_folder=False)),
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(800),
        runtime=1440,
    params:
        results_version=loci2lead.molecules.RESULTS_VERSION,
        folder=lambda wildcards, input: Path(input.parts[0]).parent,  # a thousand names are too long for a command
        form="",
    shell:
        "loci2lead gather-scores --parts {params.folder} {params.form} --output {output.scores} 2> {log}"


use rule gather_scores as gather_scores_in_folder with:
    output:
        scores=directory(f"{RESULTS}/libraries/{{library}}/scores.parquet"),
        rejected=f"{RESULTS}/libraries/{{library}}/scores.rejected.tsv",
    wildcard_constraints:
        library=in_several_parts(parts_of(in_folder=True)),
    threads: 8
    params:
        results_version=loci2lead.molecules.RESULTS_VERSION,
        folder=lambda wildcards, input: Path(input.parts[0]).parent,
        form=lambda wildcards, threads: f"--partitioned --threads {threads}",


rule rank_compounds:
    input:
        scores=f"{RESULTS}/libraries/{{library}}/scores.parquet",
        weights=SETTINGS.ranking.weights or str(RESOURCES / "ranking" / "default.yaml"),
        activity=given(SETTINGS.ranking.activity),
        response=response_for_ranking,
        model=explained(weights(SETTINGS.screening.model)),
    output:
        leads=f"{RESULTS}/libraries/{{library}}/leads.parquet",
        csv=f"{RESULTS}/libraries/{{library}}/leads.csv",
        sdf=f"{RESULTS}/libraries/{{library}}/leads.sdf",
        atoms=explained(f"{RESULTS}/libraries/{{library}}/leads.atoms.parquet"),
    log:
        "logs/rank_compounds/{library}.log",
    benchmark:
        "benchmarks/rank_compounds/{library}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(900 if SETTINGS.ranking.explain else 400),
        runtime=60,
    params:
        results_version=loci2lead.molecules.RESULTS_VERSION,
        optional=flags_of_inputs(["activity", "response", "model"]),
        explain=flag("--explain", ",".join(SETTINGS.ranking.explain)),
        top=SETTINGS.ranking.explain_top,
    shell:
        "loci2lead rank-compounds --scores {input.scores} --weights {input.weights} {params.optional} "
        "{params.explain} --explain-top {params.top} "
        "--output {output.leads} 2> {log}"
