#!/usr/bin/env bash
# The library for programs in C and C++; called by `make install` and `make uninstall`, which set what is read here.
# docs/c.md says how programs are linked.
#
# usage: PREFIX=... LIBDIR=... INCLUDEDIR=... DOCDIR=... [DESTDIR=...] LIBRARY=... install.sh install | uninstall
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() { echo "$1" >&2; exit 1; }

# The header is the one home of both numbers.
version=$(sed -n 's/^#define RSMP_VERSION "\(.*\)"$/\1/p' include/swiftresample.h)
abi_version=$(sed -n 's/^#define RSMP_ABI_VERSION \([0-9]*\)$/\1/p' include/swiftresample.h)
[ -n "$version" ] && [ -n "$abi_version" ] || refuse "include/swiftresample.h does not say its version"

# Folders that pkg-config and CMake can be told of.
for variable in PREFIX LIBDIR INCLUDEDIR DOCDIR; do
  folder=${!variable}
  case $folder in /*) ;; *) refuse "$variable is an absolute path, got $folder" ;; esac
  case $folder in
    *[[:space:]\|\&\\\"\'\$\#\;]*) refuse "$variable is a path without spaces, quotes and | & \\ \$ # ;, got $folder" ;;
  esac
done

lib=${DESTDIR-}$LIBDIR include=${DESTDIR-}$INCLUDEDIR doc=${DESTDIR-}$DOCDIR
pkgconfig=$lib/pkgconfig cmake=$lib/cmake/swiftresample
file=libresample.so.$version name=libresample.so.$abi_version

# Where a link leads; nothing where there is none.
target() { readlink "$1" || true; }

install_all() {
  test -f "$LIBRARY" || refuse "there is no $LIBRARY: make build"
  # Debian's package libresample1-dev, which is about audio, has a link of this name in /usr/lib.
  if [ -e "$lib/libresample.so" ] || [ -L "$lib/libresample.so" ]; then
    [ "$(target "$lib/libresample.so")" = "$name" ] ||
      refuse "$lib/libresample.so belongs to another library: choose another PREFIX or LIBDIR"
  fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  install -d "$lib" "$pkgconfig" "$cmake" "$include" "$doc"
  # install makes a new file, so that programs that run with an earlier one are not disturbed.
  install -m 755 -s --strip-program="${STRIP:-strip}" "$LIBRARY" "$lib/$file"
  ln -sfn "$file" "$lib/$name"
  ln -sfn "$name" "$lib/libresample.so"
  install -m 644 include/swiftresample.h include/swiftresample.hpp "$include"
  install -m 644 LICENSE "$doc"
  fill swiftresample.pc "$pkgconfig"
  fill swiftresampleConfig.cmake "$cmake"
  fill swiftresampleConfigVersion.cmake "$cmake"
  echo "swiftresample $version is in ${DESTDIR-}$PREFIX"
  if [ -z "${DESTDIR-}" ]; then
    echo "Programs find $name once ldconfig has been run as root, if $LIBDIR is one of the folders that it knows;"
    echo "anywhere else they are linked with -Wl,-rpath,$LIBDIR"
  fi
}

# fill TEMPLATE FOLDER: pkg-config has paths below its prefix, CMake paths from its own folder, which may be moved.
fill() {
  local from=$LIBDIR/cmake/swiftresample
  sed -e "s|@VERSION@|$version|" -e "s|@ABI_VERSION@|$abi_version|" -e "s|@PREFIX@|$PREFIX|" \
    -e "s|@LIBDIR@|$(below_prefix "$LIBDIR")|" -e "s|@INCLUDEDIR@|$(below_prefix "$INCLUDEDIR")|" \
    -e "s|@CMAKE_TO_LIB@|$(realpath -ms --relative-to="$from" "$LIBDIR")|" \
    -e "s|@CMAKE_TO_INCLUDE@|$(realpath -ms --relative-to="$from" "$INCLUDEDIR")|" "packaging/$1.in" > "$work/$1"
  install -m 644 "$work/$1" "$2"
}
below_prefix() { case $1 in "$PREFIX"/*) echo "\${prefix}/${1#"$PREFIX"/}" ;; *) echo "$1" ;; esac; }

# What install has put there, and the two folders of this name; shared ones stay, and links that lead elsewhere.
uninstall_all() {
  if [ "$(target "$lib/libresample.so")" = "$name" ]; then rm -f "$lib/libresample.so"; fi
  if [ "$(target "$lib/$name")" = "$file" ]; then rm -f "$lib/$name"; fi
  rm -f "$lib/$file" "$include/swiftresample.h" "$include/swiftresample.hpp" "$pkgconfig/swiftresample.pc" \
    "$cmake/swiftresampleConfig.cmake" "$cmake/swiftresampleConfigVersion.cmake" "$doc/LICENSE"
  for folder in "$cmake" "$doc"; do
    if [ -d "$folder" ]; then rmdir --ignore-fail-on-non-empty "$folder"; fi
  done
  echo "swiftresample $version is no longer in ${DESTDIR-}$PREFIX"
}

case ${1-} in
  install) install_all ;;
  uninstall) uninstall_all ;;
  *) refuse "usage: install.sh install | uninstall" ;;
esac
