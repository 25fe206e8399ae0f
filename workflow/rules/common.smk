# Settings, sheets, and everything that rules look up: the only file of the workflow with functions.
import json
import os
import shlex
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

from snakemake.exceptions import WorkflowError

import loci2lead.molecules
import loci2lead.report
import loci2lead.response
import loci2lead.variants
from loci2lead.config.sizing import jobs_of_reads, row_ranges
from loci2lead.errors import ConfigError
from loci2lead.runs.efficiency import SNAKEMAKE_MB
from loci2lead.runs.inputs import INDEX_SUFFIX, read_checksums, read_run

RESOURCES = Path(str(files("loci2lead").joinpath("resources")))


SHIPPED = (
    "variants-germline-v1",
    "variants-somatic-v1",
    "response-gdsc-v1",
    "molecules-properties-v1",
    "molecules-fast-v1",
)


def load_inputs():
    """Return settings, both sheets and checksums, or stop before any job with a message that says what to mend."""
    try:
        run = read_run(config, ", ".join(map(str, workflow.configfiles)))
        return run, read_checksums(run.settings.checksums)
    except ConfigError as error:
        raise WorkflowError(str(error))


INPUTS, CHECKSUMS = load_inputs()
SETTINGS = INPUTS.settings
SAMPLES = {row.sample: row for row in INPUTS.samples}
LIBRARIES = {row.library: row for row in INPUTS.libraries}
RESULTS = SETTINGS.results


wildcard_constraints:
    sample="|".join(SAMPLES) or "(?!)",
    library="|".join(LIBRARIES) or "(?!)",


def files_of_reads(sample):
    return [path for path in (sample.reads, *sample.fastq_1.split(";"), *sample.fastq_2.split(";")) if path]


# In how many jobs each sample is called, and the ranges of rows in which each library is scored.
SHARDS = {name: jobs_of_reads(files_of_reads(row), SETTINGS.variants.shard_gb) for name, row in SAMPLES.items()}
PARTS = {name: row_ranges(row.path, SETTINGS.screening.shard_rows) for name, row in LIBRARIES.items()}


def in_several_parts(counts):
    """Return a pattern of the names that are worked on in several jobs, for rules that join parts."""
    return "|".join(name for name, count in counts.items() if count > 1) or "(?!)"


def shards_of(somatic):
    """Return the numbers of parts of the samples that the somatic, or else the germline caller works on."""
    return {name: count for name, count in SHARDS.items() if (name in called_as_somatic()) == somatic}


def shard_files(suffix):
    """Return a function that lists the parts of a sample's calls in their order."""
    return lambda wildcards: [
        f"{RESULTS}/samples/{wildcards.sample}/shards/{number}-of-{SHARDS[wildcards.sample]}{suffix}"
        for number in range(1, SHARDS[wildcards.sample] + 1)
    ]


def flag_of_shard(wildcards):
    return flag("--shard", wildcards.get("shard", "").replace("-of-", "/"))


def parts_of(in_folder):
    """Return the numbers of parts of the libraries whose scores are a folder, or else one file."""
    large = {
        name: len(parts) * SETTINGS.screening.shard_rows > SETTINGS.screening.folder_rows
        for name, parts in PARTS.items()
    }
    return {name: len(parts) for name, parts in PARTS.items() if large[name] == in_folder}


def part_files(wildcards):
    return [f"{RESULTS}/libraries/{wildcards.library}/parts/{rows}.parquet" for rows in PARTS[wildcards.library]]


def flag_of_rows(wildcards):
    return flag("--rows", wildcards.get("rows"))


def chains_of_small(names):
    """Return what is done with each sample of a batch, as chains for `loci2lead run-several`."""
    return lambda wildcards: [shlex.quote(chain_of_small(SAMPLES[name])) for name in names]


