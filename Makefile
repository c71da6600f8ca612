# make demo   set up and lint the example shop        make packs   look every name of the packs up again
# make test   set up and run all checks               make bench   CPU time beside ruff's
#                                                      make corpus  lint real applications
#
# A fresh machine needs Python >= 3.10 with venv, and make.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: demo test lint unit matrix packs bench corpus readme clean

VENV := .venv
BIN := $(VENV)/bin

# Every interpreter of a supported version that really runs, one of each version, the newest first. A `python3.12` of
# pyenv may be a shim for nothing, so each is tried.
define find_pythons
for minor in 14 13 12 11 10; do \
  for python in $$(command -v python3.$$minor || true) $$(ls -d "$$HOME"/.pyenv/versions/3.$$minor.*/bin/python 2>/dev/null | sort -rV) \
                $$(command -v python3 || true) $$(command -v python || true); do \
    if [ "$$("$$python" -c 'import sys, venv; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)' 2>/dev/null)" = "$$minor" ]; \
    then echo "3.$$minor $$python"; break; fi; \
  done; \
done
endef

# The main environment, of the newest interpreter.
$(BIN)/python:
	@newest="$$($(find_pythons))"; newest="$${newest%%$$'\n'*}"; python="$${newest#* }"; \
	if [ -z "$$python" ]; then echo "perflint needs Python 3.10 or newer, with venv" >&2; exit 1; fi; \
	echo "environment: $$python ($${newest%% *})"; rm -rf $(VENV); "$$python" -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml tests/oracle/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/oracle/requirements.txt \
	  || echo "the libraries of tests/oracle do not install on this Python: those tests are skipped" >&2
	@touch $@ $(VENV)/.runtime

# Findings are what the demo is for: only exit code 2 is a failure.
demo: $(VENV)/.runtime
	@$(BIN)/perflint check examples/bookshop || test $$? -eq 1

test: lint unit matrix

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/readme.py --check
	$(BIN)/perflint check perflint tools

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2

# The linter's own tests on every other interpreter that is there: all on the oldest, on those between what their syntax
# tree, terminal and files decide.
OF_VERSIONS = tests/test_facts.py tests/test_templates.py tests/test_files.py tests/test_check.py tests/test_cli.py \
  tests/test_suppress.py tests/test_config.py tests/test_fixtures.py tests/test_mending.py
matrix: $(VENV)/.dev
	@main="$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	$(find_pythons) > $(VENV)/pythons; \
	oldest="$$(cut -d' ' -f1 $(VENV)/pythons | sort -V | head -1)"; \
	while read -r version python; do \
	  [ "$$version" != "$$main" ] || continue; \
	  echo "== Python $$version ($$python)"; \
	  env=".venv-$$version"; \
	  if [ ! -e "$$env/.ready" ] || [ pyproject.toml -nt "$$env/.ready" ]; then \
	    rm -rf "$$env"; "$$python" -m venv "$$env"; \
	    "$$env/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[test]' < /dev/null; \
	    touch "$$env/.ready"; \
	  fi; \
	  only=""; [ "$$version" = "$$oldest" ] || only="$(OF_VERSIONS)"; \
	  "$$env/bin/python" -m pytest -n 2 -q -m "not once" $$only < /dev/null; \
	done < $(VENV)/pythons

packs: $(VENV)/.dev
	$(BIN)/python tools/packs.py

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/bench.py

corpus: $(VENV)/.dev
	$(BIN)/python benchmarks/corpus.py

readme: $(VENV)/.dev
	$(BIN)/python tools/readme.py

clean:
	rm -rf .venv .venv-3.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
