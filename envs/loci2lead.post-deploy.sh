#!/usr/bin/env bash
# Snakemake runs this in the new environment, from the folder it was started in: install the package itself.
set -euo pipefail
"$CONDA_PREFIX/bin/python" -m pip install --no-deps --no-build-isolation "${LOCI2LEAD_SOURCE:-.}"
