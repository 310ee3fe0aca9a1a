# Everything a developer runs. Environments are made from the hash-pinned locks, and made again when
# a lock changes. Needs GNU make and Python 3.11 (the published connector, which the integration
# tests compare with, runs on nothing newer).

PYTHON ?= $(or $(shell for python in python3.11 python3; do \
	$$python -c 'import ensurepip, venv' 2>/dev/null && echo $$python && break; done),\
	$(error There is no Python 3.11 here that can make virtual environments. Debian 12 has one: apt-get install python3-venv))
UV_VERSION := 0.13.8
PUBLISHED_VERSION := 4.9.1

# Python keeps what it compiles, also where the surroundings ask it not to (images of containers do):
# the tests start hundreds of processes, and each would compile 200 modules.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PIP_INSTALL = -m pip --disable-pip-version-check install --quiet
# The address of a package never enters a lock, and the machine's uv settings never decide one.
UV_COMPILE = .venv-lock/bin/uv --no-config pip compile --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command 'make lock' --quiet

.PHONY: demo picture test test-fast lint types docs site lock ci clean environments
.DELETE_ON_ERROR:

## demo: an emulated Zendesk account in a DuckDB file, synced twice, three questions in SQL, a report
demo: .venv-models/package.stamp
	.venv-models/bin/zendesk-local demo --folder .demo

## picture: what the demo prints just now, as the README shows it
picture: .venv-models/package.stamp
	.venv-models/bin/python docs/picture.py

## test: unit tests, then the command itself against the emulator (one test: make test ARGS='-k name')
test: environments
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

## test-fast: the unit tests alone, which need no other environment and no network
test-fast: .venv/package.stamp .venv/dev.stamp
	$(BIN)/python -m pytest unit_tests --numprocesses 2 --dist loadfile $(ARGS)

lint: .venv/dev.stamp
	$(BIN)/ruff check .

types: .venv/package.stamp .venv/dev.stamp
	$(BIN)/mypy

## docs: the generated tables, then the documentation as a site in build/site
docs: .venv/package.stamp .venv/dev.stamp
	$(BIN)/python docs/streams_table.py --write
	$(BIN)/python docs/configuration_table.py --write
	$(BIN)/python docs/privacy_table.py --write docs/privacy.md
	$(MAKE) --no-print-directory site

## site: the documentation as a site, without writing the tables
site: .venv/package.stamp .venv/dev.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

## lock: take up the newest versions that pyproject.toml allows
lock: .venv-lock/stamp
	$(UV_COMPILE) --upgrade pyproject.toml --output-file locks/runtime.txt
	$(UV_COMPILE) --upgrade pyproject.toml --group dev --constraints locks/runtime.txt --output-file locks/dev.txt
	$(UV_COMPILE) --upgrade --group build --constraints locks/runtime.txt --output-file locks/build.txt
	$(UV_COMPILE) --upgrade --group orchestrators --output-file locks/orchestrators.txt
	$(UV_COMPILE) --upgrade --group pyairbyte --output-file locks/pyairbyte.txt
	$(UV_COMPILE) --upgrade pyproject.toml --extra local --constraints locks/runtime.txt --output-file locks/local.txt
	$(UV_COMPILE) --upgrade pyproject.toml --extra local --extra models --group build --constraints locks/local.txt --output-file locks/models.txt

ci:
	bash .ci/run

clean:
	rm -rf .venv .venv-local .venv-models .venv-pyairbyte .venv-published .venv-orchestrators .venv-lock .demo .tmp build dist
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

environments: .venv/package.stamp .venv/dev.stamp .venv-local/package.stamp .venv-models/package.stamp .venv-published/stamp \
	.venv-pyairbyte/stamp .venv-orchestrators/stamp

.venv/runtime.stamp: locks/runtime.txt locks/build.txt
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r locks/runtime.txt -r locks/build.txt
	touch $@

.venv/package.stamp: .venv/runtime.stamp pyproject.toml
	$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

# After the package: two pips at once would write into one environment.
.venv/dev.stamp: .venv/runtime.stamp locks/dev.txt | .venv/package.stamp
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r locks/dev.txt
	touch $@

# The extra [local], as its users have it. pip does not look for dependencies: the lock has all, but
# names none by the extra that asks for it.
.venv-local/runtime.stamp: locks/local.txt locks/build.txt
	$(PYTHON) -m venv --clear .venv-local
	@echo 'Installing zendesk-local into .venv-local, once.'
	.venv-local/bin/python $(PIP_INSTALL) --no-deps --require-hashes -r locks/local.txt -r locks/build.txt
	touch $@

.venv-local/package.stamp: .venv-local/runtime.stamp pyproject.toml
	.venv-local/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

# The extras [local] and [models], apart: [local] alone is to work without dbt, which is large.
.venv-models/runtime.stamp: locks/models.txt
	$(PYTHON) -m venv --clear .venv-models
	@echo 'Installing zendesk-local and dbt into .venv-models, once.'
	.venv-models/bin/python $(PIP_INSTALL) --no-deps --require-hashes -r locks/models.txt
	touch $@

.venv-models/package.stamp: .venv-models/runtime.stamp pyproject.toml
	.venv-models/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

# The connector whose users this one takes over, apart from everything of ours.
.venv-published/stamp: Makefile
	$(PYTHON) -m venv --clear .venv-published
	.venv-published/bin/python $(PIP_INSTALL) airbyte-source-zendesk-support==$(PUBLISHED_VERSION)
	touch $@

# PyAirbyte, apart as its users have it: it runs the connector of .venv-local.
.venv-pyairbyte/stamp: locks/pyairbyte.txt
	$(PYTHON) -m venv --clear .venv-pyairbyte
	.venv-pyairbyte/bin/python $(PIP_INSTALL) --no-deps --require-hashes -r locks/pyairbyte.txt
	touch $@

# Airflow and Dagster, apart as their users have them: the examples are run by them.
.venv-orchestrators/stamp: locks/orchestrators.txt
	$(PYTHON) -m venv --clear .venv-orchestrators
	.venv-orchestrators/bin/python $(PIP_INSTALL) --require-hashes -r locks/orchestrators.txt
	touch $@

.venv-lock/stamp: Makefile
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python $(PIP_INSTALL) uv==$(UV_VERSION)
	touch $@
