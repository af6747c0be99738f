# The only entry: `make help` says what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo up down test unit conformance kstatus prove inputs fuzz mutants soak bench verify build control-plane crds fmt clean

PROGRAMS := $(or $(CARGO_TARGET_DIR),target)/debug
CONFORMANCE := target/conformance
# One set of features for everything, so that nothing compiles twice: `--test walls` (a small one) is there for the
# development dependencies, which change the features of what is built.
CARGO_BUILD := cargo build --locked --workspace --bins --test walls

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

demo: build control-plane ## Play the whole story with kubectl, in about two minutes; no AWS, no cluster needed.
	@tests/playground/demo.sh $(PROGRAMS)

up: build control-plane ## Start the same playground in the background, 60 times faster than AWS; `make up SPEED=1` for real time.
	@tests/playground/up.sh $(PROGRAMS) $(or $(SPEED),60)

down: ## Stop what `make up` started.
	@tests/playground/down.sh

test: build control-plane unit conformance ## Run every test: Rust (unit, walls, simulator, API server, end to end), then conformance.

unit: build control-plane ## Run the Rust tests alone.
	cargo test --locked --workspace --lib --bins --tests --no-fail-fast
	cargo test --locked --workspace --doc --quiet

conformance: build kstatus ## Drive the simulator with boto3, in a virtual environment of its own; and what `make kstatus` does.
	@if ! cmp -s tests/conformance/requirements.txt $(CONFORMANCE)/installed.txt || ! $(CONFORMANCE)/venv/bin/python -c ''; then \
		rm -rf $(CONFORMANCE) && mkdir -p $(CONFORMANCE) && \
		echo 'python3 -m venv $(CONFORMANCE)/venv, and what tests/conformance/requirements.txt names' && \
		python3 -m venv $(CONFORMANCE)/venv && \
		$(CONFORMANCE)/venv/bin/pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
			-r tests/conformance/requirements.txt && \
		cp tests/conformance/requirements.txt $(CONFORMANCE)/installed.txt; \
	fi
	EXPRESS_SIMULATOR=$(abspath $(PROGRAMS))/express-simulator $(CONFORMANCE)/venv/bin/python -B -m pytest -q tests/conformance

# A unit test writes the objects: what kstatus judges is what `report` says today.
kstatus: ## Let the real kstatus judge every state, and hold the table in crds/README.md to it; UPDATE_STATES=1 writes it.
	@rm -f target/kstatus/situations.json
	cargo test --locked --workspace --lib --quiet -- --exact controller::situations_tests::every_situation_is_written_down_as_an_object
	cd tests/conformance/kstatus && CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off go test -count=1 ./...

prove: build control-plane ## Show by machines all that is promised, and print the figures as a table; PARTS='states crashes' runs some, see deploy/README.md.
	@tests/proof/prove.sh $(PARTS)

inputs: build control-plane ## Put every input, and every edit from one to another, to the API server and to the core; `make test` takes one edit of eight.
	INPUTS_SHARE=1 cargo test --locked --workspace --test inputs -- --nocapture

fuzz: ## Fuzz the reading of objects and of ECS's answers, SECONDS=60 each; the first build takes minutes.
	@tests/fuzz/run.sh $(or $(SECONDS),60)

bench: build control-plane ## Print counts, latencies and memory.
	cargo bench --locked -p expressway --bench bench

soak: build control-plane ## Run it while all around is killed, stopped and lost; MINUTES=15 SERVICES=200 SEED=..., see tests/soak.
	MINUTES=$(MINUTES) SERVICES=$(SERVICES) SEED=$(SEED) MOVES=$(MOVES) SPEED=$(SPEED) \
		cargo test --locked --workspace --test soak -- --ignored --nocapture --exact as_long_as_is_asked_for

# PARTS=core ONLY=src/core/bake.rs runs a share, and ONLY=src/core/bake.rs:77:9 what is at one place; RECORD=--write writes the
# tables of tests/mutants/README.md.
mutants: build ## Change the code in each way that cargo-mutants lists, and look whether a test notices.
	@[[ -x target/tools/bin/cargo-mutants ]] || \
		cargo install --locked --quiet --version 27.1.0 --root target/tools cargo-mutants
	tests/mutants/thin.sh target/mutants
	$(PROGRAMS)/mutants $(or $(PARTS),core aws simulator) $(if $(ONLY),--only '$(ONLY)') $(RECORD)

verify: build ## Check without running: format, lints, generated files, lock files, scripts, README.
	@tests/playground/verify.sh $(PROGRAMS)

build: ## Build the programs: controller, simulator, control plane.
	$(CARGO_BUILD)

control-plane: build ## Build Kubernetes and etcd from their Go modules; the first time takes about 8 minutes.
	@$(PROGRAMS)/control-plane build

crds: build ## Write crds/ from the code.
	$(PROGRAMS)/expressway crd > target/crd.yaml && mv target/crd.yaml crds/expressgatewayservices.yaml

fmt: ## Format the Rust code.
	cargo fmt --all

clean: down ## Remove everything that was built.
	rm -rf target
