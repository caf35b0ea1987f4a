# Two commands do everything: `make run` and `make test`. What they need they install, into .venv
# and, as root on Debian and Ubuntu, with apt-get.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test lint format docs bench bench-search search-report clean

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,\
            $(if $(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo yes),$(p))))
VENV ?= .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

# $(call package,a test that succeeds when it is there,the package,what misses it)
define package
	@$(1) >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing $(2)"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) >/dev/null; \
	  else \
	    echo "$(2) is missing, which $(3) needs: sudo apt install $(2)" >&2; exit 1; \
	  fi; }
endef

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## run the server on port 5001, with a sample catalogue unless a database is set
	@exec $(BIN)/lidarr-metadata serve

test: lint system-postgres ## run everything that has to pass before a change lands
	$(BIN)/pytest --cov --cov-report= --numprocesses=2 --dist=loadfile -m "not alone"
	$(BIN)/pytest --cov --cov-append --cov-report=term:skip-covered -m alone

lint: $(VENV)/.dev ## check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## bring the code into its one style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.dev ## write docs/settings.md and config.py anew from the settings
	$(BIN)/python -m lidarrmetadata.settings --write docs/settings.md --write-operator-file config.py

bench: $(VENV)/.dev system-postgres ## measure answers over a large catalogue (make bench ARTISTS=100000)
	$(BIN)/python -m bench $(if $(ARTISTS),--artists $(ARTISTS))

bench-search: $(VENV)/.dev system-postgres ## measure search over as many names as MusicBrainz has
	$(BIN)/python -m bench.search

search-report: $(VENV)/.dev ## show how much of what people look for each search back end finds
	$(BIN)/python -m tests.search.report

clean: ## remove what the other commands made here
	rm -rf $(VENV) build *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.PHONY: system-postgres
system-postgres:
	$(call package,ls /usr/lib/postgresql/*/bin/initdb || command -v initdb,postgresql,the test suite)

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is missing: sudo apt install python3" >&2; exit 1; }
	$(call package,$(PYTHON) -c 'import ensurepip; import venv',python3-venv,this)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: setup.py | $(BIN)/python
	@echo "installing into $(VENV), which takes a minute the first time"
	@$(BIN)/pip install --quiet --editable '.[embedded,fast]'
	@touch $@

$(VENV)/.dev: setup.py | $(BIN)/python
	@echo "installing into $(VENV), which takes a minute the first time"
	@$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.run
