#!/usr/bin/env bash
# Installs into temporary folders, as users and as those who make packages do, and builds programs with what is there:
# by hand, with pkg-config, with CMake; in C and C++, with the compilers of this machine. Then nothing is left.
#
# usage: run.sh     (the library is built: make build)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
# What a make that calls this was told is not for the ones that are called here.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES PREFIX LIBDIR INCLUDEDIR DOCDIR DESTDIR PKG_CONFIG_PATH LD_LIBRARY_PATH \
  CMAKE_PREFIX_PATH

version=$(sed -n 's/^#define RSMP_VERSION "\(.*\)"$/\1/p' include/swiftresample.h)
warnings="-Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow"
expected=Tests/c/resize.expected
passed=0

ok() { passed=$((passed + 1)); echo "passed   $1"; }
source "$root/Tests/steps.sh"
# prints_what_it_should PROGRAM, of examples/resize.*
prints_what_it_should() {
  timeout 60 "$1" > "$work/output" 2>&1 || { cat "$work/output"; fail "$1"; }
  diff "$expected" "$work/output" || fail "$1 prints something else"
}
has() { command -v "$1" >/dev/null; }
contents() { (cd "$1" && find . ! -type d | sort); }

# ---- A package ------------------------------------------------------------------------------------------------------

