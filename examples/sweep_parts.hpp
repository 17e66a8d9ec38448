#pragma once
// What the sweep tries beside the published method: a mixture of attributions, a stochastic selection, and decomposing
// in phases, between which numbers change and dead components are revived.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <tuple>
#include <vector>

#include <apd/apd.hpp>

namespace sweep {

using namespace apd::literals;

/// The mean of the gradient attributions of the target and of the decomposed network.
struct mixed_attribution : apd::attribution_base {
    using of_target = decltype(apd::gradient_attribution(apd::of_target));
    using of_decomposed = decltype(apd::gradient_attribution(apd::of_decomposed));
    static constexpr bool ignores_zeros = true;
    bool operator==(const mixed_attribution&) const = default;
    static constexpr std::tuple<of_target, of_decomposed> dependencies() { return {}; }
    static std::string describe() { return "mixed_attribution()"; }

    template <class Problem>
    class state {
      public:
        state(const mixed_attribution&, Problem& p) : value_(p.device, p.batch) {}
        auto value() const { return *value_; }
        void evaluate(auto& step) {
            const auto a = step(of_target{}).value(), b = step(of_decomposed{}).value();
            value_.resize(a.batch);
            step.problem.device(value_["bc"_i] = (a["bc"_i] + b["bc"_i]) * 0.5);
        }

      private:
        apd::array<typename Problem::device_type, typename Problem::scalar,
                   apd::extents<apd::dynamic, Problem::components>>
            value_;
    };
};

/// exp(temperature · g) of a random word, g a standard Gumbel number.
template <class T>
struct gumbel_factor {
    T temperature;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const {
        const T u = apd::unit_interval<T>(word) + static_cast<T>(1e-7);
        return std::exp(-temperature * std::log(-std::log(u < T(1) ? u : static_cast<T>(1 - 1e-7))));
    }
};

/// Batch top-k of attributions that are multiplied by random factors, anew in every step: components are drawn with
/// probabilities that grow with a^{1/temperature}. At temperature 0 it is batch top-k.
template <apd::attribution_node Attribution>
struct drawn_top_k : apd::mask_base<apd::mask_kind::binary> {
    Attribution attribution;
    double k, temperature;
    constexpr drawn_top_k(Attribution a, double count, double warmth) : attribution(a), k(count), temperature(warmth) {}
    static constexpr bool ignores_zeros = true;
    bool operator==(const drawn_top_k&) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return apd::describe_call("drawn_top_k", attribution, k, temperature); }

    template <class Problem>
    class state : public apd::pairs_state<Problem> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using scores = apd::array<device_type, T, apd::extents<apd::dynamic, Problem::components>>;

      public:
        state(const drawn_top_k& node, Problem& p)
            : apd::pairs_state<Problem>(p),
              node_(node),
              wanted_(p.device),
              factor_(p.device, p.batch),
              score_(p.device, p.batch) {
            p.device(wanted_[""_i] = std::floor(node.k * static_cast<double>(p.batch)));
        }
        void evaluate(auto& step) {
            auto& device = step.problem.device;
            const auto a = step(node_.attribution).value();
            if (node_.temperature > 0) {
                factor_.resize(a.batch), score_.resize(a.batch);
                device.random({0, stream, apd::step_number((*step.problem.step).data)},
                              gumbel_factor<T>{static_cast<T>(node_.temperature)}, *factor_);
                device(score_["bc"_i] = a["bc"_i] * factor_["bc"_i]);
                device.select_top(*score_, *wanted_, this->writable());
            } else {
                device.select_top(a, *wanted_, this->writable());
            }
            this->count_pairs(step);
        }

      private:
        static constexpr std::uint32_t stream = 4'001;
        drawn_top_k node_;
        apd::array<device_type, T, apd::extents<>> wanted_;
        scores factor_, score_;
    };
};

