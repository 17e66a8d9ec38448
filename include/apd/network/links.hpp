#pragma once
// The linear maps of a network between its nonlinear layers: which there are, worked out from its type.

#include <array>
#include <cstddef>

#include <apd/network/network.hpp>
#include <apd/network/passes.hpp>

namespace apd {

/// How an activation depends on a source before it: not linearly or not at all, as it is, or by a matrix.
enum class link_kind { none, unchanged, matrix };

namespace detail {

template <class Layer>
inline constexpr bool is_affine = matrix_use<Layer> || is_translation<Layer> || is_skip<Layer>;

template <std::size_t Places>
struct link_table {
    std::array<bool, Places> source{}, sink{}, tangent{};
    std::array<std::array<link_kind, Places>, Places> value{};  // [source][place]
    std::array<std::array<bool, Places>, Places> direction{};
    std::array<std::array<link_kind, Places>, Places> response{};  // [layer][place]
    bool is_complete = true;

    // What of a source reaches the place behind layer L, given all places before it.
    template <class Net, std::size_t L>
    constexpr void extend(std::array<link_kind, Places>& map, std::array<bool, Places>& changes) {
        using layer = typename Net::template layer_at<L>;
        if constexpr (matrix_use<layer>) {
            if (map[L] != link_kind::none) map[L + 1] = link_kind::matrix;
            changes[L + 1] = changes[L] || (site_use<layer> && map[L] != link_kind::none);
            is_complete = is_complete && Net::template positions_at<L> == 1;
        } else if constexpr (is_skip<layer>) {
            const link_kind block = map[L], skipped = map[skips_from<Net, L>];
            const bool both = block != link_kind::none && skipped != link_kind::none;
            if (both && (block != link_kind::matrix || skipped != link_kind::matrix)) is_complete = false;
            map[L + 1] = block != link_kind::none ? block : skipped;
            changes[L + 1] = changes[L] || changes[skips_from<Net, L>];
        } else if constexpr (is_translation<layer>) {
            map[L + 1] = map[L];
            changes[L + 1] = changes[L];
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
    link_table<Net::depth + 1> table;
    std::array<link_kind, Net::depth + 1> constants{};  // what biases add, as if it were one source more
    std::array<bool, Net::depth + 1> ignored{};
    table.source[0] = table.sink[Net::depth] = true;
    repeat<Net::depth>([&](auto l) {
        using layer = typename Net::template layer_at<l>;
        if (table.source[l]) table.value[l][l] = link_kind::unchanged;
        if constexpr (is_affine<layer>) {
            if (site_use<layer> && constants[l] != link_kind::none) table.is_complete = false;
            for (std::size_t from = 0; from <= l; ++from)
                if (table.source[from]) table.template extend<Net, l>(table.value[from], table.direction[from]);
            table.template extend<Net, l>(constants, ignored);
            if (is_translation<layer>) constants[l + 1] = link_kind::matrix;
            for (std::size_t use = 0; use < l; ++use) table.template extend<Net, l>(table.response[use], ignored);
            if (site_use<layer>) table.response[l][l + 1] = link_kind::matrix;
        } else {
            table.sink[l] = table.source[l + 1] = true;
            table.tangent[l] = table.tangent[l] || table.changes_at(l);
            table.tangent[l + 1] = table.tangent[l];
        }
    });
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
    /// block without a nonlinear layer or a matrix adds a source to itself, or if a matrix is used at several
    /// positions.
    static constexpr bool are_complete = table.is_complete;
};

}  // namespace apd
