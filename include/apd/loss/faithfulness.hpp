#pragma once
// Faithfulness: the components sum to the weights.

#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/component/components.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd {

/// (1/n) Σ_i ‖W_i − Σ_c P_{c,i}‖²_F over the uses i of sites, n = Σ_i d_in·d_out.
struct faithfulness_loss : loss_base {
    static constexpr std::string_view name = "faithfulness";
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const faithfulness_loss&) const = default;
    static constexpr bool is_of_weights = true;
    static constexpr std::tuple<components> dependencies() { return {}; }
    static std::string describe() { return "faithfulness()"; }

    template <class Problem>
    class state : public loss_state<Problem> {
        using T = typename Problem::scalar;

      public:
        state(const faithfulness_loss&, Problem& p) : loss_state<Problem>(p) {}
        void measure(auto& step) {
            auto& p = step.problem;
            p.device(this->value()[""_i] = T(0));
            p.for_each_site([&](auto site) {
                const auto w = p.weights(site);
                const auto sum = step(components{}).weight_sum(site);
                p.device(this->value()[""_i] += square(w["io"_i] - sum["io"_i]) * fraction(site));
            });
        }
        void pullback(auto& step, double weight) {
            auto& p = step.problem;
            p.for_each_site([&](auto site) {
                const auto& all = step(components{});
                const auto w = p.weights(site);
                const auto sum = all.weight_sum(site), gradient = all.weight_sum_gradient(site);
                p.device(gradient["io"_i] += (sum["io"_i] - w["io"_i]) * (2 * weight * fraction(site)));
            });
        }

      private:
        static constexpr double fraction(auto site) {
            return static_cast<double>(site.uses) / Problem::network_type::used_parameters;
        }
    };
};

constexpr auto faithfulness() { return faithfulness_loss{}; }

}  // namespace apd
