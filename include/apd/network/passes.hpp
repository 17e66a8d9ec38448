#pragma once
// The passes over a stack of layers: forward, pushforward of tangents, pullback of cotangents.

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/network/network.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// What `layer_arrays` hold: values of their own, or tangents, which a layer may leave as they are.
enum class layer_contents { activations, tangents };

/// Arrays between the layers of a network: [B, d_l], or [B, K, d_l] for K tangents, l = 0, …, depth.
///
/// Behind a layer that keeps tangents (a bias), tangents are the same array as before it. What branches give is a part
/// of the array in which it is joined, but for K tangents, which have arrays of their own.
template <class Device, class T, class Net, layer_contents Contents, std::size_t... K>
class layer_arrays {
    static_assert(sizeof...(K) <= 1, "apd::ext::layer_arrays: at most one number of tangents.");

  public:
    template <std::size_t Width>
    using shape = extents<dynamic, K..., Width>;

    layer_arrays() = default;
    /// Position 0, the network's input, is left to the caller: it belongs to the data, or has no tangent.
    /// None are made at places that are `left_out`.
    layer_arrays(Device& device, std::size_t batch, const std::array<bool, Net::depth + 1>& left_out = {}) {
        constexpr std::size_t tangents = (std::size_t{1} * ... * K);
        const auto make = [&](std::size_t numbers) {
            return memory_.emplace_back(device, tangents * numbers, batch).template as<extents<>>();
        };
        for (std::size_t p = Net::depth; p > 0; --p) {
            const std::size_t whole = Net::part_of[p];
            const bool shared = Contents == layer_contents::tangents && p < Net::depth && Net::translations[p];
            if (left_out[p]) continue;
            if (has_parts && whole != p)
                places_[p] = {places_[whole].data + Net::part_begin[p] * places_[whole].stride, batch,
                              places_[whole].stride};
            else places_[p] = shared ? places_[p + 1] : make(Net::sizes[p]);
        }
        for (std::size_t l = 0; l < Net::depth; ++l) {
            if (Net::workspaces[l] > 0) workspaces_[l] = make(Net::workspaces[l]);
            if (Contents == layer_contents::tangents && Net::reads[l] != l) of_branches_[l] = make(Net::given[l]);
        }
        own_ = places_;
    }
    /// Whether what branches give lies in the array in which it is joined.
    static constexpr bool has_parts = sizeof...(K) == 0;
    /// From now on the arrays are their first `samples` samples.
    void resize(std::size_t samples) {
        for (auto* const views : {places_.data(), own_.data(), workspaces_.data(), of_branches_.data()})
            for (std::size_t i = 0; i < Net::depth; ++i) views[i].batch = samples;
        places_.back().batch = own_.back().batch = samples;
    }
    template <std::size_t Width>
    view<T, shape<Width>> at(between_layers<Width> place) const {
        return as<Width>(places_[place.number]);
    }
    template <std::size_t L>
    auto at() const {
        return at(between_layers<Net::sizes[L]>{L});
    }
    /// What goes into a layer, and what it gives.
    auto before(auto layer) const { return at(layer.before()); }
    auto behind(auto layer) const { return at(layer.behind()); }
    /// Puts another array, such as the batch, in the place of that at position L.
    template <std::size_t L>
    void set(const view<T, shape<Net::sizes[L]>>& other) {
        places_[L] = {other.data, other.batch, other.stride};
    }
    /// Puts samples [begin, begin + count) of other arrays in the places 0, …, last; behind are its own, which may have
    /// been shared before.
    void share(const layer_arrays& other, std::size_t last, std::size_t begin, std::size_t count) {
        places_ = own_;
        std::transform(other.places_.begin(), other.places_.begin() + static_cast<std::ptrdiff_t>(last) + 1,
                       places_.begin(), [&](const any_view& whole) { return some_rows(whole, begin, count); });
    }
    /// Of the workspace of a layer, where it needs some.
    template <std::size_t Like>
    auto workspace(layer_handle<Net, Like> layer) const {
        return as<Net::workspaces[Like]>(workspaces_[layer.number]);
    }
    /// Of cotangents: what a branch but the first of several gives to the place that all of them read.
    template <std::size_t Like>
    auto of_branch(layer_handle<Net, Like> layer) const {
        return as<Net::given[Like]>(of_branches_[layer.number]);
    }
    /// Samples [begin, begin + count) of every array; the views do not own.
    layer_arrays rows(std::size_t begin, std::size_t count) const {
        const auto of = [&](const any_view& whole) { return some_rows(whole, begin, count); };
        layer_arrays part;
        std::ranges::transform(places_, part.places_.begin(), of);
        part.own_ = part.places_;
        std::ranges::transform(workspaces_, part.workspaces_.begin(), of);
        std::ranges::transform(of_branches_, part.of_branches_.begin(), of);
        return part;
    }

