#pragma once
// The linear maps between nonlinear layers, and how they change along every component, multiplied out once a step.

#include <cstddef>
#include <type_traits>

#include <apd/attribution/attribution_cost.hpp>
#include <apd/backend/team.hpp>
#include <apd/component/problem.hpp>
#include <apd/network/links.hpp>

namespace apd::ext {

/// What `link_maps` hold: the maps that directions and tangents need, and the directions; or the maps alone, all those
/// that sites change.
enum class link_content { values_and_directions, values };

/// For every source j (see `links`), to each place p behind it: the map M_{j,p} [d_j, d_p], and its derivatives along
/// the components: with W + ε P_c in the place of every site's W, M becomes M + ε D_c + O(ε²).
///
/// A use l of a site, P_c = U_c V_c, changes it by (M_{j,l} U_c)(V_c N_{l,p}), N_{l,p} the map from what it gives to p:
/// D_{j,p} is the sum of these products, left_{j,l} [C, d_j, m] times right_{l,p} [C, m, d_p]. P_c is not multiplied
/// out; the products are, at sinks where D is smaller than what it is made of.
template <class Problem, link_content Content = link_content::values_and_directions>
class link_maps {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using graph = links<Net>;
    using counts = detail::attribution_cost<Problem>;
    static constexpr std::size_t C = Problem::components;
    template <std::size_t L>
    using layer = typename Net::template layer_at<L>;

  public:
    /// Of the components at use L of a site; of another layer 1.
    template <std::size_t L>
    static constexpr std::size_t rank = counts::layers[L].rank;

  private:
    // Pairs of places, one behind the other.
    static constexpr std::size_t places = Net::depth + 1;
    template <std::size_t From, std::size_t To>
    static constexpr std::size_t pair = From* places + To;

    template <std::size_t Pair>
    using value_shape = extents<Net::sizes[Pair / places], Net::sizes[Pair % places]>;
    template <std::size_t Pair>
    using direction_shape = extents<C, Net::sizes[Pair / places], Net::sizes[Pair % places]>;
    template <std::size_t Pair>
    using left_shape = extents<C, Net::sizes[Pair / places], rank<Pair % places>>;
    template <std::size_t Pair>
    using right_shape = extents<C, rank<Pair / places>, Net::sizes[Pair % places]>;

  public:
    /// Whether use l of a site changes the map from j to p.
    static constexpr bool changes(std::size_t j, std::size_t l, std::size_t p) {
        return j <= l && l < p && counts::layers[l].components > 0 && graph::value(j, l) != link_kind::none &&
               graph::responds(l, p);
    }
    /// Numbers of one component: of D_{j,p}, and of the products it is the sum of.
    static constexpr std::size_t numbers(std::size_t j, std::size_t p) { return Net::sizes[j] * Net::sizes[p]; }
    static constexpr std::size_t numbers_of_factors(std::size_t j, std::size_t p) {
        std::size_t sum = 0;
        for (std::size_t l = j; l < p; ++l)
            if (changes(j, l, p)) sum += counts::layers[l].rank * (Net::sizes[j] + Net::sizes[p]);
        return sum;
    }
    /// Whether D_{j,p} is multiplied out.
    static constexpr bool is_dense(std::size_t j, std::size_t p) {
        return graph::is_sink(p) && graph::has_direction(j, p) && numbers(j, p) <= numbers_of_factors(j, p);
    }

    /// M_{J,P}, where it is needed.
    template <std::size_t J, std::size_t P>
    view<const T, value_shape<pair<J, P>>> value() const {
        return value_.template at<pair<J, P>>();
    }
    /// D_{J,P}, where it is multiplied out.
    template <std::size_t J, std::size_t P>
    view<const T, direction_shape<pair<J, P>>> direction() const {
        return direction_.template at<pair<J, P>>();
    }
    /// M_{J,L} U_c of use L of a site.
    template <std::size_t J, std::size_t L>
    view<const T, left_shape<pair<J, L>>> left() const {
        return left_.template at<pair<J, L>>();
    }
    /// V_c N_{L,P}.
    template <std::size_t L, std::size_t P>
    view<const T, right_shape<pair<L, P>>> right() const {
        return right_.template at<pair<L, P>>();
    }

