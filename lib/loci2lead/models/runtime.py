"""How torch runs: one thread per process, so that bytes do not depend on the number of threads."""

import torch

from loci2lead.errors import InputError


def prepare_device(device: str = "auto") -> torch.device:
    """Set one intra-op thread and return the device for "auto", "cpu" or "cuda".

    Work is spread over processes, never over a kernel's threads: a sum split over threads changes in its
    last digits. Raises InputError where a GPU is asked for and there is none.
    """
    torch.set_num_threads(1)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("No CUDA device here", found="--device cuda", remedy="use --device cpu or auto")
    if device not in {"cpu", "cuda"}:
        raise InputError("Unknown device", found=device, expected="auto, cpu or cuda")
    return torch.device(device)
