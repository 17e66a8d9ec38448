#!/bin/sh
# What it costs to compile programs that use the library: the umbrella, the README's program, the examples, and networks
# and objectives of growing size. Tables of seconds of processor time and of the compiler's peak memory.
#
#   benchmarks/compile_time.sh [pattern]    only sources whose name has the pattern in it
#
# CXX names the compiler (g++ unless said otherwise), INCLUDES further flags that find the libraries, where
# -isystem /usr/include/eigen3 does not. It needs GNU time (Debian: apt-get install time).
set -eu
cd "$(dirname "$0")/.."
pattern=${1-}
compiler=${CXX-g++}
includes=${INCLUDES--isystem /usr/include/eigen3}
time=$(command -v gtime || PATH=/usr/bin:/bin command -v time) || { echo "compile_time.sh: there is no GNU time." >&2; exit 1; }
"$time" -f %U true 2>/dev/null || { echo "compile_time.sh: $time is not GNU time." >&2; exit 1; }

sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT

# row name flags: compiles sources/name.cpp and prints its row.
row() {
    case $1 in *"$pattern"*) ;; *) return 0 ;; esac
    echo "compile_time.sh: $1" >&2
    name=$1
    shift
    # shellcheck disable=SC2086 # lists of words
    if "$time" -o "$sources/cost" -f '%U %M' $compiler -std=c++20 -O2 "$@" -Iinclude $includes "$sources/$name.cpp" \
        2>"$sources/errors"; then
        awk -v name="$name" '{printf "| %s | %.1f | %d |\n", name, $1, $2 / 1024}' "$sources/cost"
    else
        head -n 5 "$sources/errors" >&2
        echo "| $name | failed | |"
    fi
}
head_of_table() {
    echo
    echo "| $1 | seconds | MB |"
    echo "|---|---|---|"
}
# The options that the library's own programs are built with.
code="-march=native -DNDEBUG -fno-math-errno -fno-trapping-math -ffp-contract=fast -c -o $sources/object.o"
# Where examples find their data, which are not read here.
code="$code -DAPD_EXAMPLE_DATA=\"\" -DAPD_EXAMPLE_TEXTS=\"\""

# network layers terms: a program that decomposes a network of so many linear layers with so many terms.
network() {
    stack="" sites=0
    while [ "$sites" -lt "$1" ]; do
        stack="$stack${stack:+, }apd::linear<\"W$sites\", 8, 8>, apd::relu"
        sites=$((sites + 1))
    done
    method="1.0 * apd::faithfulness()"
    [ "$2" -lt 2 ] || method="$method + 1.0 * apd::minimality(active)"
    [ "$2" -lt 3 ] || method="$method + 0.5 * apd::simplicity(active, apd::schatten(1.0))"
    [ "$2" -lt 4 ] || method="$method + 0.1 * apd::hidden_reconstruction(active)"
    [ "$2" -lt 5 ] || method="$method + 0.1 * apd::output_reconstruction()"
    cat <<EOF
#include <apd/apd.hpp>
using network = apd::network<$stack>;
int main() {
    apd::cpu device;
    const apd::sparse_features<8> data;
    const apd::parameters<network> target;
    [[maybe_unused]] const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.2);
    return static_cast<int>(apd::decompose<8>(device, target, data, $method).completed_steps);
}
EOF
}

echo "$($compiler --version | head -n 1), -O2"
head_of_table "read alone"
printf '#include <apd/apd.hpp>\nint main() {}\n' >"$sources/apd.hpp.cpp"
row apd.hpp -fsyntax-only

head_of_table "example"
awk '/^```/ {if (inside) exit; inside = $0 == "```cpp"; next} inside' README.md >"$sources/readme.cpp"
# shellcheck disable=SC2086 # a list of words
row readme $code
for example in examples/*.cpp; do
    name=$(basename "$example" .cpp)
    printf '#include "%s"\n' "$PWD/$example" >"$sources/$name.cpp"
    # shellcheck disable=SC2086 # a list of words
    row "$name" $code
done

head_of_table "layers"
for layers in 1 2 4 8; do
    network "$layers" 3 >"$sources/layers_$layers.cpp"
    # shellcheck disable=SC2086 # a list of words
    row "layers_$layers" $code
done

# Residual blocks that differ in their names alone.
blocks() {
    stack="apd::linear<\"embed\", 16, 64>" block=0
    while [ "$block" -lt "$1" ]; do
        stack="$stack, apd::residual<apd::linear<\"in$block\", 64, 128>, apd::bias<\"b$block\", 128>, apd::relu, \
apd::linear<\"out$block\", 128, 64>>"
        block=$((block + 1))
    done
    cat <<EOF
#include <apd/apd.hpp>
using network = apd::network<$stack, apd::linear<"unembed", 64, 16>>;
int main() {
    apd::cpu device;
    const apd::sparse_features<16> data;
    const apd::parameters<network> target = apd::load("target.safetensors");
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.2);
    apd::save(apd::decompose<5, 1>(device, target, data,
                                   apd::faithfulness() + 1.0 * apd::minimality(active) +
                                       0.7 * apd::simplicity(active, apd::schatten(1.0))),
              "components.safetensors");
}
EOF
}
head_of_table "equal residual blocks"
for count in 1 16 48; do
    blocks "$count" >"$sources/blocks_$count.cpp"
    # shellcheck disable=SC2086 # a list of words
    row "blocks_$count" $code
done

head_of_table "terms"
for terms in 1 2 3 4 5; do
    network 2 "$terms" >"$sources/terms_$terms.cpp"
    # shellcheck disable=SC2086 # a list of words
    row "terms_$terms" $code
done
