# Every target does its own set-up. `make help` lists the ones to call.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
# The machine to build for, of those that scripts/cross_build.py knows; without it, this one.
ARCH ?=
BUILD := $(if $(ARCH),.build-$(ARCH)-linux-gnu,.build-release)
LIBRARY := $(BUILD)/release/libresample.so
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
SITE_VENV := .venv-site
CROSS_VENV := .venv-cross
PROCESSORS_VENV := .venv-processors
# The PyTorch that the tests compare with: a build for CPUs alone.
TORCH := torch==2.13.0+cpu
FIND_SOURCES := find -L Package.swift Sources include linker -type f ! -name '*.hpp'
SOURCES := $(shell $(FIND_SOURCES))
# Where make install puts what programs in C and C++ need; DESTDIR goes before all of them.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DOCDIR ?= $(PREFIX)/share/doc/swiftresample
# As many processes as there are processors, to a point: tests start threads and processes of their own. Those of PyTorch
# that wait for one another sleep: by default they keep a processor busy that the tests beside them could use.
PYTEST := OMP_WAIT_POLICY=passive $(VENV_PYTHON) -m pytest -q -rsfE
PARALLEL := -n auto --maxprocesses 4
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(VENV_PYTHON) -m pip

.PHONY: help build demo tools clean lint format
.PHONY: install uninstall wheels test-platforms test-aarch64 wasm test-javascript bench-javascript
.PHONY: check check-c check-swift check-python
.PHONY: test test-parts test-swift test-c test-python test-package test-sdist test-install test-ffi test-docs site
.PHONY: test-playground
.PHONY: gate abi abi-record test-processors-of-images
.PHONY: test-reliability reliability-parts c-programs fuzz-build fuzz leaks processors address-sanitizer thread-sanitizer valgrind test-large
.PHONY: bench bench-compare bench-record

help:
	@echo "make demo    resize a photograph, a feature map and a label mask; leaves pictures in demo-output/"
	@echo "make check   what to run while working: build, Swift, C with one compiler, the quick tests of Python"
	@echo "make test    the tests of every change: library, binary interface, Swift, C, Python, packages, languages, pages"
	@echo "make test-reliability   what takes longer: fuzzing, sanitizers, leaks, old processors, more than 2^31 elements"
	@echo "make test-ffi   the examples in other languages, of those that are installed"
	@echo "make test-processors-of-images   Preprocess beside transformers, timm and torchvision, which it installs"
	@echo "make bench   times beside PyTorch, ONNX Runtime, OpenCV, OpenVINO, Pillow and fast_image_resize; chunks beside scikit-image, ome-zarr and dask-image"
	@echo "make bench-compare   fails where the library got slower than benchmarks/recorded.json says; bench* take SET=avx2"
	@echo "make build   the library alone: $(LIBRARY); ARCH=aarch64 or x86_64: for that, and any glibc from 2.17 on"
	@echo "make wheels  dist/: the sdist, and wheels for glibc 2.17 and musl 1.2, x86-64 and aarch64; make test-platforms tries them"
	@echo "make wasm    the same as WebAssembly, for JavaScript: $(WASM); make test-javascript tests it in Node"
	@echo "make install     library, headers, pkg-config, CMake: to PREFIX ($(PREFIX)) below DESTDIR; make uninstall"
	@echo "make test-install   installs into a temporary folder, and builds programs in C and C++ with what is there"
	@echo "make test-docs   runs every block of code of the documentation, checks its links, builds the site"
	@echo "make site    the documentation as a web site, in site/; make test-playground tests its playground in chromium"
	@echo "make lint    formatting, types, and who imports whom"
	@echo "make abi-record   writes additions to the binary interface down; breaks are refused"
	@echo "make clean   removes everything that was built"

tools:
	@scripts/check_tools.sh

build: $(LIBRARY)

