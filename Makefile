# AIMS 42: one command each. They need Python 3.11 or newer and make; everything else they bring themselves.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
TRIAL = $(if $(PYTHON),$(PYTHON),$(error Python 3.11 or newer is needed and was not found; install it or say PYTHON=/path/to/python3)) -m deploy.trial
IN_VENV = .venv/bin/python

.PHONY: help setup run test lint messages bench shots fresh

help: ## Say what each command does
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Bring packages, libraries and front-end assets; start nothing
	@$(TRIAL) setup

run: ## Set up if needed, start AIMS 42 here and print its address and sign-ins (PORT=8042)
	@$(TRIAL) run

test: ## Climb the whole test ladder with a real Postgres, Redis, worker and browser
	@$(TRIAL) setup --for tests
	@$(IN_VENV) -m tests.ladder

lint: ## Check layers, style, types, templates, settings and migrations
	@$(TRIAL) setup --for lint
	@$(IN_VENV) -m tests.house.lint

messages: ## Collect the texts of the interface into config/locale (needs xgettext)
	@$(TRIAL) setup --for lint
	@$(IN_VENV) manage.py texts

bench: ## Measure the figures the product promises
	@$(TRIAL) setup --for bench
	@$(IN_VENV) -m tests.bench

shots: ## Take a picture of every page, light and dark, wide and narrow
	@$(TRIAL) setup --for tests
	@$(IN_VENV) -m tests.with_demo tests.shots

fresh: ## Clone into a temporary folder with an empty environment and try run and test there
	@$(TRIAL) fresh
