# What can be made here; `make help` lists it. A set-up step is skipped until what it depends on changes.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

BIN    := .venv/bin
# Each of these is what its step writes last.
PAGES  := src/dragoman/server/static/LICENCES.txt
MODELS := src/dragoman/engines/embedded/data/SHA256SUMS
SPEECH := .cache/speech/SHA256SUMS

PAGES_FROM := $(shell find web \( -name node_modules -o -name tests \) -prune -o -type f -print) \
    src/dragoman/avatar/characters.json

# An account in the settings brings what it needs; without one nothing of it is installed.
AZURE   := $(if $(shell scripts/setup azure),.venv/.azure)

TO_RUN  := .venv/.to-run $(AZURE) $(PAGES) $(MODELS)
TO_TEST := .venv/.to-test $(TO_RUN) $(SPEECH)

.PHONY: help run test lint screenshots bench bench-simul bench-pages bench-azure wheel doctor clean machine machine-test

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: machine $(TO_RUN)  ## set up whatever is missing, then serve on http://localhost:5000/speaker
	@exec $(BIN)/dragoman serve

test: machine-test $(TO_TEST) lint  ## set up whatever is missing, then check and test everything
	cd web && npm test
	$(BIN)/pytest

lint: machine-test $(TO_TEST)  ## check style and types, in Python and TypeScript
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	cd web && npm run check

bench: machine-test $(TO_TEST)  ## measure, print, and rewrite docs/benchmarks.md
	$(BIN)/python -m benchmarks

bench-simul: machine-test $(TO_TEST)  ## measure interpreting: lags, erasure, quality; half an hour
	$(BIN)/python -m benchmarks simul

bench-pages: machine-test $(TO_TEST)  ## measure the pages on a slow phone, with Lighthouse
	$(BIN)/python -m benchmarks pages

bench-azure: machine-test $(TO_TEST)  ## measure Azure's engines against the local service; a quarter of an hour
	$(BIN)/python -m benchmarks azure

wheel: machine-test $(TO_TEST)  ## build a wheel, pages and models in it, into dist/
	$(BIN)/python -m build --wheel --no-isolation

screenshots: machine-test $(TO_TEST)  ## picture every state of both pages, into screenshots/
	@PYTHONPATH=tests:tests/browser $(BIN)/python tests/browser/screenshots.py $(ONLY)

doctor: machine $(TO_RUN)  ## say what this machine lacks, and how to get it
	@$(BIN)/dragoman doctor

clean:  ## remove all that was made here, except what a running server keeps in data/
	rm -rf .venv .cache build dist web/node_modules $(dir $(PAGES) $(MODELS)) src/dragoman/avatar/data screenshots \
	    .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

machine:
	@scripts/setup machine

machine-test:
	@scripts/setup machine test

.venv/bin/python: | machine
	@scripts/setup venv

.venv/.to-run: pyproject.toml | .venv/bin/python
	@echo "Installing Python packages into .venv"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.azure: pyproject.toml | .venv/.to-run
	@echo "Installing Python packages for Azure into .venv"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[azure]'
	@touch $@

.venv/.to-test: pyproject.toml | .venv/bin/python
	@echo "Installing Python packages into .venv, those for the tests too"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ .venv/.to-run .venv/.azure

web/node_modules/.made: web/package.json web/package-lock.json | machine
	@echo "Installing the front end's packages"
	@cd web && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(PAGES): $(PAGES_FROM) web/node_modules/.made
	@echo "Building the pages"
	@cd web && npm run --silent build

$(MODELS): scripts/fetch_models.py | .venv/.to-run
	@echo "Fetching the models"
	@$(BIN)/python scripts/fetch_models.py

$(SPEECH): scripts/fetch_test_speech.py | .venv/.to-test
	@echo "Fetching recordings for the tests"
	@$(BIN)/python scripts/fetch_test_speech.py