# swift build does not see that the kernels were compiled with these. All that is built by Swift needs it, so that none is
# built meanwhile.
TOUCHED := Sources/ResampleKernels/Table.swift
$(TOUCHED): $(wildcard Sources/CShims/include/*.h)
	touch $@

ifeq ($(ARCH),)
$(LIBRARY): $(SOURCES) | tools
	swift build -c release --product resample --disable-local-rpath --scratch-path $(BUILD)
	@touch $@
endif

# For other machines, and for older C libraries than this one's. What the linker needs of them comes from PyPI.
.build-%/release/libresample.so: $(SOURCES) scripts/cross_build.py $(CROSS_VENV)/installed | tools
	$(CROSS_VENV)/bin/python scripts/cross_build.py $*

# A wheel for each of these, and the sdist.
PLATFORMS := x86_64-linux-gnu x86_64-linux-musl aarch64-linux-gnu aarch64-linux-musl
wheels: $(PLATFORMS:%=.build-%/release/libresample.so) | $(CROSS_VENV)/installed
	packaging/wheels.sh $(CROSS_VENV)/bin/python $^

# The module of WebAssembly beside what calls it from JavaScript: docs/javascript.md.
WASM := javascript/libresample.wasm
wasm: $(WASM) javascript/structures.mjs

$(WASM): $(SOURCES) scripts/cross_build.py $(CROSS_VENV)/installed | tools
	$(CROSS_VENV)/bin/python scripts/cross_build.py wasm32
	cp .build-wasm32/release/libresample.wasm $@

javascript/structures.mjs: include/swiftresample.h scripts/javascript_structures.py | tools
	$(PYTHON) scripts/javascript_structures.py $@

# ---- For programs in C and C++: docs/c.md ----------------------------------------------------------------------------

# Nothing is built: root needs no Swift, and leaves no files of its own in the checkout.
install:
	@test -f $(LIBRARY) || { echo "there is no $(LIBRARY): make build"; exit 1; }
	@newer=$$($(FIND_SOURCES) -newer $(LIBRARY) -print -quit); \
	test -z "$$newer" || { echo "$(LIBRARY) is older than $$newer: make build"; exit 1; }
	@PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' INCLUDEDIR='$(INCLUDEDIR)' DOCDIR='$(DOCDIR)' DESTDIR='$(DESTDIR)' \
	  LIBRARY='$(LIBRARY)' packaging/install.sh install

uninstall:
	@PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' INCLUDEDIR='$(INCLUDEDIR)' DOCDIR='$(DOCDIR)' DESTDIR='$(DESTDIR)' \
	  packaging/install.sh uninstall

# ---- Python environments ---------------------------------------------------------------------------------------------

$(VENV_PYTHON): | tools
	$(PYTHON) -m venv $(VENV)

$(VENV)/tests: Tests/python/requirements.txt Tests/python/optional.txt | $(VENV_PYTHON)
	$(PIP) install -q -r $<
	for package in "$(TORCH)" $$(grep -v '^#' Tests/python/optional.txt); do \
	  $(PIP) install -q "$$package" || echo "$$package could not be installed: TESTS WITH IT ARE LEFT OUT"; \
	done
	touch $@

$(VENV)/playground: Tests/playground/requirements.txt $(VENV)/tests
	$(PIP) install -q -r $< || echo "playwright could not be installed: THE PLAYGROUND IS NOT TESTED"
	touch $@

$(SITE_VENV)/installed: docs/requirements.txt | tools
	$(PYTHON) -m venv $(SITE_VENV)
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(SITE_VENV)/bin/python -m pip install -q -r $<
	touch $@

$(CROSS_VENV)/installed: scripts/cross-requirements.txt | tools
	$(PYTHON) -m venv $(CROSS_VENV)
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(CROSS_VENV)/bin/python -m pip install -q -r $<
	touch $@

$(PROCESSORS_VENV)/installed: Tests/python/requirements.txt Tests/python/processors.txt | tools
	$(PYTHON) -m venv $(PROCESSORS_VENV)
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(PROCESSORS_VENV)/bin/python -m pip install -q "$(TORCH)" \
	  -r Tests/python/requirements.txt -r Tests/python/processors.txt
	touch $@

$(VENV)/demo: | $(VENV_PYTHON)
	$(PIP) install -q --no-compile numpy matplotlib pillow # Python compiles what the demo imports
	touch $@

# ---- What a newcomer calls -------------------------------------------------------------------------------------------

# The packages are installed while the library is built: Swift does not keep all processors busy.
demo: | tools
	$(MAKE) -j2 $(LIBRARY) $(VENV)/demo
	PYTHONPATH=python $(VENV_PYTHON) examples/demo.py --output demo-output

# As many parts at a time as there are processors, to a point: most of them keep one busy. What a part prints comes when it
# has ended; the parts that fail are named at the end.
JOBS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))
define run_parts
@+echo "$(1): $(JOBS) parts at a time"; \
$(MAKE) --no-print-directory --keep-going --output-sync=target --jobs=$(JOBS) $(2) || \
  { echo "FAILED: $(1), in the parts that 'make: ***' names above"; exit 1; }
endef

check: tools
	$(call run_parts,make check,check-swift check-c check-python)
	@echo "All quick tests passed."

test: tools
	$(call run_parts,make test,test-parts)
	@echo "All tests passed."

# The longest first.
test-parts: test-python test-swift test-package test-c test-docs test-playground test-javascript test-install test-ffi lint gate abi

# ---- Benchmarks ------------------------------------------------------------------------------------------------------

# One by one: a peer that cannot be installed is left out, and the benchmark names it.
$(VENV)/benchmarks: benchmarks/requirements.txt | $(VENV_PYTHON)
	for package in $$(grep -v '^#' $<) "$(TORCH)"; do \
	  $(PIP) install -q "$$package" || echo "$$package could not be installed: LEFT OUT OF THE BENCHMARKS"; \
	done
	touch $@

# SET=avx2 measures that instruction set. Without it, bench takes the best of the processor, the others every one but the
# baseline; instructions are counted with AVX2.
SET ?=
MEASURE := $(if $(SET),RESAMPLE_INSTRUCTION_SET=$(SET) )PYTHONPATH=python $(VENV_PYTHON) benchmarks
TIMES := benchmark-output/times$(SET:%=-%)

bench: $(LIBRARY) $(VENV)/benchmarks
	mkdir -p benchmark-output
	$(MEASURE)/run.py --json $(TIMES).json --plot $(TIMES).png | tee $(TIMES).txt
	$(MEASURE)/chunked.py | tee -a $(TIMES).txt
	$(MEASURE)/preprocess.py | tee -a $(TIMES).txt

bench-compare: $(LIBRARY) $(VENV)/benchmarks
	status=0; for program in compare instructions; do $(MEASURE)/$$program.py || status=1; done; exit $$status

bench-record: $(LIBRARY) $(VENV)/benchmarks
	$(MEASURE)/compare.py --record
	$(MEASURE)/instructions.py --record
	$(MEASURE)/performance.py --write
	for theme in light dark; do \
	  PYTHONPATH=python $(VENV_PYTHON) docs/images/first_look.py speed $$theme docs/images/first-speed-$$theme.svg || exit 1; \
	done

# ---- The parts of the tests ------------------------------------------------------------------------------------------

# Too large to be installed for the tests of every change, which have golden vectors of them.
test-processors-of-images: $(LIBRARY) $(PROCESSORS_VENV)/installed
	PYTHONPATH=python $(PROCESSORS_VENV)/bin/python -m pytest -q -rsfE $(PARALLEL) Tests/python/test_preprocess_installed.py

gate: $(LIBRARY) $(VENV)/tests
	$(VENV_PYTHON) Tests/gate/check_library.py $(BUILD)/release
	$(PYTEST) $(PARALLEL) Tests/gate

# The header and the library beside the binary interface that Tests/abi/swiftresample.abi.json has written down.
abi: $(LIBRARY) $(VENV)/tests
	$(VENV_PYTHON) Tests/abi/check_abi.py
	$(PYTEST) $(PARALLEL) Tests/abi

# Writes additions down; what would break older programs is refused.
abi-record: $(LIBRARY)
	$(PYTHON) Tests/abi/check_abi.py record

# Python reads the configurations of Preprocess.
test-javascript: wasm $(LIBRARY) $(VENV)/tests
	@if command -v node > /dev/null; then PYTHON=$(VENV_PYTHON) node --test Tests/javascript/; else echo "SKIPPED: there is no node"; fi

bench-javascript: wasm $(LIBRARY)
	node benchmarks/javascript/run.mjs

test-swift: $(TOUCHED) | tools
	swift test --scratch-path .build-debug

C_TESTS := $(MAKE) --no-print-directory -C Tests/c LIBRARY_DIR=$(CURDIR)/$(BUILD)/release

test-c: $(LIBRARY)
	+$(C_TESTS) test

# What is run while working: one compiler, and the instruction set that the library chooses.
check-c: $(LIBRARY)
	+$(C_TESTS) check

check-swift: test-swift

check-python: $(LIBRARY) $(VENV)/tests
	PYTHONPATH=python $(PYTEST) $(PARALLEL) -m "not slow and not large_memory" Tests/python

# The whole suite with the best instruction set of this processor, and what compares numbers once more with each one
# below it.
test-python: $(LIBRARY) $(VENV)/tests
	PYTHONPATH=python $(PYTEST) $(PARALLEL) -m "not large_memory" Tests/python
	best=$$(PYTHONPATH=python $(VENV_PYTHON) -c "import swiftresample; print(swiftresample.instruction_set())"); \
	for set in baseline avx2; do \
	  if [ $$set = $$best ]; then break; fi; \
	  RESAMPLE_INSTRUCTION_SET=$$set PYTHONPATH=python $(PYTEST) $(PARALLEL) -m "numbers and not slow" Tests/python; \
	done

# The sdist, and the wheel in environments without a checkout: other Pythons and NumPys, and with the extras.
test-package: $(LIBRARY) $(VENV)/tests
	$(PYTEST) $(PARALLEL) Tests/packaging
	Tests/packaging/run.sh $(VENV_PYTHON)

# Swift builds the wheel from the sdist alone, in an empty folder.
test-sdist: $(LIBRARY) $(VENV)/tests
	Tests/packaging/run.sh $(VENV_PYTHON) swift

# Programs of other build systems with what make install has put into a temporary folder. What is missing is SKIPPED.
test-install: $(LIBRARY)
	Tests/install/run.sh

# The programs of examples/ffi whose languages are installed.
test-ffi: $(LIBRARY)
	Tests/ffi/run.sh $(LIBRARY)

# Every block of the documentation is run, or left out for a reason that is printed; links and anchors are there.
test-docs: $(LIBRARY) $(VENV)/tests site
	$(VENV_PYTHON) Tests/docs/check_pages.py
	$(VENV_PYTHON) Tests/docs/check_blocks.py
	$(PYTEST) Tests/docs

# The documentation as a site that asks no other host for anything: mkdocs.yml.
site: $(SITE_VENV)/installed wasm
	$(SITE_VENV)/bin/mkdocs build # without --quiet, which keeps warnings from being counted as faults
	@echo "site/ is there; to read it: $(PYTHON) -m http.server -d site"

# Where chromium is not installed, it says that it tests nothing.
test-playground: $(LIBRARY) $(VENV)/playground site
	PYTHONPATH=python $(PYTEST) $(PARALLEL) Tests/playground

# ---- What takes longer than the tests of every change: docs/reliability.md --------------------------------------------

# The wheels, beside older C libraries and on aarch64: docs/platforms.md. What this machine cannot run is SKIPPED.
test-platforms: wheels $(LIBRARY) $(VENV)/tests
	Tests/platforms/run.sh $(CROSS_VENV)/bin/python $(PLATFORMS)

# That of them which differs most from this machine, and its file.
test-aarch64: tools
	$(MAKE) --no-print-directory test-platforms PLATFORMS=aarch64-linux-gnu
	@if command -v aarch64-linux-gnu-objdump > /dev/null; then \
	  $(VENV_PYTHON) Tests/gate/check_library.py .build-aarch64-linux-gnu/release; \
	else \
	  echo "SKIPPED: the gate on the library for AArch64, because there is no aarch64-linux-gnu-objdump: apt-get install binutils-aarch64-linux-gnu"; \
	fi

# By themselves what takes most of a machine's memory, and then the other parts.
test-reliability: tools test-large
	$(call run_parts,make test-reliability,reliability-parts)
	@echo "All tests of reliability passed."

# The longest first, and that which another waits for: address-sanitizer has the library of fuzz.
reliability-parts: fuzz thread-sanitizer test-sdist test-aarch64 address-sanitizer valgrind processors leaks

fuzz-build: $(TOUCHED) | tools
	$(MAKE) -C Tests/fuzz build

# The committed corpus, and a few seconds of new calls for each target.
fuzz: fuzz-build
	$(MAKE) -C Tests/fuzz short

# With the library of the fuzz targets. Of the Python tests those with the marker "memory": they start no other process.
ADDRESS_SANITIZER = $(shell clang -print-file-name=libclang_rt.asan-$(shell uname -m).so)
address-sanitizer: fuzz-build $(VENV)/tests
	$(MAKE) -C Tests/c LIBRARY_DIR=$(CURDIR)/.build-fuzz/release address-sanitizer
	LD_PRELOAD=$(ADDRESS_SANITIZER) ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 PYTHONPATH=python \
	  RESAMPLE_LIBRARY=$(CURDIR)/.build-fuzz/release/libresample.so \
	  $(PYTEST) $(PARALLEL) -m memory -k "not thousands" Tests/python

# Without the kernels of AVX-512, which share nothing between threads that those of AVX2 do not.
thread-sanitizer: $(TOUCHED) | tools
	RESAMPLE_SANITIZE=1 RESAMPLE_EMBEDDED=0 RESAMPLE_WITHOUT=AVX512 swift build -c release --product resample \
	  --scratch-path .build-tsan --sanitize=thread
	$(MAKE) -C Tests/c LIBRARY_DIR=$(CURDIR)/.build-tsan/release thread-sanitizer

# Built once, for those below, which may run side by side.
c-programs: $(LIBRARY)
	+$(C_TESTS) build

valgrind leaks processors: c-programs
	+$(C_TESTS) $@

# Up to 14 GB of memory.
test-large: $(LIBRARY) $(VENV)/tests
	PYTHONPATH=python $(PYTEST) -m large_memory Tests/python

SWIFT_SOURCES := Package.swift Sources/Resample Sources/ResampleABI Sources/ResampleGeometry Sources/ResampleKernels \
  Tests/GeometryTests Tests/ResampleTests Tests/ABITests
C_SOURCES := $(wildcard include/*.h* Sources/CShims/*.c Sources/CShims/include/*.h examples/*.c* examples/ffi/*/*.c)
PYTHON_SOURCES := . ../Tests ../docs/images ../examples ../benchmarks ../scripts

lint: $(VENV)/tests
	$(VENV_PYTHON) scripts/check_imports.py
	swift format lint --strict --recursive --configuration .swift-format $(SWIFT_SOURCES)
	$(VENV)/bin/clang-format --dry-run --Werror $(C_SOURCES)
	cd python && ../$(VENV)/bin/ruff check $(PYTHON_SOURCES) && ../$(VENV)/bin/ruff format --check $(PYTHON_SOURCES)
	cd python && ../$(VENV)/bin/mypy

format: $(VENV)/tests
	swift format format --in-place --recursive --configuration .swift-format $(SWIFT_SOURCES)
	$(VENV)/bin/clang-format -i $(C_SOURCES)
	cd python && ../$(VENV)/bin/ruff format $(PYTHON_SOURCES)

clean:
	rm -rf .build .build-* $(VENV) $(SITE_VENV) $(PROCESSORS_VENV) $(CROSS_VENV) dist site demo-output benchmark-output
