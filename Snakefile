# loci2lead: sequencing reads to treatment reports, compound libraries to leads. For research use only.
#   snakemake --cores 2                 everything that config/config.yaml and its sheets ask for
#   snakemake variants --cores 2        up to the called variants; likewise response, molecules, reports
#   snakemake demo --configfile config/demo/config.yaml --cores 2
from snakemake.utils import min_version

min_version("9.13")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/demo.smk"
include: "workflow/rules/alignment.smk"
include: "workflow/rules/variants.smk"
include: "workflow/rules/response.smk"
include: "workflow/rules/molecules.smk"
include: "workflow/rules/reports.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/training.smk"


rule all:
    default_target: True
    input:
        variant_files(),
        quality_files(),
        report_files(),
        crate_files(),


rule demo:
    input:
        variant_files(),
        quality_files(),
        report_files(),
        crate_files(),


rule variants:
    input:
        variant_files(),
        quality_files(),


rule response:
    input:
        response_files(),


rule molecules:
    input:
        molecule_files(),


rule reports:
    input:
        report_files(),


rule train:
    input:
        trained_models(),


onerror:
    from loci2lead.cli import main as loci2lead

    loci2lead(["status", "--log", *log])