  private:
    using any_view = view<T, extents<>>;
    static any_view some_rows(const any_view& whole, std::size_t begin, std::size_t count) {
        return whole.data == nullptr ? any_view{} : any_view{whole.data + begin, count, whole.stride};
    }
    template <std::size_t Width>
    static view<T, shape<Width>> as(const any_view& place) {
        return {place.data, place.batch, place.stride};
    }
    std::vector<detail::array_memory<Device, T>> memory_;
    std::array<any_view, Net::depth + 1> places_{}, own_{};
    std::array<any_view, Net::depth> workspaces_{}, of_branches_{};
};

template <class Device, class T, class Net>
using activation_arrays = layer_arrays<Device, T, Net, layer_contents::activations>;
template <class Device, class T, class Net, std::size_t... K>
using tangent_arrays = layer_arrays<Device, T, Net, layer_contents::tangents, K...>;

/// What stands in the place of a layer's parameter: `sites(layer)` for uses of sites, else the target's value.
template <class Sites, class Parameters>
struct weight_choice {
    Sites sites;
    const Parameters& others;

    template <class Net, std::size_t Like>
    auto operator()(layer_handle<Net, Like> layer) const {
        if constexpr (site_use<typename layer_handle<Net, Like>::type>) return sites(layer);
        else return others.view_of(layer);
    }
};
template <class Sites, class Parameters>
auto choose_weights(Sites sites, const Parameters& others) {
    return weight_choice<Sites, Parameters>{sites, others};
}

/// The matrix of a layer that multiplies by one: `sites(layer)` for uses of sites, else the target's.
auto choose_matrices(auto sites, const auto& others) {
    return [sites, &others]<class Net, std::size_t Like>(layer_handle<Net, Like> layer) {
        using chosen = decltype(others.view_of(layer).value);
        if constexpr (site_use<typename layer_handle<Net, Like>::type>) return chosen(sites(layer));
        else return others.view_of(layer).value;
    };
}

namespace detail {
// Whether, of the residual blocks that end in a layer like layer Like, one begins behind a place, or one does not.
template <class Net, std::size_t Like>
consteval bool begins(bool behind, std::size_t place) {
    for (std::size_t l = 0; l < Net::depth; ++l)
        if (Net::kinds[l] == Net::kinds[Like] && (l - Net::layers_back[l] > place) == behind) return true;
    return false;
}
// Whether a layer like layer Like begins a branch behind the first of several, or the first.
template <class Net, std::size_t Like>
inline constexpr bool begins_other_branch = Net::reads[Like] != Like;
template <class Net, std::size_t Like>
consteval bool begins_first_branch() {
    for (std::size_t l = 0; l < Net::depth; ++l)
        if (Net::reads[l] != l && Net::kinds[Net::reads[l]] == Net::kinds[Like]) return true;
    return false;
}
// Of the join that is a layer: f(part of `whole`, array of the branch) for every branch, where they are not the same.
template <class Layer>
void for_each_branch(const auto& arrays, auto layer, const auto& whole, const auto& f) {
    if constexpr (!std::remove_cvref_t<decltype(arrays)>::has_parts) {
        std::size_t place = layer.number;
        for (const std::size_t count : Layer::layers) place -= count;
        std::size_t begin = 0;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((place += Layer::layers[I],
              f(whole.template part<0, Layer::widths[I]>(begin), arrays.at(between_layers<Layer::widths[I]>{place})),
              begin += Layer::widths[I]),
             ...);
        }
        (std::make_index_sequence<Layer::widths.size()>{});
    }
}
// Whether a residual block begins where a layer like layer Like does.
template <class Net, std::size_t Like>
consteval bool begins_block() {
    for (std::size_t l = 0; l < Net::depth; ++l)
        if (Net::layers_back[l] > 0 && Net::kinds[l - Net::layers_back[l]] == Net::kinds[Like]) return true;
    return false;
}
}  // namespace detail

