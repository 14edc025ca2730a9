# What the tests that are scripts say, and how they call others. $work is a folder of theirs.

fail() { echo "FAILED: $1"; exit 1; }
skip() { echo "SKIPPED: $1"; }
quietly() { "$@" > "$work/output" 2>&1 || { cat "$work/output"; fail "$*"; }; }
# refuses WORDS COMMAND...: the command fails, and says so.
refuses() {
  local words=$1
  shift
  if "$@" > "$work/output" 2>&1; then fail "this was not refused: $*"; fi
  grep -qF -- "$words" "$work/output" || { cat "$work/output"; fail "this does not say '$words': $*"; }
}
