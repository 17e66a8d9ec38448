#pragma once
// The linear maps between nonlinear layers, and how they change along every component, multiplied out once a step.

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <apd/component/problem.hpp>
#include <apd/network/links.hpp>

namespace apd {

/// What `link_maps` hold: the maps that directions and tangents need, and the directions; or the maps alone, all those
/// that sites change.
enum class link_content { values_and_directions, values };

/// For every source j (see `links`), to each place p behind it: the map M_{j,p} [d_j, d_p] and its derivatives along
/// the components, D_{j,p} [C, d_j, d_p]: with W + ε P_c in the place of every site's W, M becomes M + ε D_c + O(ε²).
template <class Problem, link_content Content = link_content::values_and_directions>
class link_maps {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using graph = links<Net>;
    static constexpr std::size_t C = Problem::components;
    template <std::size_t J, std::size_t P>
    using value_shape = extents<Net::sizes[J], Net::sizes[P]>;
    template <std::size_t J, std::size_t P>
    using direction_shape = extents<C, Net::sizes[J], Net::sizes[P]>;

  public:
    /// M_{J,P}, where it is needed.
    template <std::size_t J, std::size_t P>
    view<const T, value_shape<J, P>> value() const {
        return std::get<P>(std::get<J>(maps_).value);
    }
    /// D_{J,P}; null where it is zero.
    template <std::size_t J, std::size_t P>
    view<const T, direction_shape<J, P>> direction() const {
        return std::get<P>(std::get<J>(maps_).direction);
    }

    /// `matrix(l)` is what layer l multiplies by, `each(l)` its components, where there are directions.
    template <class Matrix, class Each = std::nullptr_t>
    void evaluate(device_type& device, const Matrix& matrix, const Each& each = {}) {
        repeat<Net::depth>([&](auto j) {
            if constexpr (graph::is_source(j))
                repeat<Net::depth - j>([&](auto i) { extend<j, j + i>(device, matrix, each); });
        });
    }

    /// Multiply-adds of `evaluate`.
    static constexpr std::size_t cost() {
        std::size_t sum = 0;
        repeat<Net::depth>([&](auto j) {
            repeat<Net::depth - j>([&](auto i) {
                constexpr std::size_t l = j + i, product = Net::sizes[j] * Net::sizes[l] * Net::sizes[l + 1];
                if constexpr (graph::is_source(j) && matrix_use<layer<l>>) {
                    const bool is_product = graph::value(j, l) == link_kind::matrix;
                    if (is_product && graph::is_needed(j, l + 1)) sum += product;
                    if (is_product && site_use<layer<l>>) sum += C * product;
                    if (graph::has_direction(j, l)) sum += C * product;
                }
            });
        });
        return sum;
    }

  private:
    static constexpr bool with_directions = Content == link_content::values_and_directions;
    static constexpr bool is_needed(std::size_t from, std::size_t to) {
        return with_directions ? graph::is_needed(from, to) : graph::leads_to_change(from, to);
    }
    template <std::size_t L>
    using layer = typename Net::template layer_at<L>;

    // The maps of source J to all places, and the arrays of those that are no matrix of the network as it is.
    template <std::size_t J, class Places>
    struct maps_from;
    template <std::size_t J, std::size_t... P>
    struct maps_from<J, std::index_sequence<P...>> {
        std::tuple<view<const T, value_shape<J, P>>...> value;
        std::tuple<view<const T, direction_shape<J, P>>...> direction;
        std::tuple<array<device_type, T, value_shape<J, P>>...> own_value;
        std::tuple<array<device_type, T, direction_shape<J, P>>...> own_direction;
    };
    using places = std::make_index_sequence<Net::depth + 1>;
    template <std::size_t J>
    using maps_at = maps_from<J, places>;

