#!/usr/bin/env bash
# Builds the sdist and the wheel as their makers do, looks into them, and tries the wheel as users do: away from the
# checkout, without Swift on the path, under every Python of this machine, with NumPy 1.24 and NumPy 2, with and without
# the extras, with mypy. The library is packed as it was built; `run.sh PYTHON swift` has Swift build it from the sdist.
#
# usage: run.sh PYTHON [swift]   (PYTHON: one that has pip and mypy; the library is built: make build)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/Tests/packaging
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
library=$root/.build-release/release/libresample.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1
unset RESAMPLE_LIBRARY RESAMPLE_LIBRARY_TO_PACK PYTHONPATH MAKEFLAGS
cd "$work"

ok() { echo "passed   $1 ($SECONDS s)"; }
source "$root/Tests/steps.sh"
# Without a git there is nothing to ask, and nothing to leave.
state() { if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then git -C "$root" status --porcelain; fi; }
test -f "$library" || fail "there is no $library: make build"

# ---- The sdist and the wheel ----------------------------------------------------------------------------------------

quietly "$python" -m venv tools
quietly tools/bin/pip install -q build auditwheel twine 'readme_renderer[md]' 'setuptools>=77'
before=$(state)

# The wheel is built from the sdist, in an empty folder.
if [ "${2-}" = swift ]; then
  echo "Swift builds the library from the sdist: a few minutes"
  quietly tools/bin/python -m build "$root/python" --outdir dist
else
  RESAMPLE_LIBRARY_TO_PACK=$library quietly tools/bin/python -m build "$root/python" --outdir dist
fi
sdist=$(ls dist/swiftresample-*.tar.gz)
wheel=$work/$(ls dist/swiftresample-*.whl)
tools/bin/python "$here/check_sdist.py" "$sdist"
tools/bin/python "$here/check_wheel.py" "$wheel"
# Without readme_renderer[md] it would pass everything in Markdown.
quietly tools/bin/twine check --strict dist/*
ok "the sdist, the wheel built from it, and what twine says of both"

# Not by Swift, which would link the checkout's library again while other tests load it.
RESAMPLE_LIBRARY_TO_PACK=$library quietly "$python" -m pip wheel -q --no-deps --wheel-dir from-checkout "$root/python"
"$python" - "$wheel" from-checkout/*.whl <<'END' || fail "the wheels of the sdist and of the checkout are not the same"
import pathlib, sys, zipfile
one, other = map(pathlib.Path, sys.argv[1:])
contents = [{name: archive.read(name) for name in archive.namelist()} for archive in map(zipfile.ZipFile, (one, other))]
sys.exit(one.name != other.name or contents[0] != contents[1])
END
ok "the wheel of the checkout is the same"
[ "$(state)" = "$before" ] || fail "building left files in the checkout: $(state)"
if [ "${2-}" = swift ]; then exit; fi

# auditwheel knows what a library may need on each platform; the tag is the oldest that this one runs on.
tag=${wheel##*-none-}
quietly tools/bin/auditwheel show "$wheel"
tr '\n' ' ' < output | grep -q "following platform tag: \"${tag%.whl}\"" || { cat output; fail "the tag ${tag%.whl}"; }
ok "auditwheel says ${tag%.whl} as well"

path_without_swift=$(printf %s "$PATH" | tr : '\n' | while read -r folder; do
  [ -x "$folder/swift" ] || printf '%s:' "$folder"
done)
by_setuptools=(tools/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir refused)
refuses "building swiftresample needs Swift" env "PATH=$path_without_swift" "${by_setuptools[@]}" "$sdist"
refuses "names nowhere.so, which is not a file" env RESAMPLE_LIBRARY_TO_PACK=nowhere.so "${by_setuptools[@]}" "$sdist"
ok "refused: no Swift, no library"

# ---- Installed in place ---------------------------------------------------------------------------------------------

mkdir checkout
(cd "$root" && cp -a Package.swift include python LICENSE README.md "$work/checkout")
rm -rf checkout/python/*.egg-info
quietly "$python" -m venv editable
PATH=$path_without_swift quietly editable/bin/pip install -q -e checkout/python
refuses 'run `make build` at its root' editable/bin/python -c "import swiftresample"
mkdir -p checkout/.build-release/release
cp "$library" checkout/.build-release/release
quietly editable/bin/python "$here/user_program.py"
ok "pip install -e: before and after make build"

# ---- Users' environments --------------------------------------------------------------------------------------------

# interpreter VERSION: one of this machine; pyenv keeps its own beside the one on the path. 3.13t is free-threaded.
interpreter() {
  local candidate
  for candidate in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"${1%t}".*/bin/python; do
    if [ -x "$candidate" ] && "$candidate" - "$1" 2>/dev/null <<'END'
