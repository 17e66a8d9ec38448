#!/bin/sh
# Ctrl-C, or a scheduler's signal, ends a long run with its results; resumed, it comes to the end that it would have had:
# interrupt.sh <tms> <folder>
set -eu
rm -rf "$2" "$2.whole"
mkdir -p "$2"
"$1" --seeds 1 --steps 50000 --out "$2.whole" >"$2.log" 2>&1
for signal in INT TERM USR1; do
    touch "$2/marker"
    "$1" --seeds 1 --steps 50000 --out "$2" --resume >"$2.log" 2>&1 &
    until [ "$2/checkpoint.safetensors" -nt "$2/marker" ]; do
        kill -0 $! || { echo "it ended before its first checkpoint"; cat "$2.log"; exit 1; }
        sleep 0.01
    done
    kill -s $signal $!
    status=0
    wait $! || status=$?
    [ "$status" -eq 75 ] || { echo "exit status $status after signal $signal"; cat "$2.log"; exit 1; }
    grep -q '(stopped early)' "$2.log"
    [ -e "$2/components.safetensors" ]
    [ -e "$2/report.html" ]
done
"$1" --seeds 1 --steps 50000 --out "$2" --resume >"$2.log" 2>&1
cmp "$2/components.safetensors" "$2.whole/components.safetensors"
cmp "$2/summary.json" "$2.whole/summary.json"
