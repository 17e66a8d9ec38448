#!/bin/sh
# One step of the library beside one step of the PyTorch baseline, on one thread, in turns; medians and their ratio.
#
#   benchmarks/compare.sh [rounds]        5 rounds unless said otherwise
#
# The baseline needs PyTorch (Debian: apt-get install python3-torch; elsewhere: pip install torch); PYTHON names the
# interpreter that has it.
set -eu
cd "$(dirname "$0")/.."
rounds=${1-5}
python=${PYTHON-python3}
ours=build/release/benchmarks/bench_steps

"$python" -c 'import torch' 2>/dev/null || { echo "$python has no PyTorch: see the head of $0." >&2; exit 1; }
[ -x "$ours" ] || cmake/build.sh release bench_steps >&2

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for round in $(seq "$rounds"); do
    for case in tms_5-2 tms_40-10; do
        echo "round $round, $case" >&2
        steps=10
        [ "$case" != tms_5-2 ] || steps=100
        "$python" benchmarks/apd_torch.py time "$case" --steps "$steps" --threads 1 |
            sed -E "s/.*\"ms_per_step\": ([0-9.]+).*/$case baseline \1/" >>"$results"
        "$ours" --benchmark_filter="^$case/cpu/threads:1/" --benchmark_format=csv 2>/dev/null |
            awk -F, -v case="$case" '/cpu.threads:1/ {print case, "library", $3}' >>"$results"
    done
done
"$python" -c 'import torch; print("PyTorch", torch.__version__)'
echo "| case | baseline, ms | library, ms | ratio |"
echo "|---|---|---|---|"
sort -k1,2 -k3n "$results" | awk '
    {key = $1 " " $2; n[key]++; value[key, n[key]] = $3; if (!($1 in seen)) {seen[$1]; order[++cases] = $1}}
    function median(key) {m = n[key]; return m % 2 ? value[key, (m + 1) / 2] : (value[key, m / 2] + value[key, m / 2 + 1]) / 2}
    END {for (i = 1; i <= cases; i++) {c = order[i]; b = median(c " baseline"); l = median(c " library")
         printf "| %s | %.3f | %.4f | %.0f |\n", c, b, l, b / l}}'