import sys, sysconfig, venv
found = "%d.%d" % sys.version_info[:2] + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "")
sys.exit(found != sys.argv[1])
END
    then
      echo "$candidate"
      return
    fi
  done
}

# environment NAME INTERPRETER [OPTION]: a venv of that name, for install.
declare -A interpreters
environment() {
  local name=$1 interpreter=$2
  interpreters[$name]=$interpreter
  # A pip of its own takes longer than the tests.
  if "$interpreter" -m pip --version >/dev/null 2>&1; then
    quietly "$interpreter" -m venv --without-pip ${3-} "$name"
  else
    quietly "$interpreter" -m venv ${3-} "$name"
    interpreters[$name]=$name/bin/python
  fi
}
install() { quietly "${interpreters[$1]}" -m pip --python "$1/bin/python" install -q "${@:2}"; }

# try NAME: the command, and a program that calls everything.
tried=()
try() {
  install "$1" "$wheel"
  PATH=$path_without_swift quietly "$1/bin/swiftresample" info
  PATH=$path_without_swift quietly "$1/bin/python" "$here/user_program.py"
  tried+=("$1")
  ok "$(cat output)"
}

newest=
for version in 3.9 3.10 3.11 3.12 3.13 3.14 3.15 3.13t 3.14t 3.15t; do
  found=$(interpreter $version)
  if [ -z "$found" ]; then skip "there is no Python $version on this machine"; continue; fi
  environment $version "$found"
  if [ $version = 3.9 ]; then install 3.9 numpy==1.24.0; else newest=$version; fi
  try $version
done
[ -n "$newest" ] || fail "there is no Python newer than 3.9 to try the wheel with"

# The distribution's own NumPy, which pip leaves alone.
if /usr/bin/python3 -c "import numpy, venv, ensurepip" 2>/dev/null; then
  environment system /usr/bin/python3 --system-site-packages
  try system
else
  skip "/usr/bin/python3 has no NumPy of the distribution: apt-get install python3-numpy python3-venv"
fi

# ---- Extras ---------------------------------------------------------------------------------------------------------

user=$work/$newest/bin
"$user/python" - <<'END' || fail "more is installed, or needed, than NumPy and the package"
import importlib, importlib.metadata, pkgutil, swiftresample
installed = {found.metadata["Name"] for found in importlib.metadata.distributions()}
assert installed - {"pip", "setuptools"} == {"numpy", "swiftresample"}, installed
modules = [module.name for module in pkgutil.walk_packages(swiftresample.__path__, "swiftresample.", lambda name: None)]
assert {"swiftresample.cli.resize", "swiftresample.dask", "swiftresample.nn", "swiftresample.torch"} <= set(modules), modules
for name in modules:
    if name not in ("swiftresample.__main__", "swiftresample.libresample", "swiftresample.dask", "swiftresample.torch"):
        importlib.import_module(name)
