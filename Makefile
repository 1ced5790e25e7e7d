# Everything a stranger needs: `make demo`, `make test`. All of it happens in .venv, made from hashed requirements.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/python -m pytest
EXAMPLE := scenarios/examples/channel/scenario.yaml
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --fork-strategy fewest --no-emit-index-url --no-header --quiet

.PHONY: demo test check format bench docs chaos audit lock install clean

demo: $(READY)  ## Solve the shipped example, print its summary and one partner's receipt.
	$(BIN)/cascade solve $(EXAMPLE) -o out/demo
	$(BIN)/cascade explain $(EXAMPLE) P0159

test: $(READY)  ## Every test; set ARGS to choose some: make test ARGS=tests/api
	OPENBLAS_NUM_THREADS=1 $(PYTEST) -n 2 --dist worksteal --ignore tests/chaos $(ARGS)

check: $(READY)  ## Style, types, the import line, the documentation.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) -q tests/test_architecture.py tests/test_docs.py

format: $(READY)  ## Put every file into the one style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## Speed, as ratios to others on this machine.
	$(BIN)/python -m benchmarks

docs: $(READY)  ## The generated reference pages.
	$(BIN)/python -m docs.generate

chaos: $(READY)  ## Kill solvers, workers, servers and databases, and check that nothing was lost.
	$(PYTEST) tests/chaos

audit: $(READY)  ## Known faults in the locked dependencies; asks the network.
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements-dev.txt

lock:  ## Choose the newest dependencies that pyproject.toml allows; needs uv.
	$(COMPILE) --upgrade --output-file requirements.txt
	$(COMPILE) --upgrade --extra postgresql --extra dev --constraint requirements.txt --output-file requirements-dev.txt

install: $(READY)  ## The virtual environment in .venv.

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:  ## Take away all that make made.
	rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