/// Layer after layer from `first` on, which is First or a later one: what x has behind a layer becomes the layer of
/// what it has before it. `weights(layer)` gives what stands in the place of a parameter. Layers that are alike, as
/// `Stack` says (see `for_each_layer`), share what is compiled.
template <class Stack, std::size_t First = 0>
void forward(auto& device, const auto& weights, auto&& x, std::size_t first = First) {
    for_each_layer<Stack, First>([&](auto layer) {
        if (layer.number < first) return;
        using type = typename decltype(layer)::type;
        const auto from = x.before(layer);
        const auto to = x.behind(layer);
        if constexpr (detail::is_skip<type> && stream_place<decltype(to)>) return;  // all that arrives there is known
        else if constexpr (detail::is_skip<type>) device(to["bi"_i] = from["bi"_i] + x.at(layer.block_begin())["bi"_i]);
        else if constexpr (detail::is_join<type>) return;  // what the branches gave is there
        else if constexpr (layer_with_workspace<type>)
            type::forward(device, weights(layer), from, to, x.workspace(layer));
        else type::forward(device, weights(layer), from, to);
    });
}

/// Tangents t at the activations x; the input's tangent is zero, and so are all before the first use of a site.
template <class Stack>
void pushforward(auto& device, const auto& weights, const auto& x, const auto& t) {
    using Net = typename detail::network_of<Stack>::type;
    constexpr std::size_t first = Net::start;
    // What a layer gives whose input has no tangent: of a site its own, else none.
    const auto begin = [&](auto layer) {
        using type = typename decltype(layer)::type;
        const auto to = t.at(layer.behind());
        if constexpr (site_use<type>) type::pushforward(device, weights(layer), x.at(layer.before()), no_tangent{}, to);
        else device(along<"i">(to) = 0);
    };
    begin(layer_number<Net, first>);
    for_each_layer<Stack, first + 1>([&](auto layer) {
        using type = typename decltype(layer)::type;
        constexpr std::size_t like = decltype(layer)::like;
        if constexpr (detail::begins_other_branch<Net, like>)
            if (layer.before().number <= first) return begin(layer);
        const auto from = t.at(layer.before());
        const auto to = t.at(layer.behind());
        if constexpr (detail::is_skip<type>) {
            const auto start = layer.block_begin();
            if constexpr (detail::begins<Net, like>(true, first))
                if (start.number > first) device(along<"i">(to) = along<"i">(from) + along<"i">(t.at(start)));
            if constexpr (detail::begins<Net, like>(false, first))
                if (start.number <= first) device(along<"i">(to) = along<"i">(from));
        } else if constexpr (detail::is_join<type>) {
            detail::for_each_branch<type>(t, layer, to, [&](const auto& part, const auto& of_branch) {
                device(along<"i">(part) = along<"i">(of_branch));
            });
        } else if constexpr (layer_with_workspace<type>) {
            type::pushforward(device, weights(layer), x.at(layer.before()), from, to, x.workspace(layer),
                              t.workspace(layer));
        } else if constexpr (!detail::is_translation<type>) {
            type::pushforward(device, weights(layer), x.at(layer.before()), from, to);
        }
    });
}

/// Cotangents g at the activations x, from the outputs back to layer `first`, with all that read what goes in there: it
/// is First, where passes with components begin unless said otherwise, or a later one.
///
/// `arrived(place)` is called when g at a place is complete as far as the layers behind determine it: the time to add
/// what else depends on the activation. At a residual stream there is no g: who reads it gives it to what was written.
template <class Stack, std::size_t First = detail::network_of<Stack>::type::start,
          class Begin = std::integral_constant<std::size_t, First>>
