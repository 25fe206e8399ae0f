"""Write config/config.yaml, its JSON schema and the table of settings in config/README.md from the typed settings.

`make config` (`python -m loci2lead.config.export`) rewrites them; a test fails while they are out of step.
"""

import dataclasses
import json
import types
from pathlib import Path
from typing import Any, get_args

import yaml

from loci2lead.config.schema import Settings

CONFIG_FILE = Path("config/config.yaml")
SCHEMA_FILE = Path("workflow/schemas/config.schema.yaml")
GUIDE_FILE = Path("config/README.md")
GUIDE_MARKS = ("<!-- settings: written by `make config` -->\n", "<!-- end of settings -->\n")
HEADER = """\
# The defaults, written by `make config` from lib/loci2lead/config/schema.py: do not edit here.
# Put what you change in a file of your own and run: snakemake --configfile my.yaml
"""
JSON_TYPES = {str: "string", int: "integer", bool: "boolean", type(None): "null", float: "number"}


def config_yaml() -> str:
    """Return config.yaml: every setting with its help as a comment and its default."""
    return HEADER + "\n".join(_yaml_lines(Settings, 0)) + "\n"


def _yaml_lines(kind: Any, depth: int) -> list[str]:
    indent = "  " * depth
    lines = []
    for f in dataclasses.fields(kind):
        choices = f.metadata["constraints"].get("enum")
        suffix = f" ({', '.join(choices)})" if choices else ""
        lines.append(f"{indent}# {f.metadata['help']}{suffix}")
        if dataclasses.is_dataclass(f.type):
            lines.append(f"{indent}{f.name}:")
            lines += _yaml_lines(f.type, depth + 1)
        else:
            lines.append(f"{indent}{f.name}: {json.dumps(_default(f))}")
    return lines


def json_schema(kind: Any = Settings) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a group of settings; unknown keys are refused."""
    properties = {}
    for f in dataclasses.fields(kind):
        if dataclasses.is_dataclass(f.type):
            properties[f.name] = {**json_schema(f.type), "description": f.metadata["help"]}
        else:
            described = {
                "description": f.metadata["help"],
                "default": _default(f),
                **f.metadata["constraints"],
            }
            properties[f.name] = {**_json_type(f.type), **described}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _default(f: Any) -> Any:
    return f.default if f.default is not dataclasses.MISSING else f.default_factory()


def _json_type(annotation: Any) -> dict[str, Any]:
    if isinstance(annotation, types.UnionType):
        return {"type": [JSON_TYPES[part] for part in get_args(annotation)]}
    if getattr(annotation, "__origin__", None) is list:
        return {"type": "array", "items": {"type": JSON_TYPES[get_args(annotation)[0]]}}
    return {"type": JSON_TYPES[annotation]}


def schema_yaml() -> str:
    """Return the JSON schema in YAML, for editors and for other workflows."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "loci2lead",
        **json_schema(),
    }
    return yaml.safe_dump(schema, sort_keys=False, width=120, allow_unicode=True)


def guide_with_settings(guide: str) -> str:
    """Return config/README.md with its table of settings written anew between the marks."""
    before, rest = guide.split(GUIDE_MARKS[0])
    after = rest.split(GUIDE_MARKS[1])[1]
    table = ["| setting | default | meaning |", "|---|---|---|", *_guide_rows(Settings, "")]
    return before + GUIDE_MARKS[0] + "\n".join(table) + "\n" + GUIDE_MARKS[1] + after


def _guide_rows(kind: Any, prefix: str) -> list[str]:
    rows = []
    for f in dataclasses.fields(kind):
        if dataclasses.is_dataclass(f.type):
            rows += _guide_rows(f.type, f"{prefix}{f.name}.")
        else:
            choices = f.metadata["constraints"].get("enum")
            meaning = f.metadata["help"] + (f" ({', '.join(choices)})" if choices else "")
            rows.append(f"| `{prefix}{f.name}` | `{json.dumps(_default(f))}` | {meaning} |")
    return rows


if __name__ == "__main__":
    GUIDE_FILE.write_text(guide_with_settings(GUIDE_FILE.read_text(encoding="utf-8")), encoding="utf-8")
    CONFIG_FILE.write_text(config_yaml(), encoding="utf-8")
    SCHEMA_FILE.write_text(schema_yaml(), encoding="utf-8")
