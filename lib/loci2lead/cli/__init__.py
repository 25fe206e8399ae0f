"""The command line: finds the subcommands beside this file and imports only the one that is asked for."""

import argparse
import ast
import difflib
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from loci2lead import __version__
from loci2lead.errors import Loci2leadError

DESCRIPTION = (
    "loci2lead takes sequencing reads to treatment reports and compound libraries to leads. "
    "For research use only; not a medical device."
)


def subcommands() -> dict[str, str]:
    """Return subcommand names and their one-line help, read from the docstrings without importing."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found[path.stem.replace("_", "-")] = doc.split("\n", 1)[0]
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; return 0 for success, 2 for the caller's mistake, 1 for anything else."""
    try:
        return run_command(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        print("loci2lead: interrupted; nothing half-written was left", file=sys.stderr)
        return 1


def run_command(argv: Sequence[str]) -> int:
    """Run one subcommand and return its exit code; an interrupt goes on to the caller."""
    argv = list(argv)
    known = subcommands()
    parser = _parser(known)
    if not argv or argv[0].startswith("-"):
        return _exit_code(parser, argv)
    name = argv[0]
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        print(f"loci2lead: unknown subcommand {name!r}{hint} See loci2lead --help", file=sys.stderr)
        return 2
    module = importlib.import_module(f"loci2lead.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=f"loci2lead {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    parser.add_argument("--debug", action="store_true", help="log more, and show the traceback of an error")
    try:
        args = parser.parse_args(argv[1:])
    except SystemExit as stop:
        return int(stop.code or 0)
    return _run(module.main, args)


def _run(entry: object, args: argparse.Namespace) -> int:
    debug = args.__dict__.pop("debug")
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.INFO, format="%(message)s", stream=sys.stderr, force=True
    )
    for noisy in ("matplotlib", "numba", "PIL", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        entry(args)  # type: ignore[operator]
    except Loci2leadError as error:
        if debug:
            traceback.print_exc()
        print(f"loci2lead: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # who read our output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(
            f"loci2lead: {type(error).__name__}: {error}\n  run again with --debug to see where",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser(known: dict[str, str]) -> argparse.ArgumentParser:
    width = max(map(len, known), default=0)
    listing = "\n".join(f"  {name:<{width}}  {text}" for name, text in known.items())
    parser = argparse.ArgumentParser(
        prog="loci2lead",
        description=DESCRIPTION,
        epilog=f"subcommands:\n{listing}\n\nloci2lead SUBCOMMAND --help describes each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"loci2lead {__version__}")
    parser.add_argument("subcommand", nargs="?", help="one of the list below")
    return parser


def _exit_code(parser: argparse.ArgumentParser, argv: list[str]) -> int:
    try:
        parser.parse_args(argv or ["--help"])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 2
