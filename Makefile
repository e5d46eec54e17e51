# `make run` and `make test` do all the set-up first, on a new machine and without root too.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

# Read when building: zlib1g-dev (compressed data), libreadline-dev (the prompt), libasmjit-dev (machine code of small steps). Used when running: OpenBLAS (large products), gnuplot (plots).
packages := zlib1g-dev libreadline-dev libasmjit-dev libopenblas0-pthread gnuplot-nox
# In continuous integration, for the tests of ranks and of arrays, which are left out where they are not there.
clusters := openmpi-bin slurm-wlm munge
swift := source scripts/env && swift
# As `make build` compiles, so that nothing is compiled a second time for the tests.
tests := $(swift) test -c release --disable-testable-imports
example ?= examples/mnist-adaptive.opt
results ?= results
seconds ?= 10
only ?=

.PHONY: help run test test-long fuzz build lint deps clusters clean

help:
	@echo 'make run    set up, build, and run the main example ($(example)); results and plots go to $(results)/'
	@echo 'make test   set up, build, and run all tests; those of some suites with only="GoldenTests MessageTests"'
	@echo 'make test-long  the tests, with more trials and with the delays that are promised of an idle machine'
	@echo 'make fuzz   feed every reader, the parser, the checker and the prompt $(seconds) s of damaged input each (seconds=…)'
	@echo 'make build  set up and build: the program is .build/release/descent'
	@echo 'make lint   check the format of the Swift sources'
	@echo 'make clean  remove everything that was built or downloaded'

run: build
	@source scripts/env && .build/release/descent run $(example) --out $(results)
	@find $(results) -name '*.svg' -printf 'plot: %p\n' | sort

test: deps clusters lint
	@$(tests) $(addprefix --filter ,$(only)) $$SWIFT_FLAGS

# Needs the machine for itself.
test-long: deps lint
	@export DESCENT_LONG_TESTS=1 DESCENT_INTERRUPT_TRIALS=$${DESCENT_INTERRUPT_TRIALS:-20}; $(tests) --no-parallel $$SWIFT_FLAGS

# The first time it compiles everything again with the address sanitizer: eight minutes of a processor.
fuzz: deps
	@scripts/fuzz all $(seconds)

build: deps
	@$(swift) build -c release --product descent $$SWIFT_FLAGS

lint:
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests $(wildcard Plugins)

deps:
	@scripts/deps $(packages)

clusters:
	@if [ -n "$${CI:-}" ] && [ "$$(id -u)" = 0 ]; then scripts/deps $(clusters) || echo "no tests of ranks and arrays" >&2; fi

clean:
	rm -rf .build .deps $(results)
