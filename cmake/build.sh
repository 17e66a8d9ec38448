#!/bin/sh
# Configures and builds one preset in build/<preset>.
#
#   cmake/build.sh <preset> [target]
set -eu
cd "$(dirname "$0")/.."

# A translation unit may take 4 GB: as many at a time as there are cores and memory for.
jobs=$(getconf _NPROCESSORS_ONLN)
if [ -r /proc/meminfo ]; then
    fit=$(awk '/^MemAvailable:/ {print int($2 / 4000000)}' /proc/meminfo)
    [ "$fit" -ge "$jobs" ] || jobs=$fit
    [ "$jobs" -ge 1 ] || jobs=1
fi

cmake --preset "$1"
cmake --build --preset "$1" --parallel "$jobs" --target "${2-all}"
