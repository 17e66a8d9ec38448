#pragma once
// A layer, a mask and a loss of one's own: small types that model the library's concepts.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include <apd/apd.hpp>

namespace own {

using namespace apd::literals;

/// A layer with a parameter: y[b, i] = g[i] x[b, i]. It models apd::layer, and is not decomposed.
template <apd::static_string Name, std::size_t N>
struct gain {
    using shape = apd::extents<N>;
    static constexpr auto name = Name;
    static constexpr std::size_t inputs = N;
    static constexpr std::size_t outputs(std::size_t = N) { return N; }
    static constexpr double initial = 1;

    static void forward(auto& device, const auto& g, const auto& x, const auto& y) {
        device(y["bi"_i] = g.value["i"_i] * x["bi"_i]);
    }
    // `along` names the axes of one tangent [B, d] or of several [B, K, d].
    static void pushforward(auto& device, const auto& g, const auto&, const auto& tx, const auto& ty) {
        device(apd::along<"i">(ty) = g.value["i"_i] * apd::along<"i">(tx));
    }
    static void pullback(auto& device, const auto& g, const auto&, const auto& gy, const auto& gx) {
        device(apd::along<"i">(gx) = g.value["i"_i] * apd::along<"i">(gy));
    }
    static void pullback_parameter(auto& device, const auto& g, const auto& x, const auto& gy) {
        device(g.gradient["i"_i] += x["bi"_i] * gy["bi"_i]);
    }
};

/// ⌊k·B⌋ of a step. Every step does the same work, so what changes with the step is computed from `problem.step`.
template <class T>
struct annealed_count {
    double first, last, steps, batch;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        const double share = step < steps ? step / steps : 1;
        return static_cast<T>(std::floor((first + share * (last - first)) * batch));
    }
};

/// A mask: batch top-k whose k falls from `first` to `last` over the first `steps` steps. It models apd::mask_node.
template <apd::attribution_node Attribution>
struct annealed_top_k : apd::mask_base<apd::mask_kind::binary> {
    Attribution attribution;
    double first, last;
    std::size_t steps;
    constexpr annealed_top_k(Attribution a, double from, double to, std::size_t over)
        : attribution(a), first(from), last(to), steps(over) {}
    bool operator==(const annealed_top_k&) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return apd::describe_call("annealed_top_k", attribution, first, last, steps); }

    template <class Problem>
    class state : public apd::pairs_state<Problem> {
        using T = typename Problem::scalar;

      public:
        state(const annealed_top_k& node, Problem& p) : apd::pairs_state<Problem>(p), node_(node), wanted_(p.device) {}
        void evaluate(auto& step) {
            const annealed_count<T> count{node_.first, node_.last, static_cast<double>(node_.steps),
                                          static_cast<double>(step.problem.batch)};
            step.problem.device(wanted_[""_i] = apd::map(count, step.problem.step[""_i]));
            step.problem.device.select_top(step(node_.attribution).value(), *wanted_, this->writable());
            this->count_pairs(step);
        }

      private:
        annealed_top_k node_;
        apd::array<typename Problem::device_type, T, apd::extents<>> wanted_;
    };
};

/// A loss: (1/C) Σ_c ‖P_c‖²_F over the sites, which keeps components small. It models apd::loss_term.
struct component_norm : apd::loss_base {
    static constexpr std::string_view name = "component norm";
    bool operator==(const component_norm&) const = default;
    static constexpr std::tuple<apd::components> dependencies() { return {}; }
    static std::string describe() { return "component_norm()"; }

    template <class Problem>
    class state : public apd::loss_state<Problem> {
        static constexpr std::size_t sites = Problem::network_type::sites.size();
        static constexpr double share = 1.0 / Problem::components;

      public:
        state(const component_norm&, Problem& p) : apd::loss_state<Problem>(p) {}
        void measure(auto& step) {
            auto& device = step.problem.device;
            device(this->value()[""_i] = 0);
            apd::repeat<sites>([&](auto s) {
                const auto p = step(apd::components{}).template each<s>();
                device(this->value()[""_i] += square(p["cio"_i]) * share);
            });
        }
        void pullback(auto& step, double weight) {
            auto& device = step.problem.device;
            apd::repeat<sites>([&](auto s) {
                auto& all = step(apd::components{});
                const auto p = all.template each<s>(), gradient = all.template each_gradient<s>(device);
                device(gradient["cio"_i] += p["cio"_i] * (2 * weight * share));
            });
        }
    };
};

}  // namespace own
