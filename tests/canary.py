"""A patient who is seeded with all eighteen kinds of identifiers, and the search for what is left of them."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

# One form of each kind of 45 CFR 164.514(b)(2)(i), none of which may stand in anything that is written.
CANARY = {
    "name": "John Quimby Zwingmann",
    "place": "4711 Kanarienweg Street",
    "date": "1931-02-17",
    "telephone": "613-555-0147",
    "fax": "613-555-0148",
    "e-mail": "zwingmann@canary.example",
    "social security": "078-05-1120",
    "medical record": "MRN88271934",
    "health plan": "RAMQ-ZWIJ31021799",
    "account": "ACCT-7719283746",
    "licence": "LIC-Q7719283",
    "vehicle": "1HGCM82633A004352",
    "device": "SERIAL-00998877",
    "web address": "https://canary.example/zwingmann",
    "internet address": "10.77.31.9",
    "biometric": "fingerprint-ZW31",
    "photograph": "portrait-zwingmann.jpg",
    "unique number": "TCGA-A6-2686-01A-01D-1408-10",
}


def searched_for() -> set[bytes]:
    """Return the bytes that may be nowhere: every identifier, also without spaces, and the telling words alone."""
    forms = set(CANARY.values()) | {text.replace(" ", "_") for text in CANARY.values()}
    return {form.encode() for form in forms} | {b"Zwingmann", b"zwingmann", b"Quimby", b"Kanarienweg"}


def leaks(folder: Path, leave_out: Iterable[Path] = ()) -> list[str]:
    """Return "path: identifier" for every identifier in a name or in the bytes of any file, packed or not."""
    found = []
    skipped = {path.resolve() for path in leave_out}
    for path in sorted(folder.rglob("*")):
        if any(parent in skipped for parent in (path.resolve(), *path.resolve().parents)):
            continue
        data = path.relative_to(folder).as_posix().encode()
        if path.is_file():
            data += b"\n" + path.read_bytes() + b"\n" + unpacked(path)
        found += [f"{path.relative_to(folder)}: {form.decode()}" for form in searched_for() if form in data]
    return found


def unpacked(path: Path) -> bytes:
    """Return the content of gzip and of every zlib stream (PDF, XLSX, Parquet's pages are tried as they stand)."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if path.suffix in (".pdf", ".xlsx"):
        return b"\n".join(_streams(data, raw=path.suffix == ".xlsx"))
    return b""


def _streams(data: bytes, *, raw: bool) -> Iterable[bytes]:
    mark = b"PK\x03\x04" if raw else b"stream\n"
    start = data.find(mark)
    while start >= 0:
        begin = start + len(mark)
        if raw:
            name, extra = (int.from_bytes(data[start + o : start + o + 2], "little") for o in (26, 28))
            begin = start + 30 + name + extra
        try:
            yield zlib.decompressobj(-15 if raw else 15).decompress(data[begin:])
        except zlib.error:
            yield b""
        start = data.find(mark, begin)


def seed_vcf(lines: list[str]) -> list[str]:
    """Return a VCF's lines with identifiers in its header, INFO, ids, filters, fields and the sample's name."""
    texts = list(CANARY.values())
    told = "; ".join(texts)
    named = texts[0].replace(" ", "_")
    header = [f"##PATIENT_{i}={text}" for i, text in enumerate(texts)]
    header += [f'##SAMPLE=<ID=S,Description="{told}">', f'##commandline="call -I /data/{named}.bam"']
    header += [f'##INFO=<ID=NOTE,Number=1,Type=String,Description="{told}">']
    header += ['##INFO=<ID=CHART,Number=1,Type=Integer,Description="chart number">']
    header += [f'##FORMAT=<ID=WHO,Number=1,Type=String,Description="patient {texts[0]}">']
    header += [f'##FILTER=<ID={texts[7]},Description="seen by {texts[5]}">']
    seeded = []
    number = 0
    for line in lines:
        if line.startswith("##FORMAT=<ID=DP,"):
            line = line.replace('Description="', f'Description="Depth for {texts[0]}, ')
        if line.startswith("#CHROM"):
            seeded += header
            line = "\t".join([*line.split("\t")[:9], texts[0].replace(" ", "_")])
        elif not line.startswith("#"):
            cells = line.split("\t")
            text = texts[number % len(texts)].replace(" ", "_")
            cells[7] = f"NOTE={text};CHART=88271934;{cells[7]}"
            cells[8], cells[9] = f"{cells[8]}:WHO", f"{cells[9]}:{text}"
            cells[2] = text if number % 2 else "."
            line = "\t".join(cells)
            number += 1
        seeded.append(line)
    return seeded
