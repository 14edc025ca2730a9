# What takes longer than the tests of every change. Of the Makefile that includes this: leaks and processors with the
# library of a release, the sanitizers with one of their own.
#
#   make -C Tests/c LIBRARY_DIR=$PWD/.build-release/release leaks processors
#   make -C Tests/c LIBRARY_DIR=$PWD/.build-fuzz/release address-sanitizer
#   make -C Tests/c LIBRARY_DIR=$PWD/.build-tsan/release thread-sanitizer

.PHONY: leaks processors address-sanitizer thread-sanitizer run-under-address-sanitizer run-under-thread-sanitizer

# 100,000 calls of every function of the header.
leaks: $(BUILD)/$(firstword $(COMPILERS))/test_leaks | compilers
	@export LD_LIBRARY_PATH=$(BUILD)/lib; timeout 600 $< > $(BUILD)/leaks.txt || { cat $(BUILD)/leaks.txt; exit 1; }; \
	for function in $$(grep -o '\brsmp_[a-z_]*(' $(HEADER) | tr -d '(' | sort -u); do \
	  grep -q "^$$function " $(BUILD)/leaks.txt || { echo "FAILED: $$function is not called by test_leaks"; exit 1; }; \
	done; \
	tail -n 1 $(BUILD)/leaks.txt

# Processors from before AVX, and from before AVX-512, as qemu has them: every function's results, and no instruction that
# the processor lacks, for which the program below, which uses one, shows that qemu would end it.
PROCESSORS := Nehalem:baseline Haswell:avx2
processors: $(NUMBERS:%=$(BUILD)/$(firstword $(COMPILERS))/%) | compilers
	@if ! command -v qemu-x86_64 >/dev/null; then \
	  echo "SKIPPED: no older processors, because qemu-x86_64 (Debian: qemu-user) is not installed"; exit 0; \
	fi; \
	export LD_LIBRARY_PATH=$(BUILD)/lib TEST_SHARE=7; failed=0; \
	printf 'int main(void) { __asm__ volatile(INSTRUCTION); return 0; }' > $(BUILD)/lacking.c; \
	for row in 'Nehalem vpxor %ymm0,%ymm0,%ymm0' 'Haswell vpxord %zmm0,%zmm0,%zmm0'; do \
	  $(firstword $(COMPILERS)) "-DINSTRUCTION=\"$${row#* }\"" $(BUILD)/lacking.c -o $(BUILD)/lacking || exit 1; \
	  timeout 60 qemu-x86_64 -cpu $${row%% *} $(BUILD)/lacking 2>/dev/null; status=$$?; \
	  if [ $$status -ne 132 ]; then echo "FAILED: a $${row%% *} that runs $${row#* }: status $$status"; failed=1; fi; \
	done; \
	for processor in $(PROCESSORS); do \
	  for program in $(notdir $^); do \
	    if timeout 900 qemu-x86_64 -cpu $${processor%:*} $(dir $<)$$program > $(BUILD)/qemu.txt 2>&1 \
	      && grep -q "$${processor#*:} .* 0 failed" $(BUILD)/qemu.txt; \
	    then echo "$${processor%:*}: $$(grep " failed" $(BUILD)/qemu.txt)"; \
	    else echo "FAILED: $$program on a $$processor, status $$?"; cat $(BUILD)/qemu.txt; failed=1; fi; \
	  done; \
	done; \
	exit $$failed

# ---- Sanitizers -----------------------------------------------------------------------------------------------------

# By the clang that comes with Swift, whose run-time library is then part of the programs. test_memory has an allocator of its
# own, and the programs about processes would be about the sanitizer.
ADDRESSED := $(filter-out test_memory test_guarded,$(NUMBERS)) test_threads
# What calls from several threads, and forks no process: ThreadSanitizer knows little of one that another thread forked.
THREADED := test_threads test_plan test_interpolate test_gradients

