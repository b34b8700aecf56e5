# `make help` lists the commands. Each installs what it lacks and is quick when nothing has changed.

CARGO_TARGET_DIR ?= target
TARGET := $(abspath $(CARGO_TARGET_DIR))
export GATEHOUSE_BINARY := $(TARGET)/release/gatehouse
export GATEHOUSE_SITE_DIR := $(TARGET)/site

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and serve on http://localhost:3000; prints the set-up link
	"$(GATEHOUSE_BINARY)" serve

demo: build ## serve a sample organization; prints who can sign in
	"$(GATEHOUSE_BINARY)" demo

build: ## target/release/gatehouse, one file with the console inside
	@scripts/setup build
	scripts/build-site
	cargo build --release --package gatehouse-server

test: ## everything: rules, services, doors, PostgreSQL, browser
	@scripts/setup test
	@$(MAKE) --no-print-directory build
	scripts/with-postgres cargo test --no-fail-fast
	cd end2end && npx playwright test

check: ## formatting, lints for both targets, dependencies, documentation
	@scripts/setup check
	scripts/check

advisories: ## known vulnerabilities of the dependencies; needs the internet
	@scripts/setup check
	scripts/check advisories

bench: build ## the budgets: sizes, start, memory, pages, access control at size
	scripts/bench
	cargo run --quiet --release --package gatehouse-server --example access_figures
	cargo run --quiet --release --package gatehouse-server --example variable_figures

screenshots: build ## pictures of every page into screenshots/, light and dark, wide and narrow
	@scripts/setup test
	cd end2end && npm run --silent screenshots

.PHONY: help run demo build test check advisories bench screenshots
