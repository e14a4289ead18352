# Two commands do everything: `make run` and `make test`. Both make .venv from requirements.lock first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_PACKAGES := tesseract-ocr tesseract-ocr-vie libreoffice-writer-nogui libreoffice-calc-nogui fonts-liberation2 chromium
ENGINE ?= sail
ENVIRONMENT_sail := spark
ENVIRONMENT_spark := spark-java
# On every core, a file of tests on one of them; long files first (tests/conftest.py).
TOGETHER := -n auto --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run empty test test-fast model ui lint format clean bench pictures docs doctor lock system-packages fresh-root kills mutants test-spark server test-server quarter

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Cần Python 3.11 (lệnh $(PYTHON)). / Python 3.11 is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Tạo môi trường Python (một lần, khoảng hai phút). / Making the Python environment, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The environments of other engines than DuckDB, apart from the project's own.
$(VENV)-%/.installed: requirements-%.lock
	@$(PYTHON) -m venv $(VENV)-$*
	@$(VENV)-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

run: $(VENV)/.installed ## inbox → raw → warehouse → exports; fills an empty inbox with the sample
	@$(BIN)/par sample
	@$(BIN)/par run

empty: $(VENV)/.installed ## takes out exactly what the sample put into the inbox
	@$(BIN)/par empty

test: $(VENV)/.installed system-packages ## all tests
	@$(BIN)/python -m pytest $(TOGETHER)

test-fast: $(VENV)/.installed ## the tests of a minute; no system package is needed
	@$(BIN)/python -m pytest $(TOGETHER) -m "not slow and not ocr and not office and not browser"

test-spark: $(VENV)/.installed $(VENV)-$(ENVIRONMENT_$(ENGINE))/.installed ## every table again on Sail, compared row by row (ENGINE=spark: Apache Spark, needs Java)
	@PAR_TEST_ENGINE=$(ENGINE) $(BIN)/python -m pytest tests/test_spark.py

model: $(VENV)/.installed ## one dbt model from raw/, with what it needs and its tests, aside (MODEL=int_value_findings)
	@mkdir -p dbt_project/target/model
	@PATH="$(CURDIR)/$(BIN):$$PATH" PAR_RAW=$(or $(PAR_HOME),.)/raw PAR_BUILD_DATABASE=dbt_project/target/model/model.duckdb \
		$(BIN)/dbt --quiet build --select +$(or $(MODEL),$(error MODEL=name)) --indirect-selection buildable \
		--project-dir dbt_project --profiles-dir dbt_project --target-path target/model

server: $(VENV)/.installed ## what a server needs beside: Dagster's storage on PostgreSQL (docs/operate_it.md)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-server.lock

test-server: server ## Dagster on PostgreSQL, separate services, kills, alerts, verbs, backup and restore
	@sh tests/install_system_packages.sh postgresql nginx openssl
	@$(BIN)/python -m pytest -n 0 tests/test_server.py

quarter: server ## a quarter of 63 provinces on a server on PostgreSQL, with kills, late and broken reports; long
	@sh tests/install_system_packages.sh postgresql
	@$(BIN)/python -m pytest -n 0 tests/quarter.py

system-packages:
	@sh tests/install_system_packages.sh $(SYSTEM_PACKAGES)

fresh-root: ## proves on a new Debian that test-fast and .ci/run need nothing else (root; FOLDER=/new/folder)
	@sh tests/fresh_root.sh $(or $(FOLDER),$(error FOLDER=/new/folder))

kills: $(VENV)/.installed ## kills runs at random and compares with an undisturbed one (KILLS=200 PAIRS=10)
	@$(BIN)/python tests/kill_harness.py --kills $(or $(KILLS),12) --pairs $(or $(PAIRS),2)

mutants: $(VENV)/.installed ## changes lines of reader and release one by one and lists those that no test misses; hours (NAMES=some of them)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-mutants.lock
	@CI=1 $(BIN)/mutmut run $(NAMES)
	@$(BIN)/mutmut results

ui: $(VENV)/.installed ## Dagster in the browser (PORT=3000)
	@$(BIN)/par ui --port $(or $(PORT),3000)

lint: $(VENV)/.installed ## ruff, mypy, seeds, sqlfluff, dbt-bouncer, and the definitions load
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m orchestration.checks.seeds
	@$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dbt --quiet parse --no-partial-parse --project-dir dbt_project --profiles-dir dbt_project
	@$(BIN)/dbt-bouncer run
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dg check defs

docs: $(VENV)/.installed ## dbt's own pages of every table and its lineage: dbt_project/target/static_index.html
	@PAR_BUILD_DATABASE=:memory: $(BIN)/dbt --quiet docs generate --static --empty-catalog --project-dir dbt_project --profiles-dir dbt_project

format: $(VENV)/.installed ## rewrite Python and SQL in the house style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	@$(BIN)/sqlfluff fix dbt_project/models dbt_project/tests

bench: $(VENV)/.installed ## every benchmark, each beside its peer
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

pictures: $(VENV)/.installed ## the pictures of README and guide, of the newest release and its run (needs Chromium and LibreOffice)
	@$(BIN)/python docs/pictures/make.py

doctor: $(VENV)/.installed ## what this machine lacks, and how to get it
	@$(BIN)/par doctor

lock: ## every lock anew from its .in (needs uv)
	for file in requirements.in requirements-*.in; do uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --quiet $$file -o $${file%.in}.lock; done

clean: ## caches and builds; raw/, the published warehouse and its releases stay
	rm -rf dbt_project/target dbt_project/logs logs warehouse/.build .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
