# One word for everything one does with this project. Each verb first sets up what it needs, once.
# Options:  make up PORT_OFFSET=100  shifts all ports;  make test ARGS="tests/unit -k offer"  goes to pytest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
STEP := @sh scripts/step.sh
STACK := $(PYTHON) -m local.stack
PORT_OFFSET ?= 0
ARGS ?=

.PHONY: help run up down status traces clean test check package bench browser setup

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: setup ## start everything, seed, and watch it live; Ctrl-C stops all
	@$(STACK) run --port-offset $(PORT_OFFSET)

up: setup ## start everything in the background and seed
	@$(STACK) up --port-offset $(PORT_OFFSET)

down: ## stop everything; data is kept
	@if [ -x $(PYTHON) ]; then $(STACK) down; fi

status: ## show what runs, and where
	@if [ -x $(PYTHON) ]; then $(STACK) status || :; else echo "not running; start it with: make up"; fi

traces: setup ## start everything with traces on, and show each decision as a tree; Ctrl-C ends the showing
	@Telemetry=otlp $(STACK) up --port-offset $(PORT_OFFSET)
	@$(PYTHON) -m local.traces

clean: ## stop everything and delete data and logs
	@if [ -x $(PYTHON) ]; then $(STACK) clean; else rm -rf .local; fi

test: setup browser ## run all tests against real servers
# two processes share two cores: threads of their own would wait for each other at full speed
	@OMP_NUM_THREADS=1 $(PYTHON) -m pytest --ignore=tests/bench --numprocesses=2 --dist=loadscope --no-loadscope-reorder $(ARGS)

check: .venv/.stamp ## lint, format, types, the rules between packages, and the infrastructure
	$(STEP) "lint (ruff)" $(PYTHON) -m ruff check --quiet .
	$(STEP) "format (ruff)" $(PYTHON) -m ruff format --quiet --check .
	$(STEP) "types (mypy)" $(PYTHON) -m mypy
	$(STEP) "rules between packages (import-linter)" .venv/bin/lint-imports
	@sh scripts/check-bicep.sh

package: .venv/.stamp ## what is deployed, and how large it is
	@$(PYTHON) -m scripts.package

bench: setup ## measure, against a floor in the same run
	@$(PYTHON) -m tests.bench $(ARGS)

browser:
	@sh scripts/setup.sh browser

setup: .venv/.stamp node_modules/.stamp ## only set up: packages of Python and Node.js

.venv/.stamp: requirements.txt pyproject.toml
	@sh scripts/setup.sh python
	@touch $@

node_modules/.stamp: package-lock.json | .venv/.stamp
	@sh scripts/setup.sh node
	@touch $@
