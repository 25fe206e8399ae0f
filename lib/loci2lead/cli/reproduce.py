"""Run again what a crate describes, and say whether the results are the same.

Run it in the folder of the workflow. Inputs and models must have the crate's digests; the results go into a folder
of their own. Ends with "bytes equal", or "equal within tolerance, other CPU" where only the last digits differ and
the CPU is another one. Anything else is an error (exit code 1) that lists what differs.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--crate", type=Path, required=True, metavar="DIR", help="folder of ro-crate-metadata.json")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for settings and results")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument(
        "--moved", action="append", default=[], metavar="OLD=NEW", help="where the beginnings of input paths are now"
    )
    parser.add_argument("--workflow-profile", type=Path, metavar="DIR", help="profile for Snakemake (default: none)")


def run(
    *,
    crate: Path,
    output: Path,
    cores: int = 1,
    moved: Sequence[str] = (),
    workflow_profile: Path | None = None,
) -> None:
    """Run and compare. Raises InputError for a wrong crate or inputs, Loci2leadError where results differ."""
    from loci2lead.errors import InputError
    from loci2lead.runs import reproduce

    for text in moved:
        if "=" not in text:
            raise InputError("Wrong --moved", found=text, expected="OLD=NEW")
    found = reproduce.Crate.read(crate)
    settings = reproduce.write_settings(found, output, dict(text.split("=", 1) for text in moved))
    count = reproduce.check_inputs(found, reproduce.inputs_of(settings))
    print(f"{count} inputs and models are those of the crate")
    for difference in reproduce.surroundings_that_differ(found):
        print(f"note: {difference}")
    options = ["--workflow-profile", str(workflow_profile)] if workflow_profile else []
    reproduce.run_again(settings, cores, options)
    conclude(reproduce.compare(found, output / "results"), reproduce.on_other_cpu(found))


def conclude(verdicts: Mapping[str, str], other_cpu: bool) -> None:
    """Print the verdict, or raise Loci2leadError listing what differs."""
    from loci2lead.errors import Loci2leadError
    from loci2lead.runs.compare import Verdict

    close = [name for name, verdict in verdicts.items() if verdict == Verdict.CLOSE]
    derived = [name for name, verdict in verdicts.items() if verdict == Verdict.DERIVED]
    different = [name for name, verdict in verdicts.items() if verdict == Verdict.DIFFERENT]
    if different or ((close or derived) and not other_cpu):
        listing = "\n".join(f"  {name}: {verdicts[name]}" for name in [*different, *close, *derived])
        reason = "" if different else "; on the same kind of CPU every byte should be the same"
        raise Loci2leadError(f"{len(different + close + derived)} results are not the same{reason}:\n{listing}")
    if close or derived:
        print(f"equal within tolerance, other CPU: {len(verdicts) - len(close + derived)} of {len(verdicts)} by bytes")
    else:
        print(f"bytes equal: {len(verdicts)} results")


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
