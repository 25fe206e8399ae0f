"""Pages from templates: one self-contained HTML file, and one tagged PDF, each the same bytes every time.

Both forms carry a research-use banner that lies outside everything a context or a template can change.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from loci2lead.errors import Loci2leadError
from loci2lead.io.atomic import atomic_path
from loci2lead.report.figures import Figure
from loci2lead.report.language import ENGLISH, Language

TEMPLATES = Path(str(files("loci2lead"))) / "resources" / "templates"

RESEARCH_USE = (
    "Research use only. Not a medical device. A qualified professional must confirm every finding by a "
    "validated test before acting."
)
SIMULATED = "Simulated data: no real person and no real measurement is described here."
SIMULATED_PATIENT = "Simulated patient; the drug–gene facts are real, the person is not."


def unknown(word: str = "unknown") -> Markup:
    """Return the dash that stands for what is not known, with the word for screen readers."""
    dash = '<span class="unknown" title="{0}">–<span class="visually-hidden"> {0}</span></span>'
    return Markup(dash).format(word)


UNKNOWN = unknown()


def render_html(template: str, context: Mapping[str, Any], language: Language = ENGLISH) -> str:
    """Return one self-contained page: no request leaves it, and it reads without JavaScript.

    `context` must hold "title" and "provenance" (from provenance.describe); "simulated" may be True or a
    sentence. A name that a template needs and the context lacks is an error, never an empty place.
    The words of the template are said in `language`; the caller has done so for those of the context.
    """
    page = _environment(language).get_template(template).render(_with_defaults(context, language))
    if language.say(RESEARCH_USE) not in page or language.mark not in page:
        raise Loci2leadError(
            "The page lacks the research-use banner", file=template, remedy='begin it with {% extends "base.html.j2" %}'
        )
    return re.sub(r"\n\s*\n+", "\n", page)


def render_pdf(template: str, context: Mapping[str, Any], path: str | Path, language: Language = ENGLISH) -> None:
    """Write a PDF/UA-1 file from a Typst template, which reads `data` from /base.typ.

    The frame of base.typ (banner on every page, page numbers, provenance) is put around the template here,
    so no template can leave it out. Only the fonts inside Typst are used, and no date is written.
    """
    main = f'#import "/base.typ": frame\n#show: frame\n#include "/{template}"\n'
    said = _with_defaults(context, language) | {"messages": dict(language.whole)}
    data = json.dumps(said, default=_plain, ensure_ascii=False, sort_keys=True)
    try:
        document: bytes = typst.compile(  # type: ignore[call-overload]
            main.encode(),
            root=str(TEMPLATES),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs={"data": data},
        )
    except typst.TypstError as error:
        raise Loci2leadError(
            "The PDF could not be set", file=template, found=f"{error.message} {error.diagnostic}"
        ) from error
    with atomic_path(path) as temporary:
        temporary.write_bytes(document)


def _with_defaults(context: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Return the context with the banner's words settled: what the caller says under their names is ignored."""
    simulated = context.get("simulated", False)
    return {
        **context,
        "language": language.code,
        "language_mark": language.mark,
        "research_use": language.say(RESEARCH_USE),
        "simulated": language.say(SIMULATED if simulated is True else (simulated or "")),
    }


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, thousands=thousands, slug=slug)
    environment.globals.update(inline=_inline, _=language.say)
    environment.filters["number"] = lambda value, digits=2: number(value, digits, language.say("unknown"))
    return environment


def _inline(name: str) -> Markup:
    """Return a stylesheet or script of the template folder as it is, to stand inside the page."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def is_unknown(value: Any) -> bool:
    """Return whether a cell's value is unknown: None, NaN or pandas' NA."""
    return value is None or str(value) in {"nan", "<NA>", "NaT"}


def number(value: Any, digits: int = 2, word: str = "unknown") -> str:
    """Return a number with `digits` decimals and a real minus sign; unknown is a dash that says so in `word`."""
    return unknown(word) if is_unknown(value) else f"{value:.{digits}f}".replace("-", "−")


def percent(value: Any, digits: int = 0) -> str:
    """Return a share 0..1 as a percentage."""
    return unknown() if is_unknown(value) else f"{100 * value:.{digits}f} %"


def thousands(value: Any) -> str:
    """Return a count with thin spaces between groups of three digits."""
    return unknown() if is_unknown(value) else f"{value:,d}".replace(",", "\u202f")


def slug(text: str) -> str:
    """Return an id for an HTML element made from words."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def _plain(value: Any) -> Any:
    """Return the JSON form of what json does not know: figures, NumPy and pandas scalars."""
    if isinstance(value, Figure):
        return {"svg": value.svg, "title": value.title, "description": value.description}
    if is_unknown(value):
        return None
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a report's data")