/// The numbers of one phase of a run.
struct phase {
    double share = 1;  ///< of all steps
    double k, minimality, simplicity, p;
    double temperature = 0;
    bool revives = false;  ///< before it, components that do nothing get half of those that do most, and some noise
};

/// Components without a hundredth of the largest one's norm share that of the largest, one after the other.
template <class Net, std::size_t C, std::size_t Rank>
void revive(apd::factors<Net, C, Rank, float>& factors, std::uint64_t seed) {
    const auto noise = apd::factors<Net, C, Rank, float>::random(seed + 77, 0.3);
    const auto part = [&](auto& values, std::size_t c) {
        const std::size_t n = values.size() / C;
        return std::span(values).subspan(c * n, n);
    };
    const auto norm = [&](std::size_t c) {
        double product = 0;
        for (std::size_t s = 0; s < factors.left.size(); ++s) {
            double u = 0, v = 0;
            for (const float x : part(factors.left[s], c)) u += x * x;
            for (const float x : part(factors.right[s], c)) v += x * x;
            product += u * v;
        }
        return std::sqrt(product);
    };
    std::vector<double> norms(C);
    for (std::size_t c = 0; c < C; ++c) norms[c] = norm(c);
    for (std::size_t dead = 0; dead < C; ++dead) {
        const auto largest = static_cast<std::size_t>(std::ranges::max_element(norms) - norms.begin());
        if (norms[dead] >= 0.01 * norms[largest]) continue;
        for (std::size_t s = 0; s < factors.left.size(); ++s) {
            const auto u = part(factors.left[s], largest), v = part(factors.right[s], largest);
            for (float& x : u) x *= 0.5F;
            std::ranges::copy(u, part(factors.left[s], dead).begin());
            std::ranges::copy(v, part(factors.right[s], dead).begin());
            const auto random = part(noise.left[s], dead);
            const auto to = part(factors.left[s], dead);
            for (std::size_t i = 0; i < to.size(); ++i) to[i] += random[i], u[i] -= random[i];
        }
        norms[largest] /= 2, norms[dead] = norms[largest];
    }
}

/// Phase after phase, each from what the one before has learned, at a constant learning rate; the rate follows the
/// schedule of the whole from phase to phase, and within the only one if there is one.
template <class Net, std::size_t C, std::size_t Rank, class Data, class Attribution>
auto decompose_in_phases(apd::cpu& device, const apd::parameters<Net>& target, const Data& data,
                         const Attribution& attribution, const std::vector<phase>& phases,
                         apd::factors<Net, C, Rank, float> start, const apd::decompose_options& whole) {
    const auto learn = [&](const phase& now, const Data& batches, const apd::decompose_options& options,
                           const auto& from) {
        const drawn_top_k active(attribution, now.k, now.temperature);
        const auto objective = apd::faithfulness() + now.minimality * apd::minimality(active) +
                               now.simplicity * apd::simplicity(active, apd::schatten(now.p));
        return apd::decompose(device, apd::plan{target, batches, objective, options, from});
    };
    if (phases.size() == 1) return learn(phases.front(), data, whole, start);
    double done = 0, seconds = 0;
    for (std::size_t i = 0;; ++i) {
        auto options = whole;
        const double middle = done + phases[i].share / 2;
        options.steps = static_cast<std::size_t>(phases[i].share * static_cast<double>(whole.steps));
        options.shape = apd::decay::constant;
        if (whole.shape == apd::decay::cosine) options.learning_rate *= std::cos(std::numbers::pi / 2 * middle);
        options.warm_up = i == 0 ? std::min(0.5, whole.warm_up / phases[i].share) : 0;
        auto other_batches = data;
        other_batches.seed += 1000 * i;
        if (phases[i].revives) revive(start, whole.seed + i);
        auto result = learn(phases[i], other_batches, options, start);
        result.seconds = seconds += result.seconds;
        if (i + 1 == phases.size() || (whole.stop != nullptr && *whole.stop)) return result;
        start = result.learned;
        done += phases[i].share;
    }
}

}  // namespace sweep
