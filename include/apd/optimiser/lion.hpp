#pragma once
// Lion (Chen et al., arXiv 2302.06675): every entry moves by the learning rate, in the direction of a momentum.

#include <cstddef>
#include <cstdint>
#include <string>

#include <apd/array/elementwise.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/exactly_equal.hpp>

namespace apd::ext {

/// x ← (1 − η·weight_decay)x − η·sign(β₁m + (1−β₁)g), then m ← β₂m + (1−β₂)g.
struct lion {
    double beta1 = 0.9;
    double beta2 = 0.99;
    double weight_decay = 0;

    bool operator==(const lion& other) const {
        return detail::exactly_equal(beta1, other.beta1) && detail::exactly_equal(beta2, other.beta2) &&
               detail::exactly_equal(weight_decay, other.weight_decay);
    }
    std::string describe() const { return describe_call("lion", beta1, beta2, weight_decay); }

    static constexpr std::size_t moments = 1, numbers = 2;
    /// η and 1 − η·weight_decay.
    template <std::size_t I>
    APD_HOST_DEVICE double number(double rate, std::uint32_t) const {
        return I == 0 ? rate : 1 - rate * weight_decay;
    }
    void update(auto& device, const auto& n, const auto& x, const auto& g, const auto& m) const {
        device(x = x * n[1] - sign(m[0] * beta1 + g * (1 - beta1)) * n[0], m[0] = m[0] * beta2 + g * (1 - beta2));
    }
};

}  // namespace apd::ext

namespace apd {
using ext::lion;
}  // namespace apd
