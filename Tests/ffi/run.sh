#!/usr/bin/env bash
# Builds and runs every program of examples/ffi whose language is installed, in three ways: as it is, and it has to
# print what EXAMPLE.expected says, EXAMPLE being upsample or preprocess; with a library that takes nothing but what it
# has to pass (strict.c); and a copy with one wrong number, which has to be seen: a wrong table makes upsample fail, a
# wrong mean makes preprocess print something else. What is not installed is named.
#
# usage: run.sh LIBRARY     (CC names another C compiler than cc, which is needed)
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cc="${CC:-cc} -std=c11 -Wall -Wextra -Werror -pedantic"
real=$(realpath -e "${1:?usage: run.sh LIBRARY}") || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RESAMPLE_LIBRARY LD_LIBRARY_PATH
export GUILE_AUTO_COMPILE=0

# The library and the strict one as if installed: the linker looks for one name, the loader for the other.
mkdir "$work/as-it-is" "$work/strict"
ln -s "$real" "$work/as-it-is/libresample.so"
$cc -shared -fPIC -DLIBRARY="\"$real\"" -I"$root/include" "$root/Tests/ffi/strict.c" -Wl,-soname,libresample.so.0 -ldl \
  -o "$work/strict/libresample.so" || exit 1
for folder in as-it-is strict; do ln -s libresample.so "$work/$folder/libresample.so.0"; done

mkdir "$work/wrong"
cp -r "$root/examples" "$work/wrong/examples"
ln -s "$root/include" "$work/wrong/include"
ln -s "$root/include" "$work/include" # a path without spaces, which cgo and R do not take
find "$work/wrong/examples" -type f -exec sed -i 's/\b1\.25\b/1.26/; s/\b0\.485\b/0.486/' {} +

# ---- How a program is run --------------------------------------------------------------------------------------------

# A program, which has to print what is expected; with a wrong number it may not.
expect() {
  local status=0 expected=$root/Tests/ffi/$example.expected
  timeout 120 "$@" >output 2>errors || status=$?
  if [ "$way" != wrong ]; then
    cat errors
    [ "$status" = 0 ] || { echo "exit status $status: $*"; return 1; }
    diff "$expected" output
  elif [ $example = upsample ]; then
    [ "$status" = 1 ] && tail -n 1 errors | grep -q '^row 0, column 1: documented is 1\.26' && return
    echo "with a wrong table: exit status $status, and not 1 with the difference: $*"
    cat errors
    return 1
  else
    [ "$status" = 0 ] && diff <(wc -l <"$expected") <(wc -l <output) && ! cmp -s "$expected" output && return
    echo "with a wrong mean: exit status $status, and not 0 with another result: $*"
    cat errors output
    return 1
  fi
}

# A program that is linked with the library.
linked() { expect env LD_LIBRARY_PATH="$installed" "$@"; }

# A program that loads the library: by a variable, or as installed.
loads() { expect env RESAMPLE_LIBRARY="$library" "$@" && linked "$@"; }

# One that takes a path as well.
loads_path() { expect "$@" "$library" && loads "$@"; }

# The first version number that a command prints.
version() { "$@" 2>&1 | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1; }

# ---- The programs: how each is built and run, and what it needs beside its commands ----------------------------------

c() { $cc -I"$work/include" "$ffi/../preprocess.c" -L"$installed" -lresample -o preprocess && linked ./preprocess; }

rust() { rustc -D warnings -L "$installed" "$ffi/$example.rs" -o "$example" && linked "./$example"; }
luajit_() { loads_path luajit "$ffi/upsample.lua"; }
ruby_() { loads_path ruby -w "$ffi/upsample.rb"; }

go_() {
  CGO_CFLAGS="-I$work/include" CGO_LDFLAGS="-L$installed" go build -o upsample "$ffi/upsample.go" && linked ./upsample
}
needs_go_() { command -v gcc >/dev/null || echo "gcc, which cgo calls, is not installed"; }

java_() { loads_path java --enable-native-access=ALL-UNNAMED "$ffi/${example^}.java"; }
needs_java_() {
  local number
  number=$(version java -version)
  [ "${number%%.*}" -ge 22 ] || echo "it needs Java 22, and this is $number"
}

