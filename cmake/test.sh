#!/bin/sh
# Sets up, builds everything and runs all tests.
#
#   cmake/test.sh [--preset release|debug|sanitize|clang] [arguments of ctest]
set -eu
cd "$(dirname "$0")/.."

preset=release
if [ "${1-}" = --preset ]; then
    preset=${2:?"a preset follows --preset"}
    shift 2
fi
compiler=
[ "$preset" != clang ] || compiler=clang

# shellcheck disable=SC2086 # no word when empty
cmake/set_up.sh $compiler
cmake/build.sh "$preset"
exec ctest --preset "$preset" --parallel "$(getconf _NPROCESSORS_ONLN)" "$@"
