#pragma once
// Faithfulness: the components sum to the weights.

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/component/components.hpp>
#include <apd/core/error.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd::ext {

/// (1/n) Σ_i ‖W_i − Σ_c P_{c,i}‖²_F over the uses i of sites, n = Σ_i d_in·d_out. If it is `Relative`, the mean over
/// sites of ‖W − Σ_c P_c‖²_F/‖W‖²_F, which does not change with the unit of weights.
template <bool Relative>
struct faithfulness_loss : loss_base {
    static constexpr std::string_view name = "faithfulness";
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const faithfulness_loss&) const = default;
    static constexpr bool is_of_weights = true;
    static constexpr std::tuple<components> dependencies() { return {}; }
    static std::string describe() { return Relative ? "relative_faithfulness()" : "faithfulness()"; }

    template <class Problem>
    class state : public loss_state<Problem> {
        using T = typename Problem::scalar;

      public:
        /// Errors: `apd::error` if it is relative to weights that are all zero.
        state(const faithfulness_loss&, Problem& p) : loss_state<Problem>(p) {
            p.for_each_site([&](auto site) { fractions_[site.number] = fraction(p, site); });
        }
        void measure(auto& step) {
            auto& p = step.problem;
            p.device(this->value()[""_i] = T(0));
            p.for_each_site([&](auto site) {
                const auto w = p.weights(site);
                const auto sum = step(components{}).weight_sum(site);
                p.device(this->value()[""_i] += square(w["io"_i] - sum["io"_i]) * fractions_[site.number]);
            });
        }
        void pullback(auto& step, auto weight) {
            auto& p = step.problem;
            p.for_each_site([&](auto site) {
                const auto& all = step(components{});
                const auto w = p.weights(site);
                const auto sum = all.weight_sum(site), gradient = all.weight_sum_gradient(site);
                p.device(gradient["io"_i] += (sum["io"_i] - w["io"_i]) * (weight * (2 * fractions_[site.number])));
            });
        }

      private:
        using Net = typename Problem::network_type;
        double fraction(Problem& p, auto site) const {
            if constexpr (!Relative) {
                return static_cast<double>(site.uses) / Net::used_parameters;
            } else {
                p.device(this->value()[""_i] = square(p.weights(site)["io"_i]));
                T squares{};
                p.device.download(this->value(), std::span(&squares, 1));
                if (!(squares > 0))
                    throw error(
                        "relative_faithfulness",
                        std::string("the weights of '").append(Net::site_names[site.number]).append("' are all zero"),
                        "use faithfulness(), or leave that layer frozen");
                return 1 / (static_cast<double>(squares) * Net::sites.size());
            }
        }
        std::array<double, Net::sites.size()> fractions_{};
    };
};

constexpr auto faithfulness() { return faithfulness_loss<false>{}; }
constexpr auto relative_faithfulness() { return faithfulness_loss<true>{}; }

}  // namespace apd::ext

namespace apd {
using ext::faithfulness, ext::relative_faithfulness;
}  // namespace apd
