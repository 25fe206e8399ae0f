"""Models made elsewhere, run by the same engine: a Chemprop model file or a Python function.

    chemprop:FILE           a model saved by Chemprop 2 (`pip install chemprop`)
    python:MODULE:FUNCTION  a function that takes a list of SMILES and returns a table with one row for each
    python:FILE.py:FUNCTION the same from a file

The structures given are the standardised parents. A function may return a data frame, a mapping of columns, or one
sequence of numbers (its column is then called `score`). It is asked for ethanol first, to learn its columns.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.errors import InputError

log = logging.getLogger(__name__)
PREFIXES = ("chemprop", "python")
PROBE = "CCO"
DIGITS = 6
Function = Callable[[list[str]], Any]


@dataclass(frozen=True)
class ForeignModel:
    """A function from SMILES to a table, and the names of its columns."""

    name: str
    function: Function
    columns: tuple[str, ...]

    def scores(self, smiles: Sequence[str]) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_]]:
        """Return the columns and which molecules the model failed on (NaN there).

        Where a batch fails its molecules are asked for one by one, so that one bad molecule spoils no other.
        """
        values = np.full((len(smiles), len(self.columns)), np.nan)
        failed = np.zeros(len(smiles), dtype=bool)
        if len(smiles):
            try:
                values[:] = self._table(list(smiles))
            except Exception as error:
                log.warning("the model failed on a batch (%s); its molecules go one by one", type(error).__name__)
                for i, text in enumerate(smiles):
                    try:
                        values[i] = self._table([text])[0]
                    except Exception:  # someone else's code may raise anything; the row is flagged and counted,
                        failed[i] = True  # and no message is logged, since it may hold the structure
        rounded = np.round(values, DIGITS)
        return {name: rounded[:, i] for i, name in enumerate(self.columns)}, failed

    def _table(self, smiles: list[str]) -> NDArray[np.float64]:
        table = _as_table(self.function(smiles))
        if len(table) != len(smiles) or tuple(table.columns) != self.columns:
            raise ValueError("other rows or columns than asked for")
        return table.to_numpy(dtype=np.float64)


def is_foreign(model: str) -> bool:
    """Tell whether a --model is one of these, not a property model's name or file."""
    return model.partition(":")[0] in PREFIXES and ":" in model


def foreign_file(model: str) -> Path:
    """Return the file that a foreign model is, for its digest. Raises InputError where there is none."""
    kind, _, rest = model.partition(":")
    if kind == "chemprop":
        return Path(rest)
    module, _ = _module_and_function(model)
    if module.endswith(".py"):
        return Path(module)
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError) as error:
        raise InputError("The module cannot be imported", found=f"{module} ({error})") from error
    if found is None or found.origin is None:
        raise InputError("No such module", found=module, remedy="install it, set PYTHONPATH, or name a FILE.py")
    return Path(found.origin)


def load_foreign(model: str, device: str = "cpu") -> ForeignModel:
    """Load a foreign model and learn its columns. Raises InputError for what the caller can mend."""
    kind, _, rest = model.partition(":")
    function = _chemprop(Path(rest), device) if kind == "chemprop" else _function(model)
    try:
        table = _as_table(function([PROBE]))
    except Exception as error:
        raise _unusable(f"{type(error).__name__}: {error}") from error
    if len(table) != 1 or not len(table.columns) or not all(pd.api.types.is_numeric_dtype(k) for k in table.dtypes):
        raise _unusable(f"{len(table)} rows, columns {list(table.columns)}")
    return ForeignModel(model, function, tuple(map(str, table.columns)))


def _unusable(found: str) -> InputError:
    return InputError(
        "The model cannot score ethanol",
        found=found,
        expected="one row of numbers for the SMILES CCO",
        remedy="mend the function or choose another model",
    )


def _as_table(answer: Any) -> pd.DataFrame:
    if isinstance(answer, pd.DataFrame):
        return answer.rename(columns=str)
    if isinstance(answer, Mapping):
        return pd.DataFrame({str(name): np.asarray(values) for name, values in answer.items()})
    return pd.DataFrame({"score": np.asarray(answer, dtype=np.float64)})


def _function(model: str) -> Function:
    module, name = _module_and_function(model)
    try:
        if module.endswith(".py"):
            spec = importlib.util.spec_from_file_location(Path(module).stem, foreign_file(model))
            assert spec is not None and spec.loader is not None
            loaded = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(loaded)
        else:
            loaded = importlib.import_module(module)
    except (ImportError, OSError, SyntaxError) as error:
        raise InputError("The model cannot be imported", file=module, found=error) from error
    function = getattr(loaded, name, None)
    if not callable(function):
        raise InputError("No such function", file=module, record=name, expected="a function of a list of SMILES")
    return function


def _module_and_function(model: str) -> tuple[str, str]:
    module, _, name = model.removeprefix("python:").rpartition(":")
    if not module or not name:
        raise InputError("A function is named by its module", found=model, expected="python:MODULE:FUNCTION")
    return module, name


def _chemprop(path: Path, device: str) -> Function:
    from loci2lead.molecules.chemprop_model import chemprop_function

    return chemprop_function(path, device)
