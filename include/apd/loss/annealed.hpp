#pragma once
// Numbers of a method that change along a run.

#include <cstdint>
#include <string>

#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext {

/// A number that goes along a straight line from `first`, at step `from`, to `last`, at step `until`.
struct annealed {
    double first, last;
    double from = 0, until = 0;
    bool operator==(const annealed& other) const {
        return detail::exactly_equal(first, other.first) && detail::exactly_equal(last, other.last) &&
               detail::exactly_equal(from, other.from) && detail::exactly_equal(until, other.until);
    }
    std::string describe() const { return describe_call("annealed", first, last, from, until); }
    bool is_always(double number) const {
        return detail::exactly_equal(first, number) && detail::exactly_equal(last, number);
    }
    APD_HOST_DEVICE double at(std::uint32_t step) const {
        const auto t = static_cast<double>(step);
        if (t >= until) return last;
        if (t <= from) return first;
        return first + (last - first) * ((t - from) / (until - from));
    }
};

namespace detail {
/// The number of a step, in the backend's memory.
template <class T>
struct annealed_number {
    annealed along;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const { return static_cast<T>(along.at(step)); }
};
}  // namespace detail

}  // namespace apd::ext

namespace apd {
using ext::annealed;
}  // namespace apd
