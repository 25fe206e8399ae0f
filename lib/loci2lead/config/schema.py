"""The settings, each with its default and one sentence of help: the single source of config.yaml and its schema."""

from dataclasses import dataclass, field
from typing import Any


def setting(default: Any, help: str, **constraints: Any) -> Any:
    """Declare one setting: its default, one sentence for people, and JSON-schema constraints."""
    metadata = {"help": help, "constraints": constraints}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def section(kind: type, help: str) -> Any:
    """Declare a group of settings."""
    return field(default_factory=kind, metadata={"help": help, "constraints": {}})


@dataclass(frozen=True)
class Build:
    """Files of one genome build."""

    fasta: str | None = setting(None, "reference genome, FASTA with index (.fai); needed to call variants from reads")
    genes: str | None = setting(None, "gene models, Ensembl-style GFF3; needed for every patient")


@dataclass(frozen=True)
class References:
    """Genome builds a sample can name in its column `build`."""

    GRCh37: Build = section(Build, "GRCh37 (hg19)")
    GRCh38: Build = section(Build, "GRCh38 (hg38)")
    demo: Build = section(Build, "the small simulated genome of `make demo`")


@dataclass(frozen=True)
class Variants:
    """Calling small variants from reads."""

    model: str = setting("variants-germline-v1", "name of a shipped model, or path of one you trained")
    somatic_model: str = setting("variants-somatic-v1", "the same for tumours' reads")
    force_sites: str | None = setting(
        None,
        "VCF of actionable sites that a tumour's calls print whatever is there, for the report's list of what was seen",
    )
    population_frequencies: str | None = setting(
        None, "indexed VCF with INFO/AF, to tell germline alleles in a tumour without a normal"
    )
    panel_of_normals: str | None = setting(None, "indexed VCF of sites seen in normal samples, for the same")
    device: str = setting("auto", "where the network runs", enum=["auto", "cpu", "cuda"])
    aligner: str = setting(
        "auto",
        "what aligns FASTQ; auto takes the first that is installed",
        enum=["auto", "bwa-mem2", "bwa", "minimap2", "mappy"],
    )
    trim: str = setting("none", "whether FASTQ is trimmed before alignment", enum=["none", "fastp"])
    shard_gb: float = setting(
        20, "reads of more GB are called in one job per so many GB; no result depends on it", minimum=0.001
    )
    samples_per_job: int = setting(
        1,
        "so many small germline samples (under 1 GB of reads, their patient's only one) share a job, which saves the "
        "starts of many; put new samples at the end of the sheet then, since a batch whose samples change runs again",
        minimum=1,
    )
    gvcf: bool = setting(False, "write a gVCF with reference blocks beside the calls")
    accept_germline_model: bool = setting(
        False,
        "call a tumour's reads with the germline model instead of the somatic one; its report then prints no "
        "negative and says that germline and somatic were not separated",
    )


@dataclass(frozen=True)
class Profile:
    """From variants to the tumour's profile per gene."""

    assume_covered: str = setting(
        "none",
        "what a variant file without `targets` is taken to cover: none (unknown stays unknown) or exome",
        enum=["none", "exome"],
    )
    population_frequencies: str | None = setting(
        None,
        "VCF (INFO/AF) or TSV (chrom, pos, ref, alt, af) of the samples' build: common variants count as inherited",
    )


@dataclass(frozen=True)
class Response:
    """Predicting drug response."""

    model: str = setting("response-gdsc-v1", "name of a shipped model, or path of one you trained")
    drugs: str | None = setting(None, "CSV of further drugs (drug,smiles,targets,pathway) to predict")
    expression_reference: str | None = setting(
        None, "log2(TPM + 1) of 20 samples or more, sample x gene, to map a tumour's RNA; without it RNA is not used"
    )


