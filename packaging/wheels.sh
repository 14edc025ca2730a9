#!/usr/bin/env bash
# The sdist, and a wheel for each library that is given, in dist/; called by `make wheels`. Packed twice they are the
# same byte for byte: all their files have the time of the last commit.
#
# usage: wheels.sh PYTHON LIBRARY...   (PYTHON: one that has scripts/cross-requirements.txt)
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1
shift

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
umask 022
rm -rf dist
build() {
  local said
  said=$("$python" -m build --no-isolation --outdir dist "$@" python 2>&1) || { echo "$said"; exit 1; }
}
build --sdist
for library in "$@"; do RESAMPLE_LIBRARY_TO_PACK=$PWD/$library build --wheel; done
ls -l dist
