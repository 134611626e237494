# Two commands matter: `make up` and `make test`. The others are steps of them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# One target for the functions, the tests and the lints: every dependency is compiled once for it.
export CARGO_BUILD_TARGET := x86_64-unknown-linux-gnu
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION := us-east-1

TOOLS := .tools
SAM := $(TOOLS)/sam/bin
CLOUD := $(SAM)/python infra/local/cloud.py
STAGE ?= dev
REGION ?= us-east-1
COUNT ?= 1000

.PHONY: help tools build up seed down staff logs check lint hygiene unit test e2e restart templates deploy documents bench bench-ballots crowd eval networks fuzz clean-data

help: ## Shows this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 20

up: ## Builds, starts the local cloud, deploys every stack, seeds the demo, prints addresses
	@echo "▸ tools";  $(MAKE) --no-print-directory tools
	@echo "▸ build";  $(MAKE) --no-print-directory build
	@echo "▸ start";  $(CLOUD) start
	@echo "▸ deploy"; $(CLOUD) deploy
	@echo "▸ seed";   $(MAKE) --no-print-directory seed

down: ## Stops the local cloud and keeps its data
	@$(CLOUD) stop

staff: ## Puts somebody into a group of staff: EMAIL=… GROUP=reviewers, moderators or operators
	@$(CLOUD) staff "$(EMAIL)" "$(GROUP)"

logs: ## Prints the functions' logs; ZONE=community for one zone's
	@$(CLOUD) logs $(ZONE)

clean-data: ## Stops the local cloud and forgets its data
	@$(CLOUD) stop && rm -rf target/local

test: ## Everything that must pass
	@infra/local/step "formatting and lints" $(MAKE) --no-print-directory lint
	@infra/local/step "documentation, spelling, dependencies" $(MAKE) --no-print-directory hygiene
	@infra/local/step "functions and tools" $(MAKE) --no-print-directory tools build
	@infra/local/step "templates" $(MAKE) --no-print-directory templates
	@infra/local/step "unit, store and handler tests" $(MAKE) --no-print-directory unit
	@infra/local/step "local cloud" $(MAKE) --no-print-directory up
	@infra/local/step "end to end" $(MAKE) --no-print-directory e2e
	@infra/local/step "stop, start again, find the data" $(MAKE) --no-print-directory restart

check: ## The quick inner loop: formatting, lints, unit tests
	@$(MAKE) --no-print-directory lint unit

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

hygiene: $(TOOLS)/typos/.done $(TOOLS)/cargo-machete/.done
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --lib --no-deps --locked --quiet
	$(TOOLS)/typos/bin/typos
	$(TOOLS)/cargo-machete/bin/cargo-machete

# Always the whole workspace: another choice of packages would be another choice of features, and the
# dependencies would be compiled again.
unit:
	cargo nextest run --workspace --locked -E 'not package(tests)'

e2e:
	cargo nextest run --workspace --locked -E 'package(tests)'

# What was there before the local cloud was stopped is there afterwards.
restart:
	@$(CLOUD) stop
	@$(CLOUD) start
	cargo nextest run --workspace --locked -E 'package(tests) & test(/demo/)'

seed:
	@target/lambda/seed/bootstrap

tools: $(TOOLS)/ministack/.done $(TOOLS)/sam/.done $(TOOLS)/cargo-lambda/.done $(TOOLS)/readers/.done

$(TOOLS)/ministack/.done: infra/local/patch.py

$(TOOLS)/%/.done: infra/local/%.txt
	@echo "  installing $* …"
	@rm -rf $(TOOLS)/$* && python3 -m venv $(TOOLS)/$* \
		|| { echo "✗ Python 3.11 with venv is needed → install python3 and python3-venv"; exit 1; }
	@$(TOOLS)/$*/bin/pip install --quiet --disable-pip-version-check --requirement $< \
		|| { echo "✗ $* could not be installed → is the Python package registry reachable?"; exit 1; }
	@if [ $* = ministack ]; then $(TOOLS)/ministack/bin/python infra/local/patch.py; fi
	@touch $@

$(TOOLS)/cargo-fuzz/.done:
	@echo "  building cargo-fuzz …"
	@cargo install --quiet --locked --root $(TOOLS)/cargo-fuzz cargo-fuzz@0.13.1 \
		|| { echo "✗ cargo-fuzz could not be built → is the Rust package registry reachable?"; exit 1; }
	@touch $@

