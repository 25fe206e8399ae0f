"""Errors that people can act on: what is wrong, in which file and record, and how to mend it."""

from pathlib import Path


class Loci2leadError(Exception):
    """Anything the tool itself reports as failed. The command line turns it into exit code 1."""

    exit_code = 1

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        record: str | None = None,
        found: object = None,
        expected: object = None,
        remedy: str | None = None,
    ) -> None:
        """Compose one message from its parts; parts that do not apply are left out.

        `record` names the place inside the file: a row, a site (chr1:12345), a sample, a key.
        """
        lines = [problem]
        parts = {
            "file": file,
            "record": record,
            "found": found,
            "expected": expected,
            "to mend it": remedy,
        }
        lines += [f"  {name}: {value}" for name, value in parts.items() if value is not None]
        super().__init__("\n".join(lines))
        self.problem = problem


class InputError(Loci2leadError):
    """The caller's mistake: usage, or an input that is missing or malformed. Exit code 2."""

    exit_code = 2


class ConfigError(InputError):
    """A wrong key or value in a configuration or a sheet. Exit code 2."""