java_home() { dirname "$(dirname "$(realpath "$(command -v javac)")")"; }
# The part in C, beside the one in Java.
jni() {
  $cc -shared -fPIC -I"$(java_home)/include" -I"$(java_home)/include/linux" -I"$work/include" "$ffi/jni/$example.c" \
    -L"$installed" -lresample -o "lib${example}_jni.so" &&
    linked java "$ffi/jni/${example^}.java" "lib${example}_jni.so"
}
needs_jni() { [ -f "$(java_home)/include/jni.h" ] || echo "there is no $(java_home)/include/jni.h"; }

node_headers() { echo "$(dirname "$(dirname "$(realpath "$(command -v node)")")")/include/node"; }
node_() {
  $cc -shared -fPIC -I"$(node_headers)" -I"$work/include" "$ffi/node/resample.c" -L"$installed" -lresample -o resample.node &&
    linked node "$ffi/node/upsample.js" resample.node
}
needs_node_() { [ -f "$(node_headers)/node_api.h" ] || echo "there is no $(node_headers)/node_api.h"; }

swift_() {
  swiftc -warnings-as-errors -I "$ffi/swift" "$ffi/swift/upsample.swift" -L "$installed" -o upsample &&
    linked ./upsample
}

fortran() {
  gfortran -Wall -Wextra -Werror "$ffi/upsample.f90" -L "$installed" -lresample -o upsample && linked ./upsample
}

csharp() { mcs -warnaserror "$ffi/Upsample.cs" -out:upsample.exe && linked mono upsample.exe; }

php_() { loads_path php -d ffi.enable=1 "$ffi/upsample.php"; }
needs_php_() { php -r 'exit(extension_loaded("ffi") ? 0 : 1);' || echo "PHP's extension ffi is not installed"; }

perl_() { loads_path perl "$ffi/upsample.pl"; }
needs_perl_() { perl -MFFI::Platypus=2.00 -e 1 2>/dev/null || echo "FFI::Platypus is not installed"; }

r() {
  cp "$ffi/r/resample.c" . &&
    PKG_CPPFLAGS="-I$work/include" PKG_CFLAGS="-Wall -Wextra -Werror" PKG_LIBS="-L$installed -lresample" \
      R CMD SHLIB resample.c && linked Rscript "$ffi/r/upsample.R" resample.so
}

guile_() { loads_path guile "$ffi/upsample.scm"; }
lisp() { loads sbcl --script "$ffi/upsample.lisp"; }

# ---- All of them -----------------------------------------------------------------------------------------------------

ran=0
failed=0

# program LANGUAGE FUNCTION COMMAND...: tries what the function builds and runs of the example with these commands; the
# first one says its version.
program() {
  local language="$example in $1" function=$2 command reason name
  shift 2
  for command; do
    command -v "$command" >/dev/null || { echo "SKIPPED $language: $command is not installed"; return; }
  done
  if declare -F "needs_$function" >/dev/null; then
    reason=$("needs_$function")
    [ -z "$reason" ] || { echo "SKIPPED $language: $reason"; return; }
  fi
  case $1 in go) version="version" ;; java) version=-version ;; luajit) version=-v ;; *) version=--version ;; esac
  name="$language ($1 $(version "$1" $version))"
  ran=$((ran + 1))
  for way in as-it-is strict wrong; do
    ffi=$root/examples/ffi
    installed=$work/as-it-is
    case $way in strict) installed=$work/strict ;; wrong) ffi=$work/wrong/examples/ffi ;; esac
    library=$installed/libresample.so
    mkdir "$work/$example-$function-$way"
    if ! (cd "$work/$example-$function-$way" && "$function") >"$work/log" 2>&1; then
      echo "FAILED  $name, $way"
      sed 's/^/    /' "$work/log"
      failed=$((failed + 1))
      return
    fi
  done
  echo "ok      $name"
}

example=upsample
program Rust rust rustc
program LuaJIT luajit_ luajit
program Ruby ruby_ ruby
program Go go_ go
program Java java_ java
program "Java, JNI" jni java javac "${CC:-cc}"
program Node.js node_ node "${CC:-cc}"
program Swift swift_ swiftc
program Fortran fortran gfortran
program "C#" csharp mono mcs
program PHP php_ php
program Perl perl_ perl
program R r Rscript R
program Guile guile_ guile
program "Common Lisp" lisp sbcl

example=preprocess
program C c "${CC:-cc}"
program Rust rust rustc
program Java java_ java
program "Java, JNI" jni java javac "${CC:-cc}"

[ "$ran" -gt 0 ] || { echo "FAILED: none of the languages is installed"; exit 1; }
echo "$((ran - failed)) of $ran programs passed"
[ "$failed" -eq 0 ]
