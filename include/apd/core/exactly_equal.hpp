#pragma once
// Floating-point numbers compared exactly, where exactly that is meant.

#include <apd/core/annotations.hpp>

namespace apd::ext::detail {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wfloat-equal"
/// a == b, also in programs that are compiled with -Wfloat-equal.
template <class T>
APD_HOST_DEVICE constexpr bool exactly_equal(T a, T b) {
    return a == b;
}
#pragma GCC diagnostic pop

}  // namespace apd::ext::detail
