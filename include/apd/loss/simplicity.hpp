#pragma once
// Simplicity: active components have low rank, as the p-th power of the Schatten-p quasi-norm of their factors.

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/backend/team.hpp>
#include <apd/component/components.hpp>
#include <apd/core/describe.hpp>
#include <apd/loss/loss_term.hpp>
#include <apd/loss/rank_penalty.hpp>
#include <apd/mask/mask_node.hpp>

namespace apd::ext {

/// (1/(n·B)) Σ_b Σ_c Σ_i Σ_r ρ(m_c(b)·‖U_{c,i,:,r}‖²·‖V_{c,i,r,:}‖²) over the uses i of sites, n = Σ_i d_in·d_out.
template <mask_node Mask, rank_penalty Penalty>
struct simplicity_loss : loss_base {
    static constexpr std::string_view name = "simplicity";
    static constexpr bool unaffected_by_zero_rows = true;
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
        static constexpr bool is_binary = binary_mask_state<typename Mask::template state<Problem>>;
        static_assert(is_binary || real_mask_state<typename Mask::template state<Problem>>,
                      "apd::simplicity: the mask gives neither active pairs nor real values.");

      public:
        state(const simplicity_loss& node, Problem& p)
            : loss_state<Problem>(p),
              node_(node),
              rows_(static_cast<double>(p.rows.nominal)),
              own_rows_(static_cast<double>(p.rows.capacity)) {
            p.for_each_site([&](auto site) {
                for (auto* three : {&left_, &right_, &slope_}) three->make(p.device, site);
            });
        }
        void measure(auto& step) {
            auto& device = step.problem.device;
            device(this->value()[""_i] = T(0));
            step.problem.for_each_site([&](auto site) {
                square_norms(step, site);
                const auto singular = left_.at(site)["cr"_i] * right_.at(site)["cr"_i];
                const double mean = this->mean(site);
                if constexpr (is_binary) {
                    const auto n = of_site(step(node_.mask).count(), site)["c"_i];
                    device(this->value()[""_i] +=
                           (n * node_.penalty(singular) + (own_rows_ - n) * node_.penalty(singular * 0)) * mean);
                } else {
                    const auto m = of_site(step(node_.mask).value(), site)["bc"_i];
                    device(this->value()[""_i] += node_.penalty(m * singular) * mean);
                }
            });
        }
        void pullback(auto& step, auto weight) {
            auto& p = step.problem;
            p.for_each_site([&](auto site) {
                square_norms(step, site);
                const auto left = left_.at(site)["cr"_i], right = right_.at(site)["cr"_i];
                const auto slope = slope_.at(site)["cr"_i];  // ∂loss/∂(‖U‖²·‖V‖²)
                const auto mean = weight * this->mean(site);
                if constexpr (is_binary) {
                    const auto n = of_site(step(node_.mask).count(), site)["c"_i];
                    p.device(slope = n * node_.penalty.derivative(left * right) * mean);
                } else {
                    const auto m = of_site(step(node_.mask).value(), site)["bc"_i];
                    p.device(slope = m * node_.penalty.derivative(m * (left * right)) * mean);
                    p.device(of_site(step(node_.mask).gradient(), site)["bc"_i] +=
                             left * right * node_.penalty.derivative(m * (left * right)) * mean);
                }
                const auto u = p.factors.left(site)["cir"_i];
                const auto v = p.factors.right(site)["cro"_i];
                detail::add_dealt_gradients(p.device, left = square(u), slope_.at(site),
                                            p.gradients.left(site)["cir"_i] += slope * right * u * 2,
                                            p.gradients.right(site)["cro"_i] += slope * left * v * 2);
            });
        }

      private:
        template <class Site>
        using spectrum = typename Site::spectrum;
        // Of an array over all components those of a site.
        template <class Site>
        static auto of_site(const auto& of_all, Site site) {
            return of_all.template slice<Site::count>(site.first);
        }
        void square_norms(auto& step, auto site) {
            auto& p = step.problem;
            detail::compute_dealt(p.device, left_.at(site)["cr"_i] = square(p.factors.left(site)["cir"_i]));
            detail::compute_dealt(p.device, right_.at(site)["cr"_i] = square(p.factors.right(site)["cro"_i]));
        }
        double mean(auto site) const {
            return static_cast<double>(site.uses) / (rows_ * Problem::network_type::used_parameters);
        }
        simplicity_loss node_;
        double rows_, own_rows_;  // of the batch, and here, with those of zeros
        array_table<device_type, T, spectrum, Problem::network_type::sites.size()> left_, right_, slope_;
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

}  // namespace apd::ext

namespace apd {
using ext::simplicity;
}  // namespace apd
