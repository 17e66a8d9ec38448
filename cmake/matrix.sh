#!/bin/sh
# Tries compilers and versions of the libraries that apd uses, and prints a table.
#
#   cmake/matrix.sh [--quick] [--compilers "g++-12 clang++-14 …"] [--standards "20 23 26"] [--eigen "DIR …"]
#                   [--xtensor "DIR[:DIR of xtl] …"] [--boost "DIR …"] [--cmake "cmake …"] [--nvcc "nvcc …"]
#
# A compiler is anything that takes g++'s arguments; a DIR holds headers. Every compiler builds and runs one program that
# uses a little of everything, tests/consumer_flags/broad.cpp, as C++20 with -O0, and parses a smaller one that includes
# all headers, tests/downstream/consumer.cpp (-fsyntax-only), by the other standards and with each version of a library;
# nvcc compiles tests/cuda_compile/step.cu, and each CMake builds a project that brings its own libraries. What is not
# there is skipped aloud. The exit code is 1 if a cell failed. --quick: nothing is run, and no libraries are tried; the
# compilers parse the smaller program, which takes a minute for two.
set -u
cd "$(dirname "$0")/.."

compilers="g++ clang++" standards="20 23 26" eigen="" xtensor="" boost="" cmakes="cmake" nvccs="nvcc" quick=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1; shift; continue ;;
    --compilers) compilers=${2?} ;;
    --standards) standards=${2?} ;;
    --eigen) eigen=${2?} ;;
    --xtensor) xtensor=${2?} ;;
    --boost) boost=${2?} ;;
    --cmake) cmakes=${2?} ;;
    --nvcc) nvccs=${2?} ;;
    *) echo "matrix.sh: unknown option $1; the first lines of this file tell which there are" >&2; exit 2 ;;
    esac
    shift 2
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for folder in /usr/include/eigen3 /usr/local/include/eigen3; do
    [ ! -d "$folder" ] || usual="-isystem $folder"
done
usual=${usual-}
failed=0

there() { command -v "$1" >/dev/null || { echo "| $1 | | skipped: not found |"; return 1; }; }
# cell <what> <how> <command>: a row of the table, and the first error where there is one.
cell() {
    what=$1 how=$2
    shift 2
    if "$@" >"$scratch/output" 2>&1; then
        echo "| $what | $how | works |"
    else
        failed=1
        echo "| $what | $how | **fails**: $(grep -m 1 -iE 'error|undefined' "$scratch/output" | sed 's/.*[Ee]rror: *//; s/|/\\|/g' | cut -c 1-120) |"
    fi
}
program=tests/consumer_flags/broad.cpp small=tests/downstream/consumer.cpp
build_and_run() {
    "$@" -O0 $program -o "$scratch/program" -pthread && "$scratch/program"
}
# How a compiler calls itself; the version that a library's headers hold.
name_of() { echo "$(basename "$1" | sed 's/-[0-9.]*$//')" "$("$1" -dumpfullversion 2>/dev/null || "$1" -dumpversion)"; }
macro() { printf '#include <%s>\n' "$1" | $first $flags $usual -x c++ -std=c++20 -E -dM - 2>/dev/null | sed -n "s/^#define $2 //p" | tr -d '"'; }

echo "| what | how | $(date +%F) |"
echo "|---|---|---|"
first=
# shellcheck disable=SC2086 # lists of words
for compiler in $compilers; do
    there "$compiler" || continue
    first=${first:-$compiler}
    for standard in $standards; do
        parse="$compiler -std=c++$standard -I include $usual"
        case $standard in
            23) $compiler -std=c++23 -fsyntax-only -x c++ /dev/null 2>/dev/null || parse="$compiler -std=c++2b -I include $usual" ;;
            26) $compiler -std=c++26 -fsyntax-only -x c++ /dev/null 2>/dev/null ||
                    { echo "| $(name_of "$compiler") | C++26 | skipped: the compiler has no such mode |"; continue; } ;;
        esac
        if [ -n "$quick" ]; then
            [ "$standard" = 26 ] || cell "$(name_of "$compiler")" "C++$standard, parsed" $parse -fsyntax-only $small
        elif [ "$standard" = 20 ]; then
            cell "$(name_of "$compiler")" "C++20, built and run" build_and_run $parse
        else
            cell "$(name_of "$compiler")" "C++$standard, parsed" $parse -fsyntax-only $small
        fi
    done
done
[ -z "$quick" ] || exit $failed

# library <name> <header> <macro …> -- <folders as flags …>: parsed by every compiler.
library() {
    flags=$4
    version=$(for m in $3; do macro "$2" "$m"; done | paste -sd . -)
    [ "$1 ${version%%.*}" != "Eigen 4" ] || version=3.$version  # up to 3.4, the major number was the second
    # shellcheck disable=SC2086
    for compiler in $compilers; do
        command -v "$compiler" >/dev/null || continue
        cell "$1 $version" "$(name_of "$compiler"), C++20, parsed" $compiler -std=c++20 -I include $flags $usual -fsyntax-only $small
    done
}
for folder in $eigen; do
    library Eigen Eigen/Core "EIGEN_MAJOR_VERSION EIGEN_MINOR_VERSION EIGEN_PATCH_VERSION" "-isystem $folder"
done
for folder in $xtensor; do
    flags=$(echo "$folder" | sed 's/^/-isystem /; s/:/ -isystem /')
    header=xtensor/xtensor_config.hpp
    [ ! -d "${folder%%:*}/xtensor/core" ] || header=xtensor/core/xtensor_config.hpp
    library xtensor $header "XTENSOR_VERSION_MAJOR XTENSOR_VERSION_MINOR XTENSOR_VERSION_PATCH" "$flags"
done
for folder in $boost; do
    library Boost boost/version.hpp BOOST_LIB_VERSION "-isystem $folder"
done

for nvcc in $nvccs; do
    there "$nvcc" || continue
    # shellcheck disable=SC2086
    cell "nvcc $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/\1/p')" "a step for sm_90, compiled" "$nvcc" -std=c++20 \
        --expt-relaxed-constexpr -DEIGEN_NO_CUDA -DSCALAR=float -arch=sm_90 -I include $usual -c tests/cuda_compile/step.cu -o "$scratch/step.o"
done

cmake_project() {
    rm -rf "$scratch/build"
    "$1" -S tests/downstream/fetched_libraries -B "$scratch/build" "-DAPD_SOURCE=$PWD" "-DCMAKE_CXX_COMPILER=$first" &&
        "$1" --build "$scratch/build" && "$scratch/build/consumer"
}
for cmake in $cmakes; do
    there "$cmake" || continue
    cell "CMake $("$cmake" --version | sed -n 's/cmake version //p')" "a project with libraries of its own, run" cmake_project "$cmake"
done
exit $failed
