#!/bin/sh
# scripts/instructions: what it says of counts that stand, rose, fell and hold for another compiler, and
# of commands that fail. Usage: instructions.sh SCRIPTS PROGRAM
set -u
script=$1/instructions
program=$2
command -v valgrind >/dev/null && command -v readelf >/dev/null || exit 77
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
counts=$folder/counts.tsv

fail() {
  echo "failed: $1" >&2
  cat "$folder/said" >&2
  exit 1
}
# $1 exit code, $2 what must be said, then options
expect() {
  code=$1 said=$2
  shift 2
  "$script" "$@" "$program" "$counts" >"$folder/said" 2>&1
  [ $? = "$code" ] || fail "not exit code $code: $said"
  grep -q -e "$said" "$folder/said" || fail "not said: $said"
}
# Multiplies the counts by $1 %.
recount() {
  awk -F '\t' -v OFS='\t' -v share="$1" '!/^#/ {$2 = int($2 * share / 100)} {print}' "$counts" >"$folder/new"
  mv "$folder/new" "$counts"
}

printf '# compiler: none\nstart\t1\t--version\n' >"$counts"
expect 77 'Not compared: counts hold for none; this is ..*'
expect 0 'is written' --update
expect 0 '^start .*: *[+-]0.000 %$'
recount 97
expect 0 '^start .*: *+3.09. %$'
recount 97
expect 1 '^start .*: *+6.28. %  TOO MANY$'
recount 120
expect 0 '^start .*: *-11.4.. %  fewer: renew'
printf 'no-such\t1\tno-such-command\n' >>"$counts"
expect 2 'exit code [0-9]*: no-such-command'
