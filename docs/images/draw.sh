#!/bin/sh
# Draws the pictures of docs/cli.md and docs/align_corners.md that `swiftresample grid` makes, into this folder.
#
# usage: draw.sh [FOLDER]     (SWIFTRESAMPLE='python -m swiftresample' is another way to call the command)
set -eu
folder=${1:-$(dirname "$0")}

grid() { ${SWIFTRESAMPLE:-swiftresample} grid --force "$@"; }

grid --in 4 --out 8 --mode bicubic -o "$folder/corners.svg"
grid --in 4 --out 8 -o "$folder/linear-4-8.svg"
grid --in 8 --out 4 -o "$folder/linear-8-4.svg"
grid --in 8 --out 4 --antialias -o "$folder/antialias-8-4.svg"
grid --in 4x4 --out 8x8 -o "$folder/image-4-8.svg"
