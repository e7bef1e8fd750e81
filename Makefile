# The words a person types. `make run` needs Python 3.11-3.14, make, and nothing else.
#
#   make run      install what is missing and serve          make locks    compute requirements/ anew
#   make test     run the tests                              make sdl      print the schema into schema/
#   make check    lint, format, types, import contracts      make migrate  bring the database up to date
#   make format   put the code in the house's form           make bench    measure beside peers
#   make install  install what is missing                    make help     say this

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PACKAGES := $(wildcard app/__init__.py schema/__init__.py migrations/__init__.py)

BASE := $(VENV)/.installed-base
DEV := $(VENV)/.installed-dev
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
# What a project is built with is in the lock too, so nothing unpinned is fetched to build it.
PROJECT := $(INSTALL) --no-deps --no-build-isolation --editable .

NODE := $(VENV)/node/bin/node

.PHONY: run help install install-dev test check lint form types imports format migrate sdl capabilities bench locks node
.DELETE_ON_ERROR:

run: $(BASE)
	@exec $(BIN)/masterygraph serve $(ARGS)

help:
	@sed -n 's/^#   make/  make/p' Makefile
	@echo "  ARGS=… goes to the command behind a word: make test ARGS=tests/classrooms. PYTHON=python3.12 chooses the Python."

install: $(BASE)

install-dev: $(DEV)

test: $(DEV)
	$(BIN)/python -m pytest -n auto $(ARGS)

# With `make -k check` one that fails does not hide the others.
check: lint form types imports

lint: $(DEV)
	$(BIN)/ruff check .

form: $(DEV)
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

imports: $(DEV)
	$(BIN)/lint-imports

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migrate: $(BASE)
	$(BIN)/masterygraph migrate $(ARGS)

sdl: $(BASE)
	$(BIN)/masterygraph sdl > schema/schema.graphql.part
	mv schema/schema.graphql.part schema/schema.graphql

capabilities: $(DEV)
	$(BIN)/python -m tests.capabilities

bench: $(DEV)
	$(BIN)/python -m bench $(ARGS)

# Node and npm for the pages and their tests, as .venv/node/bin/node and npm: the system's, else those on PyPI.
node: $(NODE)

$(NODE): | $(UV) requirements/node.txt
	@web/node.sh $(VENV)/node $(UV) $(BIN)/python

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make locks" $(ARGS)

locks: $(UV)
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	$(COMPILE) requirements/node.in --output-file requirements/node.txt
	$(COMPILE) pyproject.toml requirements/build.in --output-file requirements/base.txt
	$(COMPILE) pyproject.toml requirements/build.in --extra dev --constraint requirements/base.txt \
		--output-file requirements/dev.txt

$(BASE): $(UV) requirements/base.txt pyproject.toml $(PACKAGES)
	@echo "Installing the locked packages into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/base.txt
	@$(PROJECT)
	@touch $@

$(DEV): $(UV) requirements/dev.txt pyproject.toml $(PACKAGES)
	@echo "Installing the locked packages and the tools into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(PROJECT)
	@touch $(BASE) $@

$(UV): | requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { \
		echo "MasteryGraph needs Python 3.11 to 3.14; \`$(PYTHON)\` is" \
			"$$($(PYTHON) --version 2>&1 || echo missing). Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
