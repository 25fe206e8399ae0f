"""Copy an input that was fetched from elsewhere to where the run looks for it, its checksum verified on the way.

The workflow calls this for every address (s3://, https://, ...) in settings and sheets, after a storage plugin of
Snakemake has downloaded it. Without --sha256 the log says that nothing was verified.
"""

import argparse
import logging
from pathlib import Path

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--file", type=Path, required=True, help="the downloaded file")
    parser.add_argument("--sha256", help="what its SHA-256 must be")
    parser.add_argument("--output", type=Path, required=True, help="the copy")


def run(*, file: Path, output: Path, sha256: str | None = None) -> None:
    """Copy. Raises InputError where the file is missing or another one than expected; nothing is left then."""
    import shutil

    from loci2lead.errors import InputError
    from loci2lead.io.atomic import atomic_path
    from loci2lead.provenance import sha256_of

    if not file.is_file():
        raise InputError("File not found", file=file, remedy="check the address")
    with atomic_path(output) as temporary:
        shutil.copyfile(file, temporary)
        found = sha256_of(temporary)
        if sha256 and found != sha256.lower():
            raise InputError(
                "The fetched file is not the expected one",
                file=file,
                found=f"SHA-256 {found}",
                expected=sha256,
                remedy="fetch it again; if it has changed on purpose, mend the file of the setting `checksums`",
            )
    log.info("%s %s", found, "verified" if sha256 else "not verified: the setting `checksums` does not list it")


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
