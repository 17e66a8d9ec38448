#pragma once
// Data: independent features that are seldom present, and uniform where they are.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <apd/array/view.hpp>
#include <apd/core/error.hpp>
#include <apd/core/number_text.hpp>
#include <apd/core/philox.hpp>
#include <apd/core/streams.hpp>
#include <apd/data/data_source.hpp>

namespace apd::ext {

namespace detail {
// One word v in [0, 1) decides both: present if v < p, and then v/p is uniform in [0, 1).
template <class T>
struct sparse_value {
    T share, low, slope;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const {
        const T v = unit_interval<T>(word);
        return v < share ? low + slope * v : T(0);
    }
};
}  // namespace detail

/// x[b, f] is 0, or with the given probability uniform in [low, high), which may round to high.
///
/// Errors, when a batch is filled: `apd::error` unless 0 < probability ≤ 1 and low ≤ high.
/// Example: `apd::sparse_features<5> data{.probability = 0.05, .low = 0, .high = 1, .seed = 0};`
template <std::size_t Features>
struct sparse_features {
    static constexpr std::size_t features = Features;
    static constexpr std::size_t sequence_length = any_length;
    static constexpr bool fills_on_device = true;
    double probability = 0.05;
    double low = 0;
    double high = 1;
    std::uint64_t seed = 0;

    template <class T>
    void fill(auto& device, step_number step, view<T, extents<dynamic, Features>> x) const {
        if (!(probability > 0 && probability <= 1))
            throw error("sparse_features", "the probability is " + number_text(probability),
                        "choose one above 0 and at most 1");
        if (!(low <= high) || !std::isfinite(low) || !std::isfinite(high))
            throw error("sparse_features", "low is not at most high, or one is not finite", "give numbers in order");
        const auto share = static_cast<T>(probability);
        device.random({seed, data_stream, step},
                      detail::sparse_value<T>{share, static_cast<T>(low), static_cast<T>((high - low) / probability)},
                      x);
    }
};

}  // namespace apd::ext

namespace apd {
using ext::sparse_features;
}  // namespace apd
