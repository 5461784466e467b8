# `make run` and `make test` need Python 3.11 or newer and pip; they make .venv themselves and do nothing twice.
#   PYTHON=python3.12        another interpreter
#   TORCH_INDEX=URL          where to take torch from, for example https://download.pytorch.org/whl/cu128; if it is
#                            not given, a machine without a GPU takes the CPU build
#   ARGS="seed=2 ..."        overrides for `make run`, or arguments of pytest for `make test`
PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
ARGS ?=
BIN := $(VENV)/bin
CPU_INDEX := https://download.pytorch.org/whl/cpu
TORCH := $(shell sed -n 's/^torch==/torch==/p' constraints.txt)

.DEFAULT_GOAL := help
.PHONY: help run test lint format clean

help:  ## print this
	@grep -E '^[a-z.$$()A-Z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^\$$\(VENV\)\/installed/.venv/; s/:.*## /\t/' | expand -t 12

run: $(VENV)/installed  ## set up, then train MMTG on the picture world, test it, show poems
	$(BIN)/python run.py +experiment=mmtg_full $(ARGS)

test: $(VENV)/installed  ## set up, then run all tests
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/installed  ## check style, formatting, types and docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pydoclint --quiet mmtg run.py

format: $(VENV)/installed  ## put everything into format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove what was installed and made, but not runs
	rm -rf $(VENV) artefacts *.egg-info .pytest_cache .mypy_cache .ruff_cache

.venv: $(VENV)/installed

# The order of attempts: the index that was asked for; on a machine without a GPU a CPU build from pip's own indexes,
# then from torch's CPU index; then the ordinary wheel.
$(VENV)/installed: pyproject.toml constraints.txt  ## only set up
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; make run PYTHON=...")'
	@set -e; \
	if [ -n "$(TORCH_INDEX)" ]; then \
	  $(BIN)/pip install -q --index-url $(TORCH_INDEX) $(TORCH); \
	elif ! nvidia-smi >/dev/null 2>&1 && [ "$$(uname -s)" = Linux ]; then \
	  $(BIN)/pip install -q $(TORCH)+cpu 2>/dev/null || $(BIN)/pip install -q --index-url $(CPU_INDEX) $(TORCH) || $(BIN)/pip install -q $(TORCH); \
	fi
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	@touch $@
