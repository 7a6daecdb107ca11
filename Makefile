# SPDX-License-Identifier: Apache-2.0
# Two commands do everything on a fresh machine: `make run` and `make test`.

SHELL := bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE # Python starts twice as fast when it may keep its bytecode
.PHONY: help setup run test studies check format bench messages lock clean

COUNTRY ?= KAZ
WORKERS ?= 2
ARGS ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv with everything for development; nothing when up to date
	@scripts/environment .venv dev report,records,econometrics,spark,web,oidc,documents,sensitivity,dev
	@scripts/frontend

run: ## Make the migration profile of a country (COUNTRY=KAZ) in build/
	@scripts/environment .venv-run report report
	@.venv-run/bin/keruen profile $(COUNTRY) --out build/profile-$(COUNTRY) $(ARGS)

test: setup ## Run all tests and doctests (ARGS="tests/core -k ages" for some)
	@scripts/system-packages
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python -m pytest -n $(WORKERS) $(ARGS)

studies: setup ## Run the long studies of coverage and of every page in other languages
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python -m pytest -n $(WORKERS) -m study $(ARGS)

check: setup ## Run all static checks (ARGS="types rooms" for some)
	@scripts/check $(ARGS)

format: setup ## Write the code in its one form and mend what can be mended
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

bench: setup ## Time what must stay fast and print the figures
	@.venv/bin/python -m pytest tests/speed -o python_files='bench_*.py' \
	    -o python_functions='bench_*' -o timeout=0 --benchmark-enable --benchmark-only \
	    --benchmark-columns=min,median,max,rounds --benchmark-sort=name \
	    --benchmark-disable-gc -q $(ARGS)

messages: setup ## Bring the catalogues of translations up to the sentences in src
	@scripts/messages

lock: ## Choose the newest versions that fit and write requirements/*.txt
	@scripts/lock

clean: ## Remove environments and everything that is made
	rm -rf .venv .venv-run build dist .benchmarks .*_cache frontend/node_modules src/keruen/web/static/built
