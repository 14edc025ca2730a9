#!/bin/sh
# Draws the pictures of docs/ and the README into this folder: those that `swiftresample grid` makes, conventions.py's and
# first_look.py's.
#
# usage: draw.sh [FOLDER]     (SWIFTRESAMPLE='python -m swiftresample' is another way to call the command)
set -eu
here=$(dirname "$0")
folder=${1:-$here}

grid() { ${SWIFTRESAMPLE:-swiftresample} grid --force "$@"; }

grid --in 4 --out 8 --mode bicubic -o "$folder/corners.svg"
grid --in 4 --out 8 -o "$folder/linear-4-8.svg"
grid --in 8 --out 4 -o "$folder/linear-8-4.svg"
grid --in 8 --out 4 --antialias -o "$folder/antialias-8-4.svg"
grid --in 4x4 --out 8x8 -o "$folder/image-4-8.svg"

conventions() { ${PYTHON:-python} "$here/conventions.py" "$@"; }

conventions positions "$folder/conventions-positions.svg"
conventions weights "$folder/conventions-weights.svg"
conventions rounding "$folder/conventions-rounding.svg"

first_look() { ${PYTHON:-python} "$here/first_look.py" "$@"; }

first_look corners light "$folder/first-corners-light.svg"
first_look corners dark "$folder/first-corners-dark.svg"
first_look speed light "$folder/first-speed-light.svg"
first_look speed dark "$folder/first-speed-dark.svg"
