# Frontdesk. `make help` lists the targets.
SHELL := bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# PyTorch for the CPU comes from an index of its own on Linux; name it here, or in pip's own settings.
TORCH_INDEX ?=

.PHONY: help run test check bench bench-widget eval fmt generate widget clean lock
.DEFAULT_GOAL := help

help: ## Show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.installed: requirements.lock requirements.models.lock pyproject.toml
	@scripts/install "$(PYTHON)" "$(VENV)" "$(TORCH_INDEX)"

widget/node_modules/.installed: widget/package-lock.json
	@echo "Installing the widget's build tools"
	@cd widget && npm ci --no-fund --no-audit --loglevel=error && touch node_modules/.installed

widget/dist/widget.js: widget/node_modules/.installed $(shell find widget/src widget/scripts -type f 2>/dev/null)
	@echo "Building the widget"
	@cd widget && npm run --silent build && touch dist/widget.js

widget: widget/dist/widget.js ## Build widget and help panel

run: $(VENV)/.installed widget ## Install, build and serve the demo: make run PORT=8000
	@$(BIN)/frontdesk serve --demo --port $(PORT)

test: $(VENV)/.installed widget ## Run every test; installs what it needs
	@scripts/test

check: $(VENV)/.installed widget/node_modules/.installed ## Lint, types, import contracts, generated files
	@scripts/check

generate: $(VENV)/.installed widget/node_modules/.installed ## Write the generated files anew
	@scripts/generate

eval: $(VENV)/.installed ## Golden sets with their gates
	@$(BIN)/frontdesk eval intents --gate
	@$(BIN)/frontdesk eval datetimes facts redaction languages mood score escalation duplicates --gate
	@$(BIN)/frontdesk eval answers --gate
	@$(BIN)/frontdesk eval conversations --gate

bench: $(VENV)/.installed ## Benchmarks
	@$(BIN)/frontdesk bench retrieval turn delivery

bench-widget: $(VENV)/.installed widget ## What the widget costs its host page, as JSON; needs Chromium
	@$(BIN)/frontdesk bench widget --json

fmt: $(VENV)/.installed ## Format and mend what can be mended
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

lock: $(VENV)/.installed ## Resolve the dependencies anew
	@scripts/lock

clean: ## Remove what was built (not .data)
	rm -rf $(VENV) widget/node_modules widget/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
