"""Pages in other languages: every sentence is looked up in a message catalogue, whole or by its pattern.

The report itself is made once, in English; its data files never change with the language. A page for people
is then read from resources/messages/<language>.toml: an entry is an English sentence, where {name} stands for a
part that is translated in its turn (or kept, if it is a gene, a drug, a number). What no entry fits stays English.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from loci2lead.errors import InputError

MESSAGES = Path(__file__).parents[1] / "resources" / "messages"
# Quotations, names and identifiers: never translated.
_VERBATIM = frozenset(
    {
        *("text", "citation", "url", "licence", "source", "source_id", "biomarkers", "disease", "provenance"),
        *("hgvs_c", "hgvs_p", "transcript", "contig", "ref", "alt", "gene", "top_genes", "drug", "drug_key", "patient"),
    }
)
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Language:
    """One language: its code, the mark that every page in it carries ("" for none) and its messages.

    `whole` maps English sentences to their translation, `patterns` those with parts, the most specific first.
    """

    code: str = "en"
    mark: str = ""
    whole: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    semicolon: str = "; "
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def say(self, sentence: str) -> str:
        """Return a sentence in this language; parts joined by semicolons are looked up one by one."""
        if not self.whole or not sentence:
            return sentence
        if sentence not in self._known:
            self._known[sentence] = self._look_up(sentence)
        return self._known[sentence]

    def say_all(self, value: Any) -> Any:
        """Return plain values (lists and dictionaries of them) with every sentence in this language."""
        if not self.whole:
            return value
        if isinstance(value, str):
            return self.say(value)
        if isinstance(value, Mapping):
            return {k: v if k in _VERBATIM else self.say_all(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.say_all(part) for part in value]
        return value

    def _look_up(self, sentence: str) -> str:
        if sentence in self.whole:
            return self.whole[sentence]
        for pattern, translation in self.patterns:
            found = pattern.fullmatch(sentence)
            if found and all(_is_balanced(part) for part in found.groups()):
                return self._fill(translation, found.groupdict())
        for joint, end, between in ((". ", ".", " "), ("; ", "", self.semicolon)):
            first, joined, rest = sentence.partition(joint)
            if joined and _is_balanced(first):
                return self.say(first + end) + between + self.say(rest)
        return sentence

    def _fill(self, translation: str, parts: Mapping[str, str]) -> str:
        return _PLACE.sub(lambda place: self.say(parts[place[1]]), translation)


ENGLISH = Language()


def languages() -> list[str]:
    """Return the codes of the languages there are."""
    return ["en", *sorted(path.stem for path in MESSAGES.glob("*.toml"))]


@cache
def language(code: str) -> Language:
    """Return a language by its code. Raises InputError for one without a catalogue."""
    if code == "en":
        return ENGLISH
    if code not in languages():
        raise InputError(
            "No such language", record="--language", found=code, expected=" or ".join(languages()), remedy="choose one"
        )
    return parse_catalogue((MESSAGES / f"{code}.toml").read_text(encoding="utf-8"), code)


def parse_catalogue(text: str, code: str) -> Language:
    """Return the language of a catalogue's TOML: `mark`, and tables of English sentence = translation."""
    content = tomllib.loads(text)
    messages = {key: value for table in content.values() if isinstance(table, dict) for key, value in table.items()}
    whole = {key: value for key, value in messages.items() if not _PLACE.search(key)}
    patterns = sorted(set(messages) - set(whole), key=lambda key: (-len(_PLACE.sub("", key)), key))
    compiled = tuple((_compile(key), messages[key]) for key in patterns)
    return Language(code, content["mark"], whole, compiled, content["semicolon"])


def _is_balanced(part: str) -> bool:
    """Return whether a part may be one: no bracket opens in it that closes elsewhere."""
    return part.count("(") == part.count(")") and part.count("[") == part.count("]")


def _compile(message: str) -> re.Pattern[str]:
    """Return the pattern of a message; a part is as short as it can be, the last one takes the rest."""
    parts = _PLACE.split(message)
    return re.compile("".join(re.escape(p) if i % 2 == 0 else f"(?P<{p}>.+?)" for i, p in enumerate(parts)), re.S)


Say = Callable[[str], str]
