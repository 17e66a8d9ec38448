#pragma once
// The real-valued mask of the L_p form of APD: a power of the attribution, differentiated.

#include <cstddef>
#include <string>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/attribution/attribution_node.hpp>
#include <apd/core/describe.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/mask/mask_node.hpp>

namespace apd::ext {

/// ℓ[b, c] = (a[b, c] + 1e-16)^{p/2}, a the mean-square attribution.
template <attribution_node Attribution>
struct lp_mask : mask_base<mask_kind::real> {
    Attribution attribution;
    double p;
    bool operator==(const lp_mask& other) const {
        return attribution == other.attribution && detail::exactly_equal(p, other.p);
    }
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return describe_call("lp", attribution, p); }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using mask_array = array<device_type, T, extents<dynamic, Problem::components>>;

      public:
        state(const lp_mask& node, Problem& p)
            : node_(node), value_(p.device, p.rows.capacity), gradient_(p.device, p.rows.capacity) {}
        auto value() const { return *value_; }
        /// The gradient of the loss with respect to ℓ, to be added to.
        auto gradient() const { return *gradient_; }

        void evaluate(auto& step) {
            const auto a = step(node_.attribution).value();
            step.problem.device(value_["bc"_i] = pow(a["bc"_i] + tiny, node_.p / 2));
            step.problem.device(gradient_["bc"_i] = T(0));
        }
        void pullback(auto& step) {
            auto& device = step.problem.device;
            auto& scores = step(node_.attribution);
            const auto a = scores.value(), da = scores.gradient(device);
            device(da["bc"_i] += gradient_["bc"_i] * (node_.p / 2) * pow(a["bc"_i] + tiny, node_.p / 2 - 1));
        }

      private:
        static constexpr double tiny = 1e-16;
        lp_mask node_;
        mask_array value_, gradient_;
    };
};

/// Example: `auto used = apd::lp(apd::gradient_attribution(), 0.9);` Errors: `apd::error` unless p > 0.
template <class Attribution>
constexpr auto lp(Attribution attribution, double p) {
    static_assert(is_an_attribution<Attribution>,
                  "apd::lp: takes an attribution, such as gradient_attribution(), and a power.");
    if constexpr (is_an_attribution<Attribution>)
        static_assert(
            is_differentiable_attribution<Attribution>,
            "apd::lp: the mask is differentiated, and so must be its attribution, as gradient_attribution() is.");
    if (!(p > 0)) throw error("lp", "p is " + number_text(p), "choose a power above 0, such as 0.9");
    if constexpr (is_an_attribution<Attribution>) return lp_mask<Attribution>{{}, attribution, p};
}

}  // namespace apd::ext

namespace apd {
using ext::lp;
}  // namespace apd
