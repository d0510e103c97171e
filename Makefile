# Tournée. `make help` lists what there is to say.

export CGO_ENABLED := 1
export PATH := $(PATH):/usr/local/go/bin

TOOL    := go tool -modfile=deploy/tools/go.mod
# A checkout that git refuses to read (another owner, no git at all) still builds, without a commit in `tournee version`.
VCS     := $(shell git rev-parse HEAD >/dev/null 2>&1 || echo -buildvcs=false)
# Two packages at a time: each may start a PostgreSQL of its own.
TEST    ?= -race -p 2 -timeout 10m
PKG     ?= ./...
BENCH   ?= .

.DEFAULT_GOAL := help
.PHONY: help run build test lint lint-deploy vulns deadcode fmt generate verify bench gap microbench backup restore clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

run: build ## start with the demo organization on an embedded PostgreSQL, until Ctrl-C
	@exec bin/tournee demo

build: ## bin/tournee
	@deploy/bootstrap run
	go build $(VCS) -trimpath -o bin/tournee ./cmd/tournee

test: ## every test, with the race detector (PKG=./geo/... for some)
	@deploy/bootstrap test
	$(TOOL) gotestsum --format standard-quiet -- $(TEST) $(PKG)
	$(TOOL) gotestsum --format standard-quiet -- -tags debugcost ./scheduler/...

lint: lint-deploy ## golangci-lint, and the files of deploy/
	$(TOOL) golangci-lint run $(PKG)

lint-deploy: ## shell scripts, Dockerfile, compose file, systemd unit
	@deploy/bootstrap lint
	@deploy/lint

vulns: ## known vulnerabilities (needs the Internet)
	$(TOOL) govulncheck ./...

deadcode: ## functions that nothing reaches
	$(TOOL) deadcode -test ./...

fmt: ## gofumpt
	$(TOOL) gofumpt -w api cmd dispatch geo migrations openapi scheduler

generate: ## run the generators (openapi/openapi.yaml -> api/internal/oapi)
	go generate ./...

verify: ## generated code, formatting and go.mod are current
	@deploy/verify

bench: build ## the figures of docs/benchmarks.md: creations beside pgbench, start, memory, nearest technicians
	@deploy/bootstrap bench
	go run ./cmd/bench -program bin/tournee
	go test -run '^$$' -bench 'Nearest$$' -cpu 1 -count 3 ./geo/cell

# Subsets, so that it takes under five minutes; docs/benchmarks.md has the commands for all cases.
gap: ## how far plans of public cases are from the best known ones (DATA=folder)
ifeq ($(wildcard $(or $(DATA),no-folder)/.),)
	@echo "gap: skipped, there is no folder of public cases: make gap DATA=folder"
else
	go run ./cmd/gap -data $(DATA) -set solomon -time 1s -only C104,C109,R101,R104,R108,R110,R112,RC101,RC104,RC106,RC108
	go run ./cmd/gap -data $(DATA) -set gh -time 5s -only C1_2_4,R1_2_1,R1_2_4,RC1_2_5
	go run ./cmd/gap -data $(DATA) -set gh -time 10s -only C1_4_3,R1_4_4,RC1_4_1
	go run ./cmd/gap -data $(DATA) -set gh -time 30s -only R1_10_5,RC1_10_3
endif
	go run ./cmd/gap -set field -time 2s

microbench: ## Go benchmarks (BENCH=regexp, PKG=./geo/...)
	go test -run '^$$' -bench '$(BENCH)' -benchmem -p 1 -timeout 30m $(PKG)

backup: build ## make backup TO=file
	@bin/tournee backup "$(or $(TO),$(error say where: make backup TO=file))"

restore: build ## make restore FROM=file
	@bin/tournee restore "$(or $(FROM),$(error say from where: make restore FROM=file))"

clean: ## remove what was built
	rm -rf bin deploy/tools/node_modules
