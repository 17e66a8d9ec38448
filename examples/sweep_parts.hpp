#pragma once
// What sweeps try beside the published method: variants of it, a mixture of attributions, a stochastic selection, and
// decomposing in phases, between which numbers change and dead components are revived.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <apd/apd.hpp>

namespace sweep {

using namespace apd::ext::literals;

/// The mean of the gradient attributions of the target and of the decomposed network.
struct mixed_attribution : apd::ext::attribution_base {
    using of_target = decltype(apd::gradient_attribution(apd::of_target));
    using of_decomposed = decltype(apd::gradient_attribution(apd::of_decomposed));
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const mixed_attribution&) const = default;
    static constexpr std::tuple<of_target, of_decomposed> dependencies() { return {}; }
    static std::string describe() { return "mixed_attribution()"; }

    template <class Problem>
    class state {
      public:
        state(const mixed_attribution&, Problem& p) : value_(p.device, p.rows.capacity) {}
        auto value() const { return *value_; }
        void evaluate(auto& step) {
            const auto a = step(of_target{}).value(), b = step(of_decomposed{}).value();
            value_.resize(a.batch);
            step.problem.device(value_["bc"_i] = (a["bc"_i] + b["bc"_i]) * 0.5);
        }

      private:
        apd::ext::array<typename Problem::device_type, typename Problem::scalar,
                        apd::extents<apd::dynamic, Problem::components>>
            value_;
    };
};

/// exp(temperature · g) of a random word, g a standard Gumbel number.
template <class T>
struct gumbel_factor {
    T temperature;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const {
        const T u = apd::ext::unit_interval<T>(word) + static_cast<T>(1e-7);
        return std::exp(-temperature * std::log(-std::log(u < T(1) ? u : static_cast<T>(1 - 1e-7))));
    }
};

/// Components that stay as they are, and their target: what masks are made from, in place of those being learned.
template <class Net, std::size_t C, std::size_t Rank>
struct kept_components {
    apd::parameters<Net> target;
    apd::factors<Net, apd::shared_components<C, Rank>, float> factors;
};

/// Batch top-k of attributions that are multiplied by random factors, anew in every step: components are drawn with
/// probabilities that grow with a^{1/temperature}. At temperature 0 it is batch top-k. The attributions are those of
/// `kept` components, if any are given: then the mask of a sample never changes.
template <apd::ext::attribution_node Attribution, class Kept>
struct drawn_top_k : apd::ext::mask_base<apd::ext::mask_kind::binary> {
    Attribution attribution;
    double k, temperature;
    const Kept* kept;  ///< not owned, or null
    constexpr drawn_top_k(Attribution a, double count, double warmth, const Kept* given)
        : attribution(a), k(count), temperature(warmth), kept(given) {}
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const drawn_top_k&) const = default;
    constexpr auto dependencies() const { return std::tuple{attribution}; }
    std::string describe() const { return apd::ext::describe_call("drawn_top_k", attribution, k, temperature); }

    template <class Problem>
    class state : public apd::ext::pairs_state<Problem> {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using scores = apd::ext::array<device_type, T, apd::extents<apd::dynamic, Problem::components>>;
        struct of_kept {
            Problem problem;
            apd::ext::node_states<Problem> nodes;
            of_kept(const drawn_top_k& node, Problem& p)
                : problem(p.device, node.kept->target, p.rows.capacity), nodes(problem) {
                problem.factors.upload(p.device, node.kept->factors);
                nodes.add(node.attribution);
            }
        };

      public:
        state(const drawn_top_k& node, Problem& p)
            : apd::ext::pairs_state<Problem>(p),
              node_(node),
              wanted_(p.device),
              score_(p.device, p.rows.capacity),
              draws_(p),
              kept_(node.kept == nullptr ? nullptr : std::make_unique<of_kept>(node, p)) {
            p.device(wanted_[""_i] = std::floor(node.k * static_cast<double>(p.rows.nominal)));
        }
        void evaluate(auto& step) {
            auto& device = step.problem.device;
            const auto a = attributions(step);
            if (node_.temperature > 0) {
                score_.resize(a.batch);
                device(score_["bc"_i] = a["bc"_i] * draws_(gumbel_factor<T>{static_cast<T>(node_.temperature)}));
                device.select_top(*score_, *wanted_, this->writable());
            } else {
                device.select_top(a, *wanted_, this->writable());
            }
            this->count_pairs(step);
        }

      private:
        auto attributions(auto& step) {
            if (!kept_) return step(node_.attribution).value();
            kept_->problem.rows.present = step.problem.rows.present;
            kept_->problem.x.resize(step.problem.rows.present);
            step.problem.device(kept_->problem.x["bi"_i] = step.problem.x["bi"_i]);
            kept_->nodes.evaluate();
            return kept_->nodes(node_.attribution).value();
        }
        drawn_top_k node_;
        apd::ext::array<device_type, T, apd::extents<>> wanted_;
        scores score_;
        apd::ext::component_draws<Problem> draws_;
        std::unique_ptr<of_kept> kept_;
    };
};

/// The numbers of one phase of a run.
struct phase {
    double share = 1;  ///< of all steps
    double k, minimality, simplicity, p;
    double temperature = 0;
    bool revives = false;      ///< before it, components that do nothing get half of those that do most, and some noise
    bool keeps_masks = false;  ///< those that components had before the first such phase
};

/// One way to decompose: the published method but for what it says.
struct variant {
    enum class attributions { target, decomposed, mixed, integrated, ablation };
    enum class start { random, faithful, samples };

