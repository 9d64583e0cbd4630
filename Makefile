# The same targets locally and in CI. Everything is installed into the project's own .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MUTANTS ?= 300
EXAMPLES ?= 2000
SECONDS ?= 600
RUNS ?= 200

.DEFAULT_GOAL := help
.PHONY: help setup demo dist test properties lint typecheck contracts docs docs-check site surfaces judges action mutants coverage fuzz kills load bench bench-truth bench-speed clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## install contract-gate and the tools to work on it into .venv

$(STAMP): pyproject.toml requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "contract-gate needs Python 3.11 or newer: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup ## the gate judges a breaking pull request, offline, against the emulator
	@$(BIN)/contract-gate demo

test: setup ## run the tests, one process a core
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

properties: setup ## look for what breaks a law of the comparison: EXAMPLES=2000 new queries for each
	CONTRACT_GATE_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest tests/properties

lint: setup ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: setup ## mypy, strict
	$(BIN)/mypy

contracts: setup ## import-linter: dependencies run one way
	$(BIN)/lint-imports

docs: setup ## write the pages and the picture that are made from the program
	$(BIN)/python scripts/write_rules_page.py
	$(BIN)/python scripts/write_schemas.py
	$(BIN)/python scripts/draw_demo.py
	CONTRACT_GATE_WRITE_DOCS=1 $(BIN)/python -m pytest -q tests/cli/catalog/test_page.py tests/cli/test_faults_page.py tests/edge/github/test_faults_page.py

docs-check: setup ## tell whether those pages and the picture are current
	$(BIN)/python scripts/write_rules_page.py --check || { echo "docs/rules.md is stale: make docs" >&2; exit 1; }
	$(BIN)/python scripts/write_schemas.py --check || { echo "docs/config.schema.json or docs/waivers.schema.json is stale: make docs" >&2; exit 1; }
	$(BIN)/python scripts/draw_demo.py --check || { echo "docs/demo.svg is stale: make docs" >&2; exit 1; }

site: ## the pages in docs/ as a site, in dist/site; a link that leads nowhere fails
	$(PYTHON) -m venv $(VENV)/site
	$(VENV)/site/bin/python -m pip install --quiet --disable-pip-version-check $$(grep ^mkdocs= scripts/judges.txt)
	$(VENV)/site/bin/mkdocs build --quiet --site-dir dist/site

surfaces: setup ## judge the action, workflows and hooks with others' tools; run the hook through pre-commit
	PYTHON=$(BIN)/python scripts/judge-surfaces.sh

judges: setup ## judge the reports and the calls to GitHub with others' tools: SARIF Multitool, Prism, axe-core in Chromium (npm)
	PYTHON=$(BIN)/python scripts/judge-reports.sh

action: setup ## build the action's image and run it as a runner does (Debian, root)
	PYTHON=$(BIN)/python scripts/run-action.sh

bench: setup ## check the labels of the cases against DuckDB
	$(BIN)/python bench/check_labels.py

bench-truth: setup ## compare the gate with what DuckDB does to MUTANTS=300 edits
	$(BIN)/python bench/truth.py --mutants $(MUTANTS)

mutants: setup ## break the code at MUTANTS=300 random places, one at a time, and see whether the tests notice
	$(BIN)/python bench/mutants.py --mutants $$(( $(MUTANTS) / 5 ))

coverage: setup ## which branches the tests take, in children too (TESTS=tests/policy: of some tests; MISSING=PATH lists what none takes)
	$(BIN)/python bench/branches.py $(if $(MISSING),--missing $(MISSING)) $(TESTS)

load: setup ## 2,000 changed models, 100,000 assets, 5,000 readers, 20 gates at once: time, memory, and what is told
	$(BIN)/python bench/load.py

fuzz: setup ## look SECONDS=600 for input that makes a reader of strangers' files fail (TARGET=sql: one of them)
	$(BIN)/python -m venv $(VENV)/fuzz
	$(VENV)/fuzz/bin/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	PYTHONPATH=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'):. \
		$(VENV)/fuzz/bin/python bench/fuzz.py --seconds $(SECONDS) $(if $(TARGET),--target $(TARGET))

kills: setup ## kill RUNS=200 runs of check and of sync at random points, and look at what they leave
	$(BIN)/python bench/check_kills.py --runs $(RUNS)
	$(BIN)/python bench/sync_kills.py --points $(RUNS) --processes 8

bench-speed: setup ## what runs cost: CPU and memory, on generated repositories (REPOSITORIES=DIR: bare clones of public ones too)
	$(BIN)/python bench/speed.py $(if $(REPOSITORIES),--repositories $(REPOSITORIES))
	$(BIN)/python bench/growth.py

dist: setup ## the wheel, the same bytes wherever it is built, and beside it what it depends on (CycloneDX)
	$(BIN)/python -m hatchling build -t wheel -t sdist -d dist
	$(PYTHON) -m venv $(VENV)/sbom && $(VENV)/sbom/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0
	PYTHONWARNINGS=ignore $(VENV)/sbom/bin/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml -o dist/contract-gate.cdx.json requirements.lock
	@ls -l dist

clean: ## remove .venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist
