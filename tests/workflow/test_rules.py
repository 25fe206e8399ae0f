"""Every rule is complete, every example configuration plans, and mistakes stop before any job."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RULES = {
    match[1]: match[2]
    for file in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    for match in re.finditer(r"^rule (\w+):\n((?:(?:    .*)?\n)+)", file.read_text(), re.MULTILINE)
}
DIRECTIVES = ("output", "log", "benchmark", "conda", "threads", "resources", "params", "shell")


@pytest.mark.parametrize("name", RULES)
def test_rule_is_complete(name: str) -> None:
    body = RULES[name]
    missing = [d for d in DIRECTIVES if not re.search(rf"^    {d}:", body, re.MULTILINE)]
    assert not missing
    assert "results_version=" in body
    assert f"logs/{name}" in body and f"benchmarks/{name}" in body


@pytest.mark.parametrize("name", RULES)
def test_rule_calls_the_subcommand_of_its_name(name: str) -> None:
    called = re.search(r"loci2lead ([\w-]+)", RULES[name].split("shell:")[1])
    assert called and (ROOT / "lib/loci2lead/cli" / f"{called[1].replace('-', '_')}.py").exists()


def test_functions_stand_in_common_only() -> None:
    for file in (ROOT / "workflow" / "rules").glob("*.smk"):
        assert file.name == "common.smk" or "def " not in file.read_text()


def test_conda_environment_pins_what_the_lock_pins() -> None:
    conda = yaml.safe_load((ROOT / "envs/loci2lead.yaml").read_text())
    pip = next(part["pip"] for part in conda["dependencies"] if isinstance(part, dict))
    lock = [line for line in (ROOT / "envs/cpu.txt").read_text().splitlines() if "==" in line]
    assert pip == lock


@pytest.mark.parametrize("name", ["cpu", "gpu", "dev"])
def test_lock_leaves_the_kind_of_torch_to_the_user(name: str) -> None:
    lines = (ROOT / f"envs/{name}.txt").read_text().splitlines()
    assert "torch==2.13.0" in lines
    assert not [line for line in lines if line.startswith(("nvidia", "triton", "cuda")) or "+cpu" in line]


@pytest.mark.workflow
def test_demo_plans_in_the_order_of_the_chain(snakemake) -> None:
    done = snakemake("demo", "--configfile", "config/demo/config.yaml", "--dry-run", check=True)
    for rule in ("simulate_demo", "call_variants", "predict_response", "report_patient", "report_screen"):
        assert rule in done.stdout


@pytest.mark.workflow
@pytest.mark.data
def test_real_example_plans(snakemake, data_dir: Path) -> None:
    done = snakemake("all", "--configfile", "config/real-example/config.yaml", "--dry-run", check=True)
    assert "report_patient" in done.stdout and "call_variants" in done.stdout


@pytest.mark.workflow
def test_the_demo_explains_its_leads(snakemake) -> None:
    page = "results/demo/reports/libraries/demo-compounds/report.html"
    done = snakemake(page, "--configfile", "config/demo/config.yaml", "--dry-run", "--printshellcmds", check=True)
    assert "--explain herg,ames --explain-top 20" in done.stdout
    assert re.search(r"rule report_screen:\n    input: .*leads\.atoms\.parquet", done.stdout)


@pytest.mark.workflow
@pytest.mark.data
def test_training_plans(snakemake, data_dir: Path) -> None:
    done = snakemake("train", "--configfile", "config/training/config.yaml", "--dry-run", check=True)
    assert all(
        rule in done.stdout for rule in ("train_caller", "train_response", "train_properties", "distil_properties")
    )


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("changes", "fragments"),
    [
        ({"sampels": "x"}, ["Unknown setting", "closest known: samples"]),
        ({"samples": "absent.tsv"}, ["absent.tsv"]),
        ({"ranking": {"response_of": "tumour-9"}}, ["tumour-9", "one of tumour-1"]),
        ({"references": {"demo": {"genes": None}}}, ["references.demo.genes", "to mend it"]),
    ],
)
def test_mistakes_stop_before_any_job(snakemake, project: Path, changes: dict, fragments: list[str]) -> None:
    config = yaml.safe_load((project / "config/demo/config.yaml").read_text())
    for key, value in changes.items():
        config[key] = {**config.get(key, {}), **value} if isinstance(value, dict) else value
    (project / "my.yaml").write_text(yaml.safe_dump(config))
    done = snakemake("demo", "--configfile", "my.yaml")
    assert done.returncode != 0
    for fragment in fragments:
        assert fragment in done.stdout + done.stderr
    assert not list(project.glob("results/*"))