    std::string name;
    std::optional<apd::robust_recipe> recipe{};  ///< the robust recipe, with numbers of one's own
    attributions attribution = attributions::target;
    start from = start::random;
    bool rank_one = false;
    double k = 1, first_k = 0;                ///< in units of the paper's k; the first of ten phases has `first_k`
    double simplicity = 1;                    ///< in units of the paper's α
    double last_p = 0;                        ///< of the last of ten phases
    double temperature = 0;                   ///< of the first of ten phases, falling to 0
    bool revives = false, ends_free = false;  ///< between ten phases; the last fifth without simplicity
    bool keeps_masks = false;                 ///< in the last fifth
};

/// The published method, and what changes one thing of it or two.
inline const std::vector<variant> published_variants{
    {.name = "published"},
    {.name = "of the decomposed network", .attribution = variant::attributions::decomposed},
    {.name = "of a mixture", .attribution = variant::attributions::mixed},
    {.name = "integrated gradients", .attribution = variant::attributions::integrated},
    {.name = "ablation", .attribution = variant::attributions::ablation},
    {.name = "faithful start", .from = variant::start::faithful},
    {.name = "start from samples", .from = variant::start::samples},
    {.name = "start from samples, free end", .from = variant::start::samples, .ends_free = true},
    {.name = "start from samples, free end, masks kept",
     .from = variant::start::samples,
     .ends_free = true,
     .keeps_masks = true},
    {.name = "free end", .ends_free = true},
    {.name = "free end, masks kept", .ends_free = true, .keeps_masks = true},
    {.name = "k from 5 times", .first_k = 5},
    {.name = "p to 0.6", .last_p = 0.6},
    {.name = "revived", .revives = true},
    {.name = "drawn", .temperature = 1},
    {.name = "drawn, free end", .temperature = 1, .ends_free = true},
    {.name = "k 10 % less", .k = 0.9},
    {.name = "k 10 % more", .k = 1.1},
    {.name = "half the simplicity", .simplicity = 0.5},
    {.name = "twice the simplicity", .simplicity = 2},
};
inline std::vector<variant> joined(std::vector<variant> first, const std::vector<variant>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/// decompose(the attribution of a variant): each is compiled, so that only where `All` are wanted it is any but the
/// target's gradients.
template <bool All>
auto with_attribution(const variant& v, const auto& decompose) {
    if constexpr (All) {
        switch (v.attribution) {
            case variant::attributions::decomposed:
                return decompose(apd::gradient_attribution(apd::of_decomposed));
            case variant::attributions::mixed:
                return decompose(mixed_attribution{});
            case variant::attributions::integrated:
                return decompose(apd::integrated_gradient_attribution(4));
            case variant::attributions::ablation:
                return decompose(apd::ablation_attribution());
            case variant::attributions::target:
                break;
        }
    }
    return decompose(apd::gradient_attribution());
}
/// What a variant makes of the paper's numbers.
inline std::vector<phase> phases_of(const variant& v, const phase& paper) {
    phase last = paper;
    last.k *= v.k, last.simplicity *= v.simplicity;
    const bool changes = v.first_k > 0 || v.last_p > 0 || v.temperature > 0 || v.revives || v.ends_free ||
                         v.keeps_masks || v.from == variant::start::faithful;
    if (!changes) return {last};
    constexpr std::size_t count = 10;
    std::vector<phase> phases(count, last);
    for (std::size_t i = 0; i < count; ++i) {
        auto& now = phases[i];
        const double done = std::min(1.0, static_cast<double>(i) / 7);  // of eight phases: the last two stay
        now.share = 1.0 / count;
        if (v.first_k > 0) now.k *= std::pow(v.first_k, 1 - done);
        if (v.last_p > 0) now.p += done * (v.last_p - paper.p);
        now.temperature = v.temperature * (1 - done);
        now.revives = v.revives && i > 0 && i < 8;
        if (v.ends_free && i >= 8) now.simplicity = 0;
        now.keeps_masks = v.keeps_masks && i >= 8;
        if (v.from == variant::start::faithful && i == 0) now.minimality = 0, now.simplicity = 0;
    }
    return phases;
}

/// Components without a hundredth of the largest one's norm share that of the largest, one after the other.
template <class Net, std::size_t C, std::size_t Rank>
void revive(apd::factors<Net, apd::shared_components<C, Rank>, float>& factors, std::uint64_t seed) {
    const auto noise = apd::factors<Net, apd::shared_components<C, Rank>, float>::random(seed + 77, 0.3);
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

/// Which losses: those of the toy models, or one more.
struct published_losses {
    static auto with(const auto& losses, const auto&) { return losses; }
};
struct with_hidden_reconstruction {
    static auto with(const auto& losses, const auto& active) {
        return losses + apd::hidden_reconstruction<apd::relu>(active);
    }
};

/// Phase after phase, each from what the one before has learned, at a constant learning rate; the rate follows the
/// schedule of the whole from phase to phase, and within the only one if there is one.
template <class Losses = published_losses, class Net, std::size_t C, std::size_t Rank, class Data, class Attribution>
auto decompose_in_phases(apd::cpu& device, const apd::parameters<Net>& target, const Data& data,
                         const Attribution& attribution, const std::vector<phase>& phases,
                         apd::factors<Net, apd::shared_components<C, Rank>, float> start,
                         const apd::decompose_options& whole) {
    std::optional<kept_components<Net, C, Rank>> kept;
    const auto learn = [&](const phase& now, const Data& batches, const apd::decompose_options& options,
                           const auto& from) {
        if (now.keeps_masks && !kept) kept = kept_components<Net, C, Rank>{target, from};
        const drawn_top_k active(attribution, now.k, now.temperature, kept ? &*kept : nullptr);
        const auto objective = Losses::with(apd::faithfulness() + now.minimality * apd::minimality(active) +
                                                now.simplicity * apd::simplicity(active, apd::schatten(now.p)),
                                            active);
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
