#pragma once
// What attributions cost, counted from the sizes of a network, and how many samples and components they take at a time.

#include <algorithm>
#include <array>
#include <cstddef>

#include <apd/component/batch_rows.hpp>
#include <apd/component/problem.hpp>

namespace apd::ext::detail {

/// Every number is computed by plain loops over tables of layers, so that nothing is compiled only to be counted.
template <class Problem>
struct attribution_cost {
    using Net = typename Problem::network_type;
    static constexpr std::size_t C = Problem::components;

    /// Of each layer: multiply-adds on one sample; numbers it gives, with its workspace; if it is a use of a site, how
    /// many components that has and of which rank, and the multiply-adds of P_c = U_c V_c for all of them.
    struct layer_counts {
        std::size_t product = 0, width = 0, components = 0, rank = 1, multiply_out = 0;
    };
    static constexpr auto layers = [] {
        std::array<layer_counts, Net::depth> all{};
        repeat<Net::depth>([&](auto l) {
            using layer = typename Net::template layer_at<l>;
            layer_counts& counts = all[l];
            counts.width = Net::sizes[l + 1] + Net::workspaces[l];
            if constexpr (matrix_use<layer>) counts.product = Net::positions[l] * layer::matrix::shape::elements;
            if constexpr (site_use<layer>) {
                constexpr auto site = Problem::site_of(layer_number<Net, l>);
                counts.components = site.count;
                counts.rank = site.rank;
                if constexpr (parametrised_layer<layer>)
                    counts.multiply_out = site.count * site.in * site.rank * site.out;
            }
        });
        return all;
    }();
    static constexpr std::size_t multiply_out = [] {
        std::size_t sum = 0;
        for (const auto& each : layers) sum += each.multiply_out;
        return sum;
    }();
    /// Multiply-adds by the activation at a place. Of the input of the network most numbers are zero where there are
    /// more features than dimensions: those are not multiplied by.
    static constexpr std::size_t by_activation(std::size_t place, std::size_t multiply_adds) {
        return place == 0 ? multiply_adds / 8 : multiply_adds;
    }
    /// Numbers that all layers give for one sample, with their workspace.
    static constexpr std::size_t widths = [] {
        std::size_t sum = 0;
        for (const auto& each : layers) sum += each.width;
        return sum;
    }();
    static constexpr std::size_t widest = *std::max_element(Net::sizes.begin(), Net::sizes.end());

    static constexpr std::size_t smallest_tile = 64;
    static constexpr std::size_t workspace = Problem::device_type::tile_bytes / sizeof(typename Problem::scalar);
    /// The largest number of tangents, each of `numbers` a sample, that fits a tile of the backend and divides the
    /// components into parts of which each site has all or none.
    static constexpr std::size_t tangents_per_pass(std::size_t numbers) {
        std::size_t k = C;
        while (k > 1 && (!divides_ranges(k) || k * numbers * smallest_tile > workspace)) --k;
        return k;
    }
    /// Whether every site has all components.
    static constexpr bool are_shared = [] {
        bool all = true;
        for (const auto& each : layers) all = all && (each.components == 0 || each.components == C);
        return all;
    }();
    /// Samples at a time: whole sequences.
    static constexpr std::size_t tile_of(std::size_t numbers) {
        return whole_sequences(std::max(smallest_tile, workspace / numbers / smallest_tile * smallest_tile),
                               Net::sequence_length);
    }

  private:
    static constexpr bool divides_ranges(std::size_t k) {
        bool divides = C % k == 0;
        Problem::for_each_site([&](auto site) { divides = divides && site.first % k == 0 && site.count % k == 0; });
        return divides;
    }
};

}  // namespace apd::ext::detail
