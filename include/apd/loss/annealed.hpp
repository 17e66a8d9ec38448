#pragma once
// Numbers of a method that change along a run.

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
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
    /// Errors: `apd::error` of `call` unless all is finite and a number that changes does so from one step to a later
    /// one.
    void check(std::string_view call) const {
        const std::string text = describe();
        for (const double number : {first, last, from, until})
            if (!std::isfinite(number)) throw error(call, text + " is not finite", "give numbers and steps");
        if (!detail::exactly_equal(first, last) && !(from < until))
            throw error(call, text + " changes from no step to a later one",
                        "say both, from and until: annealed{2, 0.4, 0, 10'000}");
    }
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
