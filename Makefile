# Everything runs on 127.0.0.1 and under this folder; `make clean` removes what was made.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PLATFORM_TESTS := tests/e2e tests/integration/test_local_platform.py
PLATFORM_RUNS := platform-run-1 platform-run-2 platform-run-3
REST_TESTS := tests $(PLATFORM_TESTS:%=--ignore=%) --ignore=tests/simulation
export PYTHONPATH := $(CURDIR)/shared

SEEDS ?= 10000
SEED ?= 0

.DEFAULT_GOAL := help
.PHONY: help run demo test test-platform test-rest test-simulation in-the-background $(PLATFORM_RUNS) simulate check format install install-dev build bench lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install  ## start the whole platform, drive one sample day through it, keep serving (Ctrl-C ends it)
	@$(BIN)/python -m infra.local run

demo: install  ## what `make run` does, then stop: exit 0, or non-zero with the step that failed
	@$(BIN)/python -m infra.local demo

test: install-dev  ## everything that CI runs: the platform's tests mostly wait, so the rest runs behind them
	@share=$$(mktemp -d) && trap 'rm -rf "$$share"' EXIT && \
	$(MAKE) --no-print-directory -j5 SHARE=$$share $(PLATFORM_RUNS) in-the-background test-simulation

test-platform: install-dev  ## tests of the running platform
	@$(BIN)/pytest -q $(PLATFORM_TESTS)

$(PLATFORM_RUNS): install-dev
	@$(BIN)/pytest -q $(PLATFORM_TESTS) --share=$(SHARE)

in-the-background: install-dev
	@nice $(MAKE) --no-print-directory check && nice $(MAKE) --no-print-directory test-rest

test-simulation: install-dev  ## ten thousand stories of bad luck, and every planted fault found
	@nice $(BIN)/pytest -q tests/simulation

test-rest: install-dev  ## every other test
	@$(BIN)/pytest -q $(REST_TESTS)

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
