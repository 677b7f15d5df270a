# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
UV_VERSION := 0.9.0
VENV := .venv
BIN := $(VENV)/bin
# An installed uv serves; else one of our own comes from PyPI.
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
export UV_PROJECT_ENVIRONMENT := $(VENV)
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Offline, providers come from a folder laid out as Terraform's filesystem mirrors are.
MIRROR_MARK := registry.terraform.io/hashicorp/aws
MIRROR_ROOTS := /usr/local/share /usr/share /opt /var/lib $(HOME)/.terraform.d
ifndef STUDIO_PROVIDER_MIRROR
STUDIO_PROVIDER_MIRROR := $(patsubst %/$(MIRROR_MARK),%,$(firstword $(shell \
	find $(MIRROR_ROOTS) -maxdepth 5 -type d -path '*/$(MIRROR_MARK)' 2>/dev/null)))
endif
ifneq ($(STUDIO_PROVIDER_MIRROR),)
export STUDIO_PROVIDER_MIRROR
endif

.PHONY: help mirror setup demo test test-slow check format bench docs region-lists clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.stamp ## Make .venv with `studio`, Node, and lean provider bindings.
	@$(BIN)/python -m agent_studio.bindings build

$(VENV)/.stamp: pyproject.toml uv.lock | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Agent Studio needs Python 3.11 or newer; found " + sys.version.split()[0] + "; fix: make PYTHON=python3.11 setup")'
	UV_COMPILE_BYTECODE=1 $(UV) sync --locked --all-extras --quiet --inexact --python $(PYTHON)
	@touch $@

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=$(UV_VERSION),<1'

demo: setup ## Rehearse the example estate on this machine; no cloud account needed.
	@$(BIN)/studio rehearse --demo

test: check ## Lint, types, import contract and the tests.
	$(BIN)/python -m pytest -n 2 -m 'not slow'

test-slow: setup ## The tests that take long: minutes each, or every breach of the gate.
	$(BIN)/python -m pytest -n 2 -m slow

check: setup ## Lint, format, strict types and the import contract.
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## Measure speed and memory beside the stock way.
	$(BIN)/python tests/bench

docs: setup ## Generate the reference under docs/ again.
	$(BIN)/python -m agent_studio.estate.schema
	$(BIN)/python -m agent_studio.cli.reference > docs/reference/cli.md
	$(BIN)/python -m agent_studio.policies.controls_reference
	$(BIN)/studio estate graph --out docs/pictures/estate.svg

region-lists: setup ## Take Google Cloud's regions from c7n-gcp again.
	$(BIN)/python tests/estate/region_lists/refresh.py

mirror:
	@echo '$(STUDIO_PROVIDER_MIRROR)'

clean: ## Remove everything that was generated, the environment too.
	rm -rf $(VENV) .uv .studio cdktf.out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
