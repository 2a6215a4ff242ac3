# `make` lists the targets. Each sets up .venv first, if it is missing or out of date.

# The first of these that is 3.11 or newer makes .venv: `make test PYTHON=python3.12` for another.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
UV ?= uv
BIN := .venv/bin
READY := .venv/ready
# Packages are compiled when they are first imported, and that is kept, or every start would take seconds.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.DEFAULT_GOAL := help
.PHONY: help setup test test-fast lint format stress-test bench notebook lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## Create .venv with the locked packages and this project

$(READY): requirements.lock pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 && exit; \
	for python in $(PYTHON); do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        exec $$python -m venv --clear .venv; \
	    fi; \
	done; \
	echo "policy-sandbox needs Python 3.11 or newer, and none was found as $(PYTHON)." >&2; exit 1
	@echo "Setting up .venv; the first time this takes a minute or two."
	@$(PIP) --no-compile --use-pep517 --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation -e .
	@touch $@

test: lint  ## Lint, then run the tests
	$(BIN)/pytest -n 2 --dist worksteal -m "not full"

test-fast: $(READY)  ## Run the quick tests only
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow and not browser and not full"

lint: $(READY)  ## Check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY)  ## Put the source into the common form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stress-test: $(READY)  ## Stress-test the city model and its components; the report goes to results/
	$(BIN)/sandbox stress models/foshan

bench: $(READY)  ## Measure the compiled engine beside PySD, pysimlin and C (some ten minutes)
	$(BIN)/python -m benchmarks

notebook: $(READY)  ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

lock:  ## Renew requirements.lock and constraints.txt (ARGS=--upgrade: newest versions)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(UV) pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet $(ARGS) -o requirements.lock
	sed -E '/^ +--hash=/d; s/ *\\$$//' requirements.lock > constraints.txt

clean:  ## Remove .venv and caches; results/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
