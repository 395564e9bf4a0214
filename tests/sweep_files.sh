#!/bin/sh
# Files of a sweep: killed at random moments and gone on with, begun by another question, on a full
# disk, in a folder that cannot be written. Usage: sweep_files.sh PROGRAM CONFIGS KILLS LINES, of 300 points each
set -u
program=$1
workload=$2/deepseek-v3-decode-h100-ib400.yaml
kills=$3
lines=$4
fail() {
  echo "failed: $*" >&2
  [ ! -e messages ] || cat messages >&2
  exit 1
}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

sweep() {  # $1 points along the second axis, $2 file, $3 options
  "$program" sweep -w "$workload" --axis tokens_per_rank=1:300:300 \
    --axis context=1000:9000:"$1" --out "$2" $3
}
# The same beside the script: $process is the program itself.
begin() {
  "$program" sweep -w "$workload" --axis tokens_per_rank=1:300:300 \
    --axis context=1000:9000:"$lines" --out "$1" $2 2>messages &
  process=$!
}

# How long it takes undisturbed, in milliseconds.
started=$(date +%s%N)
sweep "$lines" whole.csv "" || fail "the undisturbed run"
took=$((($(date +%s%N) - started) / 1000000))
[ "$(wc -l <whole.csv)" = $((300 * lines + 1)) ] || fail "not a row for each point"
[ ! -e whole.csv.part ] && [ ! -e whole.csv.state ] || fail "leftovers"

killed=0
round=0
while [ $killed -lt "$kills" ]; do
  round=$((round + 1))
  [ $round -le $((4 * kills + 20)) ] || fail "only $killed of $kills runs were killed in time"
  begin killed.csv --resume
  wait_ms=$(awk -v most="$took" -v seed=$round 'BEGIN {srand(seed); print int(rand() * most * 0.6)}')
  sleep "$(awk -v ms="$wait_ms" 'BEGIN {print ms / 1000}')"
  if kill -9 $process 2>/dev/null; then killed=$((killed + 1)); fi
  wait $process 2>/dev/null
  if [ -e killed.csv ]; then
    cmp -s killed.csv whole.csv || fail "killed and gone on with, the file is another one"
    rm -f killed.csv killed.csv.part killed.csv.state
  fi
done
sweep "$lines" killed.csv --resume || fail "going on after $killed kills"
cmp killed.csv whole.csv || fail "killed and gone on with, the file is another one"
[ ! -e killed.csv.part ] && [ ! -e killed.csv.state ] || fail "leftovers of the killed"
sweep "$lines" killed.csv --resume 2>messages || fail "going on with what is complete"
grep -q "complete already" messages || fail "it does not say that it is complete"

# An unfinished one: neither overwritten, nor gone on with by another question.
begin other.csv ""
while [ ! -e other.csv.state ]; do :; done
kill -9 $process
wait $process 2>/dev/null
sweep "$lines" other.csv "" 2>messages && fail "an unfinished file is overwritten"
grep -q -- "--resume goes on with it" messages || fail "it does not say how to go on"
sweep $((lines + 1)) other.csv --resume 2>messages && fail "another question goes on with it"
grep -q "is of another sweep" messages || fail "it does not say that it is another sweep's"
[ ! -e other.csv ] || fail "something stands under the final name"

# No room: nothing under the final name, and the reason.
(ulimit -f 64; trap '' XFSZ; sweep "$lines" full.csv "" 2>messages) && fail "a full disk is no fault"
grep -q "cannot write the file: File too large" messages || fail "no reason for a full disk"
[ ! -e full.csv ] || fail "something stands under the final name on a full disk"
sweep "$lines" full.csv --resume || fail "going on once there is room"
cmp full.csv whole.csv || fail "gone on with after a full disk, the file is another one"

# A folder that cannot be written, by root either, and a name that is no file's.
for path in /proc/sweep.csv whole.csv/sweep.csv missing/sweep.csv /dev/full; do
  sweep 2 $path "" 2>messages && fail "$path is written"
  grep -q "$path: error: cannot write the file: " messages || fail "no reason for $path"
done
mkdir closed
chmod 500 closed
if ! touch closed/probe 2>/dev/null; then
  sweep 2 closed/sweep.csv "" 2>messages && fail "a read-only folder is written"
  grep -q "Permission denied" messages || fail "no reason for a read-only folder"
fi
chmod 700 closed

# Parts, which concatenate to the whole.
for shard in 1 2 3; do
  sweep "$lines" part$shard.csv "--shard $shard/3" || fail "shard $shard"
done
cat part1.csv part2.csv part3.csv | cmp - whole.csv || fail "shards do not concatenate"
echo "$killed kills in $round runs"
