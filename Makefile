# Everything a stranger needs: `make demo`, `make test`. All of it happens in .venv, made from hashed requirements.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
RUNNING := .venv/.running
PYTEST := $(BIN)/python -m pytest
EXAMPLE := scenarios/examples/channel/scenario.yaml
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --fork-strategy fewest --no-emit-index-url --no-header --quiet

.PHONY: demo test check format bench bench-quick docs gallery site chaos fuzz audit sbom lock install clean api-lint

demo: $(RUNNING)  ## Solve the shipped example, print its summary and one partner's receipt.
	$(BIN)/cascade solve $(EXAMPLE) -o out/demo
	$(BIN)/cascade explain $(EXAMPLE) P0159
	@echo; echo "To see it in the browser: $(BIN)/cascade demo"

test: $(READY)  ## Every test; set ARGS to choose some: make test ARGS=tests/api
	tests/setup
	PYTHONDONTWRITEBYTECODE= OPENBLAS_NUM_THREADS=1 $(PYTEST) -n 3 --dist worksteal --ignore tests/chaos $(ARGS)

check: $(READY) site  ## Style, types, the import line, the documentation.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) -q tests/test_architecture.py tests/test_docs.py

format: $(READY)  ## Put every file into the one style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## Speed, as ratios to others on this machine.
	$(BIN)/python -m benchmarks

bench-quick: $(READY)  ## Our times against a fixed piece of work, compared with benchmarks/ratios.json; fails beyond 1.3.
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.quick $(ARGS)

docs: $(READY)  ## The generated reference pages and pictures.
	$(BIN)/python -m docs.generate
	$(BIN)/python -m docs.examples
	$(BIN)/python -m docs.draw

gallery: $(READY)  ## The pictures of the pages, taken in a real browser from a running demo.
	tests/setup
	$(BIN)/python -m docs.gallery

site: $(READY)  ## The documentation as a site, in out/site; a dead link or a page outside the menu fails it.
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d out/doctrees docs out/site

chaos: $(READY)  ## Kill solvers, workers, servers and databases, and check that nothing was lost.
	$(PYTEST) tests/chaos

fuzz: $(READY)  ## Random scenarios of every kind against an independent model; make fuzz ARGS="--seeds 0:5000".
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.fuzz $(ARGS)

api-lint: $(READY)  ## The OpenAPI document, judged by redocly and spectral; needs node and asks the network for them.
	$(BIN)/python -m docs.openapi out/openapi.json
	npx --yes @redocly/cli lint out/openapi.json --config .redocly.yaml
	npx --yes @stoplight/spectral-cli lint out/openapi.json --ruleset .spectral.yaml --fail-severity warn

audit: $(READY)  ## Known faults in the locked dependencies; asks the network.
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements-dev.txt

sbom: $(READY)  ## The bill of materials (CycloneDX) and the licences of everything installed, in out/release.
	$(BIN)/python -m docs.sbom out/release

lock:  ## Choose the newest dependencies that pyproject.toml allows; needs uv.
	$(COMPILE) --upgrade --extra server --extra build --output-file requirements.txt
	$(COMPILE) --upgrade --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(COMPILE) --extra charts --extra pulp --extra oidc --extra postgresql --extra telemetry --constraint requirements-dev.txt --output-file docs/deploy/requirements.txt

install: $(READY)  ## The virtual environment in .venv, with all that tests and checks need.

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q scenarios rules solver api
	touch $@ $(RUNNING)

$(RUNNING): requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q scenarios rules solver api
	touch $@

clean:  ## Take away all that make made.
	rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
