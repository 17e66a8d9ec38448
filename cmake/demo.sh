#!/bin/sh
# Sets up, builds and runs the main job, the toy model of superposition. Arguments go to the program.
#
#   cmake/demo.sh [arguments of examples/tms]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/cmake/set_up.sh"
"$root/cmake/build.sh" release tms
exec "$root/build/release/examples/tms" "$@"
