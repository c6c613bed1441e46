# make run · make test · make test-all · make lint · make bench · make coverage · make mutants · make mutants-named
# A private virtual environment in .venv holds exactly what requirements*.txt pin, checked by hash.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# As many workers as processors, each with whole files of tests; those that take longest begin first.
AT_ONCE := -n logical --dist loadfile --no-loadscope-reorder
LIGHT := -m "not browser and not machine and not stock"
MEASURED := --cov=training/grading --cov=training/analysis --cov=training/labs --cov=training/marking

# Compiled Python is kept: every process of the tests would compile the program again, and every worker all tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-all lint bench coverage mutants mutants-named

run: $(VENV)/run.stamp
	@exec $(BIN)/python app.py serve

# Everything but what needs a browser, a machine that boots or the stock command line.
test: $(VENV)/dev.stamp
	@exec $(BIN)/python -m pytest $(AT_ONCE) $(LIGHT)

# Everything.
test-all: $(VENV)/dev.stamp
	@exec $(BIN)/python -m pytest $(AT_ONCE)

# Everything, and which branches it reaches, child processes included. Counting slows every process down.
coverage: $(VENV)/dev.stamp
	@exec $(BIN)/python -m pytest $(AT_ONCE) $(MEASURED) --cov-branch --cov-report= --cov-fail-under=90

# Faults that cost somebody something, planted one by one in a copy of the tree: FAULTS="id id" for some of them.
mutants-named: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.mutants.named $(FAULTS)

# What mutmut changes, part by part: PARTS="audit training.grading.late" for some of it. It takes hours, and goes on.
mutants: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.mutants.generated $(PARTS)

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --lint training --quiet
	@$(BIN)/codespell
	@$(BIN)/python app.py check

bench: $(VENV)/dev.stamp
	@$(BIN)/python app.py bench --all

# All that is needed is pinned with its hash, so pip has nothing to resolve. Of what only development needs, Python
# compiles by itself what is imported.
PIP := -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

# The stamp is made last, so that an installation that was broken off begins again.
$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("Engram needs Python 3.11 to 3.13; this is Python %d.%d. Name another: make PYTHON=python3.12 run" % sys.version_info[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements.txt $(VENV)/made.stamp
	@echo "Installing the packages of requirements.txt into $(VENV) ..."
	@$(BIN)/python $(PIP) --only-binary :all: -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/made.stamp
	@echo "Installing the packages of requirements-dev.txt into $(VENV) ..."
	@$(BIN)/python $(PIP) --no-compile -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp
