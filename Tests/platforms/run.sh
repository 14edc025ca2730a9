#!/usr/bin/env bash
# Tries the wheels of dist/ where they are to run: beside the glibc 2.31 and the Python 3.9 of Debian 11, beside musl
# 1.2.2, and on aarch64, which qemu emulates on other processors. make test-platforms makes what this needs.
#
# usage: run.sh PYTHON PLATFORM...   (PYTHON: one that has scripts/cross-requirements.txt)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/Tests/platforms
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1 PYTHONDONTWRITEBYTECODE=1
unset RESAMPLE_LIBRARY RESAMPLE_INSTRUCTION_SET PYTHONPATH MAKEFLAGS MAKELEVEL
cd "$work"

ok() { echo "passed   $1 ($SECONDS s)"; }
source "$root/Tests/steps.sh"

# meet PLATFORM: sets what start reads; fails, with the reason in $said, where this machine cannot run its programs.
meet() {
  processor=${1%%-*} libc=${1##*-} emulator=()
  case $processor in x86_64) architecture=amd64 ;; aarch64) architecture=arm64 ;; esac
  debian=$root/.build-debian/$architecture
  said=$("$here/root.sh" $architecture "$debian" 2>&1) || return 1
  if [ "$(uname -m)" != $processor ]; then
    said="there is no qemu-$processor: apt-get install qemu-user"
    emulator=("$(command -v qemu-$processor)" -L "$debian") || return 1
  fi
  libraries=$debian/lib/$processor-linux-$libc:$debian/usr/lib/$processor-linux-$libc
  case $libc in
    gnu) loader=$(echo "$debian/lib/$processor"-linux-gnu/ld-2.*.so) ;;
    musl) loader=$debian/lib/ld-musl-$processor.so.1 ;;
  esac
}

# ---- Programs in C --------------------------------------------------------------------------------------------------

