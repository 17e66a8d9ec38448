#pragma once
// What attributions cost, counted from the sizes of a network, and how many samples and components they take at a time.

#include <algorithm>
#include <cstddef>

#include <apd/component/problem.hpp>

namespace apd::detail {

template <class Problem>
struct attribution_cost {
    using Net = typename Problem::network_type;
    static constexpr std::size_t C = Problem::components;

    /// Multiply-adds of layer L on one sample.
    template <std::size_t L>
    static constexpr std::size_t product = [] {
        using layer = typename Net::template layer_at<L>;
        if constexpr (matrix_use<layer>) return Net::template positions_at<L> * layer::matrix::shape::elements;
        else return std::size_t{0};
    }();
    /// Multiply-adds of P_c = U_c V_c for all components and sites.
    static constexpr std::size_t multiply_out = [] {
        std::size_t sum = 0;
        repeat<Net::sites.size()>([&](auto s) {
            using shapes = typename Problem::template shapes<s>;
            sum += C * shapes::in * shapes::rank * shapes::out;
        });
        return sum;
    }();
    /// Multiply-adds by the activation at a place. Of the input of the network most numbers are zero where there are
    /// more features than dimensions: those are not multiplied by.
    static constexpr std::size_t by_activation(std::size_t place, std::size_t multiply_adds) {
        return place == 0 ? multiply_adds / 8 : multiply_adds;
    }
    /// Numbers that all layers give for one sample, with their room.
    static constexpr std::size_t widths = [] {
        std::size_t sum = 0;
        repeat<Net::depth>([&](auto l) {
            using layer = typename Net::template layer_at<l>;
            sum += Net::sizes[l + 1];
            if constexpr (layer_with_room<layer>) sum += layer::room(Net::sizes[l]);
        });
        return sum;
    }();
    static constexpr std::size_t widest = *std::max_element(Net::sizes.begin(), Net::sizes.end());

    static constexpr std::size_t smallest_tile = 64;
    static constexpr std::size_t room = Problem::device_type::tile_bytes / sizeof(typename Problem::scalar);
    /// The largest part of C tangents, each of `numbers` a sample, that fits a tile of the backend.
    static constexpr std::size_t tangents_at_once(std::size_t numbers) {
        std::size_t k = C;
        while (k > 1 && (C % k != 0 || k * numbers * smallest_tile > room)) --k;
        return k;
    }
    /// Samples at a time.
    static constexpr std::size_t tile_of(std::size_t numbers) {
        return std::max(smallest_tile, room / numbers / smallest_tile * smallest_tile);
    }
};

}  // namespace apd::detail