    // The maps behind layer L from those before it.
    template <std::size_t J, std::size_t L>
    void extend(device_type& device, const auto& matrix, const auto& each) {
        auto& maps = std::get<J>(maps_);
        if constexpr (matrix_use<layer<L>>) {
            if constexpr (is_needed(J, L + 1)) multiply_value<J, L>(device, matrix(place<L>));
            if constexpr (with_directions && graph::has_direction(J, L + 1))
                multiply_direction<J, L>(device, matrix(place<L>), each);
        } else if constexpr (detail::keeps_tangents<layer<L>> || detail::is_skip<layer<L>>) {
            std::get<L + 1>(maps.value) = std::get<L>(maps.value);
            std::get<L + 1>(maps.direction) = std::get<L>(maps.direction);
            if constexpr (detail::is_skip<layer<L>>) add_skipped<J, L, detail::skips_from<Net, L>>(device);
        }
    }
    template <std::size_t J, std::size_t L>
    void multiply_value(device_type& device, const auto& w) {
        using use = typename layer<L>::orientation;
        constexpr bool from_source = graph::value(J, L) == link_kind::unchanged;
        auto& maps = std::get<J>(maps_);
        auto& next = std::get<L + 1>(maps.value);
        if constexpr (from_source && std::is_same_v<use, straight>) {
            next = w;
        } else {
            const auto product = own<L + 1>(device, maps.own_value);
            if constexpr (from_source) device(product["io"_i] = w[use::matrix]);
            else device(product["jo"_i] = std::get<L>(maps.value)["ji"_i] * w[use::matrix]);
            next = product;
        }
    }
    template <std::size_t J, std::size_t L>
    void multiply_direction(device_type& device, const auto& w, const auto& each) {
        using use = typename layer<L>::orientation;
        constexpr link_kind before = graph::value(J, L);
        constexpr bool has_direction = graph::has_direction(J, L);
        constexpr bool is_site = site_use<layer<L>> && before != link_kind::none;
        auto& maps = std::get<J>(maps_);
        auto& next = std::get<L + 1>(maps.direction);
        if constexpr (is_site && before == link_kind::unchanged && !has_direction && std::is_same_v<use, straight>) {
            next = each(place<L>);
        } else {
            const auto sum = own<L + 1>(device, maps.own_direction);
            if constexpr (is_site) {
                const auto p = each(place<L>);
                if constexpr (before == link_kind::unchanged) device(sum["cio"_i] = p[use::components]);
                else device(sum["cjo"_i] = std::get<L>(maps.value)["ji"_i] * p[use::components]);
            }
            if constexpr (has_direction) {
                const auto product = std::get<L>(maps.direction)["cji"_i] * w[use::matrix];
                if constexpr (is_site) device(sum["cjo"_i] += product);
                else device(sum["cjo"_i] = product);
            }
            next = sum;
        }
    }
    template <std::size_t J, std::size_t L, std::size_t Begin>
    void add_skipped(device_type& device) {
        if constexpr (Begin >= J) {
            auto& maps = std::get<J>(maps_);
            if constexpr (graph::value(J, Begin) != link_kind::none)
                add<L + 1>(device, std::get<Begin>(maps.value), maps.value, maps.own_value, "jo"_i);
            if constexpr (with_directions && graph::has_direction(J, Begin))
                add<L + 1>(device, std::get<Begin>(maps.direction), maps.direction, maps.own_direction, "cjo"_i);
        }
    }
    // Adds to the map to place P, if there is one.
    template <std::size_t P>
    static void add(device_type& device, const auto& skipped, auto& maps, auto& owned, auto letters) {
        auto& sum = std::get<P>(maps);
        if (sum.data == nullptr) {
            sum = skipped;
        } else {
            const auto both = own<P>(device, owned);
            device(both[letters] = sum[letters] + skipped[letters]);
            sum = both;
        }
    }
    template <std::size_t P>
    static auto own(device_type& device, auto& owned) {
        auto& room = std::get<P>(owned);
        if ((*room).data == nullptr) room = std::decay_t<decltype(room)>(device);
        return *room;
    }
    template <std::size_t L>
    static constexpr std::integral_constant<std::size_t, L> place{};

    typename detail::tuple_over<maps_at, places>::type maps_;
};

}  // namespace apd
