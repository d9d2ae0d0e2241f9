# Two commands matter to a newcomer: `make demo` and `make test`. Both need Python 3.11 or newer and nothing else.
SHELL := /bin/bash
.DELETE_ON_ERROR:

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: install demo test check bench proof lock format docs clean

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (set PYTHON=/path/to/python3)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

define project
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endef

$(VENV)/.product: requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) -r requirements.txt
	$(project)
	@touch $@

$(VENV)/.sandbox: requirements-sandbox.txt $(VENV)/.product
	$(PIP) -r requirements-sandbox.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.product
	$(PIP) -r requirements-dev.txt
	@touch $@

install: $(VENV)/.product ## the product alone: .venv/bin/topup

demo: $(VENV)/.sandbox ## sandbox and bot on one address
	@exec $(BIN)/python -m sandbox.demo --port $(PORT)

test: $(VENV)/.dev ## every test
	$(BIN)/python -m tests.prepare
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import rules, texts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bot.locales.catalogue --check

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## benchmarks: a table, and var/bench.json
	$(BIN)/python -m tests.bench

proof: $(VENV)/.dev ## the long programmes before a release
	PROOF=release $(BIN)/python -m pytest -m "crash or hostile or proof" -p no:xdist $(ARGS)

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --quiet
lock: $(VENV)/.dev
	$(COMPILE) --group build -o requirements.txt
	$(COMPILE) --group build --extra s3 -c requirements.txt -o requirements-s3.txt
	$(COMPILE) --group build --group sandbox -c requirements.txt -o requirements-sandbox.txt
	$(COMPILE) --group build --group sandbox --group dev --extra s3 -c requirements-sandbox.txt -o requirements-dev.txt

docs: $(VENV)/.dev ## pages drawn from the code
	$(BIN)/python -m tests.docs_states

clean:
	rm -rf $(VENV) var
