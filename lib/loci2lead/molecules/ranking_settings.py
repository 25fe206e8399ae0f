"""The weights file of the ranking: read, checked key by key, and laid over the package's own."""

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from loci2lead.errors import ConfigError
from loci2lead.molecules.endpoints import endpoint_table
from loci2lead.records import RESPONSE_COLUMNS, names

DEFAULT_WEIGHTS = Path(str(files("loci2lead"))) / "resources" / "ranking" / "default.yaml"
TERMS = ("safety", "druglikeness", "admet", "potency", "response")
NEVER_RANKED = ("CT_TOX", "FDA_APPROVED")
ONE_SIDED = {"bad", "good"}
BAND = {"low_bad", "low_good", "high_good", "high_bad"}
CHOICES = {"filters.out_of_domain": ("flag", "drop"), "diversity.method": ("maxmin", "cluster", "scaffold")}
FLAGS = {"filters.keep_flagged", "diversity.pick_flagged", "diversity.pick_out_of_domain"}
WHOLE_NUMBERS = {"limit", "diversity.picks", "diversity.pool", "diversity.butina_limit"}


@dataclass(frozen=True)
class Desirability:
    """How one column counts: 0 outside low_bad..high_bad, 1 inside low_good..high_good, ramps between.

    An open side has infinite ends. Derringer & Suich, J. Qual. Technol. 12:214 (1980).
    """

    column: str
    low_bad: float
    low_good: float
    high_good: float
    high_bad: float
    shape: float = 1.0
    weight: float = 1.0

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return 0..1 for each value; unknown (NaN) stays unknown."""
        result = np.where(np.isnan(values), np.nan, 1.0)
        if math.isfinite(self.low_bad):
            result = result * np.clip((values - self.low_bad) / (self.low_good - self.low_bad), 0, 1)
        if math.isfinite(self.high_bad):
            result = result * np.clip((self.high_bad - values) / (self.high_bad - self.high_good), 0, 1)
        return result**self.shape


@dataclass(frozen=True)
class RankingSettings:
    """What the weights file says; `plain` is the merged file itself, for provenance and reports."""

    weights: Mapping[str, float]
    terms: Mapping[str, tuple[Desirability, ...]]
    ranges: Mapping[str, tuple[float, float]]
    plain: Mapping[str, Any]

    def columns(self) -> list[str]:
        """Return the columns of the scores table that terms and filters name, each once, in order."""
        own = [d.column for term in ("safety", "druglikeness", "admet") for d in self.terms[term]]
        return list(dict.fromkeys([*own, *self.ranges]))


def read_settings(path: str | Path) -> RankingSettings:
    """Read a weights file over the defaults.

    Raises ConfigError naming the key, the file and the closest known key for anything unknown, for values
    of the wrong kind, and for a ClinTox endpoint anywhere.
    """
    path = Path(path)
    given, defaults = _load(path), _load(DEFAULT_WEIGHTS)
    _refuse_clintox(given, path)
    merged = _merge(defaults, given, path, "")
    terms = {term: tuple(_desirability(term, c, spec, path) for c, spec in merged[term].items()) for term in TERMS}
    _require_input_columns(terms, path)
    ranges = {c: _range(c, ends, path) for c, ends in merged["filters"]["ranges"].items()}
    weights = {term: float(merged["weights"][term]) for term in TERMS}
    if not any(weights.values()):
        raise ConfigError("All weights are zero", file=path, record="weights", remedy="give one term a weight above 0")
    return RankingSettings(weights=weights, terms=terms, ranges=ranges, plain=merged)


def require_known_columns(settings: RankingSettings, available: Iterable[str], path: str | Path) -> list[str]:
    """Return the settings' columns that these scores lack, known by name all the same.

    A column that is neither in the scores (`available`), nor an endpoint of the package, nor in its own
    weights file is a misspelling: ConfigError.
    """
    available = set(available)
    vocabulary = available | set(read_settings(DEFAULT_WEIGHTS).columns()) | set(endpoint_table()) - set(NEVER_RANKED)
    for column in settings.columns():
        if column not in vocabulary:
            raise _unknown_key(column, vocabulary, path, "column")
    return [c for c in settings.columns() if c not in available]


def _load(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ConfigError("File not found", file=path, remedy="check --weights")
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError("The weights file is not YAML", file=path, found=error) from error
    if loaded is not None and not isinstance(loaded, dict):
        raise ConfigError("The weights file holds no mapping", file=path, found=type(loaded).__name__)
    return loaded or {}


def _refuse_clintox(value: Any, path: Path) -> None:
    """Raise where a ClinTox endpoint stands as a key or an item, also with a suffix such as _std."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            _refuse_clintox(str(key), path)
            _refuse_clintox(below, path)
    elif isinstance(value, list):
        for item in value:
            _refuse_clintox(item, path)
    elif isinstance(value, str) and value.upper().startswith(NEVER_RANKED):
        raise ConfigError(
            "ClinTox endpoints never enter a ranking: they recognise marketed drugs, not safety",
            file=path,
            record=value,
            remedy=f"remove {value}",
        )


