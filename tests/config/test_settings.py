"""Settings: one source, generated files in step, and errors that help."""

from pathlib import Path

import pytest
import yaml

from loci2lead.config.export import CONFIG_FILE, GUIDE_FILE, SCHEMA_FILE, config_yaml, guide_with_settings, schema_yaml
from loci2lead.config.load import load_settings
from loci2lead.config.schema import Settings
from loci2lead.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("file", "content"), [(CONFIG_FILE, config_yaml()), (SCHEMA_FILE, schema_yaml())])
def test_generated_files_are_in_step(file: Path, content: str) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == content, "run `make config` and commit the result"


def test_guide_is_in_step() -> None:
    guide = (ROOT / GUIDE_FILE).read_text(encoding="utf-8")
    assert guide_with_settings(guide) == guide, "run `make config` and commit the result"


def test_defaults_round_trip_through_yaml() -> None:
    assert load_settings(yaml.safe_load(config_yaml())) == Settings()


@pytest.mark.parametrize("file", sorted((ROOT / "config").glob("*/config.yaml")), ids=lambda p: p.parent.name)
def test_every_example_config_loads(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCI2LEAD_DATA", "/data")
    load_settings(yaml.safe_load(file.read_text()), file.name)


@pytest.mark.parametrize(
    ("config", "fragments"),
    [
        ({"sampels": "x"}, ["Unknown setting", "sampels", "closest known: samples", "my.yaml"]),
        ({"variants": {"min_gq": 3}}, ["variants.min_gq", "one of: model"]),
        ({"variants": {"devise": "cpu"}}, ["variants.devise", "closest known: variants.device"]),
        ({"seed": "one"}, ["seed", "'one'", "type integer"]),
        ({"seed": -1}, ["seed", "minimum 0"]),
        ({"variants": {"device": "tpu"}}, ["variants.device", "cuda"]),
        ({"report": {"date": "24.11.2026"}}, ["report.date", "format date"]),
        ({"response": {"drugs": "${NO_SUCH_FOLDER}/d.csv"}}, ["NO_SUCH_FOLDER", "export"]),
    ],
)
def test_wrong_settings_say_what_to_do(config: dict, fragments: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(config, "my.yaml")
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_environment_variables_are_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERENCES", "/ref")
    settings = load_settings({"references": {"GRCh38": {"fasta": "${REFERENCES}/genome.fa"}}})
    assert settings.references.GRCh38.fasta == "/ref/genome.fa"
