# Everything runs in an environment of its own; the first target makes it, later ones start at once.
#
#   PYTHON   the Python that makes the environment, 3.11 or newer:  make demo PYTHON=python3.12
#   VENV     where the environment lives:                           make test VENV=/tmp/glfnet-venv

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
STAMP := $(VENV)/.glfnet-installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help:  ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

.PHONY: demo
demo: $(STAMP)  ## made-up faces to flow maps to GLFNet under LOSO; the path of its report is printed last
	$(BIN)/glfnet demo --out runs/demo

.PHONY: test
test: lint  ## all checks: ruff, mypy, doctests and pytest, warnings are errors
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: quick
quick: $(STAMP)  ## ruff and the tests that are not slow
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -m "not slow"

.PHONY: lint
lint: $(STAMP)  ## ruff and mypy only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(STAMP)  ## let ruff fix what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: coverage
coverage: $(STAMP)  ## the tests, and which lines and branches they never reach; fails below the floor
	$(BIN)/python -m pytest --cov --cov-report=term-missing

.PHONY: bench
bench: $(STAMP)  ## measure times and sizes for docs/benchmarks.md
	$(BIN)/python scripts/bench.py

.PHONY: docs
docs: $(STAMP)  ## the documentation site, lessons run and links checked; its first page is docs/_build/index.html
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[docs]"
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build

.PHONY: dist
dist: $(STAMP)  ## wheel and source archive in dist/, looked at, and the wheel tried in a fresh environment
	$(BIN)/python -m pip install -q -c constraints.txt build twine
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python scripts/check_dist.py dist --install

.PHONY: clean
clean:  ## remove the environment, caches and builds; never runs/
	rm -rf docs/_build docs/reference docs/lessons build dist htmlcov .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
	if [ -f "$(STAMP)" ]; then rm -rf "$(VENV)"; fi

# An environment that works is kept, and only brought up to date; a half-made one has no stamp and is made again.
$(STAMP): pyproject.toml constraints.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(check_python); }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv "$(VENV)"
	$(BIN)/python -m pip install -c constraints.txt -e ".[dev]"
	@touch $@

define check_python
command -v "$(PYTHON)" >/dev/null || { \
  echo "$(PYTHON): no such command. glfnet needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
  exit 1; }; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  echo "$(PYTHON) is $$("$(PYTHON)" -V 2>&1). glfnet needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
  exit 1; }
endef
