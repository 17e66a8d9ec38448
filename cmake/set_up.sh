#!/bin/sh
# Installs what the build needs and is missing, on Debian 12; elsewhere says what that is.
#
#   cmake/set_up.sh [further packages]
set -eu

packages="g++ cmake ninja-build libeigen3-dev libxtensor-dev libboost-dev rapidjson-dev catch2 libcli11-dev libbenchmark-dev libopenmpi-dev openmpi-bin python3-numpy $*"
libraries="a C++20 compiler (g++ 12, clang++ 14 or newer), CMake 3.25, Ninja, Eigen 3.4, xtensor 0.24, Boost 1.74 (Hana), RapidJSON 1.1, Catch2 2.13 or 3, CLI11 2, Google Benchmark 1.7 and numpy; for runs on many machines an MPI"

# shellcheck source=/dev/null
system=$(. /etc/os-release 2>/dev/null && echo "${ID-} ${VERSION_ID-}") || system=unknown
if [ "$system" != "debian 12" ]; then
    echo "apd: packages are installed on Debian 12 only; on this system ($system) please install $libraries, where CMake finds them." >&2
    for tool in cmake ninja; do
        command -v "$tool" >/dev/null || { echo "apd: $tool is not in PATH." >&2; exit 1; }
    done
    exit 0
fi

missing=
for package in $packages; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "apd: run this as root, or install$missing." >&2; exit 1; }
    as_root=sudo
fi
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }

echo "apd: installing$missing" >&2
# Where the machine's clock is wrong, signed lists look too new or too old; their signatures are still checked.
apt update || apt -o Acquire::Check-Date=false -o Acquire::Check-Valid-Until=false update ||
    echo "apd: the package lists could not be refreshed; trying those at hand." >&2
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends $missing