# require_sanitizer(a symbol that such a library has, the name of the sanitizer)
define require_sanitizer
	@command -v clang >/dev/null || { echo "a sanitizer needs the clang that comes with Swift"; exit 1; }
	@nm -D $(LIBRARY) | grep -q $(1) || { echo "$(LIBRARY) was not built with --sanitize=$(2)"; exit 1; }
endef

comma := ,
# run_sanitized(its name, programs, what their success shows), in a shell that knows LD_LIBRARY_PATH and sets `failed`
define run_sanitized
for program in $(2); do \
	    if timeout 900 $(BUILD)/clang/$$program > $(BUILD)/sanitizer.txt 2>&1; \
	    then echo "$${RESAMPLE_NUM_THREADS:+$$RESAMPLE_NUM_THREADS threads: }$$(tail -1 $(BUILD)/sanitizer.txt), $(3)"; \
	    else echo "FAILED under $(1): $$program, status $$?"; cat $(BUILD)/sanitizer.txt; failed=1; fi; \
	  done
endef

# The library is that of Tests/fuzz, or
#
#   RESAMPLE_SANITIZE=1 RESAMPLE_EMBEDDED=0 swift build -c release --product resample --scratch-path .build-asan \
#     --sanitize=address
address-sanitizer:
	$(call require_sanitizer,__asan_init,address)
	@$(MAKE) --no-print-directory run-under-address-sanitizer C_COMPILERS=clang BUILD_DIR=$(BUILD)/address-sanitizer \
	  CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined $(CFLAGS)" LIBRARIES=-fuse-ld=lld

run-under-address-sanitizer: $(ADDRESSED:%=$(BUILD)/clang/%)
	@echo "SKIPPED under AddressSanitizer: $(filter-out $(ADDRESSED),$(TESTS)): an allocator of its own, or processes"
	@failed=0; export LD_LIBRARY_PATH=$(BUILD)/lib TEST_SHARE=7 TEST_REPEAT=0.2; \
	for RESAMPLE_INSTRUCTION_SET in $(INSTRUCTION_SETS); do \
	  export RESAMPLE_INSTRUCTION_SET; \
	  $(call run_sanitized,AddressSanitizer,$(ADDRESSED),no stray reads and writes$(comma) no leaks); \
	done; \
	exit $$failed

# The library is that of
#
#   RESAMPLE_SANITIZE=1 RESAMPLE_EMBEDDED=0 swift build -c release --product resample --scratch-path .build-tsan \
#     --sanitize=thread
#
# which calls __tsan_external_write, which programs do not export by themselves; and Swift's ThreadSanitizer
# knows of libdispatch. More threads than processors show more races.
SWIFT_LIBRARIES = $(abspath $(shell clang -print-resource-dir)/../../swift/linux)
thread-sanitizer:
	$(call require_sanitizer,__tsan_init,thread)
	@$(MAKE) --no-print-directory run-under-thread-sanitizer C_COMPILERS=clang BUILD_DIR=$(BUILD)/thread-sanitizer \
	  CFLAGS="-fsanitize=thread $(CFLAGS)" LIBRARIES="-L$(SWIFT_LIBRARIES) -ldispatch -lBlocksRuntime \
	  -Wl,-rpath,$(SWIFT_LIBRARIES) -Wl,--export-dynamic-symbol=__tsan_external_write"

run-under-thread-sanitizer: $(THREADED:%=$(BUILD)/clang/%)
	@echo "SKIPPED under ThreadSanitizer: $(filter-out $(THREADED),$(TESTS)): one thread, or processes"
	@failed=0; export LD_LIBRARY_PATH=$(BUILD)/lib:$(SWIFT_LIBRARIES) TEST_SHARE=7; \
	for threads in 2 16; do \
	  export RESAMPLE_NUM_THREADS=$$threads; \
	  $(call run_sanitized,ThreadSanitizer,$(THREADED),no data race); \
	done; \
	exit $$failed
