# All set-up is done here: a virtual environment of its own, pinned packages checked by hash.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: help demo test quick check bench fuzz clean

help:
	@echo "make demo    the main job on real purchases, in about a minute"
	@echo "make test    all tests"
	@echo "make quick   the tests that take no more than a few seconds each"
	@echo "make check   ruff, mypy, import-linter"
	@echo "make fuzz    feed every parser damaged bytes for ten minutes (FUZZ_SECONDS=600)"
	@echo "make bench   measure beside peers, write docs/performance.md (BENCH=search for a part)"

$(READY): constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	touch $(READY)

demo: $(READY)
	@$(BIN)/python examples/demo.py demo

test: $(READY)
	$(BIN)/python -m pytest -n 2

quick: $(READY)
	$(BIN)/python -m pytest -n 2 -m "not slow"

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: FUZZ_SECONDS ?= 600
fuzz: $(READY)
	$(BIN)/python tests/fuzz/run.py --seconds $(FUZZ_SECONDS)

bench: BENCH ?= --largest
bench: $(READY)
	$(BIN)/python benchmarks/run.py $(BENCH)

clean:
	rm -rf $(VENV) demo