END
base64 -d > picture.png <<< iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR42mNkZ2BiYAAAADUAC7kyCs0AAAAASUVORK5CYII=
resize=("$user/swiftresample" resize picture.png -o larger.png --size 8)
grid=("$user/swiftresample" grid --in 4 --out 8 -o grid.png)
refuses "with its extra [cli]" "${resize[@]}"
refuses "with its extra [plot]" "${grid[@]}"
refuses "with its extra [pyramid]" "$user/swiftresample" pyramid in.zarr out.zarr
refuses "with its extra [torch]" "$user/python" -c "import swiftresample.torch"
refuses "with its extra [dask]" "$user/python" -c "import swiftresample.dask"
install "$newest" 'swiftresample[cli]' # by the name alone: the package is there already
quietly "${resize[@]}"
refuses "with its extra [plot]" "${grid[@]}"
install "$newest" 'swiftresample[plot]'
quietly "${grid[@]}"
for picture in larger.png grid.png; do
  [ "$(head -c 4 $picture | tail -c 3)" = PNG ] || fail "$picture is none"
done
install "$newest" 'swiftresample[dask]'
quietly "$user/python" -c "
import dask.array as da, swiftresample as sr, swiftresample.dask
assert sr.dask.interpolate(da.ones((1, 1, 8), chunks=3), scale_factor=2).compute().shape == (1, 1, 16)"
install "$newest" 'swiftresample[pyramid]'
"$user/python" -c "import numpy; numpy.save('plane.npy', numpy.ones((40, 50), numpy.uint8))"
quietly "$user/swiftresample" pyramid plane.npy pyramid.zarr --levels 2
ok "NumPy alone, [cli], [plot], [dask], [pyramid]; without each, the error that names it"

# ---- Numbers --------------------------------------------------------------------------------------------------------

# The tests that an installed package can run: not those of the checkout's own files.
cp -r "$root/Tests/python" "$root/Tests/golden" .
for name in 3.9 "$newest" system; do
  [ -d "$name" ] || continue # said above
  install "$name" pytest hypothesis
  if [ $name = 3.9 ]; then more="test_plan.py test_axis_taps.py"; else more=; fi
  cd python
  PATH=$path_without_swift quietly timeout 300 "../$name/bin/python" -m pytest -q -p no:cacheprovider \
    test_tables.py test_golden.py test_neighbours_golden.py test_gradients_golden.py $more
  cd ..
  ok "$name: $(tail -1 output)"
done

# ---- Types ----------------------------------------------------------------------------------------------------------

mypy() { timeout 300 "$python" -m mypy --strict --cache-dir mypy-cache --python-executable "$@"; }
sed 's/^    doubled: Floats =/    doubled: NDArray[np.uint8] =/' "$here/user_program.py" > wrong_program.py
for name in "$newest" 3.9; do
  if [ ! -d "$name" ]; then skip "no types beside NumPy 1.24: there is no Python 3.9"; continue; fi
  quietly mypy "$name/bin/python" "$here/user_program.py"
  refuses "wrong_program.py:22: error: " mypy "$name/bin/python" wrong_program.py
  ok "mypy --strict beside NumPy $("$name/bin/python" -c 'import numpy; print(numpy.__version__)')"
done

# PyTorch takes a minute to install: that of the tests, where they have one.
if "$python" -c "import torch" 2>/dev/null; then
  quietly "$python" -m venv --without-pip torch
  quietly "$python" -m pip --python torch/bin/python install -q --no-deps "$wheel"
  "$python" -c "import numpy, os; print(os.path.dirname(numpy.__path__[0]))" > others.pth
  mv others.pth torch/lib/python*/site-packages/
  quietly torch/bin/python "$here/torch_program.py"
  ok "$(cat output)"
  quietly mypy torch/bin/python "$here/torch_program.py"
  ok "mypy --strict beside PyTorch"
else
  skip "nothing was tried with PyTorch, which is not installed beside the tests"
fi

echo "the wheel passed in ${#tried[@]} environments: ${tried[*]}"
