# Everything runs on 127.0.0.1 and under this folder; `make clean` removes what was made.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
EDGE_TESTS := tests/e2e/test_invoice_edges.py tests/e2e/test_described_fuzz.py tests/integration/test_local_platform.py
PLATFORM_TESTS := tests/e2e $(EDGE_TESTS)
export PYTHONPATH := $(CURDIR)/shared

SEEDS ?= 10000
SEED ?= 0

.DEFAULT_GOAL := help
.PHONY: help run demo test test-platform test-edges test-rest simulate check format install install-dev build bench lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install  ## start the whole platform, drive one sample day through it, keep serving (Ctrl-C ends it)
	@$(BIN)/python -m infra.local run

demo: install  ## what `make run` does, then stop: exit 0, or non-zero with the step that failed
	@$(BIN)/python -m infra.local demo

test: install-dev check  ## everything that CI runs
	@$(MAKE) --no-print-directory -j3 test-platform test-edges test-rest

test-platform: install-dev  ## tests of the running platform: they mostly wait, so `make test` runs them beside the rest
	@$(BIN)/pytest -q tests/e2e $(EDGE_TESTS:%=--ignore=%)

test-edges: install-dev  ## more of them, on a platform of their own
	@$(BIN)/pytest -q $(EDGE_TESTS)

test-rest: install-dev  ## every other test
	@$(BIN)/pytest -q $(PLATFORM_TESTS:%=--ignore=%)

simulate: install-dev  ## SEEDS=n stories of bad luck in a simulated world, from SEED=k on; SEEDS=1 prints that one
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --seed $(SEED)

check: install-dev  ## format, lint, types, template
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/cfn-lint template.yaml

format: install-dev  ## rewrite the files as `make check` wants them
	@$(BIN)/ruff format -q .
	@$(BIN)/ruff check -q --fix .

build: install  ## stage .build/app and every layer for AWS (aarch64), with the size and name checks
	@$(BIN)/python -m infra.build --target aarch64 --all

bench: install-dev  ## measure against bare floors; prints ratios
	@for file in benchmarks/[!_]*.py; do echo "$$file"; $(BIN)/python -m benchmarks.$$(basename "$$file" .py) || exit 1; done

lock: install-dev  ## compile requirements/*.in again
	@requirements/lock.sh

clean:  ## forget the local platform: state, keys, builds (environments stay)
	@rm -rf .mizan .build

install: .venv/local.stamp .venv-sandbox/stamp  ## environments for running, from the hashed locks

install-dev: .venv/dev.stamp .venv-sandbox/stamp  ## environments for testing, from the hashed locks

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (make PYTHON=python3.13 …)")'
	@$(PYTHON) -m venv .venv

.venv/local.stamp: requirements/local.lock | .venv/bin/python
	@echo "installing (once): requirements/local.lock"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/local.lock
	@touch $@

.venv/dev.stamp: requirements/dev.lock .venv/local.stamp
	@echo "installing (once): requirements/dev.lock"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

.venv-sandbox/stamp: requirements/sandbox.lock .venv/local.stamp
	@echo "installing (once): requirements/sandbox.lock"
	@$(PYTHON) -m venv .venv-sandbox
	@$(BIN)/uv pip install -q --python .venv-sandbox/bin/python --require-hashes -r requirements/sandbox.lock
	@touch $@
