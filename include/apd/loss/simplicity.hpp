#pragma once
// Simplicity: active components have low rank, as the p-th power of the Schatten-p quasi-norm of their factors.

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/core/error.hpp>
#include <apd/core/exactly_equal.hpp>
#include <apd/core/number_text.hpp>
#include <apd/loss/loss_term.hpp>
#include <apd/mask/mask.hpp>

namespace apd {

/// Concept: a penalty ρ(s) of a squared singular value s, as array expressions: `penalty(s)`, `penalty.derivative(s)`.
/// Law: derivative is dρ/ds. Models: schatten.
template <class P>
concept rank_penalty = std::equality_comparable<P> && requires(const P& penalty, constant<double> s) {
    { penalty(s) } -> expression;
    { penalty.derivative(s) } -> expression;
};

/// The rank penalty ρ(s) = (s + 1e-16)^{p/2}: summed over the columns of a component's factors, a bound on the p-th
/// power of its Schatten-p quasi-norm, which is tight where the columns are singular vectors. 0 < p ≤ 2.
struct schatten {
    double p;
    constexpr explicit schatten(double power) : p(power) {
        if (!(p > 0 && p <= 2))
            throw error("schatten", "p is " + number_text(p), "choose a power above 0 and at most 2, such as 0.9");
    }
    bool operator==(const schatten& other) const { return detail::exactly_equal(p, other.p); }

    std::string describe() const { return describe_call("schatten", p); }
    auto operator()(const auto& s) const { return pow(s + tiny, p / 2); }
    /// dρ/ds
    auto derivative(const auto& s) const { return pow(s + tiny, p / 2 - 1) * (p / 2); }

  private:
    static constexpr double tiny = 1e-16;
};

/// (1/(n·B)) Σ_b Σ_c Σ_i Σ_r ρ(m_c(b)·‖U_{c,i,:,r}‖²·‖V_{c,i,r,:}‖²) over the uses i of sites, n = Σ_i d_in·d_out.
template <mask_node Mask, rank_penalty Penalty>
struct simplicity_loss : loss_base {
    static constexpr std::string_view name = "simplicity";
    static constexpr bool ignores_zeros = true;
    Mask mask;
    Penalty penalty;
    constexpr simplicity_loss(Mask m, Penalty rho) : mask(m), penalty(rho) {}
    bool operator==(const simplicity_loss& other) const { return mask == other.mask && penalty == other.penalty; }
    constexpr auto dependencies() const { return std::tuple{components{}, mask}; }
    std::string describe() const { return describe_call("simplicity", mask, penalty); }

    template <class Problem>
    class state : public loss_state<Problem> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        static constexpr bool is_binary = binary_mask_state<typename Mask::template state<Problem>>;
        static_assert(is_binary || real_mask_state<typename Mask::template state<Problem>>,
                      "apd::simplicity: the mask gives neither active pairs nor real values.");

      public:
        state(const simplicity_loss& node, Problem& p) : loss_state<Problem>(p), node_(node), batch_(p.batch) {
            repeat<Net::sites.size()>([&](auto s) {
                for (auto* three : {&left_, &right_, &slope_}) three->template make<s>(p.device);
            });
        }
        void measure(auto& step) {
            auto& device = step.problem.device;
            device(this->value()[""_i] = T(0));
            repeat<Net::sites.size()>([&](auto s) {
                square_norms<s>(step);
                const auto singular = left<s>()["cr"_i] * right<s>()["cr"_i];
                const double share = this->template share<s>();
                if constexpr (is_binary) {
                    const auto n = step(node_.mask).count()["c"_i];
                    device(this->value()[""_i] += (n * node_.penalty(singular) +
                                                   (static_cast<double>(batch_) - n) * node_.penalty(singular * 0)) *
                                                  share);
                } else {
                    device(this->value()[""_i] += node_.penalty(step(node_.mask).value()["bc"_i] * singular) * share);
                }
            });
        }
        void pullback(auto& step, double weight) {
            auto& p = step.problem;
            repeat<Net::sites.size()>([&](auto s) {
                square_norms<s>(step);
                // slope = ∂loss/∂(‖U‖²·‖V‖²)
                const auto slope = slope_.template at<s>();
                const auto singular = left<s>()["cr"_i] * right<s>()["cr"_i];
                const double share = weight * this->template share<s>();
                if constexpr (is_binary) {
                    p.device(slope["cr"_i] =
                                 step(node_.mask).count()["c"_i] * node_.penalty.derivative(singular) * share);
                } else {
                    const auto m = step(node_.mask).value()["bc"_i];
                    p.device(slope["cr"_i] = m * node_.penalty.derivative(m * singular) * share);
                    p.device(step(node_.mask).gradient()["bc"_i] +=
                             singular * node_.penalty.derivative(m * singular) * share);
                }
                const auto u = p.factors.template left<s>()["cir"_i];
                const auto v = p.factors.template right<s>()["cro"_i];
                p.device(p.gradients.template left<s>()["cir"_i] += slope["cr"_i] * right<s>()["cr"_i] * u * 2);
                p.device(p.gradients.template right<s>()["cro"_i] += slope["cr"_i] * left<s>()["cr"_i] * v * 2);
            });
        }

      private:
        template <std::size_t S>
        using spectrum = extents<Problem::components, Problem::template shapes<S>::rank>;
        template <std::size_t S>
        auto left() const {
            return left_.template at<S>();
        }
        template <std::size_t S>
        auto right() const {
            return right_.template at<S>();
        }
        template <std::size_t S>
        void square_norms(auto& step) {
            auto& p = step.problem;
            p.device(left<S>()["cr"_i] = square(p.factors.template left<S>()["cir"_i]));
            p.device(right<S>()["cr"_i] = square(p.factors.template right<S>()["cro"_i]));
        }
        template <std::size_t S>
        double share() const {
            return static_cast<double>(Net::template uses_of<S>) / (static_cast<double>(batch_) * Net::used_parameters);
        }
        simplicity_loss node_;
        std::size_t batch_;
        array_list<device_type, T, spectrum, Net::sites.size()> left_, right_, slope_;
    };
};

/// Example: `0.7 * apd::simplicity(apd::batch_top_k(apd::gradient_attribution(), 0.2), apd::schatten(0.9))`.
template <class Mask, rank_penalty Penalty>
constexpr auto simplicity(Mask mask, Penalty penalty) {
    static_assert(is_a_mask<Mask>,
                  "apd::simplicity: takes a mask, such as batch_top_k(attribution, k), and a rank "
                  "penalty, such as schatten(0.9).");
    if constexpr (is_a_mask<Mask>) return simplicity_loss<Mask, Penalty>{mask, penalty};
}

}  // namespace apd