def _merge(default: Mapping[str, Any], given: Mapping[str, Any], path: Path, above: str) -> dict[str, Any]:
    """Return `default` with the keys of `given` in place; mappings of columns are replaced whole."""
    merged = dict(default)
    for key, value in given.items():
        name = f"{above}{key}"
        if key not in default:
            raise _unknown_key(name, [f"{above}{k}" for k in default], path, "key")
        if name in {*TERMS, "filters.ranges"}:
            merged[key] = _mapping(name, value, path)
        elif isinstance(default[key], Mapping):
            merged[key] = _merge(default[key], _mapping(name, value, path), path, f"{name}.")
        else:
            merged[key] = _checked(name, value, path)
    return merged


def _mapping(name: str, value: Any, path: Path) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError("Expected keys below this key", file=path, record=name, found=value, expected="a mapping")
    return {str(k): v for k, v in value.items()}


def _checked(name: str, value: Any, path: Path) -> Any:
    """Return a plain value, or raise ConfigError where its kind or range is wrong."""
    if name == "limit" and value is None:
        return None
    if name in CHOICES:
        good, expected = value in CHOICES[name], " or ".join(CHOICES[name])
    elif name in FLAGS:
        good, expected = isinstance(value, bool), "true or false"
    elif name in WHOLE_NUMBERS:
        good, expected = isinstance(value, int) and not isinstance(value, bool) and value > 0, "a whole number above 0"
    elif name.startswith("weights."):
        good, expected = _is_number(value) and 0 <= value < math.inf, "a number, 0 or above"
    elif name == "combine.floor":
        good, expected = _is_number(value) and 0 < value < 1, "a number between 0 and 1"
    else:
        good, expected = _is_number(value) and 0 <= value <= 1, "a number 0..1"
    if not good:
        raise ConfigError("A wrong value", file=path, record=name, found=value, expected=expected)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _desirability(term: str, column: str, spec: Any, path: Path) -> Desirability:
    name = f"{term}.{column}"
    spec = _mapping(name, spec, path)
    ends = {k for k in spec if k not in {"shape", "weight"}}
    for key in ends - ONE_SIDED - BAND:
        raise _unknown_key(
            f"{name}.{key}", [f"{name}.{k}" for k in (*ONE_SIDED, *BAND, "shape", "weight")], path, "key"
        )
    wrong = {k: v for k, v in spec.items() if not _is_number(v) or (k in {"shape", "weight"} and v <= 0)}
    if wrong or ends not in (ONE_SIDED, BAND):
        raise ConfigError(
            "A wrong desirability",
            file=path,
            record=name,
            found=spec,
            expected="numbers for bad and good, or low_bad, low_good, high_good and high_bad; shape, weight above 0",
        )
    corners = _corners(spec)
    low_bad, low_good, high_good, high_bad = corners
    open_low, open_high = math.isinf(low_bad), math.isinf(high_bad)
    if not ((open_low or low_bad < low_good) and low_good <= high_good and (open_high or high_good < high_bad)):
        raise ConfigError(
            "A desirability whose ends are not in order", file=path, record=name, found=spec, expected="bad ≠ good"
        )
    return Desirability(column, *corners, shape=float(spec.get("shape", 1)), weight=float(spec.get("weight", 1)))


def _require_input_columns(terms: Mapping[str, tuple[Desirability, ...]], path: Path) -> None:
    """Raise where potency or response names a column that --activity or --response cannot hold."""
    for term, known in {"potency": ["activity"], "response": names(RESPONSE_COLUMNS)}.items():
        for desirability in terms[term]:
            if desirability.column not in known:
                raise _unknown_key(f"{term}.{desirability.column}", [f"{term}.{k}" for k in known], path, "key")


def _corners(spec: Mapping[str, float]) -> tuple[float, float, float, float]:
    """Return low_bad, low_good, high_good, high_bad; an open side lies at infinity."""
    if "low_bad" in spec:
        return spec["low_bad"], spec["low_good"], spec["high_good"], spec["high_bad"]
    if spec["good"] > spec["bad"]:
        return spec["bad"], spec["good"], math.inf, math.inf
    return -math.inf, -math.inf, spec["good"], spec["bad"]


def _range(column: str, ends: Any, path: Path) -> tuple[float, float]:
    name = f"filters.ranges.{column}"
    good = isinstance(ends, list) and len(ends) == 2 and all(e is None or _is_number(e) for e in ends)
    if not good:
        raise ConfigError("A wrong range", file=path, record=name, found=ends, expected="[low, high], null = open")
    low = -math.inf if ends[0] is None else float(ends[0])
    high = math.inf if ends[1] is None else float(ends[1])
    if low > high:
        raise ConfigError("A range that nothing can meet", file=path, record=name, found=ends, expected="low ≤ high")
    return low, high


def _unknown_key(name: str, known: Iterable[str], path: str | Path, kind: str) -> ConfigError:
    # Compared without case: NR-AHR is meant as NR-AhR.
    by_lower = {k.lower(): k for k in sorted(known)}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.4)
    remedy = f"did you mean {by_lower[close[0]]}?" if close else f"known: {', '.join(sorted(by_lower.values()))}"
    return ConfigError(f"Unknown {kind} {name}", file=path, record=name, remedy=remedy)
