"""The settings, sheets and input files of a run, each file under a name that holds no path."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from loci2lead.config.load import expand_environment, load_settings
from loci2lead.config.schema import Settings
from loci2lead.config.sheets import FILE_COLUMNS, LibraryRow, SampleRow, read_libraries, read_samples
from loci2lead.config.sizing import batches_of_small, size_of
from loci2lead.errors import ConfigError

# Reads that are fetched bring the index that must lie beside them.
INDEX_SUFFIX = {".bam": ".bai", ".cram": ".crai"}
Row = TypeVar("Row", SampleRow, LibraryRow)
# Settings that name a file which a run reads.
FILE_SETTINGS = (
    *("variants.force_sites", "variants.population_frequencies", "variants.panel_of_normals"),
    *("profile.population_frequencies", "response.drugs", "response.expression_reference"),
    *("ranking.weights", "ranking.activity"),
    *("report.civic", "report.moalmanac_statements", "report.moalmanac_assertions", "report.evidence"),
)
MODEL_SETTINGS = ("variants.model", "variants.somatic_model", "response.model", "screening.model")


@dataclass(frozen=True)
class RunInputs:
    """Settings and the rows of both sheets, `${NAME}` in paths read from the environment."""

    settings: Settings
    samples: list[SampleRow]
    libraries: list[LibraryRow]
    fetched: dict[str, str] = field(default_factory=dict)
    """The address of every input that is fetched, by the local path that stands for it in settings and rows."""

    def files(self) -> Iterator[tuple[str, Path]]:
        """Yield every input file with its name: "SAMPLE.reads", "LIBRARY.path", "references.GRCh38.fasta", ..."""
        for sample in self.samples:
            for column in FILE_COLUMNS:
                lanes = [text for text in getattr(sample, column).split(";") if text]
                for number, text in enumerate(lanes, start=1):
                    yield f"{sample.sample}.{column}" + (f".{number}" if len(lanes) > 1 else ""), Path(text)
        for library in self.libraries:
            yield f"{library.library}.path", Path(library.path)
        for build in sorted({sample.build for sample in self.samples}):
            for key in ("fasta", "genes"):
                if value := getattr(getattr(self.settings.references, build), key):
                    yield f"references.{build}.{key}", Path(value)
        for name in FILE_SETTINGS:
            if value := self.setting(name):
                yield name, Path(value)

    def batches(self) -> list[list[str]]:
        """Return the small samples that share jobs: reads called as germline, of a patient with no other sample."""
        patients = Counter(row.patient for row in self.samples)
        alone = [row for row in self.samples if patients[row.patient] == 1 and row.type != "tumor"]
        # Fetched reads are left out: they are not there for the first plan, and a second must not be another.
        local = [row for row in alone if row.reads and not row.variants and row.reads not in self.fetched]
        sizes = {row.sample: size_of([row.reads]) for row in local}
        return batches_of_small(sizes, self.settings.variants.samples_per_job)

    def accepts_germline_model(self, sample: SampleRow) -> bool:
        """Say whether a tumour's reads go to the germline caller because the user said so."""
        return self.settings.variants.accept_germline_model or sample.germline_model

    def somatic_tumours(self) -> list[SampleRow]:
        """Return the tumours whose reads go to the somatic caller."""
        tumours = [row for row in self.samples if row.type == "tumor" and not row.variants]
        return [row for row in tumours if not self.accepts_germline_model(row)]

    def normal_of(self, tumour: SampleRow) -> SampleRow | None:
        """Return the sample to hold a tumour against: reads of the same patient and build, a normal, else germline."""
        same = [row for row in self.samples if (row.patient, row.build) == (tumour.patient, tumour.build)]
        usable = [row for kind in ("normal", "germline") for row in same if row.type == kind and not row.variants]
        return usable[0] if usable else None

    def setting(self, name: str) -> Any:
        """Return the setting of a dotted name."""
        value: Any = self.settings
        for part in name.split("."):
            value = getattr(value, part)
        return value


def read_run(config: Mapping[str, Any], file: str) -> RunInputs:
    """Return the inputs of a run with these settings, which come from `file`. Raises ConfigError for what is wrong."""
    settings = load_settings(config, file)
    accessions = settings.privacy.accession_patterns
    samples = read_samples(settings.samples, accession_patterns=accessions) if settings.samples else []
    libraries = read_libraries(settings.libraries) if settings.libraries else []
    samples = [with_paths(row, (*FILE_COLUMNS,), str(settings.samples)) for row in samples]
    libraries = [with_paths(row, ("path",), str(settings.libraries)) for row in libraries]
    fetched: dict[str, str] = {}
    folder = f"{settings.results}/inputs"
    return RunInputs(
        _localised(settings, folder, fetched),
        [_localised(row, folder, fetched) for row in samples],
        [_localised(row, folder, fetched) for row in libraries],
        fetched,
    )


def _localised(value: Any, folder: str, fetched: dict[str, str]) -> Any:
    """Return settings or a row with local paths in place of addresses (s3://, https://, ...), noted in `fetched`."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _localised(getattr(value, f.name), folder, fetched) for f in fields(value)})
    if not isinstance(value, str) or "://" not in value:
        return value
    return ";".join(_local_path(address, folder, fetched) for address in value.split(";"))


def _local_path(address: str, folder: str, fetched: dict[str, str]) -> str:
    if "://" not in address:
        return address
    key = hashlib.sha256(address.encode()).hexdigest()[:12]
    local = f"{folder}/{key}/{address.rsplit('/', 1)[1]}"
    fetched[local] = address
    suffix = INDEX_SUFFIX.get(Path(local).suffix)
    if suffix:
        fetched[local + suffix] = address + suffix
    return local


def read_checksums(path: str | Path | None) -> dict[str, str]:
    """Return the SHA-256 by address of a file as `sha256sum` writes it. Raises ConfigError for a malformed line."""
    if path is None:
        return {}
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError("The checksums cannot be read", file=path, found=error) from error
    found = {}
    for number, line in enumerate(lines, start=1):
        parts = line.split(maxsplit=1)
        if len(parts) != 2 or not re.fullmatch(r"[0-9a-fA-F]{64}", parts[0]):
            expected = "SHA-256 and address, as `sha256sum` writes them"
            raise ConfigError("A malformed checksum", file=path, record=f"line {number}", found=line, expected=expected)
        found[parts[1].lstrip("*")] = parts[0].lower()
    return found


def with_paths(row: Row, columns: tuple[str, ...], sheet: str) -> Row:
    """Return a sheet's row with `${NAME}` in its paths read from the environment."""
    paths: dict[str, Any] = {c: expand_environment(getattr(row, c), c, sheet) for c in columns if getattr(row, c)}
    return replace(row, **paths)
