#pragma once
// The toy models of superposition of Braun et al., arXiv 2501.14926, and what the paper chose for each.

#include <cstddef>

#include <apd/apd.hpp>

template <std::size_t Features, std::size_t Hidden>
using tms = apd::network<apd::linear<"W", Features, Hidden>, apd::transposed<"W">, apd::bias<"b", Features>, apd::relu>;

struct tms_settings {
    apd::train_options target;
    double learning_rate;
    apd::decay shape;
    double k, minimality, simplicity, p;
};
inline constexpr tms_settings paper_5_2{{.steps = 5'000, .batch = 1024}, 3e-2, apd::decay::constant, 0.211, 1, 0.7, 1};
inline constexpr tms_settings paper_40_10{{.steps = 5'000, .batch = 2048}, 1e-3, apd::decay::cosine, 1, 10, 20, 0.9};
