#pragma once
// Faithfulness: the components sum to the weights.

#include <string>
#include <string_view>
#include <tuple>

#include <apd/array/elementwise.hpp>
#include <apd/loss/loss_term.hpp>

namespace apd {

/// (1/n) Σ_i ‖W_i − Σ_c P_{c,i}‖²_F over the uses i of sites, n = Σ_i d_in·d_out.
struct faithfulness_loss : loss_base {
    static constexpr std::string_view name = "faithfulness";
    static constexpr bool ignores_zeros = true;
    bool operator==(const faithfulness_loss&) const = default;
    static constexpr std::tuple<components> dependencies() { return {}; }
    static std::string describe() { return "faithfulness()"; }

    template <class Problem>
    class state : public loss_state<Problem> {
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;

      public:
        state(const faithfulness_loss&, Problem& p) : loss_state<Problem>(p) {}
        void measure(auto& step) {
            auto& p = step.problem;
            p.device(this->value()[""_i] = T(0));
            repeat<Net::sites.size()>([&](auto s) {
                const auto w = target<s>(p), sum = step(components{}).template sum<s>();
                p.device(this->value()[""_i] += square(w["io"_i] - sum["io"_i]) * share<s>);
            });
        }
        void pullback(auto& step, double weight) {
            auto& p = step.problem;
            repeat<Net::sites.size()>([&](auto s) {
                const auto& all = step(components{});
                const auto w = target<s>(p), sum = all.template sum<s>();
                p.device(all.template sum_gradient<s>()["io"_i] += (sum["io"_i] - w["io"_i]) * (2 * weight * share<s>));
            });
        }

      private:
        template <std::size_t S>
        static auto target(Problem& p) {
            return p.target.template at<Net::template parameter_of<Net::sites[S]>>();
        }
        template <std::size_t S>
        static constexpr double share = static_cast<double>(Net::template uses_of<S>) / Net::used_parameters;
    };
};

constexpr auto faithfulness() { return faithfulness_loss{}; }

}  // namespace apd