    /// `matrix(layer)` is what a layer multiplies by, `left(layer)` and `right(layer)` are the factors of its site.
    template <class Matrix, class Left, class Right>
    void evaluate(device_type& device, const Matrix& matrix, const Left& left, const Right& right) {
        evaluate(device, matrix);
        repeat<Net::depth>([&](auto l) {
            if constexpr (site_use<layer<l>>) {
                respond<l>(device, matrix, left, right);
                repeat<l + 1>([&](auto j) {
                    if constexpr (changes(j, l, l + 1)) multiply_left<j, l>(device, left(place<l>), right(place<l>));
                });
            }
        });
        repeat<Net::depth + 1>([&](auto p) {
            repeat<p>([&](auto j) {
                if constexpr (is_dense(j, p)) multiply_out<j, p>(device);
            });
        });
    }
    /// The maps alone.
    template <class Matrix>
    void evaluate(device_type& device, const Matrix& matrix) {
        repeat<Net::depth>([&](auto j) {
            if constexpr (graph::is_source(j))
                repeat<Net::depth - j>([&](auto i) { extend<j, j + i>(device, matrix); });
        });
    }

    /// Multiply-adds of `evaluate`.
    static constexpr std::size_t cost() {
        std::size_t sum = 0;
        for (std::size_t l = 0; l < Net::depth; ++l) {
            const auto& layer = counts::layers[l];
            if (layer.product == 0) continue;
            const std::size_t in = Net::sizes[l], out = Net::sizes[l + 1];
            for (std::size_t j = 0; j <= l; ++j) {
                if (graph::is_source(j) && graph::value(j, l) == link_kind::matrix) {
                    if (graph::is_needed(j, l + 1)) sum += Net::sizes[j] * in * out;
                    sum += layer.components * Net::sizes[j] * in * layer.rank;
                }
                if (j < l && counts::layers[j].components > 0 && graph::responds(j, l))
                    sum += C * counts::layers[j].rank * in * out;
            }
        }
        for (std::size_t p = 0; p <= Net::depth; ++p)
            for (std::size_t j = 0; j < p; ++j)
                if (is_dense(j, p))
                    for (std::size_t l = j; l < p; ++l)
                        if (changes(j, l, p)) sum += C * numbers(j, p) * counts::layers[l].rank;
        return sum;
    }

  private:
    static constexpr bool is_needed(std::size_t from, std::size_t to) {
        return Content == link_content::values_and_directions ? graph::is_needed(from, to)
                                                              : graph::leads_to_change(from, to);
    }

