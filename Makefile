# The words a person types. `make run` needs Python 3.11-3.14, make, and nothing else.
#
#   make run      install what is missing and serve          make locks    compute requirements/ anew
#   make test     run the tests                              make sdl      print the schema into schema/
#   make check    lint, format, types, import contracts      make migrate  bring the database up to date
#   make format   put the code in the house's form           make bench    measure beside peers
#   make install  install what is missing                    make web      build the pages
#   make docs     print the schema's pages                 make schema-diff  tell what changed in the schema
#   make web-size tell how much script the pages load      make bench-peers  measure beside other servers
#   make help     say this

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
NPM := $(abspath $(VENV))/node/bin/npm --prefix web
WEB := web/node_modules/.installed
WEB_DEV := web/node_modules/.installed-dev
PAGES := web/dist/.built
PAGE_SOURCES := $(wildcard web/*.html web/*.ts web/*.json) $(shell find web/src -type f)
NODE_CLIENTS := tests/node/node_modules/.installed
NODE_OF_PEERS := $(VENV)/node22/bin/node
PEERS := bench/peers/node/node_modules/.installed

.PHONY: run help install install-dev test check lint form types imports format migrate sdl capabilities bench bench-peers locks node \
	node-clients web web-dev web-size docs schema-diff
.DELETE_ON_ERROR:

# Without pages the graph is served all the same.
run: $(BASE)
	@$(MAKE) --silent web || echo "The pages are not built: see above. To build them: make web" >&2
	@exec $(BIN)/masterygraph serve $(ARGS)

help:
	@sed -n 's/^#   make/  make/p' Makefile
	@echo "  ARGS=… goes to the command behind a word: make test ARGS=tests/classrooms. PYTHON=python3.12 chooses the Python."

install: $(BASE)

install-dev: $(DEV)

test: $(DEV) node-clients
	@$(MAKE) --silent web-dev || echo "The pages are not built; tests that need them are passed over."
	$(BIN)/python -m pytest -n auto $(ARGS)

# What tests try the server with on Node. Where it cannot be installed, those tests say so and are passed over.
node-clients:
	@$(MAKE) --silent $(NODE_CLIENTS) || echo "Node's clients are not installed; tests that need them are passed over."

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

# The schema's reference and what changed between releases, in docs/schema/.
docs: $(BASE)
	$(BIN)/python -m schema.reference write

# What changed in the schema since the last release; fails on what breaks it unannounced.
schema-diff: $(BASE)
	@$(BIN)/python -m schema.reference diff

capabilities: $(DEV)
	$(BIN)/python -m tests.capabilities

bench: $(DEV)
	$(BIN)/python -m bench $(ARGS)

# MasteryGraph beside other GraphQL servers, on one data set; docs/benchmarks.md keeps the table.
bench-peers: $(DEV)
	@$(MAKE) --silent $(PEERS) || echo "The servers on Node are not installed; they are passed over." >&2
	$(BIN)/python -m bench.peers $(ARGS)

# PostGraphile wants Node 22 or later: the one on PyPI, whatever the system has.
$(NODE_OF_PEERS): | $(UV) requirements/node.txt
	@SYSTEM_NODE=no web/node.sh $(VENV)/node22 $(UV) $(BIN)/python

$(PEERS): bench/peers/node/package-lock.json | $(NODE_OF_PEERS)
	@echo "Installing the servers on Node into bench/peers/node ..."
	@cd bench/peers/node && "$(CURDIR)/$(dir $(NODE_OF_PEERS))npm" ci --loglevel=error >/dev/null \
		&& touch node_modules/.installed

# Node and npm for the pages and their tests, as .venv/node/bin/node and npm: the system's, else those on PyPI.
node: $(NODE)

$(NODE): | $(UV) requirements/node.txt
	@web/node.sh $(VENV)/node $(UV) $(BIN)/python

$(NODE_CLIENTS): tests/node/package-lock.json | $(NODE)
	@echo "Installing what tests use on Node into tests/node ..."
	@cd tests/node && "$(CURDIR)/$(dir $(NODE))npm" ci --loglevel=error && cp package-lock.json node_modules/.installed

web: $(PAGES)

# With the types, linters and whatever else only tests of the pages need.
web-dev: $(WEB_DEV) $(PAGES)

# Script by page, gzipped; fails when the learner's page loads more than 250 KB.
web-size: $(PAGES)
	@$(abspath $(VENV))/node/bin/node web/size.mjs learn 250

$(PAGES): $(WEB) $(PAGE_SOURCES)
	@echo "Building the pages ..."
	@$(NPM) run --silent build
	@touch $@

$(WEB): web/package.json web/package-lock.json web/.npmrc | $(NODE)
	@echo "Installing what the pages are built with into web/node_modules ..."
	@$(NPM) ci --loglevel=error --omit=dev >/dev/null
	@touch $@

$(WEB_DEV): web/package.json web/package-lock.json web/.npmrc | $(NODE)
	@$(NPM) ci --loglevel=error >/dev/null
	@touch $(WEB) $@

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
