rule sample_context:
    input:
        reads=reads_if_any,
    output:
        context=f"{RESULTS}/samples/{{sample}}/context.json",
    log:
        "logs/sample_context/{sample}.log",
    benchmark:
        "benchmarks/sample_context/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(48),
        runtime=5,
    params:
        results_version=loci2lead.report.RESULTS_VERSION,
        sheet=SETTINGS.samples,
        row=row_of_sample,
        reads=flags_of_inputs(["reads"]),
        germline=lambda wildcards: INPUTS.accepts_germline_model(SAMPLES[wildcards.sample])
        and "--germline-model-accepted"
        or "",
    shell:
        "loci2lead sample-context --samples {params.sheet} --sample {wildcards.sample} {params.germline} {params.reads} "
        "--output {output.context} 2> {log}"


rule report_patient:
    input:
        variants=f"{RESULTS}/samples/{{sample}}/annotated.vcf.gz",
        profile=f"{RESULTS}/samples/{{sample}}/profile.parquet",
        response=f"{RESULTS}/samples/{{sample}}/response.parquet",
        context=f"{RESULTS}/samples/{{sample}}/context.json",
        civic=given(SETTINGS.report.civic),
        moalmanac_statements=given(SETTINGS.report.moalmanac_statements),
        moalmanac_assertions=given(SETTINGS.report.moalmanac_assertions),
        evidence=given(SETTINGS.report.evidence),
        fusions=sheet_value("fusions"),
    output:
        html=report(
            f"{RESULTS}/reports/patients/{{sample}}/report.html",
            category="Patients",
            labels={"sample": "{sample}"},
            caption="../report/patient.rst",
        ),
        pdf=f"{RESULTS}/reports/patients/{{sample}}/report.pdf",
        json=f"{RESULTS}/reports/patients/{{sample}}/report.json",
    log:
        "logs/report_patient/{sample}.log",
    benchmark:
        "benchmarks/report_patient/{sample}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(450),
        runtime=30,
    params:
        results_version=loci2lead.report.RESULTS_VERSION,
        evidence=flags_of_inputs(["civic", "moalmanac_statements", "moalmanac_assertions", "evidence", "fusions"]),
        demo="--demo-evidence" if SETTINGS.report.demo_evidence else "",
        date=flag("--report-date", SETTINGS.report.date),
        age=SETTINGS.report.max_evidence_age_months,
        language=SETTINGS.report.language,
        audit=flag("--audit-log", SETTINGS.audit_log),
        inputs=lambda wildcards, input: Path(input.context).parent,
        folder=lambda wildcards, output: Path(output.html).parent,
    shell:
        "loci2lead report-patient --sample {wildcards.sample} --inputs {params.inputs} {params.evidence} "
        "{params.demo} {params.date} --max-evidence-age-months {params.age} --language {params.language} {params.audit} "
        "--output {params.folder} 2> {log}"


rule report_screen:
    input:
        scores=f"{RESULTS}/libraries/{{library}}/scores.parquet",
        leads=f"{RESULTS}/libraries/{{library}}/leads.parquet",
        atoms=explained(f"{RESULTS}/libraries/{{library}}/leads.atoms.parquet"),
    output:
        html=report(
            f"{RESULTS}/reports/libraries/{{library}}/report.html",
            category="Libraries",
            labels={"library": "{library}"},
            caption="../report/screen.rst",
        ),
        pdf=f"{RESULTS}/reports/libraries/{{library}}/report.pdf",
        json=f"{RESULTS}/reports/libraries/{{library}}/report.json",
    log:
        "logs/report_screen/{library}.log",
    benchmark:
        "benchmarks/report_screen/{library}.tsv"
    conda:
        "../../envs/loci2lead.yaml"
    threads: 1
    resources:
        mem_mb=memory(450),
        runtime=30,
    params:
        results_version=loci2lead.report.RESULTS_VERSION,
        simulated=lambda wildcards: "--simulated" if LIBRARIES[wildcards.library].simulated else "",
        folder=lambda wildcards, output: Path(output.html).parent,
    shell:
        "loci2lead report-screen --scores {input.scores} --leads {input.leads} --title {wildcards.library} "
        "{params.simulated} --output {params.folder} 2> {log}"
