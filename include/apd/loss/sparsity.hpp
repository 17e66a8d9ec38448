#pragma once
// Sparsity: the sum of a real mask, the L_p form's counterpart of top-k.

#include <string>
#include <string_view>
#include <tuple>

#include <apd/core/describe.hpp>
#include <apd/loss/loss_term.hpp>
#include <apd/mask/mask_node.hpp>

namespace apd::ext {

/// mean over b of Σ_c m[b, c].
template <mask_node Mask>
struct sparsity_loss : loss_base {
    static constexpr std::string_view name = "sparsity";
    Mask mask;
    constexpr explicit sparsity_loss(Mask m) : mask(m) {}
    bool operator==(const sparsity_loss& other) const { return mask == other.mask; }
    constexpr auto dependencies() const { return std::tuple{mask}; }
    std::string describe() const { return describe_call("sparsity", mask); }

    template <class Problem>
    class state : public loss_state<Problem> {
        static_assert(real_mask_state<typename Mask::template state<Problem>>,
                      "apd::sparsity: the mask is not differentiable; use a real mask such as lp(attribution, p).");

      public:
        state(const sparsity_loss& node, Problem& p)
            : loss_state<Problem>(p), mask_(node.mask), mean_(1.0 / static_cast<double>(p.rows.nominal)) {}
        void measure(auto& step) { step.problem.device(this->value()[""_i] = step(mask_).value()["bc"_i] * mean_); }
        void pullback(auto& step, auto weight) {
            const auto gradient = step(mask_).gradient();
            step.problem.device(gradient["bc"_i] = gradient["bc"_i] + weight * mean_);
        }

      private:
        Mask mask_;
        double mean_;
    };
};

/// Example: `0.01 * apd::sparsity(apd::lp(apd::gradient_attribution(), 0.9))`.
template <class Mask = no_mask>
constexpr auto sparsity(Mask mask = {}) {
    static_assert(is_a_real_mask<Mask>, "apd::sparsity: takes a real mask, such as lp(attribution, p).");
    if constexpr (is_a_real_mask<Mask>) return sparsity_loss<Mask>(mask);
}

}  // namespace apd::ext

namespace apd {
using ext::sparsity;
}  // namespace apd
