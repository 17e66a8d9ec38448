#!/bin/sh
# One step of the library beside one step of the PyTorch baseline, in turns: medians, their ratio, what a step costs at
# the least, and which share of this machine's own peaks it reaches. Prints the table of README.md, as Markdown.
#
#   benchmarks/compare.sh [rounds]        5 rounds unless said otherwise
#
# From the environment, with what they are otherwise:
#   THREADS=1                                        of both
#   CASES="tms_5-2 tms_40-10 resid_1 resid_2"        a step of the baseline takes 13 to 40 s in the last two
#   PYTHON=python3                                   the interpreter that has PyTorch; without it the library runs alone
#   BENCHMARKS=build/release/benchmarks              the folder of the programs; what this one lacks is built
set -eu
cd "$(dirname "$0")/.."
rounds=${1-5}
threads=${THREADS-1}
cases=${CASES-tms_5-2 tms_40-10 resid_1 resid_2}
python=${PYTHON-python3}
programs=${BENCHMARKS-build/release/benchmarks}

say() { echo "compare.sh: $*" >&2; }

needed=peaks
case " $cases " in *" tms_"*) needed="$needed steps statements" ;; esac
case " $cases " in *" resid_"*) needed="$needed steps_residual statements_residual" ;; esac
for program in $needed; do
    [ -x "$programs/bench_$program" ] && continue
    [ "$programs" = build/release/benchmarks ] || { say "$programs has no bench_$program"; exit 1; }
    cmake/build.sh release "bench_$program" >&2
done

# OpenMP's threads wait for each other in loops: beside other work PyTorch on several threads is many times slower.
cores=$(getconf _NPROCESSORS_ONLN)
if [ "$threads" -gt 1 ] && [ -r /proc/loadavg ] &&
    awk -v threads="$threads" -v cores="$cores" '{exit !($1 + threads > cores + 0.5)}' /proc/loadavg; then
    say "other programs are running: on $threads threads the baseline may be far too slow, so don't quote these ratios."
fi

# PyTorch on the reference BLAS is several times slower than it need be, and no baseline.
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"
baseline=
if ! "$python" -c 'import torch' 2>/dev/null; then
    say "$python has no PyTorch, so the library runs alone. To install the baseline, on Debian:" \
        "apt-get install python3-torch libopenblas0-pthread; elsewhere: pip install torch. PYTHON names the interpreter."
else
    speed=$("$python" -c '
import sys, time, torch
torch.set_num_threads(int(sys.argv[1]))
a = torch.rand(1024, 1024)
def seconds():
    start = time.perf_counter()
    a @ a
    return time.perf_counter() - start
print(round(2 * 1024**3 / min(seconds() for _ in range(5)) / 1e9))' "$threads")
    if [ "$speed" -lt 10 ]; then
        say "PyTorch multiplies matrices at $speed GFLOP/s: it runs on the reference BLAS and is no fair baseline, so" \
            "the library runs alone. On Debian: apt-get install libopenblas0-pthread, and choose it with" \
            "update-alternatives --config libblas.so.3-$(uname -m)-linux-gnu."
    else
        baseline="PyTorch $("$python" -c 'import torch; print(torch.__version__)')"
    fi
fi

# The named columns of a CSV with a line of names, as lines "<case> <column> <value>".
columns_of() {
    awk -F, -v case="$1" -v wanted="$2" '
        {gsub(/"/, "")}
        $1 == "name" || $1 == "case" {
            for (i = 1; i <= NF; i++) if (index(" " wanted " ", " " $i " ")) column[i] = $i
            next
        }
        {for (i in column) print case, column[i], $i}'
}
measure() { "$programs/$1" --benchmark_filter="$2" --benchmark_format=csv 2>/dev/null; }

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for round in $(seq "$rounds"); do
    say "round $round: peaks"
    measure bench_peaks "^multiply/cpu/.*threads:$threads\$" | columns_of peak GFLOP/s >>"$results"
    measure bench_peaks "^copy/cpu/.*threads:$threads\$" | columns_of peak GB/s >>"$results"
    for case in $cases; do
        say "round $round: $case"
        case $case in
            tms_5-2) of='' steps=100 warm_up=3 ;;
            tms_*) of='' steps=10 warm_up=3 ;;
            *) of=_residual steps=1 warm_up=1 ;;
        esac
        if [ "$baseline" ]; then
            "$python" benchmarks/apd_torch.py time "$case" --steps "$steps" --warm-up "$warm_up" --threads "$threads" |
                sed -E "s/.*\"ms_per_step\": ([0-9.]+).*/$case baseline \1/" >>"$results"
        fi
        before=$(wc -l <"$results")
        measure "bench_steps$of" "^$case/cpu/threads:$threads/" |
            columns_of "$case" "real_time first_step_ms peak_MB" >>"$results"
        [ "$(wc -l <"$results")" -gt "$before" ] || {
            say "bench_steps$of has no case $case on $threads threads: see --benchmark_list_tests."
            exit 1
        }
        [ "$round" != 1 ] || "$programs/bench_statements$of" --case "$case" --counts |
            columns_of "$case" "GFLOP MB" >>"$results"
    done
done

echo "${baseline:-no baseline}; threads: $threads; $(sed -nE 's/^model name.*: (.*)/\1/p' /proc/cpuinfo | head -n 1)"
sort -k1,1 -k2,2 -k3g "$results" | awk -v cases="$cases" '
    {key = $1 " " $2; value[key, ++n[key]] = $3}
    function median(key,   m) {
        m = n[key]
        return m % 2 ? value[key, (m + 1) / 2] : m ? (value[key, m / 2] + value[key, m / 2 + 1]) / 2 : 0
    }
    function short(x) {return sprintf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.3g", x)}
    END {
        flops = median("peak GFLOP/s"); bytes = median("peak GB/s")
        printf "peaks: %.1f GFLOP/s in a multiplication of matrices, %.1f GB/s in a copy\n\n", flops, bytes
        print "| case | baseline, ms | library, ms | ratio | GFLOP | MB | GFLOP/s (of the peak) | GB/s (of the peak) |" \
            " peak memory, MB | first step, ms |"
        print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        count = split(cases, list, " ")
        for (i = 1; i <= count; i++) {
            c = list[i]; b = median(c " baseline"); ms = median(c " real_time")
            gflop = median(c " GFLOP"); mb = median(c " MB"); reached = gflop / ms * 1e3; moved = mb / ms
            printf "| %s | %s | %s | %s | %s | %s | %s (%.0f %%) | %s (%.0f %%) | %s | %s |\n", c,
                b ? short(b) : "–", short(ms), b ? short(b / ms) : "–", short(gflop), short(mb), short(reached),
                100 * reached / flops, short(moved), 100 * moved / bytes, short(median(c " peak_MB")),
                short(median(c " first_step_ms"))
        }
    }'
