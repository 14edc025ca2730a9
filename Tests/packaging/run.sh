#!/usr/bin/env bash
# Builds the wheel with pip, as a user does, and tests it installed: away from the checkout, without Swift on the path,
# under the oldest and the newest Python that this machine has, with NumPy 1.24 and NumPy 2.
#
# usage: run.sh PYTHON   (PYTHON: one that has pip)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1

echo "building the wheel"
"$python" -m pip wheel -q --no-deps --wheel-dir "$work/wheels" "$root/python"
wheel=$(ls "$work"/wheels/swiftresample-*.whl)
"$python" "$root/Tests/packaging/check_wheel.py" "$wheel"

# The tests that an installed package can run: not those of the checkout's own files.
tests="test_interpolate.py test_plan.py test_axis_taps.py test_memory_formats.py test_tables.py test_golden.py"
cp -r "$root/Tests/python" "$root/Tests/golden" "$work/"
path_without_swift=$(printf %s "$PATH" | tr : '\n' | while read -r folder; do
  [ -x "$folder/swift" ] || printf '%s:' "$folder"
done)

# try PYTHON NUMPY: the tests with that Python and that NumPy.
tried=0
try() {
  local interpreter=$1 numpy=$2 name
  name=$("$interpreter" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-$numpy
  "$interpreter" -m venv "$work/$name"
  if ! "$work/$name/bin/python" -m pip install -q "numpy$numpy" pytest hypothesis "$wheel"; then
    echo "FAILED: Python $name: could not be set up"
    exit 1
  fi
  echo "Python $name: $("$work/$name/bin/python" -c 'import numpy; print("NumPy", numpy.__version__)')"
  "$work/$name/bin/swiftresample" info
  (cd "$work/python" && PATH=$path_without_swift "$work/$name/bin/python" -m pytest -q -rs -p no:cacheprovider \
    -m "not large_memory" $tests)
  tried=$((tried + 1))
}

# The interpreters of this machine, by version; pyenv keeps its own beside the one on the path.
interpreter() {
  local candidate
  for candidate in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python /usr/bin/python"$1"; do
    if [ -x "$candidate" ] && "$candidate" -c "import venv, sys; sys.exit(sys.version_info[:2] != tuple(map(int, '$1'.split('.'))))" 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

for version in 3.9 3.13; do
  found=$(interpreter $version)
  if [ -n "$found" ]; then try "$found" ">=1.24"; else echo "SKIPPED: there is no Python $version on this machine"; fi
done
found=$(interpreter 3.11)
if [ -n "$found" ]; then try "$found" "==1.24.2"; else echo "SKIPPED: there is no Python 3.11 on this machine"; fi
[ "$tried" -gt 0 ] || { echo "FAILED: no interpreter to try the wheel with"; exit 1; }
echo "the wheel passed in $tried environments"
