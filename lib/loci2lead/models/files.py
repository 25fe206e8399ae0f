"""Where models lie: the shipped ones by name, others by path. Free of torch, which takes a CPU second to import."""

from importlib.resources import files
from pathlib import Path

from loci2lead.errors import InputError

WEIGHTS = Path(str(files("loci2lead") / "resources" / "weights"))


def shipped_models(stage: str = "") -> list[str]:
    """Return the names of the models that come with the package, those of one stage if it is named."""
    return sorted(p.stem for p in WEIGHTS.glob(f"{stage}*.pt"))


def resolve_model(name_or_path: str | Path) -> Path:
    """Return the file of a shipped model's name, or of a path. Raises InputError where there is none."""
    path = Path(name_or_path)
    if path.suffix == ".pt" and path.exists():
        return path
    shipped = WEIGHTS / f"{name_or_path}.pt"
    if shipped.exists():
        return shipped
    raise InputError(
        "Model not found",
        found=name_or_path,
        expected=f"a .pt file, or one of: {', '.join(shipped_models()) or 'none is installed'}",
        remedy="give the path of a model, or train one (loci2lead train-... or `make train`)",
    )
