"""predict-response from files to files."""

import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

from loci2lead import provenance
from loci2lead.errors import InputError
from loci2lead.io.tables import read_table, write_parquet, write_rejected, write_text_table
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.models.runtime import prepare_device
from loci2lead.records import Rejection
from loci2lead.response.extend import extend_model, read_new_drugs
from loci2lead.response.model import ResponseModel
from loci2lead.response.omics import WIDE_TABLES, Omics, read_folder
from loci2lead.response.predict import distribution_table, predict_table
from loci2lead.response.profiles import MIN_COHORT, map_expression, read_profiles
from loci2lead.response.storage import unpack

log = logging.getLogger(__name__)
RESULTS_VERSION = 2
SHARD = 128  # samples per process step: fixed, so that the number of processes changes nothing


@dataclass(frozen=True)
class Request:
    """What to predict: profiles or a folder of features, further drugs, a reference for expression, the model."""

    profiles: list[Path]
    features: Path | None
    drugs: Path | None
    expression_reference: Path | None
    model: str


def predict(request: Request, output: Path, threads: int = 1) -> None:
    """Predict every sample x drug pair and write the table, the distributions and what was rejected."""
    prepare_device("cpu")
    checkpoint = load_checkpoint(request.model)
    model = unpack(checkpoint)
    rejected: list[Rejection] = []
    if request.drugs is not None:
        new, rejected = read_new_drugs(request.drugs, model.drugs)
        model = extend_model(model, new)
        log.info("%d further drugs, %d rejected", len(new), len(rejected))
    omics, remark = read_omics(request, model)
    table = predict_shards(model, omics, remark, threads)
    write_parquet(output, table, _provenance(request, checkpoint.path))
    write_text_table(distributions_path(output), distribution_table(model))
    write_rejected(output, rejected)
    log.info(
        "%d samples x %d drugs, %d rows to be left out",
        len(omics.samples),
        len(model.drugs),
        int((table["note"] != "").sum()),
    )


def distributions_path(output: Path) -> Path:
    """Return response.distributions.tsv beside response.parquet."""
    return output.with_name(f"{output.name.removesuffix('.parquet')}.distributions.tsv")


def read_omics(request: Request, model: ResponseModel) -> tuple[Omics, str]:
    """Read the samples, and bring expression of tumours to the training scale."""
    if request.features is not None:
        return read_folder(request.features), ""
    genes = sorted({g for s in model.blocks.scalers.values() for g in s.names if ":" not in g})
    omics = read_profiles(request.profiles, genes)
    reference = _read_reference(request.expression_reference)
    return omics, map_expression(omics, model.expression_genes, model.expression_quantiles, reference)


def _read_reference(path: Path | None) -> pd.DataFrame | None:
    if path is None:
        return None
    table = read_table(path)
    if not pd.api.types.is_numeric_dtype(table.dtypes.iloc[0]):
        table = table.set_index(table.columns[0])
    if len(table) < MIN_COHORT:
        raise InputError(
            "Too few samples in the expression reference",
            file=path,
            found=len(table),
            expected=f"at least {MIN_COHORT}",
        )
    return table


def predict_shards(model: ResponseModel, omics: Omics, remark: str, threads: int) -> pd.DataFrame:
    """Predict in shards of `SHARD` samples, over processes where `threads` > 1; the same table either way."""
    shards = [omics.samples[i : i + SHARD] for i in range(0, len(omics.samples), SHARD)]
    jobs = [(model, omics.take(shard), remark) for shard in shards]
    if threads <= 1 or len(jobs) == 1:
        return pd.concat([_job(job) for job in jobs], ignore_index=True)
    with ProcessPoolExecutor(min(threads, len(jobs)), mp_context=get_context("fork")) as pool:
        return pd.concat(list(pool.map(_job, jobs)), ignore_index=True)


def _job(job: tuple[ResponseModel, Omics, str]) -> pd.DataFrame:
    return predict_table(*job)


def _provenance(request: Request, model: Path) -> dict[str, Any]:
    inputs: dict[str, Path | None] = {f"profile_{i}": p for i, p in enumerate(request.profiles)}
    if request.features is not None:
        inputs |= {
            f"features_{n}": request.features / f"{n}.parquet"
            for n in WIDE_TABLES
            if (request.features / f"{n}.parquet").exists()
        }
    inputs |= {"drugs": request.drugs, "expression_reference": request.expression_reference}
    return provenance.describe(
        "predict-response", results_version=RESULTS_VERSION, inputs=inputs, models={"response": model}
    )
