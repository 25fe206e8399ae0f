"""Reads and references at addresses: fetched from a local S3 server, verified, and called as local ones are."""

import functools
import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from loci2lead.errors import ConfigError
from loci2lead.runs.inputs import read_checksums, read_run
from tests.workflow.demo_runs import clone, environment, finish

PLUGINS = ("snakemake_storage_plugin_s3", "snakemake_storage_plugin_http")
LACKING = [name for name in (*PLUGINS, "moto", "boto3") if importlib.util.find_spec(name) is None]
INSTALL = "pip install 'loci2lead[storage]' 'moto[server,s3]'"
needs_s3 = pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)} ({INSTALL})")
KEYS = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
FILES = ("germline-1.bam", "germline-1.bam.bai", "genome.fa", "genes.gff3")


@pytest.fixture
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def upload(endpoint: str, folder: Path) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **KEYS)
    client.create_bucket(Bucket="reads")
    for name in FILES:
        client.upload_file(str(folder / name), "reads", name)


@pytest.mark.workflow
@pytest.mark.timeout(900)
@needs_s3
@pytest.mark.filterwarnings("ignore")
def test_reads_in_a_bucket_are_verified_and_called_as_local_ones(endpoint: str, tmp_path: Path) -> None:
    folder = clone(tmp_path / "run")
    made = [sys.executable, "-m", "loci2lead", "simulate-demo", "--output", "inputs", "--seed", "1"]
    subprocess.run(made, cwd=folder, env=environment(), check=True, capture_output=True)
    upload(endpoint, folder / "inputs")
    sums = {name: hashlib.sha256((folder / "inputs" / name).read_bytes()).hexdigest() for name in FILES}
    listing = "".join(f"{digest}  s3://reads/{name}\n" for name, digest in sums.items())
    (folder / "sums.txt").write_text(listing.replace(sums["genes.gff3"], "0" * 64))
    called = {}
    for source in ("s3://reads", "inputs"):
        cells = {
            "patient": "p1",
            "sample": "s1",
            "type": "germline",
            "build": "demo",
            "reads": f"{source}/germline-1.bam",
        }
        (folder / "samples.tsv").write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
        config = {"samples": "samples.tsv", "libraries": None, "results": f"out-{source[:2]}", "checksums": "sums.txt"}
        config["references"] = {"demo": {"fasta": f"{source}/genome.fa", "genes": f"{source}/genes.gff3"}}
        (folder / "my.yaml").write_text(yaml.safe_dump(config))
        remote = ("--storage-s3-endpoint-url", endpoint, "--storage-s3-access-key", "nobody")
        flags = (*remote, "--storage-s3-secret-key", "nothing", "--keep-going") if source.startswith("s3") else ()
        done = finish(folder, "variants", "--configfile", "my.yaml", *flags)
        if source.startswith("s3"):
            assert done.returncode != 0, "the gene models have another checksum"
            log = next((folder / "logs/fetch_input").glob("*.genes.gff3.log")).read_text()
            assert "not the expected one" in log
            (folder / "sums.txt").write_text(listing)
            done = finish(folder, "variants", "--configfile", "my.yaml", *flags)
        assert done.returncode == 0, done.stdout[-4000:]
        called[source] = (folder / f"out-{source[:2]}" / "samples/s1/annotated.vcf.gz").read_bytes()
    assert called["s3://reads"] == called["inputs"]
    logs = [path.read_text() for path in (folder / "logs/fetch_input").glob("*.log")]
    assert len(logs) == len(FILES) and all("verified" in log and "not verified" not in log for log in logs)