$(TOOLS)/cargo-machete/.done:
	@echo "  building cargo-machete …"
	@cargo install --quiet --locked --root $(TOOLS)/cargo-machete cargo-machete@0.9.2 \
		|| { echo "✗ cargo-machete could not be built → is the Rust package registry reachable?"; exit 1; }
	@touch $@

build: $(TOOLS)/cargo-lambda/.done
	@$(TOOLS)/cargo-lambda/bin/cargo-lambda lambda build --compiler cargo --workspace --locked

templates: tools
	@for name in foundation sandbox identity community treasury partners; do \
		$(SAM)/sam validate --lint --template infra/$$name.yaml || exit 1; \
		$(SAM)/cfn-lint infra/$$name.yaml || exit 1; done

deploy: tools ## Deploys to AWS: STAGE=prod REGION=eu-central-1 [SANDBOX=yes]
	@infra/deploy $(STAGE) $(REGION)

bench: $(TOOLS)/eval/.done $(TOOLS)/peers/.done ## Measures the verification's stages, ballots, and the anonymisation beside other programs: SEED=… EVAL_COUNT=40
	@$(MAKE) --no-print-directory build && target/lambda/bench/bootstrap
	@$(MAKE) --no-print-directory bench-ballots
	@$(MAKE) --no-print-directory eval ONLY=peers EVAL_COUNT=$(or $(EVAL_COUNT),40)

bench-ballots: ## Measures ballots beside the bare operations of RSA, and the verifier on the record of a year
	@cargo run --release --locked --quiet --package ballot --features testing --example measure -- target/record.jsonl
	@cargo build --release --locked --quiet --package curbside-verify
	@python3 shared/verify/measure.py target/$(CARGO_BUILD_TARGET)/release/curbside-verify target/record.jsonl
	@rm target/record.jsonl

eval: $(TOOLS)/eval/.done ## Measures the anonymisation on inputs made for it: SEED=… EVAL_COUNT=60 ONLY=burned,codes,faces,headers,hostile,fidelity,notes KEEP=folder
	@cargo build --release --locked --quiet --package curbside-anonymize
	@$(TOOLS)/eval/bin/python eval/run.py $(if $(SEED),--seed $(SEED)) $(if $(EVAL_COUNT),--count $(EVAL_COUNT)) \
		$(if $(ONLY),--only $(ONLY)) $(if $(KEEP),--keep $(KEEP))

fuzz: $(TOOLS)/cargo-fuzz/.done $(TOOLS)/readers/.done ## Tries the anonymisation with bytes that nobody thought of: TARGET=image|series|text SECONDS=600
	@mkdir -p target/fuzz/corpus && $(TOOLS)/readers/bin/python shared/anonymize/fuzz/seeds.py target/fuzz/seeds
	@mkdir -p target/fuzz/corpus/$(or $(TARGET),image)
	@cd shared/anonymize && $(CURDIR)/$(TOOLS)/cargo-fuzz/bin/cargo-fuzz run --sanitizer none --codegen-units 16 --target-dir $(CURDIR)/target/fuzz \
		--target x86_64-unknown-linux-gnu $(or $(TARGET),image) $(CURDIR)/target/fuzz/corpus/$(or $(TARGET),image) \
		$(CURDIR)/target/fuzz/seeds/$(or $(TARGET),image) -- -max_total_time=$(or $(SECONDS),600) -timeout=20 -rss_limit_mb=3000 \
		-max_len=40000 -artifact_prefix=$(CURDIR)/target/fuzz/

networks: $(TOOLS)/training/.done ## Trains the networks that find writing anew (docs/anonymisation.md says what they need): MINUTES=75
	@mkdir -p target/training && python3 shared/anonymize/models/fetch.py target/training
	@$(TOOLS)/training/bin/python shared/anonymize/models/training/sources.py target/training/text.onnx target/training/sources.npz
	@$(TOOLS)/training/bin/python shared/anonymize/models/training/train.py target/training/sources.npz target/training/line $(or $(MINUTES),75)
	@$(TOOLS)/training/bin/python shared/anonymize/models/training/letters.py target/training/sources.npz target/training/letter 5
	@mv target/training/line.onnx target/training/letter.onnx shared/anonymize/models/

crowd: ## Has a crowd apply to the running local cloud: COUNT=1000
	@target/lambda/crowd/bootstrap $(COUNT)

documents: ## Writes what in docs is made from code and templates: openapi, the table of rights
	@$(MAKE) --no-print-directory build && target/lambda/documents/bootstrap
