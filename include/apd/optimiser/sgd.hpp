#pragma once
// Stochastic gradient descent, with momentum (Polyak 1964, as in Sutskever et al. 2013).

#include <cstddef>
#include <cstdint>
#include <string>

#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext {

/// m ← momentum·m + g, x ← (1 − η·weight_decay)x − η m.
struct sgd {
    double momentum = 0;
    double weight_decay = 0;

    bool operator==(const sgd& other) const {
        return detail::exactly_equal(momentum, other.momentum) &&
               detail::exactly_equal(weight_decay, other.weight_decay);
    }
    std::string describe() const { return describe_call("sgd", momentum, weight_decay); }

    static constexpr std::size_t moments = 1, numbers = 2;
    /// η and 1 − η·weight_decay.
    template <std::size_t I>
    APD_HOST_DEVICE double number(double rate, std::uint32_t) const {
        return I == 0 ? rate : 1 - rate * weight_decay;
    }
    void update(auto& device, const auto& n, const auto& x, const auto& g, const auto& m) const {
        device(m[0] = m[0] * momentum + g, x = x * n[1] - m[0] * n[0]);
    }
};

}  // namespace apd::ext

namespace apd {
using ext::sgd;
}  // namespace apd
