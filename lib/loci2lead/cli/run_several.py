"""Run several subcommands in one process, for many small jobs whose starts would cost more than their work.

    loci2lead run-several "call-variants --reads a.bam ... && annotate-variants ..." "call-variants --reads b.bam ..."

Each argument is a chain: subcommands joined by &&, of which the rest is left out once one fails. A failed chain does
not stop the others; the exit code says whether any failed. Outputs have the same bytes as those of separate runs.
"""

import argparse
import logging
import shlex
from collections.abc import Iterator, Sequence

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("chains", nargs="+", metavar="CHAIN", help="subcommands with their options, joined by &&")


def run(*, chains: Sequence[str]) -> None:
    """Run all chains. Raises InputError for a chain that cannot be read, Loci2leadError where any failed."""
    from loci2lead.errors import Loci2leadError

    parsed = [list(_commands(chain)) for chain in chains]
    failed = []
    for number, commands in enumerate(parsed, 1):
        log.info("%d of %d", number, len(parsed))
        command = _first_to_fail(commands)
        if command:
            failed.append(f"chain {number}: loci2lead {shlex.join(command)}")
    if failed:
        raise Loci2leadError(
            "Some chains failed; the others are complete", found="\n".join(failed), remedy="see the messages above"
        )


def _commands(chain: str) -> Iterator[list[str]]:
    from loci2lead.errors import InputError

    try:
        words = shlex.split(chain)
    except ValueError as error:
        raise InputError("A chain cannot be read", found=chain, expected="balanced quotes") from error
    command: list[str] = []
    for word in [*words, "&&"]:
        if word != "&&":
            command.append(word)
        elif command and command[0] != "run-several":
            yield command
            command = []
        else:
            raise InputError("A chain cannot be read", found=chain, expected="SUBCOMMAND OPTIONS && SUBCOMMAND ...")


def _first_to_fail(commands: Sequence[list[str]]) -> list[str] | None:
    """Run the commands of a chain until one fails, and return that one."""
    from loci2lead.cli import run_command

    return next((command for command in commands if run_command(command)), None)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
