// expect: apd::gated: takes rows of two halves, of an even number of inputs.
#include <apd/apd.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
constexpr std::size_t inner = 6;
#else
constexpr std::size_t inner = 7;
#endif
using net = apd::network<apd::linear<"in", 4, inner>, apd::gated<apd::silu>, apd::linear<"out", inner / 2, 4>>;

int main() {
    apd::cpu device;
    apd::train<net>(device, apd::sparse_features<4>{.probability = 0.1, .low = 0, .high = 1}, {.steps = 1});
}