def chain_of_small(row):
    """Return the commands of the rules call_variants, annotate_variants and qc_sample for a sample by itself."""
    name = SimpleNamespace(sample=row.sample)
    folder = f"{RESULTS}/samples/{row.sample}"
    calls, sex, regions = f"{folder}/calls.vcf.gz", flag("--sex", row.sex), flag("--regions", row.targets)
    given = f"--reads {row.reads} --reference {reference(name)} --sample-name {row.sample} {sex} {regions}"
    gvcf = f"--gvcf {folder}/calls.g.vcf.gz" if SETTINGS.variants.gvcf else ""
    model = f"--model {weights(SETTINGS.variants.model)} --device {SETTINGS.variants.device}"
    bases = " ".join(f"--reference {path}" for path in optional_reference(name))
    return (
        f"call-variants {given} {model} {gvcf} --output {calls} && "
        f"annotate-variants --variants {calls} --genes {genes(name)} {bases} --sample {row.sample} "
        f"--sample-name {row.sample} --output {folder}/annotated.vcf.gz && "
        f"qc-sample {given} --variants {calls} --output {folder}/quality.html"
    )


def if_gvcf(path):
    """Return an output that is written only where the settings ask for gVCFs."""
    return [path] if SETTINGS.variants.gvcf else []


def weights(name):
    """Return the file of a model: a path as given, or a shipped model by name."""
    return name if name.endswith(".pt") else str(RESOURCES / "weights" / f"{name}.pt")


def build(wildcards):
    return getattr(SETTINGS.references, SAMPLES[wildcards.sample].build)


def setting_of_build(wildcards, key):
    value = getattr(build(wildcards), key)
    if value is None:
        name = SAMPLES[wildcards.sample].build
        raise WorkflowError(
            f"Sample {wildcards.sample} needs references.{name}.{key}, which is not set\n"
            f"  to mend it: put references: {{{name}: {{{key}: /path/to/file}}}} into your config file"
        )
    return value


def reference(wildcards):
    return SAMPLES[wildcards.sample].reference or setting_of_build(wildcards, "fasta")


def genes(wildcards):
    return setting_of_build(wildcards, "genes")


def of_each(names, function):
    """Return what an input function gives for each of several samples, without repeats."""
    found = [function(SimpleNamespace(sample=name)) for name in names]
    files = [path for paths in found for path in ([paths] if isinstance(paths, str) else paths)]
    return list(dict.fromkeys(files))


def reads(wildcards):
    return reads_of(wildcards.sample)


def reads_of(name):
    return SAMPLES[name].reads or f"{RESULTS}/samples/{name}/reads.bam"


def called_as_somatic():
    """Return the names of the tumours whose reads go to the somatic caller."""
    return [row.sample for row in INPUTS.somatic_tumours()]


def normal_of(name):
    """Return the name of the sample to hold a tumour against, or None."""
    row = INPUTS.normal_of(SAMPLES[name])
    return row.sample if row else None


def normal_reads(wildcards):
    name = normal_of(wildcards.sample)
    return [reads_of(name)] if name else []


def column_of_calls(wildcards):
    """Return the flag that names the sample's column in a file that our callers wrote."""
    return flag("--sample", "" if SAMPLES[wildcards.sample].variants else wildcards.sample)


def reads_if_any(wildcards):
    return [] if SAMPLES[wildcards.sample].variants else reads(wildcards)


def index_of_reads(wildcards):
    """Return the index of reads that are fetched, so that it is fetched with them; a local one lies beside them."""
    path = reads(wildcards)
    return [path + INDEX_SUFFIX[Path(path).suffix]] if path in INPUTS.fetched else []


def address(wildcards):
    return INPUTS.fetched[f"{RESULTS}/inputs/{wildcards.key}/{wildcards.name}"]


def remote_file(wildcards):
    return storage(address(wildcards))


def checksum(wildcards):
    return flag("--sha256", CHECKSUMS.get(address(wildcards)))


def calls_of_same_patient(wildcards):
    """Return the calls of the patient's other germline and normal samples, which the reads must agree with."""
    own = SAMPLES[wildcards.sample]
    others = [s for s in of_type("germline", "normal") if SAMPLES[s].patient == own.patient and s != own.sample]
    return [SAMPLES[s].variants or f"{RESULTS}/samples/{s}/calls.vcf.gz" for s in others]


def fastq_files(column):
    """Return a function that lists a sample's files of one mate, one per lane (`;` between them in the sheet)."""
    return lambda wildcards: [p for p in getattr(SAMPLES[wildcards.sample], column).split(";") if p]