# programs PLATFORM: some of Tests/c with the wheel's library, by zig's compiler for the platform.
programs() {
  local build=$root/.build-c-$1 zig test
  local tests="test_tables test_interpolate test_preprocess test_neighbours test_threads"
  local options=(-fno-sanitize=all -dynamic)
  # They start themselves as well, and so name the loader. Emulators find it by its usual name.
  if [ ${#emulator[@]} = 0 ]; then options+=("-Wl,--dynamic-linker=$loader"); fi
  if [ $libc = gnu ]; then
    tests+=" test_memory"
  else
    skip "$1: test_memory, whose malloc is above that of glibc"
  fi
  if [ ${#emulator[@]} -gt 0 ]; then
    skip "$1: test_processes and test_loading, because qemu-user ends where a process of several threads forks"
  elif [ $libc = gnu ]; then
    tests+=" test_processes test_loading"
  else
    tests+=" test_loading"
    skip "$1: test_processes, because musl itself hangs where the first thread of a forked child ends before others"
  fi
  zig=$(cd "$root/scripts" && "$python" -c "import cross_build; print(cross_build.TARGETS['$1'].zig)")
  printf '#!/bin/sh\nexec %s -m ziglang cc -target %s %s "$@"\n' "$python" "$zig" "${options[*]}" > "bin/$1-cc"
  chmod +x "bin/$1-cc"
  PATH=$work/bin:$PATH quietly make -s -C "$root/Tests/c" build TESTS="$tests" C_COMPILERS="$1-cc" \
    LIBRARY_DIR="$work/$1/swiftresample" BUILD_DIR="$build"
  start() { timeout 300 env LD_LIBRARY_PATH="$build/lib:$libraries" "$@"; }
  if [ ${#emulator[@]} -gt 0 ]; then
    start() { timeout 300 "${emulator[@]}" -E LD_LIBRARY_PATH="$build/lib:$libraries" "$@"; }
  fi
  for test in $tests; do
    TEST_SHARE=7 TEST_REPEAT=0.1 quietly start "$build/$1-cc/$test"
    grep -q ' 0 failed$' output || { cat output; fail "$1: $test"; }
  done
  start "$build/$1-cc/resize" | diff "$root/Tests/c/resize.expected" - || fail "$1: examples/resize.c"
  ok "$1: $tests, and the example in C"
}

# ---- Python ---------------------------------------------------------------------------------------------------------

# in_python PLATFORM: the wheel, installed by Debian's own pip, beside the oldest NumPy.
in_python() {
  local packages=$debian/usr/lib/python3/dist-packages started=("${emulator[@]}")
  if [ ${#emulator[@]} = 0 ]; then started=("$loader" --library-path "$libraries"); fi
  # Nothing is on its PATH: this machine's programs are not Debian 11's.
  interpreter() { timeout 600 env PATH= PYTHONHOME="$debian/usr" "${started[@]}" "$debian/usr/bin/python3.9" "$@"; }
  if [ ! -d "$packages/numpy" ]; then
    quietly "$python" -m pip install -q --target "$packages" --platform manylinux2014_$processor --python-version 3.9 \
      --implementation cp --only-binary=:all: -r "$here/requirements.txt"
  fi
  quietly interpreter -m pip install --no-index --no-deps --find-links "$root/dist" --target "$1/site" swiftresample
  export PYTHONPATH=$work/$1/site
  quietly interpreter "$root/Tests/packaging/user_program.py"
  ok "$1: $(cat output)"
  quietly interpreter -m pytest -q -p no:cacheprovider -k "not oracle" \
    "$root"/Tests/python/test_{tables,golden,neighbours_golden,gradients_golden,preprocess_golden}.py
  ok "$1: $(tail -n 1 output)"
  unset PYTHONPATH
}

# bits PLATFORM: every golden call has the same bits by the wheel's library and by that of make build, on this machine.
bits() {
  local set ours=$root/.build-release/release/libresample.so compared=
  for set in baseline avx2 avx512; do
    export RESAMPLE_INSTRUCTION_SET=$set PYTHONPATH=$root/python:$root/Tests/python
    if ! RESAMPLE_LIBRARY=$ours "$root/.venv/bin/python" "$here/results.py" > ours 2> output; then
      grep -q 'RuntimeError: RESAMPLE_INSTRUCTION_SET asks' output || { cat output; fail "$1: the golden calls"; }
      skip "$1: $set, which this processor lacks"
      continue
    fi
    RESAMPLE_LIBRARY=$work/$1/swiftresample/libresample.so quietly "$root/.venv/bin/python" "$here/results.py"
    diff ours output > differences || { head differences; fail "$1: other bits than those of make build"; }
    compared+=" $set"
  done
  unset RESAMPLE_INSTRUCTION_SET PYTHONPATH
  ok "$1: the bits of make build in $(wc -l < output) golden calls, by$compared"
}

# ---- The wheels -----------------------------------------------------------------------------------------------------

mkdir bin
for platform in "$@"; do
  case $platform in *-gnu) tag=manylinux_2_17_${platform%%-*} ;; *-musl) tag=musllinux_1_2_${platform%%-*} ;; esac
  wheel=$(echo "$root"/dist/swiftresample-*-py3-none-$tag*.whl)
  test -f "$wheel" || fail "there is no $wheel: make wheels"
  quietly "$python" "$root/Tests/packaging/check_wheel.py" "$wheel"
  quietly "$python" -m auditwheel show "$wheel"
  tr '\n' ' ' < output | grep -q "platform tag: \"$tag\"" || { cat output; fail "auditwheel finds another than $tag"; }
  mkdir "$platform"
  quietly "$python" -m zipfile -e "$wheel" "$platform"
  ok "$platform: $(basename "$wheel"), and auditwheel says so as well"
  if ! meet "$platform"; then skip "$platform: $(tail -n 1 <<< "$said")"; continue; fi
  programs "$platform"
  if [ $libc = gnu ]; then in_python "$platform"; else skip "$platform: Debian has no Python beside musl"; fi
  if [ $libc = gnu ] && [ ${#emulator[@]} = 0 ]; then bits "$platform"; fi
done
