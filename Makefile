# `make demo` and `make test` set up all they need on a fresh machine: python3.11 with venv, and make.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11)
VENV := .venv
BIN := $(VENV)/bin
CORES ?= 2
PROFILE ?= workflow/profiles/local
LOCK ?= envs/cpu.txt
# In a terminal: stages with their progress, failures with the tail of their log. In a file: plain lines.
LOGGER := $(shell test -t 2 && echo --logger rich)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Rules call `loci2lead` and `snakemake` by name; numeric libraries stay on one thread, since work is spread over jobs.
export PATH := $(abspath $(BIN)):$(PATH)
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help demo test test-slow lint format config lock train real-example benchmarks check-profile

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.ready: $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "python3.11 was not found. Install it (Debian: apt install python3.11 python3.11-venv; \
	macOS: brew install python@3.11), or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "Setting up $(VENV) (once, some minutes)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing torch, then the locked packages of $(LOCK)"
	@$(PIP) "$$(grep '^torch==' $(LOCK))"
	@$(PIP) -r $(LOCK)
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-ready: $(VENV)/.ready envs/dev.txt
	@echo "Installing the tools for tests and lint"
	@$(PIP) -r envs/dev.txt
	@touch $@

check-profile:
	@test -f $(PROFILE)/config.yaml || { echo "No profile at $(PROFILE); there are: $$(ls -d workflow/profiles/*)" >&2; exit 2; }

demo: $(VENV)/.ready check-profile ## simulated reads and compounds to both reports, some minutes
	@$(BIN)/snakemake demo --configfile config/demo/config.yaml --workflow-profile $(PROFILE) --cores $(CORES) $(LOGGER)
	@$(BIN)/loci2lead summarise-reports --reports results/demo/reports

real-example: $(VENV)/.ready check-profile ## the same chain on real data found through LOCI2LEAD_DATA
	@test -d "$${LOCI2LEAD_DATA:-}" || { echo "Set LOCI2LEAD_DATA to the folder of real data" >&2; exit 2; }
	@$(BIN)/snakemake all --configfile config/real-example/config.yaml --workflow-profile $(PROFILE) --cores $(CORES) $(LOGGER)
	@$(BIN)/loci2lead summarise-reports --reports results/real-example/reports

test: $(VENV)/.dev-ready ## the fast tests, under 5 minutes
	@$(BIN)/pytest

test-slow: $(VENV)/.dev-ready ## the slow and workflow tests that can run here
	@$(BIN)/pytest -m "slow or workflow or gpu"

lint: $(VENV)/.dev-ready ## ruff, mypy, snakefmt, snakemake --lint
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/snakefmt --check Snakefile workflow
	@$(BIN)/snakemake --lint --configfile config/demo/config.yaml

format: $(VENV)/.dev-ready ## rewrite code in the house style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@$(BIN)/snakefmt Snakefile workflow

config: $(VENV)/.ready ## write config/config.yaml and its schema from the typed settings
	@$(BIN)/python -m loci2lead.config.export

train: $(VENV)/.ready check-profile ## train every model anew from LOCI2LEAD_DATA (hours)
	@test -d "$${LOCI2LEAD_DATA:-}" || { echo "Set LOCI2LEAD_DATA to the folder of training data" >&2; exit 2; }
	@$(BIN)/snakemake train --configfile config/training/config.yaml --workflow-profile $(PROFILE) --cores $(CORES) $(LOGGER)

lock: ## write envs/*.txt anew from pyproject.toml in a fresh environment
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/pip install --quiet "torch==2.13.0" "setuptools>=77"
	@build/lock/bin/pip install --quiet .
	@$(PYTHON) envs/lock.py build/lock/bin/pip cpu > envs/cpu.txt
	@$(PYTHON) envs/lock.py build/lock/bin/pip gpu > envs/gpu.txt
	@$(PYTHON) envs/lock.py build/lock/bin/pip conda > envs/loci2lead.yaml
	@build/lock/bin/pip install --quiet ".[dev]"
	@$(PYTHON) envs/lock.py build/lock/bin/pip dev > envs/dev.txt
	@rm -rf build/lock
