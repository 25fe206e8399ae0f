"""The settings, sheets and input files of a run, each file under a name that holds no path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from loci2lead.config.load import expand_environment, load_settings
from loci2lead.config.schema import Settings
from loci2lead.config.sheets import FILE_COLUMNS, LibraryRow, SampleRow, read_libraries, read_samples

Row = TypeVar("Row", SampleRow, LibraryRow)
# Settings that name a file which a run reads.
FILE_SETTINGS = (
    *("response.drugs", "response.expression_reference", "ranking.weights", "ranking.activity"),
    *("report.civic", "report.moalmanac_statements", "report.moalmanac_assertions", "report.evidence"),
)
MODEL_SETTINGS = ("variants.model", "response.model", "screening.model")


@dataclass(frozen=True)
class RunInputs:
    """Settings and the rows of both sheets, `${NAME}` in paths read from the environment."""

    settings: Settings
    samples: list[SampleRow]
    libraries: list[LibraryRow]

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
    return RunInputs(
        settings,
        [with_paths(row, (*FILE_COLUMNS,), str(settings.samples)) for row in samples],
        [with_paths(row, ("path",), str(settings.libraries)) for row in libraries],
    )


def with_paths(row: Row, columns: tuple[str, ...], sheet: str) -> Row:
    """Return a sheet's row with `${NAME}` in its paths read from the environment."""
    paths: dict[str, Any] = {c: expand_environment(getattr(row, c), c, sheet) for c in columns if getattr(row, c)}
    return replace(row, **paths)
