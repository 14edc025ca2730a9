#!/usr/bin/env bash
# Debian 11 in a folder: the glibc (2.31), Python (3.9) and musl (1.2.2) that the wheels are tried with, of any
# processor. Packages are unpacked and nothing in them is run, so that this needs neither root nor the processor.
#
# usage: root.sh ARCHITECTURE FOLDER   (ARCHITECTURE: Debian's name for it, amd64 or arm64)
set -euo pipefail
architecture=$1 folder=$(realpath -m "$2")
packages=(python3 python3-pip musl)
keys=/usr/share/keyrings/debian-archive-keyring.gpg

refuse() { echo "$1"; exit 1; }
if [ -f "$folder/unpacked" ]; then exit; fi
command -v apt-get >/dev/null || refuse "there is no apt-get, which gets packages of Debian"
test -f $keys || refuse "there is no $keys: apt-get install debian-archive-keyring"
# From where this machine has its own packages.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' | grep -m 1 '/debian/$') ||
  refuse "this machine does not have its packages from Debian"

# An apt that knows of no package that is installed, and nothing of this machine's.
rm -rf "$folder"
state=$folder/apt
mkdir -p "$state/lists/partial" "$state/archives/partial"
touch "$state/status"
echo "deb [arch=$architecture signed-by=$keys] $mirror bullseye main" > "$state/sources.list"
get=(timeout 300 apt-get -qq -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state"
  -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=
  -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" -o APT::Install-Recommends=false
  -o Acquire::Check-Valid-Until=false -o Acquire::Retries=2)
"${get[@]}" update
"${get[@]}" install -y --download-only "${packages[@]}"
for package in "$state"/archives/*.deb; do dpkg -x "$package" "$folder"; done
rm -rf "$state"
touch "$folder/unpacked"
