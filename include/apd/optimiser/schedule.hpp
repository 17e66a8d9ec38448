#pragma once
// Learning rates: a linear warm-up, then one of six ways down.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string_view>

#include <apd/core/annotations.hpp>

namespace apd::ext {

/// How the learning rate falls after the warm-up.
enum class decay { constant, linear, cosine, exponential, straight, half_cosine };

/// The name of a schedule in files.
constexpr std::string_view to_string(decay shape) {
    switch (shape) {
        case decay::linear:
            return "linear";
        case decay::cosine:
            return "cosine";
        case decay::exponential:
            return "exponential";
        case decay::straight:
            return "straight";
        case decay::half_cosine:
            return "half cosine";
        case decay::constant:
            break;
    }
    return "constant";
}

/// All of them.
constexpr auto all_of(decay) {
    return std::array{decay::constant,    decay::linear,   decay::cosine,
                      decay::exponential, decay::straight, decay::half_cosine};
}

/// The learning rate of step t of T. With w = ⌊T·warm_up⌋ and t', T' counted from the end of the warm-up:
/// t < w: rate·t/w; then rate times 1 (constant), 1 − t'/T' (linear), cos(½π t'/(T' − 1)) (cosine), ½^{t'/half_life};
/// or, with q = t'/(T' − 1), e + (1 − e)(1 − q) (straight), e + (1 − e)·½(1 + cos πq) (half_cosine), e the final share.
struct schedule {
    double learning_rate = 1e-3;
    decay shape = decay::constant;
    double warm_up = 0;      ///< as a share of all steps
    double half_life = 1e3;  ///< in steps, for decay::exponential
    double final_share = 0;  ///< of the rate in the last step, for decay::straight and decay::half_cosine

    APD_HOST_DEVICE double at(std::size_t step, std::size_t steps) const {
        const auto warm = static_cast<std::size_t>(static_cast<double>(steps) * warm_up);
        if (step < warm) return learning_rate * static_cast<double>(step) / static_cast<double>(warm);
        const auto t = static_cast<double>(step - warm), all = static_cast<double>(steps - warm);
        switch (shape) {
            case decay::linear:
                return learning_rate * (1 - t / all);
            case decay::cosine:
                return all > 1 ? learning_rate * std::cos(std::numbers::pi / 2 * t / (all - 1)) : learning_rate;
            case decay::exponential:
                return learning_rate * std::pow(0.5, t / half_life);
            case decay::straight:
                return all > 1 ? learning_rate * (final_share + (1 - final_share) * (1 - t / (all - 1)))
                               : learning_rate;
            case decay::half_cosine:
                return all > 1
                           ? learning_rate * (final_share +
                                              (1 - final_share) * (1 + std::cos(std::numbers::pi * t / (all - 1))) / 2)
                           : learning_rate;
            case decay::constant:
                break;
        }
        return learning_rate;
    }
    /// The learning rate as a function of the step, of `steps` in all.
    struct of_steps;
    of_steps over(std::size_t steps) const;
};
struct schedule::of_steps {
    schedule rates;
    std::size_t steps;
    APD_HOST_DEVICE double operator()(std::uint32_t step) const { return rates.at(step, steps); }
};
inline schedule::of_steps schedule::over(std::size_t steps) const { return {*this, steps}; }

}  // namespace apd::ext

namespace apd {
using ext::decay, ext::schedule;
}  // namespace apd
