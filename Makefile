# Thin names for the commands. `make run` and `make test` each do all their own set-up.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .venv-peers
SIDE_BY_SIDE := --numprocesses=2 --dist=loadfile
# Tests that measure time: another one beside them would be in it.
TIMED := tests/events tests/faults tests/commerce/hooks tests/cli/test_serve.py tests/cli/test_up.py tests/commerce/test_doctor.py \
  tests/commerce/test_hostile_shops.py tests/commerce/test_shared_answers.py tests/commerce/test_signal_client.py \
  tests/delivery/test_ending.py tests/delivery/test_events.py tests/delivery/test_hooks.py tests/delivery/test_hooks_listener.py \
  tests/releases/test_kill.py tests/runtime tests/shop/test_program.py

.PHONY: help run test test-all bench check lint venv system clean

help: ## List the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: venv ## Publish the sample workspace and run delivery and the demo shop.
	$(BIN)/cms up

# Hypothesis draws the same examples in every run, so that a failure is a change of the code. `make test-all` draws new ones.
test: venv system lint ## Everything CI runs: lint, types, import contracts, tests, the check of our own workspace.
	$(BIN)/python -m pytest -m "not slow" --hypothesis-profile=ci $(SIDE_BY_SIDE) $(TIMED:%=--ignore=%)
	$(BIN)/python -m pytest -m "not slow" --hypothesis-profile=ci $(TIMED)
	$(BIN)/cms check --strict
	$(BIN)/cms fmt --check

test-all: venv system lint ## The same with the slow proofs.
	$(BIN)/python -m pytest -m "slow or not slow" $(SIDE_BY_SIDE) $(TIMED:%=--ignore=%)
	$(BIN)/python -m pytest -m "slow or not slow" $(TIMED)
	$(BIN)/cms check --strict
	$(BIN)/cms fmt --check

bench: venv $(PEERS)/.ready ## Measure speed, as ratios within one run beside other engines, into docs/performance.md.
	$(BIN)/python -m benchmarks --write

check: venv ## Check the workspace.
	$(BIN)/cms check

lint: venv
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

venv: $(READY) ## Make .venv with every extra that the tests need.

$(READY): pyproject.toml .constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .constraints.txt --editable ".[test]"
	@touch $@

# The engines we are timed beside never share our environment. One that cannot be installed is left out of the tables.
$(PEERS)/.ready: benchmarks/requirements-peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< \
	  || grep -v '^#' $< | while read -r peer; do \
	    $(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check "$$peer" \
	      || echo "$$peer could not be installed"; done
	@touch $@

# Tests that need one of these say so and skip where it cannot be installed.
system:
	@if ! command -v chromium >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "Installing chromium and fonts for the browser tests"; \
	  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk) >/dev/null 2>&1 \
	    || echo "chromium could not be installed: the browser tests will be skipped"; fi

clean: ## Remove what the targets made.
	rm -rf $(VENV) $(PEERS) .vitrine .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