@pytest.fixture
def web_folder(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve an empty folder on loopback; yield its address and path."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(SimpleHTTPRequestHandler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


@pytest.mark.workflow
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    importlib.util.find_spec("snakemake_storage_plugin_http") is None,
    reason="not installed: snakemake-storage-plugin-http",
)
def test_reads_on_a_web_server_are_called_as_local_ones(web_folder: tuple[str, Path], tmp_path: Path) -> None:
    address, served = web_folder
    folder = clone(tmp_path / "run")
    made = [sys.executable, "-m", "loci2lead", "simulate-demo", "--output", str(served)]
    subprocess.run(made, cwd=folder, env=environment(), check=True, capture_output=True)
    called = []
    for source in (address, str(served)):
        row = f"p1\ts1\tgermline\tdemo\t{source}/germline-1.bam"
        (folder / "samples.tsv").write_text(f"patient\tsample\ttype\tbuild\treads\n{row}\n")
        (folder / "my.yaml").write_text(
            f"samples: samples.tsv\nlibraries: null\nresults: out{len(called)}\n"
            f"references: {{demo: {{fasta: '{source}/genome.fa', genes: '{source}/genes.gff3'}}}}\n"
        )
        target = f"out{len(called)}/samples/s1/annotated.vcf.gz"
        done = finish(folder, target, "--configfile", "my.yaml")
        assert done.returncode == 0, done.stdout[-4000:]
        called.append((folder / target).read_bytes())
    assert called[0] == called[1]
    logs = [path.read_text() for path in (folder / "logs/fetch_input").glob("*.log")]
    assert len(logs) == len(FILES) and all("not verified" in log for log in logs), "no checksums were given"


def test_addresses_stand_for_local_files(tmp_path: Path) -> None:
    sheet = tmp_path / "s.tsv"
    row = {"patient": "p1", "sample": "s1", "type": "germline", "build": "demo", "reads": "s3://bucket/a/x.bam"}
    sheet.write_text("\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
    config = {"samples": str(sheet), "libraries": None, "references": {"demo": {"fasta": "https://host/g.fa"}}}
    run = read_run(config, "my.yaml")
    local = run.samples[0].reads
    assert local.startswith("results/inputs/") and local.endswith("/x.bam")
    fasta = run.settings.references.demo.fasta
    assert fasta and fasta.endswith("/g.fa")
    assert run.fetched == {
        local: "s3://bucket/a/x.bam",
        f"{local}.bai": "s3://bucket/a/x.bam.bai",
        fasta: "https://host/g.fa",
    }


def test_fetched_reads_are_in_no_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not there when a run is planned first; once there they must not change the plan."""
    monkeypatch.chdir(tmp_path)
    sheet = tmp_path / "s.tsv"
    rows = ["patient\tsample\ttype\tbuild\treads"]
    rows += [
        f"p{i}\ts{i}\tgermline\tdemo\t{source}/x{i}.bam" for i, source in enumerate(("a", "a", "s3://a", "s3://a"))
    ]
    sheet.write_text("\n".join(rows) + "\n")
    config = {"samples": str(sheet), "libraries": None, "variants": {"samples_per_job": 4}}
    run = read_run(config, "my.yaml")
    for row in run.samples:
        path = Path(row.reads)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"reads")
    assert run.batches() == [["s0", "s1"]]


def test_a_wrong_checksum_leaves_nothing(run_cli, tmp_path: Path) -> None:
    source, copy = tmp_path / "x.bed", tmp_path / "copy" / "x.bed"
    source.write_text("1\t2\t3\n")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    code, _, err = run_cli("fetch-input", "--file", source, "--sha256", digest[::-1], "--output", copy)
    assert code == 2 and digest in err and not list(copy.parent.iterdir())
    assert run_cli("fetch-input", "--file", source, "--sha256", digest, "--output", copy)[0] == 0
    assert copy.read_text() == source.read_text()
    code, _, err = run_cli("fetch-input", "--file", source, "--output", copy)
    assert code == 0 and "not verified" in err


def test_malformed_checksums_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "sums.txt"
    path.write_text(f"{'a' * 64}  s3://b/x\nabc  s3://b/y\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_checksums(path)
