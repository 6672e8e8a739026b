# Two commands for a newcomer: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo up test check fix docs bench bench-lottery bench-alternates soak clean

demo: .venv/installed ## run a whole synthetic assembly and write its report
	$(BIN)/borgerting demo $(ARGS)

up: .venv/installed ## serve the suite on 127.0.0.1:8400
	$(BIN)/borgerting up $(ARGS)

test: .venv/dev ## every test, with the servers they need
	$(BIN)/pytest -rs $(ARGS)

check: .venv/dev ## format, lint, types, import contracts, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

fix: .venv/dev ## format, mend what ruff can mend, write the generated documents
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python docs/generate.py

bench: .venv/dev ## measure the bus, the store and registrations on this machine
	$(BIN)/python tests/bench.py

bench-lottery: .venv/dev .venv/peer/installed ## measure the lottery beside sortition-algorithms: ARGS="--rows 360,500 --peer"
	$(BIN)/python tests/bench_lottery.py $(ARGS)

bench-alternates: .venv/dev ## measure alternates and redraws beside other ways, about two minutes: ARGS="--rates 0.164"
	$(BIN)/python tests/bench_alternates.py $(ARGS)

soak: .venv/dev ## the long runs: the crash tests and rules with a large budget
	BORGERTING_SOAK=1 $(BIN)/pytest -rs tests $(ARGS)

clean: ## remove the environment and everything that was run
	rm -rf .venv .borgerting .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Borgerting needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Setting up (once, about a minute) ..."
	$(PIP) --constraint constraints.txt --editable '.[lottery]'
	@touch $@

.venv/dev: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Setting up for development (once, about a minute) ..."
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	@touch $@ .venv/installed

.venv/peer/installed: tests/peer-requirements.txt | .venv/bin/python
	@echo "Setting up the library to measure against (once) ..."
	$(BIN)/python -m venv .venv/peer
	.venv/peer/bin/python -m pip --disable-pip-version-check install --quiet --requirement tests/peer-requirements.txt
	@touch $@