    // The map behind layer L from the one before it.
    template <std::size_t J, std::size_t L>
    void extend(device_type& device, const auto& matrix) {
        if constexpr (matrix_use<layer<L>>) {
            if constexpr (is_needed(J, L + 1)) multiply_value<J, L>(device, matrix(place<L>));
        } else if constexpr (detail::is_translation<layer<L>> || detail::is_skip<layer<L>>) {
            value_.template set<pair<J, L + 1>>(value<J, L>());
            if constexpr (detail::is_skip<layer<L>>) {
                constexpr std::size_t begin = L - Net::layers_back[L];
                if constexpr (begin >= J)
                    if constexpr (graph::value(J, begin) != link_kind::none)
                        add<pair<J, L + 1>>(device, value<J, begin>(), value_, own_value_, "jo"_i);
            }
        }
    }
    template <std::size_t J, std::size_t L>
    void multiply_value(device_type& device, const auto& w) {
        using use = typename layer<L>::orientation;
        constexpr bool from_source = graph::value(J, L) == link_kind::unchanged;
        constexpr std::size_t next = pair<J, L + 1>;
        if constexpr (from_source && std::is_same_v<use, as_declared>) {
            value_.template set<next>(w);
        } else {
            const auto product = own_value_.template ensure<next>(device);
            if constexpr (from_source) device(product["io"_i] = w[use::matrix]);
            else multiply(device, product["jo"_i] = value<J, L>()["ji"_i] * w[use::matrix]);
            value_.template set<next>(product);
        }
    }
    // Maps alone are computed by threads beside each other, which can't ask a team.
    static void multiply(device_type& device, const auto& statement) {
        if constexpr (Content == link_content::values) device(statement);
        else detail::compute_dealt(device, statement);
    }
    template <std::size_t J, std::size_t L>
    void multiply_left(device_type& device, const auto& u, const auto& v) {
        using use = typename layer<L>::orientation;
        constexpr bool from_source = graph::value(J, L) == link_kind::unchanged;
        const auto factor = use::left(u, v);
        if constexpr (from_source && std::is_same_v<use, as_declared>) {
            left_.template set<pair<J, L>>(factor);
        } else {
            const auto product = own_left_.template ensure<pair<J, L>>(device);
            if constexpr (from_source) device(product["cir"_i] = factor[use::left_factor]);
            else detail::compute_dealt(device, product["cjr"_i] = value<J, L>()["ji"_i] * factor[use::left_factor]);
            left_.template set<pair<J, L>>(product);
        }
    }
    // right_{L,p} for all places p behind.
    template <std::size_t L>
    void respond(device_type& device, const auto& matrix, const auto& lefts, const auto& rights) {
        using use = typename layer<L>::orientation;
        const auto factor = use::right(lefts(place<L>), rights(place<L>));
        if constexpr (std::is_same_v<use, as_declared>) {
            right_.template set<pair<L, L + 1>>(factor);
        } else {
            const auto turned = own_right_.template ensure<pair<L, L + 1>>(device);
            device(turned["cro"_i] = factor[use::right_factor]);
            right_.template set<pair<L, L + 1>>(turned);
        }
        repeat<Net::depth - L - 1>([&](auto i) {
            constexpr std::size_t l = L + 1 + i;
            if constexpr (!graph::responds(L, l + 1)) {
                return;
            } else if constexpr (matrix_use<layer<l>>) {
                const auto product = own_right_.template ensure<pair<L, l + 1>>(device);
                detail::compute_dealt(device, product["cro"_i] = right<L, l>()["cri"_i] *
                                                                 matrix(place<l>)[layer<l>::orientation::matrix]);
                right_.template set<pair<L, l + 1>>(product);
            } else {
                right_.template set<pair<L, l + 1>>(right<L, l>());
                if constexpr (detail::is_skip<layer<l>>) {
                    constexpr std::size_t begin = l - Net::layers_back[l];
                    if constexpr (graph::responds(L, begin))
                        add<pair<L, l + 1>>(device, right<L, begin>(), right_, own_right_, "cro"_i);
                }
            }
        });
    }
    template <std::size_t J, std::size_t P>
    void multiply_out(device_type& device) {
        const auto sum = direction_.template ensure<pair<J, P>>(device);
        bool is_first = true;
        repeat<P>([&](auto l) {
            if constexpr (changes(J, l, P)) {
                const auto product = left<J, l>()["cjr"_i] * right<l, P>()["crz"_i];
                if (is_first) device(sum["cjz"_i] = product);
                else device(sum["cjz"_i] += product);
                is_first = false;
            }
        });
    }
    // Adds to a map, if there is one.
    template <std::size_t Pair>
    static void add(device_type& device, const auto& skipped, auto& maps, auto& owned, auto letters) {
        const auto sum = maps.template at<Pair>();
        if (sum.data == nullptr) {
            maps.template set<Pair>(skipped);
        } else {
            const auto both = owned.template ensure<Pair>(device);
            device(both[letters] = sum[letters] + skipped[letters]);
            maps.template set<Pair>(both);
        }
    }
    template <std::size_t L>
    static constexpr layer_handle<Net, L> place{L};

    // Maps, what uses of sites make of them and answer, and the arrays of those that are no matrix or factor as it is.
    template <template <std::size_t> class Shape>
    using views = view_list<const T, Shape, places * places>;
    template <template <std::size_t> class Shape>
    using arrays = array_list<device_type, T, Shape, places * places>;
    views<value_shape> value_;
    views<left_shape> left_;
    views<right_shape> right_;
    arrays<value_shape> own_value_;
    arrays<direction_shape> direction_;
    arrays<left_shape> own_left_;
    arrays<right_shape> own_right_;
};

}  // namespace apd::ext
