#pragma once
// Bodies of what options.hpp declares.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <apd/core/annotations.hpp>
#include <apd/core/error.hpp>
#include <apd/training/options.hpp>

namespace apd::ext::detail {

inline void check_common(std::string_view where, std::size_t batch, double learning_rate, double warm_up) {
    if (batch == 0) throw error(where, "a batch of 0 samples", "choose a batch of at least 1");
    if (batch > std::numeric_limits<std::uint32_t>::max())
        throw error(where, "a batch of " + std::to_string(batch) + " samples", "choose one below 2^32");
    if (!(learning_rate > 0) || std::isinf(learning_rate))
        throw error(where, "the learning rate is not positive, or infinite", "choose one such as 1e-3");
    if (!(warm_up >= 0 && warm_up <= 1))
        throw error(where, "the warm-up is no share of the steps", "choose one from 0 to 1");
}

inline void check_final_share(std::string_view where, double share) {
    if (!(share >= 0 && share <= 1))
        throw error(where, "the final share of the learning rate is no share", "choose one from 0 to 1");
}
inline void check_limit(std::string_view where, double limit) {
    if (!(limit > 0))
        throw error(where, "a limit of gradients is not positive", "choose one such as 1, or leave it out");
}

APD_INLINE void check_options(std::string_view where, const train_options& options) {
    check_common(where, options.batch, options.learning_rate, options.warm_up);
    if (!(options.weight_decay >= 0) || std::isinf(options.weight_decay))
        throw error(where, "the weight decay is negative, or infinite", "choose one of at least 0");
    check_final_share(where, options.final_share);
    check_limit(where, options.gradient_limit);
}

APD_INLINE void check_options(std::string_view where, const decompose_options& options) {
    check_common(where, options.batch, options.learning_rate, options.warm_up);
    if (!(options.half_life > 0) || std::isinf(options.half_life))
        throw error(where, "the half-life is not positive, or infinite", "choose it in steps, above 0");
    check_final_share(where, options.final_share);
    for (const double limit : {options.limits.factors, options.limits.others}) check_limit(where, limit);
    if (!(options.faithful.learning_rate > 0) || std::isinf(options.faithful.learning_rate))
        throw error(where, "the learning rate of the faithful start is not positive, or infinite",
                    "choose one such as 1e-2");
    if (!(options.faithful.weight_decay >= 0))
        throw error(where, "the weight decay of the faithful start is negative", "choose one of at least 0");
}

APD_INLINE void check_together(const decompose_options& options, const decompose_options& first) {
    if (options.steps != first.steps || options.batch != first.batch || options.log_every != first.log_every ||
        options.columns != first.columns)
        throw error("decompose", "plans of one list differ in steps, batch, columns or steps between records",
                    "make a list of each kind");
}

}  // namespace apd::ext::detail
