"""From a plain mapping to typed settings; an unknown key is an error that names the closest known one."""

import dataclasses
import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import jsonschema

from loci2lead.config.export import json_schema
from loci2lead.config.schema import Settings
from loci2lead.errors import ConfigError

T = TypeVar("T")


def load_settings(config: Mapping[str, Any], file: str = "config/config.yaml") -> Settings:
    """Return typed settings from a mapping as YAML gives it, with defaults for what is left out.

    Raises ConfigError for an unknown key, a wrong type or value, or a path that names an environment
    variable which is not set.
    """
    _refuse_unknown_keys(config, Settings, file, "")
    validator = jsonschema.Draft202012Validator(
        json_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    for problem in validator.iter_errors(config):
        raise ConfigError(
            "A setting has a wrong value",
            file=file,
            record=".".join(map(str, problem.absolute_path)) or "(whole file)",
            found=repr(problem.instance),
            expected=_expectation(problem),
        )
    return _build(config, Settings, file)


def read_config(path: str | Path) -> dict[str, Any]:
    """Return the mapping in a YAML file. Raises ConfigError where it cannot be read or is no mapping."""
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError("The settings cannot be read", file=path, found=error) from error
    if not isinstance(found, dict):
        raise ConfigError("The settings are no mapping", file=path, found=type(found).__name__, expected="key: value")
    return found


def _refuse_unknown_keys(config: Mapping[str, Any], kind: Any, file: str, prefix: str) -> None:
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for key, value in config.items():
        if key not in fields:
            close = difflib.get_close_matches(str(key), fields, n=1, cutoff=0.5)
            raise ConfigError(
                "Unknown setting",
                file=file,
                record=f"{prefix}{key}",
                expected=f"closest known: {prefix}{close[0]}" if close else f"one of: {', '.join(fields)}",
                remedy="mend the spelling; config/README.md lists every key",
            )
        if dataclasses.is_dataclass(fields[key].type) and isinstance(value, Mapping):
            _refuse_unknown_keys(value, fields[key].type, file, f"{prefix}{key}.")


def _expectation(problem: jsonschema.ValidationError) -> str:
    if problem.validator in {"type", "enum", "format", "minimum"}:
        return f"{problem.validator} {problem.validator_value}"
    return problem.message


def _build(config: Mapping[str, Any], kind: type[T], file: str) -> T:
    values: dict[str, Any] = {}
    for f in dataclasses.fields(kind):  # type: ignore[arg-type]
        if dataclasses.is_dataclass(f.type):
            values[f.name] = _build(config.get(f.name) or {}, f.type, file)  # type: ignore[arg-type]
        elif f.name in config:
            value = config[f.name]
            values[f.name] = expand_environment(value, f.name, file) if isinstance(value, str) else value
    return kind(**values)


def expand_environment(value: str, key: str, file: str) -> str:
    """Return `value` with every `${NAME}` read from the environment; raise ConfigError where it is not set."""
    missing = [name for name in re.findall(r"\$\{(\w+)\}", value) if name not in os.environ]
    if missing:
        raise ConfigError(
            "A path names an environment variable that is not set",
            file=file,
            record=f"{key}: {value}",
            found=f"no {missing[0]} in the environment",
            remedy=f"export {missing[0]}=/path/to/folder, or write the path itself",
        )
    return re.sub(r"\$\{(\w+)\}", lambda m: os.environ[m[1]], value)
