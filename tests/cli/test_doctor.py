"""doctor names what is missing and how to mend it."""

from pathlib import Path

import pytest

from loci2lead.cli import doctor


def test_complete_installation_passes(run_cli) -> None:
    code, out, _ = run_cli("doctor")
    assert code == 0
    assert "ok        Python 3.11" in out
    assert "model variants-germline-v1" in out


def test_missing_package_is_named_with_its_remedy(run_cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    code, out, err = run_cli("doctor")
    assert code == 1
    assert "missing   no-such-package" in out and "pip install -r envs/cpu.txt" in out
    assert "1 needed thing is missing" in err


def test_misspelt_profile_is_noticed(run_cli) -> None:
    code, out, _ = run_cli("doctor", "--workflow-profile", "workflow/profiles/slrum")
    assert code == 1 and "no profile at workflow/profiles/slrum" in out


def test_settings_and_sheets_are_checked(run_cli, tmp_path: Path) -> None:
    config = tmp_path / "my.yaml"
    config.write_text("samples: null\nlibraries: null\nsampels: x\n")
    code, _, err = run_cli("doctor", "--configfile", config)
    assert code == 2 and "closest known: samples" in err
    config.write_text("samples: null\nlibraries: null\n")
    assert run_cli("doctor", "--configfile", config)[0] == 0


def test_unreadable_settings(run_cli, tmp_path: Path) -> None:
    assert run_cli("doctor", "--configfile", tmp_path / "absent.yaml")[0] == 2
