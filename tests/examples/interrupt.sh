#!/bin/sh
# Ctrl-C ends a long run with its results: interrupt.sh <tms> <folder>
rm -rf "$2"
"$1" --seeds 1 --steps 100000000 --out "$2" >"$2.log" 2>&1 &
until [ -e "$2/target.safetensors" ]; do sleep 0.1; done
kill -INT $!
wait $!
status=$?
[ "$status" -eq 130 ] || { echo "exit status $status"; cat "$2.log"; exit 1; }
grep -q '(stopped early)' "$2.log" && [ -e "$2/components.safetensors" ] && [ -e "$2/report.html" ]