@dataclass(frozen=True)
class Screening:
    """Scoring compound libraries."""

    model: str = setting("molecules-properties-v1", "name of a shipped model, or path of one you trained")
    endpoints: list[str] = setting([], "endpoints to score, by the name of their data set; empty means all")
    device: str = setting("auto", "where the network runs", enum=["auto", "cpu", "cuda"])
    shard_rows: int = setting(
        1_048_576, "larger libraries are scored in one job per so many rows; no result depends on it", minimum=2048
    )
    folder_rows: int = setting(
        20_000_000, "scores of larger libraries are a folder of Parquet files, written by several processes", minimum=1
    )


@dataclass(frozen=True)
class Ranking:
    """From scores to a shortlist."""

    weights: str | None = setting(None, "weights and filters of the ranking, YAML; null for the package's own")
    activity: str | None = setting(None, "measured or computed activity per compound (id, value), TSV or Parquet")
    response_of: str | None = setting(
        None, "sample whose predicted response is shown for known drugs; it counts only if the weights say so"
    )
    explain: list[str] = setting([], "endpoints whose atoms the screen's report colours (some 5 s more); empty: none")
    explain_top: int = setting(20, "for how many of the best leads, and for all picks", minimum=1)


@dataclass(frozen=True)
class Report:
    """What the reports draw on. Evidence files are yours: check their licence."""

    date: str | None = setting(
        None,
        "date printed on the reports (YYYY-MM-DD); without it no age of evidence is checked",
        format="date",
    )
    civic: str | None = setting(None, "CIViC release, TSV of clinical evidence summaries")
    moalmanac_statements: str | None = setting(None, "MOAlmanac regulatory statements, TSV")
    moalmanac_assertions: str | None = setting(None, "MOAlmanac assertions, TSV")
    evidence: str | None = setting(None, "your own evidence table, TSV; columns in config/README.md")
    demo_evidence: bool = setting(False, "use the small demonstration table that comes with the package")
    max_evidence_age_months: int = setting(12, "older evidence raises a banner", minimum=1)
    language: str = setting(
        "en", "language of a patient's HTML and PDF; French is marked as not clinically reviewed", enum=["en", "fr"]
    )


@dataclass(frozen=True)
class Privacy:
    """What helps to keep identities out."""

    accession_patterns: list[str] = setting(
        [], r"regular expressions of your site's accession numbers (such as ^S\d{2}-\d{5}), refused in the sheet"
    )


@dataclass(frozen=True)
class Training:
    """What `snakemake train` reads. Paths inside the YAML files are relative to the data folder."""

    data: str | None = setting(None, "folder with the training data", examples=["${LOCI2LEAD_DATA}"])
    output: str = setting("results/training", "where trained weights, cards and metrics go")


@dataclass(frozen=True)
class Settings:
    """All settings of a run. `${NAME}` in a path is read from the environment."""

    samples: str | None = setting("config/samples.tsv", "sheet of samples, TSV; null for none")
    libraries: str | None = setting("config/libraries.tsv", "sheet of compound libraries, TSV; null for none")
    results: str = setting("results", "folder for everything the workflow writes")
    audit_log: str | None = setting(
        None, "log that every patient's report is noted in, its lines chained by digests; see `loci2lead audit`"
    )
    checksums: str | None = setting(
        None, "SHA-256 of inputs that are fetched from addresses, as `sha256sum` writes them: digest, address"
    )
    seed: int = setting(1, "seed of every random step", minimum=0)
    references: References = section(References, "genome builds")
    variants: Variants = section(Variants, "calling small variants from reads")
    profile: Profile = section(Profile, "from variants to the tumour's profile")
    response: Response = section(Response, "predicting drug response")
    screening: Screening = section(Screening, "scoring compound libraries")
    ranking: Ranking = section(Ranking, "from scores to a shortlist")
    report: Report = section(Report, "reports and the evidence they draw on")
    privacy: Privacy = section(Privacy, "keeping identities out")
    training: Training = section(Training, "training models anew (`snakemake train`)")
