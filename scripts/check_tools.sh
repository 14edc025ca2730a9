#!/bin/sh
# Checks that what `make demo` and `make test` need is installed, and says what to install where something is missing.
# SWIFT, PYTHON and CC name other commands than swift, python3 and cc. Exit status 1 if something needed is missing.
set -u

swift=${SWIFT:-swift}
python=${PYTHON:-python3}
cc=${CC:-cc}
missing=0

found() { printf 'found    %s\n' "$1"; }
absent() { printf 'MISSING  %s\n         %s\n' "$1" "$2"; missing=1; }
optional() { printf 'optional %s\n         %s\n' "$1" "$2"; }

# The first line of what a command says, or nothing.
first_line() { "$@" 2>/dev/null | head -n 1; }

check_swift() {
  install='install Swift 6.3 or later from https://www.swift.org/install and put its usr/bin on the PATH'
  version=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  if ! command -v "$swift" >/dev/null; then
    absent "Swift 6.3 or later: there is no command $swift" "$install"
  elif [ -z "$version" ]; then
    absent "Swift 6.3 or later: $swift --version does not name a Swift version" "$install"
  elif [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "${minor:-0}" -lt 3 ]; }; then
    absent "Swift 6.3 or later: this is Swift $version" "$install"
  else
    found "Swift $version"
  fi
}

check_python() {
  install='apt-get install python3 python3-venv, or dnf install python3, or https://www.python.org/downloads'
  version=$("$python" -c 'import sys; print(*sys.version_info[:3], sep=".")' 2>/dev/null)
  if ! command -v "$python" >/dev/null; then
    absent "Python 3.9 or later: there is no command $python" "$install"
  elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    absent "Python 3.9 or later: this is Python ${version:-unknown}" "$install"
  elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    # Debian puts both into a package of their own; python -m venv cannot bring pip without ensurepip.
    absent "Python's venv and pip: Python $version has no module venv or ensurepip" 'apt-get install python3-venv'
  else
    found "Python $version with venv and pip"
  fi
}

check_c_compiler() {
  install='apt-get install gcc libc6-dev, or dnf install gcc'
  program=$(mktemp) || exit 1
  if ! command -v "$cc" >/dev/null; then
    absent "a C compiler: there is no command $cc" "$install"
  elif ! printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' |
    "$cc" -x c - -o "$program" 2>/dev/null; then
    absent "a C compiler: $cc cannot compile and link a small program" "$install"
  else
    found "C compiler: $(first_line "$cc" --version)"
  fi
  rm -f "$program"
}

check_binutils() {
  for tool in nm objdump readelf strip; do
    if ! command -v "$tool" >/dev/null; then
      absent "binutils: there is no command $tool" 'apt-get install binutils, or dnf install binutils'
      return
    fi
  done
  found "$(first_line nm --version)"
}

check_valgrind() {
  if command -v valgrind >/dev/null; then
    found "$(first_line valgrind --version)"
  else
    optional 'valgrind: without it, the C programs are not checked for memory errors' 'apt-get install valgrind'
  fi
}

check_swift
check_python
check_c_compiler
check_binutils
check_valgrind
exit "$missing"
