"""A page as Chromium lays it out: what axe-core finds in it, and what runs over its edge.

axe-core is put into a copy of the page, whose policy against scripts is taken out; its findings come back in the page
that Chromium prints. Without the page's own scripts the copy is what a reader sees whose browser runs none.
"""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

# A phone; a screen of 1280 pixels enlarged to 200 % (640 CSS pixels wide); a desk.
WIDTHS = (360, 640, 1280)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
CHECK = """
const width = document.documentElement.clientWidth;
const inside = e => e.closest('.table-wrap') && !e.matches('.table-wrap');
const over = [...document.body.querySelectorAll('*')].filter(e => !inside(e) && !e.closest('.skip, .visually-hidden')
  && e.getBoundingClientRect().right > width + 1);
axe.run(document, {resultTypes: ['violations']}).then(result => {
  const violations = result.violations.map(v => [v.id, v.impact, v.help, ...v.nodes.slice(0, 3).map(n => n.html)]);
  const found = {width: innerWidth, scroll: document.documentElement.scrollWidth, rules: result.passes.length,
    over: over.slice(0, 5).map(e => e.outerHTML.slice(0, 120)), violations};
  document.body.innerHTML = '<pre id="found"></pre>';
  document.getElementById('found').textContent = JSON.stringify(found);
});
"""


def chromium() -> str:
    """Return the browser, or skip the test."""
    found = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    return found or pytest.skip("chromium is not installed")


def axe() -> str:
    """Return axe-core's script (LOCI2LEAD_AXE names axe.min.js), or skip the test."""
    path = Path(os.environ.get("LOCI2LEAD_AXE", ""))
    if not path.is_file():
        pytest.skip("axe-core is not there: npm install axe-core, then set LOCI2LEAD_AXE to its axe.min.js")
    return path.read_text(encoding="utf-8")


def examine(page: Path, folder: Path, *, width: int, scripts: bool) -> dict[str, Any]:
    """Return violations, elements over the edge, and widths of a page laid out `width` CSS pixels wide."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    if not scripts:
        text = re.sub(r"<script\b.*?</script>", "", text, flags=re.S)
    injected = f"<script>{axe()}</script><script>window.addEventListener('load', () => {{{CHECK}}});</script>"
    copy = folder / f"{page.stem}-{width}-{scripts}.html"
    copy.write_text(text.replace("</body>", f"{injected}</body>"), encoding="utf-8")
    frame = folder / f"frame-{copy.name}"  # a window has a least width, a frame has none
    frame.write_text(
        f'<!DOCTYPE html><html lang="en"><title>x</title><body style="margin:0"><iframe src="{copy.name}" '
        f'style="width:{width}px;height:2000px;border:0"></iframe><pre id="out"></pre><script>setInterval(() => {{'
        "const f = document.querySelector('iframe').contentDocument.getElementById('found');"
        "if (f) document.getElementById('out').textContent = f.textContent;}, 100)</script></body></html>"
    )
    command = [chromium(), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--allow-file-access-from-files"]
    command += ["--window-size=1400,2000", "--virtual-time-budget=60000", "--dump-dom", frame.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    found = re.search(r'<pre id="out">(.+?)</pre>', dom, flags=re.S)
    assert found, f"Chromium gave no answer: {dom[-500:]}"
    answer: dict[str, Any] = json.loads(html.unescape(found[1]))
    assert answer["width"] == width
    return answer


def assert_accessible(page: Path, folder: Path) -> None:
    """Fail for a violation or an overflow at any width, with the page's own scripts or without."""
    for width, scripts in ((WIDTHS[0], True), (WIDTHS[0], False), (WIDTHS[1], False), (WIDTHS[2], True)):
        found = examine(page, folder, width=width, scripts=scripts)
        assert found["violations"] == [], (width, scripts)
        assert found["over"] == [] and found["scroll"] <= width, (width, scripts)
        assert found["rules"] > 15
