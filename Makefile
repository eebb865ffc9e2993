# People and CI use the same few targets. Everything is installed into .venv by the first of them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: run test faults check bench docs update clean

# Example pipelines in Airflow, on this machine, on sample data; ONCE=1 ends when they have run.
run: $(INSTALLED)
	$(BIN)/pipelines up $(if $(ONCE),--once)

# Everything that CI checks.
test: check
	$(BIN)/pytest -n auto --dist loadgroup

# What stops a run at any point, point by point; `make test` tries each third of them.
faults: $(INSTALLED)
	EVERY_POINT=1 $(BIN)/pytest -n auto --dist loadgroup tests/faults

# The part of it that needs no tests to run: lint, types, layers, and generated files.
check: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pipelines generate --check
	$(BIN)/python -m generator.reference --check
	$(BIN)/python -m tests.sandbox.coverage --check

# Times and memory against peers; writes docs/benchmarks.md.
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

# The schemas for editors and the reference documentation, from the template fragments and the sandbox's examples.
docs: $(INSTALLED)
	$(BIN)/python -m generator.reference
	$(BIN)/python -m tests.sandbox.coverage

# All generated and expected files, from what the code does now; read the diff before you commit it.
update: docs
	$(BIN)/pipelines generate
	$(BIN)/pytest -q -n auto --update tests/test_cases.py tests/test_compile.py tests/templates

$(INSTALLED): setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[airflow,ml,notify,sandbox,test]'
	touch $@

clean:
	rm -rf $(VENV) .pipelines .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
