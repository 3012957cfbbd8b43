# The one entry for every chore; `make` alone lists them. Needs python3 (3.11 or newer) and make, nothing else.

PYTHON3 ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 9000
export PORT SANDBOX_PORT

BIN := .venv/bin
PYTHON := $(BIN)/python
PIP := $(PYTHON) -m pip --quiet --quiet --disable-pip-version-check
CODE := src tests tools wsgi.py
SLOW_TESTS := $(filter-out tests/unit/ tests/__pycache__/,$(wildcard tests/*/))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo run test check format kill-sweep storm exploration mutants guarantees sbom secrets lock clean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.project ## one payment from order to paid, against a stand-in for OCTO; then it keeps serving
	@$(PYTHON) -m tools.demo

run: .venv/.project ## the service under its production server, configured by .env
	@$(BIN)/flask --app wsgi db upgrade
	@exec $(BIN)/gunicorn --bind 127.0.0.1:$(PORT) wsgi:app

test: check ## lint, types, walls, then every test
	@$(PYTHON) -m pytest tests/unit
	@$(if $(SLOW_TESTS),$(PYTHON) -m pytest $(SLOW_TESTS))

kill-sweep: .venv/.project .venv/.tools ## SIGKILL at every boundary, then the other faults in full; more than an hour; SEED= PAIRS= STORY=
	@$(PYTHON) -W "ignore:XDG_RUNTIME_DIR is not set" -m tools.kill_sweep
	@FULL=1 $(PYTHON) -m pytest tests/faults

check: .venv/.project .venv/.tools ## lint, format, types, walls between the packages
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --quiet --check $(CODE) || { echo "make format puts this right"; exit 1; }
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-logo
	@$(PYTHON) -m tools.secrets_scan

format: .venv/.tools ## put imports and layout in order
	@$(BIN)/ruff check --quiet --select I --fix $(CODE)
	@$(BIN)/ruff format --quiet $(CODE)

STORM = $(PYTHON) -W "ignore:XDG_RUNTIME_DIR is not set" -m tests.storm $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))
storm: .venv/.project .venv/.tools ## ten thousand seeded storms, and 500 on each database; SEED=, STORMS=, ON_SQL= and MINUTES= narrow it down
	@$(STORM) $(if $(STORMS),--storms $(STORMS))
	@$(STORM) --database sqlite --storms $(or $(ON_SQL),500)
	@$(STORM) --database postgresql --storms $(or $(ON_SQL),500)

exploration: .venv/.project .venv/.tools ## every history of the domain within wide bounds; STATES= stops a variant earlier
	@$(PYTHON) -m tests.exploration --full --jobs 2 $(if $(STATES),--most $(STATES))

mutants: .venv/.project .venv/.tools ## take one guard out at a time: which test turns red? ONLY=name runs one
	@$(PYTHON) -m tools.mutants

guarantees: .venv/.project ## write docs/guarantees.md out of what the runs left below var/results
	@$(PYTHON) -m tools.guarantees

sbom: .venv/.project ## what the service is made of, as CycloneDX, in var/sbom.cdx.json
	@$(PYTHON) -m tools.sbom var/sbom.cdx.json

secrets: .venv/.project ## look for secrets in the files that git keeps
	@$(PYTHON) -m tools.secrets_scan

lock: ## resolve the ranges of setup.cfg into the lock files; UPGRADE=--upgrade takes the newest of everything
	@echo "Resolving the requirements; this takes a minute or two."
	@$(PYTHON3) -m venv --clear var/lock
	@var/lock/bin/pip --quiet --quiet install 'pip-tools>=7.5,<8'
	@$(COMPILE) --output-file requirements.lock setup.cfg
	@$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock setup.cfg

COMPILE = CUSTOM_COMPILE_COMMAND="make lock" var/lock/bin/pip-compile --quiet $(UPGRADE) --generate-hashes \
	--strip-extras --allow-unsafe --all-build-deps --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

clean: ## remove all that the commands made, .env excepted
	@rm -rf .venv var build dist src/*.egg-info __pycache__ .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: a stamp for each of its layers, written last. It is made anew when requirements.lock changes and when it
# is not usable: an installation was interrupted, its Python is gone, or the folder was moved or copied, so that its
# scripts and its link to src point to the old place.
USABLE := $(shell test ! -e .venv/.unfinished && $(PYTHON) -I -c \
	'from importlib.util import find_spec; print(find_spec("domain").origin)' 2>/dev/null)
ifneq ($(USABLE),$(CURDIR)/src/domain/__init__.py)
.venv/.requirements: FORCE
endif

.venv/.requirements: requirements.lock
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and \
	$(PYTHON3) is %d.%d. With another one: make PYTHON3=/path/to/python3 ..." % sys.version_info[:2])'
	@echo "Installing the requirements into .venv, which takes about a minute, once."
	@rm -rf .venv/bin .venv
	@$(PYTHON3) -m venv .venv
	@touch .venv/.unfinished
	@$(PIP) install --require-hashes --requirement requirements.lock
	@rm .venv/.unfinished
	@touch $@

.venv/.project: .venv/.requirements setup.cfg pyproject.toml
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.tools: .venv/.requirements requirements-dev.lock
	@echo "Adding the tools for development, which takes about a minute, once."
	@touch .venv/.unfinished
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@rm .venv/.unfinished
	@touch $@