destination="$work/a package"
library=usr/lib/x86_64-linux-gnu
as_package=(make install "DESTDIR=$destination" PREFIX=/usr "LIBDIR=/$library")
mkdir -p "$destination/$library/pkgconfig"
touch "$destination/$library/pkgconfig/other.pc"
quietly "${as_package[@]}"
quietly "${as_package[@]}" # again, over the first
diff <(contents "$destination") - <<END || fail "these are not the files that belong there"
./usr/include/swiftresample.h
./usr/include/swiftresample.hpp
./$library/cmake/swiftresample/swiftresampleConfig.cmake
./$library/cmake/swiftresample/swiftresampleConfigVersion.cmake
./$library/libresample.so
./$library/libresample.so.0
./$library/libresample.so.$version
./$library/pkgconfig/other.pc
./$library/pkgconfig/swiftresample.pc
./usr/share/doc/swiftresample/LICENSE
END
installed=$destination/$library/libresample.so.$version
[ -f "$installed" ] && [ ! -L "$installed" ] || fail "the library is no file"
[ "$(readlink -f "$destination/$library/libresample.so")" = "$(readlink -f "$installed")" ] || fail "libresample.so"
[ "$(readlink -f "$destination/$library/libresample.so.0")" = "$(readlink -f "$installed")" ] || fail "libresample.so.0"
case $(readlink "$destination/$library/libresample.so") in */*) fail "libresample.so is a link with a path" ;; esac
readelf -d "$installed" | grep -q 'SONAME.*\[libresample\.so\.0\]' || fail "the run-time name"
if readelf -S "$installed" | grep -q '\.symtab\|\.debug'; then fail "the library is not stripped"; fi
for file in $(cd "$destination" && find . -type f -name '*resample*'); do
  mode=644
  case $file in *.so.*) mode=755 ;; esac
  [ "$(stat -c %a "$destination/$file")" = $mode ] || fail "the mode of $file"
done
if grep -rl "a package\|@[A-Z_]*@" "$destination" --include='*.pc' --include='*.cmake'; then
  fail "a folder of this machine, or a placeholder"
fi
grep -qx "Version: $version" "$destination/$library/pkgconfig/swiftresample.pc" || fail "the version of pkg-config"
ok "a package: its files, links, modes, with a space in DESTDIR"

refuses "absolute path" make install PREFIX=relative
refuses "without spaces" make install "PREFIX=$work/a prefix"
refuses "make build" make install "PREFIX=$work/none" BUILD=.build-absent
mkdir -p "$work/old/release"
touch -d 2000-01-01 "$work/old/release/libresample.so"
refuses "is older than" make install "PREFIX=$work/none" "BUILD=$work/old"
[ ! -e relative ] && [ ! -e "$work/a prefix" ] && [ ! -e "$work/none" ] || fail "something was installed nevertheless"
mkdir -p "$work/audio/lib"
touch "$work/audio/lib/libresample.so.1"
ln -s libresample.so.1 "$work/audio/lib/libresample.so"
refuses "another library" make install "PREFIX=$work/audio"
quietly make uninstall "PREFIX=$work/audio"
[ "$(contents "$work/audio" | wc -l)" = 2 ] || fail "the audio library's files are no longer alone"
ok "refused: relative folders, folders with spaces, no library, the place of Debian's library"

quietly make uninstall "DESTDIR=$destination" PREFIX=/usr "LIBDIR=/$library"
[ "$(contents "$destination")" = "./$library/pkgconfig/other.pc" ] || fail "left: $(contents "$destination")"
[ -z "$(find "$destination" -name '*swiftresample*')" ] || fail "uninstall left a folder"
quietly make uninstall "DESTDIR=$destination" PREFIX=/usr "LIBDIR=/$library"
ok "uninstalled: nothing is left but what was there before"

# ---- An installation of one's own -----------------------------------------------------------------------------------

prefix=$work/prefix
quietly make install "PREFIX=$prefix"

compilers=()
for compiler in gcc clang; do
  if has $compiler; then compilers+=("$compiler"); continue; fi
  skip "nothing is compiled by $compiler, which is not installed"
done
[ ${#compilers[@]} -gt 0 ] || fail "there is no compiler"
# Clang without a C++ standard library of its own takes the one of g++.
plus_plus=()
printf '#include <vector>\nint main() { return std::vector<int>(1)[0]; }\n' > "$work/vector.cpp"
for compiler in g++ clang++; do
  if ! has $compiler; then skip "nothing is compiled by $compiler, which is not installed"; continue; fi
  if $compiler "$work/vector.cpp" -o "$work/vector" 2>/dev/null; then plus_plus+=("$compiler"); continue; fi
  folder=$(dirname "$(g++ -print-libgcc-file-name 2>/dev/null || echo none)")
  if $compiler --gcc-install-dir="$folder" "$work/vector.cpp" -o "$work/vector" 2>/dev/null; then
    plus_plus+=("$compiler --gcc-install-dir=$folder")
  else
    skip "nothing is compiled by $compiler, which finds no C++ standard library"
  fi
done
[ ${#plus_plus[@]} -gt 0 ] || fail "there is no C++ compiler"

# by_pkg_config PREFIX [OPTION]: both examples by every compiler.
by_pkg_config() {
  local flags rpath compiler
  export PKG_CONFIG_PATH=$1/lib/pkgconfig
  flags=$(pkg-config ${2-} --cflags --libs "swiftresample >= 0.1")
  rpath=$(pkg-config ${2-} --variable=libdir swiftresample)
  for compiler in "${compilers[@]}"; do
    quietly $compiler $warnings examples/resize.c $flags "-Wl,-rpath,$rpath" -o "$work/resize"
    prints_what_it_should "$work/resize"
  done
  for compiler in "${plus_plus[@]}"; do
    quietly $compiler -std=c++17 $warnings examples/resize.cpp $flags "-Wl,-rpath,$rpath" -o "$work/resize"
    prints_what_it_should "$work/resize"
  done
  unset PKG_CONFIG_PATH
}

# by_cmake PREFIX FOLDER [VERSION]: both examples.
by_cmake() {
  mkdir -p "$work/$2"
  cat > "$work/$2/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.12)
project(resize LANGUAGES C CXX)
find_package(swiftresample ${3-0.1} REQUIRED)
find_package(swiftresample REQUIRED) # twice, as two parts of a project do
if(NOT swiftresample_VERSION STREQUAL "$version")
  message(FATAL_ERROR "the version is \${swiftresample_VERSION}")
endif()
add_executable(resize_c "$root/examples/resize.c")
add_executable(resize_cpp "$root/examples/resize.cpp")
target_compile_features(resize_cpp PRIVATE cxx_std_17)
foreach(program resize_c resize_cpp)
  target_link_libraries(\${program} PRIVATE swiftresample::swiftresample)
endforeach()
END
  timeout 120 cmake -S "$work/$2" -B "$work/$2/build" "-DCMAKE_PREFIX_PATH=$1" ${CMAKE_OPTIONS-} &&
    timeout 120 cmake --build "$work/$2/build"
}
cmake_works() {
  quietly by_cmake "$@"
  prints_what_it_should "$work/$2/build/resize_c"
  prints_what_it_should "$work/$2/build/resize_cpp"
}

if has pkg-config; then
  by_pkg_config "$prefix"
  ok "pkg-config: the examples by ${compilers[*]} ${plus_plus[*]}"
else
  skip "nothing is built with pkg-config, which is not installed"
fi

if has cmake; then
  cmake_works "$prefix" cmake
  major=${version%%.*}
  cmake_works "$prefix" exact "$version EXACT"
  cmake_works "$prefix" range "0.0.1...$major.999"
  for absent in 99 "$major.999" "0.0.1 EXACT" "$((major + 1)).0...$((major + 2))" "0.0.1...<0.0.2"; do
    refuses "requested version" by_cmake "$prefix" absent "$absent"
    rm -rf "$work/absent"
  done
  # What a later version would say: is_compatible MAJOR REQUEST.
  sed 's/^set(PACKAGE_VERSION ".*")/set(PACKAGE_VERSION "2.3.4")/' \
    "$prefix/lib/cmake/swiftresample/swiftresampleConfigVersion.cmake" > "$work/version.cmake"
  is_compatible() {
    printf 'include("%s")\nmessage("compatible ${PACKAGE_VERSION_COMPATIBLE}, exact ${PACKAGE_VERSION_EXACT}")\n' \
      "$work/version.cmake" > "$work/ask.cmake"
    cmake "-DPACKAGE_FIND_VERSION=$2" "-DPACKAGE_FIND_VERSION_MAJOR=$1" -P "$work/ask.cmake" 2>&1
  }
  for question in "2 2.3 TRUE FALSE" "2 2.3.4 TRUE TRUE" "2 2 TRUE FALSE" "2 2.4 FALSE FALSE" "1 1.0 FALSE FALSE" \
    "3 3.0 FALSE FALSE"; do
    read -r major request compatible exact <<< "$question"
    [ "$(is_compatible "$major" "$request")" = "compatible $compatible, exact $exact" ] ||
      fail "version 2.3.4 for those who ask for $request: $(is_compatible "$major" "$request")"
  done
  ok "CMake: the examples, and what versions are asked for"
else
  skip "nothing is built with CMake, which is not installed"
fi

# ---- Beside a library of the same name ------------------------------------------------------------------------------

# As Debian's: another run-time name, other functions.
printf 'int resample_open(void) { return 0; }\n' | "${compilers[0]}" -x c -fPIC -shared -Wl,-soname,libresample.so.1 - \
  -o "$work/audio/lib/libresample.so.1"
links_to() { readelf -d "$1" | grep -q "NEEDED.*\[libresample\.so\.$2\]" || fail "$1 is linked with another library"; }
audio=-L$work/audio/lib
refuses "undefined" "${compilers[0]}" examples/resize.c -Iinclude "$audio" "-L$prefix/lib" -lresample -o "$work/resize"
quietly "${compilers[0]}" examples/resize.c -Iinclude "$audio" "-L$prefix/lib" -l:libresample.so.0 -o "$work/resize"
links_to "$work/resize" 0
if has pkg-config; then
  flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs swiftresample)
  quietly "${compilers[0]}" examples/resize.c $flags "$audio" -o "$work/resize"
  links_to "$work/resize" 0
fi
if has cmake; then
  CMAKE_OPTIONS="-DCMAKE_EXE_LINKER_FLAGS=$audio" cmake_works "$prefix" audio-cmake
  links_to "$work/audio-cmake/build/resize_c" 0
fi
# Both in one program.
printf 'int resample_open(void);\nint main(void) { return resample_open(); }\n#define main resize\n#include "%s"\n' \
  "$root/examples/resize.c" > "$work/both.c"
quietly "${compilers[0]}" "$work/both.c" -Iinclude "$prefix/lib/libresample.so" "$work/audio/lib/libresample.so" \
  "-Wl,-rpath,$prefix/lib:$work/audio/lib" -o "$work/both"
links_to "$work/both" 0
links_to "$work/both" 1
quietly "$work/both"
ok "beside a library of the same name, as Debian has one"

# ---- Another place --------------------------------------------------------------------------------------------------

mv "$prefix" "$work/moved"
prefix=$work/moved
if has cmake; then
  cmake_works "$prefix" moved-cmake
  # Through a link to the folder, as /lib is one to /usr/lib.
  mkdir "$work/linked"
  ln -s "$prefix/lib" "$work/linked/lib"
  cmake_works "$work/linked" linked-cmake
  rm "$prefix/include/swiftresample.h"
  refuses "not complete" by_cmake "$prefix" incomplete
  cp include/swiftresample.h "$prefix/include"
  ok "CMake: in a folder that has been moved"
fi
if has pkg-config; then
  by_pkg_config "$prefix" --define-prefix
  ok "pkg-config --define-prefix: in a folder that has been moved"
fi

# ---- The wrapper ----------------------------------------------------------------------------------------------------

for compiler in "${plus_plus[@]}"; do
  for standard in c++17 c++20; do
    quietly $compiler -std=$standard $warnings -O1 -gdwarf-4 "-I$prefix/include" Tests/cpp/test_wrapper.cpp \
      "-L$prefix/lib" -lresample -pthread "-Wl,-rpath,$prefix/lib" -o "$work/test_wrapper"
    timeout 120 "$work/test_wrapper" || fail "test_wrapper.cpp in $standard by $compiler"
    ok "test_wrapper.cpp in $standard by ${compiler%% *}"
  done
done
# The wrapper's own code, which is in the program.
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all"
for compiler in "${plus_plus[@]}"; do
  if ! $compiler $sanitizers "$work/vector.cpp" -o "$work/vector" 2>/dev/null; then
    skip "no sanitizers for the wrapper by ${compiler%% *}, which has none"
    continue
  fi
  quietly $compiler -std=c++17 $sanitizers -O1 -g "-I$prefix/include" Tests/cpp/test_wrapper.cpp "-L$prefix/lib" \
    -lresample -pthread "-Wl,-rpath,$prefix/lib" -o "$work/test_sanitized"
  ADDRESS_SPACE_IS_LARGE=1 timeout 120 "$work/test_sanitized" || fail "test_wrapper.cpp with $sanitizers by $compiler"
  ok "test_wrapper.cpp with AddressSanitizer and UndefinedBehaviorSanitizer by ${compiler%% *}"
done
# Stripped, and the baseline: valgrind 3.19 reads no debug information of Swift, and knows no AVX-512.
if has valgrind; then
  ADDRESS_SPACE_IS_LARGE=1 RESAMPLE_INSTRUCTION_SET=baseline timeout 300 valgrind --quiet --error-exitcode=1 \
    --leak-check=full --suppressions=Tests/c/valgrind.supp "$work/test_wrapper" > "$work/output" 2>&1 ||
    { cat "$work/output"; fail "test_wrapper.cpp under valgrind"; }
  grep SKIPPED "$work/output" || true
  ok "test_wrapper.cpp under valgrind: no errors, no leaks"
else
  skip "no look for leaks and stray reads and writes in the wrapper, because valgrind is not installed"
fi

# ---- The end --------------------------------------------------------------------------------------------------------

quietly make uninstall "PREFIX=$prefix"
[ -z "$(contents "$prefix")" ] || fail "uninstall left: $(contents "$prefix")"
[ -z "$(find "$prefix" -name '*resample*')" ] || fail "uninstall left a folder"
ok "uninstalled: nothing is left"
echo "test-install: $passed passed"
