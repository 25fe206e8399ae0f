"""A model saved by Chemprop 2 as a function from SMILES to a table: the numbers of `chemprop predict`."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import torch

from loci2lead.errors import InputError
from loci2lead.models.runtime import prepare_device

BATCH = 64  # as `chemprop predict` has it by default
TRUSTED = ("chemprop.", "torch.", "collections.", "numpy.", "lightning.", "pathlib.", "builtins.")


def chemprop_function(path: Path, device: str) -> Callable[[list[str]], pd.DataFrame]:
    """Return a function that scores SMILES with a Chemprop model of molecules.

    Raises InputError where Chemprop is missing, or the file is none of its models or asks for code of others.
    """
    if not path.is_file():
        raise InputError("Model not found", file=path, remedy="check the path")
    try:
        from chemprop import data, models
    except ImportError as error:
        raise InputError("Chemprop is not installed", found=error, remedy="pip install 'chemprop>=2.2'") from error
    try:
        strange = [name for name in torch.serialization.get_unsafe_globals_in_checkpoint(path) if not _trusted(name)]
        if strange:  # Chemprop's files are pickles, which can run code
            raise InputError("The model file asks for code that is not Chemprop's", file=path, found=", ".join(strange))
        model = models.load_model(path)
        names = models.utils.load_output_columns(path)
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise InputError("Not a Chemprop 2 model of molecules", file=path, found=error) from error
    target = prepare_device(device)
    model = model.to(target).eval()

    @torch.inference_mode()
    def scores(smiles: list[str]) -> pd.DataFrame:
        points = [data.MoleculeDatapoint.from_smi(text) for text in smiles]
        loader = data.build_dataloader(data.MoleculeDataset(points), batch_size=BATCH, shuffle=False, drop_last=False)
        parts = []
        for batch in loader:
            graph = batch.bmg
            graph.to(target)
            parts.append(model(graph, None, None).reshape(len(graph), -1).cpu())
        values = torch.cat(parts).numpy()
        columns = names if names and len(names) == values.shape[1] else [f"output_{i}" for i in range(values.shape[1])]
        return pd.DataFrame(values, columns=[str(name) for name in columns])

    return scores


def _trusted(name: str) -> bool:
    return name.startswith(TRUSTED)
