#!/bin/sh
# All about the CUDA backend on a machine with a GPU, in one command and under 20 minutes: builds, tests, sanitizes,
# measures. What it finds goes into one file.
#
#   benchmarks/gpu.sh [file]               benchmarks/gpu_<name of the GPU>.md unless said otherwise
#
# It needs what cmake/set_up.sh installs, a CUDA toolkit and, for the baseline, PyTorch (PYTHON names the interpreter).
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON-python3}
command -v nvidia-smi >/dev/null || { echo "gpu.sh: there is no nvidia-smi, so no GPU is at hand." >&2; exit 1; }
gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader | head -n 1)
report=${1-benchmarks/gpu_$(printf %s "$gpu" | tr -c 'A-Za-z0-9\n' _).md}
build=build/cuda

# As many compilers as there are cores and memory for: a test takes about 3 GB under nvcc.
jobs=$(getconf _NPROCESSORS_ONLN)
fit=$(awk '/^MemAvailable:/ {print int($2 / 3000000)}' /proc/meminfo)
[ "$fit" -ge "$jobs" ] || jobs=$fit
[ "$jobs" -ge 1 ] || jobs=1
echo "gpu.sh: building with $jobs jobs" >&2
cmake --preset cuda >/dev/null
targets=$(cmake --build --preset cuda --target help | sed -nE 's/^(test_cuda_[a-z]+): phony$/\1/p')
# shellcheck disable=SC2086 # a list of words
cmake --build --preset cuda --parallel "$jobs" --target bench_steps bench_steps_residual bench_peaks $targets -- -k 0 >&2 ||
    echo "gpu.sh: not everything was built; going on with what was" >&2
status=0
ctest --preset cuda -R '^cuda_[a-z]+$' --output-log "$build/tests.log" >/dev/null 2>&1 || status=$?

{
    echo "# $gpu"
    echo
    echo "Made by \`benchmarks/gpu.sh\`; driver $(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -n 1)," \
        "$(nvcc --version | sed -nE 's/.*release ([0-9.]+).*/CUDA \1/p')."
    echo
    echo "## Tests"
    echo '```'
    grep -E 'Test +#|tests passed|Failed' "$build/tests.log" || true
    echo '```'
    echo
    echo "## Sanitizers"
    echo '```'
    # Every kind of kernel, then steps that are recorded and repeated.
    for tool in memcheck racecheck initcheck; do
        for test in backend "training plans*"; do
            # shellcheck disable=SC2086 # a test and what to run of it
            set -- $test
            echo "$tool, $test: $(timeout 240 compute-sanitizer --tool "$tool" "$build/tests/test_cuda_$1" ${2-} 2>&1 |
                grep -E 'SUMMARY|Error|not supported' | head -n 3)"
        done
    done
    echo '```'
    echo
    echo "## Ceilings and steps"
    echo '```'
    for bench in peaks steps steps_residual; do
        "$build/benchmarks/bench_$bench" --benchmark_filter=cuda 2>&1 | grep -E '/cuda|rror' || echo "bench_$bench failed"
    done
    echo '```'
    echo
    echo "## The PyTorch baseline"
    echo '```'
    for case in tms_5-2 tms_40-10 resid_1 resid_2; do
        steps=200
        case $case in resid_*) steps=5 ;; esac
        "$python" benchmarks/apd_torch.py time "$case" --device cuda --steps "$steps" 2>&1 | tail -n 1
        "$python" benchmarks/apd_torch.py time "$case" --device cuda --steps "$steps" --compile 2>&1 | tail -n 1
    done
    echo '```'
    echo
    echo "## Kernels of a step of TMS 5-2"
    echo '```'
    if command -v nsys >/dev/null; then
        nsys profile --force-overwrite true --output "$build/steps" --cuda-graph-trace node \
            "$build/benchmarks/bench_steps" --benchmark_filter='tms_5-2/cuda/together:1/' >/dev/null 2>&1 || true
        nsys stats --quiet --report cuda_gpu_kern_sum --format column "$build/steps.nsys-rep" | cut -c1-150 |
            head -n 60 || true
    elif command -v ncu >/dev/null; then
        # The first step is not a graph yet: its kernels are seen one by one.
        ncu --clock-control none --launch-count 60 --kill on --csv --metrics gpu__time_duration.sum \
            "$build/benchmarks/bench_steps" --benchmark_filter='tms_5-2/cuda/together:1/' 2>/dev/null |
            awk -F'","' '/gpu__time_duration/ {print substr($5, 1, 110), $(NF - 1), $NF}' | head -n 60
    else
        echo "neither nsys nor ncu is there"
    fi
    echo '```'
} >"$report"
echo "gpu.sh: wrote $report" >&2
exit "$status"
