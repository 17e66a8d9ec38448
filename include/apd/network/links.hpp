#pragma once
// The linear maps of a network between its nonlinear layers: which there are, worked out from its type.

#include <array>
#include <cstddef>

#include <apd/network/network.hpp>
#include <apd/network/passes.hpp>

namespace apd::ext {

/// How an activation depends on a source before it: not linearly or not at all, as it is, or by a matrix.
enum class link_kind { none, unchanged, matrix };

namespace detail {

enum class link_layer { site, matrix, skip, translation, nonlinear };
struct link_layer_of {
    template <class L>
    static consteval link_layer at(std::size_t) {
        return site_use<L>         ? link_layer::site
               : matrix_use<L>     ? link_layer::matrix
               : is_skip<L>        ? link_layer::skip
               : is_translation<L> ? link_layer::translation
                                   : link_layer::nonlinear;
    }
};

template <class Net>
struct link_table {
    static constexpr std::size_t places = Net::depth + 1;
    static constexpr auto layers = for_layers<link_layer_of>(static_cast<typename Net::layers*>(nullptr), Net::sizes);

    std::array<bool, places> source{}, sink{}, tangent{};
    std::array<std::array<link_kind, places>, places> value{};  // [source][place]
    std::array<std::array<bool, places>, places> direction{};
    std::array<std::array<link_kind, places>, places> response{};  // [layer][place]
    bool is_complete = !Net::has_branches;

    // What of a source reaches the place behind layer l, given all places before it.
    constexpr void extend(std::size_t l, std::array<link_kind, places>& map, std::array<bool, places>& changes) {
        if (layers[l] == link_layer::skip) {
            const std::size_t begin = l - Net::layers_back[l];
            const link_kind block = map[l], skipped = map[begin];
            const bool both = block != link_kind::none && skipped != link_kind::none;
            if (both && (block != link_kind::matrix || skipped != link_kind::matrix)) is_complete = false;
            map[l + 1] = block != link_kind::none ? block : skipped;
            changes[l + 1] = changes[l] || changes[begin];
        } else if (layers[l] == link_layer::translation) {
            map[l + 1] = map[l];
            changes[l + 1] = changes[l];
        } else {
            if (map[l] != link_kind::none) map[l + 1] = link_kind::matrix;
            changes[l + 1] = changes[l] || (layers[l] == link_layer::site && map[l] != link_kind::none);
            is_complete = is_complete && Net::positions[l] == 1;
        }
    }
    // A sink changes if a map to it does, or the source at its other end.
    constexpr bool changes_at(std::size_t place) const {
        bool found = false;
        for (std::size_t from = 0; from < place; ++from)
            found = found || direction[from][place] || (tangent[from] && value[from][place] != link_kind::none);
        return found;
    }
};

template <class Net>
consteval auto links_of() {
    link_table<Net> table;
    std::array<link_kind, Net::depth + 1> constants{};  // what biases add, as if it were one source more
    std::array<bool, Net::depth + 1> ignored{};
    table.source[0] = table.sink[Net::depth] = true;
    for (std::size_t l = 0; l < Net::depth; ++l) {
        const link_layer layer = table.layers[l];
        if (table.source[l]) table.value[l][l] = link_kind::unchanged;
        if (layer == link_layer::nonlinear) {
            table.sink[l] = table.source[l + 1] = true;
            table.tangent[l] = table.tangent[l] || table.changes_at(l);
            table.tangent[l + 1] = table.tangent[l];
            continue;
        }
        const bool is_site = layer == link_layer::site;
        if (is_site && constants[l] != link_kind::none) table.is_complete = false;
        for (std::size_t from = 0; from <= l; ++from)
            if (table.source[from]) table.extend(l, table.value[from], table.direction[from]);
        table.extend(l, constants, ignored);
        if (layer == link_layer::translation) constants[l + 1] = link_kind::matrix;
        for (std::size_t use = 0; use < l; ++use) table.extend(l, table.response[use], ignored);
        if (is_site) table.response[l][l + 1] = link_kind::matrix;
    }
    table.tangent[Net::depth] = table.tangent[Net::depth] || table.changes_at(Net::depth);
    return table;
}

}  // namespace detail

/// Between nonlinear layers a network is linear. A *source* is its input or what a nonlinear layer gives, a *sink* its
/// output or what a nonlinear layer is given; places are numbered like activations, and every sink is Σ_j a_j M_j over
/// the sources before it, biases aside. Tangents need no more than these maps, however wide the layers between.
template <class Net>
class links {
    static constexpr auto table = detail::links_of<Net>();

  public:
    static constexpr bool is_source(std::size_t place) { return table.source[place]; }
    static constexpr bool is_sink(std::size_t place) { return table.sink[place]; }
    /// How the activation at `place` depends on the source at `from`.
    static constexpr link_kind value(std::size_t from, std::size_t place) { return table.value[from][place]; }
    /// Whether that map changes with a site's matrix.
    static constexpr bool has_direction(std::size_t from, std::size_t place) { return table.direction[from][place]; }
    /// Whether what use `layer` of a site gives reaches `place` through linear layers.
    static constexpr bool responds(std::size_t layer, std::size_t place) {
        return table.response[layer][place] != link_kind::none;
    }
    /// Whether `place` is a source or sink, and the activation there changes with a site's matrix.
    static constexpr bool has_tangent(std::size_t place) { return table.tangent[place]; }
    /// Whether the map is needed: for a site behind, or to pass a tangent on.
    static constexpr bool is_needed(std::size_t from, std::size_t place) {
        bool needed = table.tangent[from];
        for (const std::size_t use : Net::uses)
            needed = needed || (use >= place && table.value[from][use] != link_kind::none);
        return needed && table.value[from][place] != link_kind::none;
    }
    /// Whether the map changes when sites do, by itself or by its source, or leads to one that does.
    static constexpr bool leads_to_change(std::size_t from, std::size_t place) {
        if (table.value[from][place] == link_kind::none) return false;
        bool changes = table.tangent[from];
        for (std::size_t behind = place; behind <= Net::depth; ++behind)
            changes = changes || table.direction[from][behind];
        return changes;
    }
    /// Whether maps between sources and sinks give all tangents: not if a bias lies between a source and a site, if a
    /// block without a nonlinear layer or a matrix adds a source to itself, if a matrix is used at several positions,
    /// or if there are branches.
    static constexpr bool are_complete = table.is_complete;
};

}  // namespace apd::ext
