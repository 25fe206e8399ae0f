"""The command line itself: help, unknown names, exit codes, tracebacks only with --debug."""

import pytest

from loci2lead import cli
from loci2lead.errors import InputError, Loci2leadError


def test_help_lists_every_subcommand_with_its_line(run_cli) -> None:
    code, out, _ = run_cli("--help")
    assert code == 0
    for name, text in cli.subcommands().items():
        assert name in out and text in out


def test_no_argument_shows_help(run_cli) -> None:
    code, out, _ = run_cli()
    assert code == 0 and "subcommands:" in out


def test_unknown_subcommand_offers_the_closest(run_cli) -> None:
    code, _, err = run_cli("call-variant")
    assert code == 2 and "did you mean call-variants?" in err


@pytest.mark.parametrize("name", cli.subcommands())
def test_every_subcommand_has_help(run_cli, name: str) -> None:
    code, out, _ = run_cli(name, "--help")
    assert code == 0 and cli.subcommands()[name] in out


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (InputError("Bad", file="x.bam", record="chr1:5", found=1, expected=2, remedy="mend"), 2, "to mend it: mend"),
        (Loci2leadError("Broken"), 1, "Broken"),
        (ValueError("surprise"), 1, "--debug"),
        (KeyboardInterrupt(), 1, "interrupted"),
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_errors_become_exit_codes(run_cli, monkeypatch, error, code, shown, debug) -> None:
    from loci2lead.cli import doctor

    def fail(_args: object) -> None:
        raise error

    monkeypatch.setattr(doctor, "main", fail)
    got, _, err = run_cli("doctor", *(["--debug"] if debug else []))
    assert got == code and shown in err
    assert ("Traceback" in err) == (debug and not isinstance(error, KeyboardInterrupt))