def flags_of_lanes(wildcards, input):
    return " ".join(f"--fastq {first} {second}" for first, second in zip(input.fastq_1, input.fastq_2))


def memory_of_aligner(wildcards, input, attempt):
    """Return MB: eight bytes a base of the reference (bwa-mem2's index takes six), more with every attempt."""
    return SNAKEMAKE_MB + attempt * (2000 + 8 * Path(input.reference).stat().st_size // 1_000_000)


def memory(mb):
    """Return MB for the first attempt, twice as much for every retry, and what Snakemake takes in a cluster's job.

    The numbers in the rules are up to twice the peaks in tests/benchmarks/resources.tsv.
    """
    return lambda wildcards, attempt: mb * 2 ** (attempt - 1) + SNAKEMAKE_MB


def variants(wildcards):
    """Return the sample's variant file: its own, or the one called from its reads."""
    given = SAMPLES[wildcards.sample].variants
    return given or f"{RESULTS}/samples/{wildcards.sample}/calls.vcf.gz"


def given(value):
    """Return an optional input as a list, so that an empty one is no input at all."""
    return [value] if value else []


def explained(file):
    """Return a file that is only there where the atoms of leads are explained, as a list."""
    return given(SETTINGS.ranking.explain and file)


def flag(name, value):
    return f"{name} {value}" if value else ""


def flags_of_inputs(names):
    """Return a function that writes `--some-name FILE` for each named input that is there."""

    def write(wildcards, input):
        values = {name.replace("_", "-"): input.get(name) for name in names}
        return " ".join(f"--{option} {value}" for option, value in values.items() if value)

    return write


def optional_reference(wildcards):
    return given(SAMPLES[wildcards.sample].reference or build(wildcards).fasta)


def sheet_value(column):
    return lambda wildcards: given(getattr(SAMPLES[wildcards.sample], column))


def response_for_ranking(wildcards):
    """Return the predicted response of the sample that the setting ranking.response_of names, if any."""
    sample = SETTINGS.ranking.response_of
    if sample and sample not in of_type("tumor"):
        raise WorkflowError(
            f"The setting ranking.response_of names {sample}, which is no tumour of the sheet\n"
            f"  expected: one of {', '.join(of_type('tumor')) or 'none, as the sheet holds no tumour'}"
        )
    return [f"{RESULTS}/samples/{sample}/response.parquet"] if sample else []


def row_of_sample(wildcards):
    """Return the sample's row, so that only a change of this row makes its jobs run again."""
    return sorted(asdict(SAMPLES[wildcards.sample]).items())


def of_type(*types):
    return [name for name, sample in SAMPLES.items() if sample.type in types]


def variant_files():
    return [f"{RESULTS}/samples/{name}/annotated.vcf.gz" for name in SAMPLES] + biomarker_files(called_as_somatic())


def biomarker_files(tumours):
    """Return what is measured of tumours that come as reads; the burden needs to know what was covered."""
    burdens = [f"{RESULTS}/samples/{name}/tmb.json" for name in tumours if SAMPLES[name].targets]
    return [f"{RESULTS}/samples/{name}/msi.json" for name in tumours] + burdens


def quality_files():
    with_reads = [name for name, sample in SAMPLES.items() if sample.reads or sample.fastq_1]
    return [f"{RESULTS}/samples/{name}/quality.html" for name in with_reads]


def response_files():
    return [f"{RESULTS}/samples/{name}/response.parquet" for name in of_type("tumor")]


def molecule_files():
    return [f"{RESULTS}/libraries/{name}/leads.parquet" for name in LIBRARIES]


def report_files():
    patients = [f"{RESULTS}/reports/patients/{name}/report.html" for name in of_type("tumor")]
    screens = [f"{RESULTS}/reports/libraries/{name}/report.html" for name in LIBRARIES]
    return [*patients, *screens]


def crate_files():
    return [f"{RESULTS}/ro-crate-metadata.json"]


def trained_models():
    return [f"{SETTINGS.training.output}/{name}.pt" for name in SHIPPED]