void pullback(auto& device, const auto& weights, auto&& x, const auto& g, auto&& arrived, Begin first = {}) {
    using Net = typename detail::network_of<Stack>::type;
    constexpr bool may_end_before = std::is_same_v<Begin, std::size_t>;
    const auto pull_back_parameter = [&](auto layer, const auto& parameter, const auto& from) {
        using type = typename decltype(layer)::type;
        constexpr bool one_cotangent = std::remove_cvref_t<decltype(from)>::shape::rank == 2;
        if constexpr (one_cotangent && parametrised_layer<type> && !matrix_use<type>) {
            if (parameter.gradient.data != nullptr) type::pullback_parameter(device, parameter, x.before(layer), from);
        }
    };
    const auto pull_back = [&](auto layer, const auto& parameter, const auto& from, const auto& to) {
        using type = typename decltype(layer)::type;
        constexpr bool reads_stream = stream_place<decltype(x.before(layer))>;
        if constexpr (detail::is_skip<type>) {
            if constexpr (!reads_stream) device(along<"i">(to) = along<"i">(from));
        } else if constexpr (detail::is_join<type>) {
            detail::for_each_branch<type>(g, layer, from, [&](const auto& part, const auto& of_branch) {
                device(along<"i">(of_branch) = along<"i">(part));
            });
        } else if constexpr (layer_with_workspace<type>) {
            type::pullback(device, parameter, x.before(layer), from, to, x.workspace(layer), g.workspace(layer));
        } else if constexpr (matrix_use<type> && stream_place<decltype(x.behind(layer))>) {
            type::pullback(device, parameter, x.before(layer), x.behind(layer), to);
        } else if constexpr (!detail::is_translation<type>) {
            type::pullback(device, parameter, x.before(layer), from, to);
        }
    };
    // Of a layer before which nothing is asked for.
    const auto end_with = [&](auto layer) {
        using type = typename decltype(layer)::type;
        arrived(layer.behind());
        const auto parameter = weights(layer);
        pull_back_parameter(layer, parameter, g.at(layer.behind()));
        if constexpr (matrix_use<type> && stream_place<decltype(x.behind(layer))>)
            type::pullback(device, parameter, x.before(layer), x.behind(layer), no_tangent{});
        else if constexpr (matrix_use<type>)
            type::pullback(device, parameter, x.before(layer), g.at(layer.behind()), no_tangent{});
    };
    // Where the end is known, layer First is compiled for it alone.
    for_each_layer_back<Stack, may_end_before ? First : First + 1>([&](auto layer) {
        constexpr std::size_t like = decltype(layer)::like;
        if constexpr (may_end_before) {
            if (layer.number < first) return;
            if (layer.before().number <= first) return end_with(layer);
        }
        if constexpr (detail::begins_other_branch<Net, like>) {
            if constexpr (!may_end_before)
                if (layer.before().number <= First) return end_with(layer);
            arrived(layer.behind());
            const auto parameter = weights(layer);
            const auto from = g.at(layer.behind());
            pull_back_parameter(layer, parameter, from);
            pull_back(layer, parameter, from, g.of_branch(layer));
        } else {
            arrived(layer.behind());
            const auto parameter = weights(layer);
            const auto from = g.at(layer.behind());
            const auto to = g.at(layer.before());
            pull_back_parameter(layer, parameter, from);
            pull_back(layer, parameter, from, to);
            // What the other branches give that begin here.
            if constexpr (detail::begins_first_branch<Net, like>()) {
                constexpr std::size_t width = Net::given[like];
                const std::size_t place = layer.number;
                for_each_layer<Stack, First + 1>([&]<std::size_t Other>(layer_handle<Net, Other> other) {
                    if constexpr (detail::begins_other_branch<Net, Other> && Net::given[Other] == width)
                        if (other.before().number == place) device(along<"i">(to) += along<"i">(g.of_branch(other)));
                });
            }
            // What every block that begins here passes on unchanged.
            if constexpr (detail::begins_block<Net, like>() && !stream_place<decltype(x.before(layer))>) {
                for (std::size_t end = layer.number; end < Net::depth; ++end)
                    if (Net::layers_back[end] > 0 && end - Net::layers_back[end] == layer.number)
                        device(along<"i">(to) += along<"i">(g.at(between_layers<decltype(layer)::inputs>{end + 1})));
            }
        }
    });
    if constexpr (!may_end_before) end_with(layer_number<Net, First>);
}

}  // namespace apd::ext
