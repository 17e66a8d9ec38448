#pragma once
// Importances by one network for all subcomponents of a site, or of all sites.

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <type_traits>

#include <apd/backend/array.hpp>
#include <apd/importance/network_importances.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext {

namespace detail {

// One network for every site, from what goes in there to the numbers of its subcomponents.
template <class Problem, std::size_t... Hidden>
class networks_of_sites {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using part = typename trainable_parts<device_type, T>::part;
    static constexpr std::size_t sites = Problem::network_type::sites.size(), depth = sizeof...(Hidden) + 1;
    // widths<Site>: of the input, of hidden layers, of the output.
    template <class Site>
    static constexpr std::array<std::size_t, depth + 1> widths{Site::in, Hidden..., Site::count};

  public:
    explicit networks_of_sites(Problem& p) {
        for_each_input<Problem>([&](auto layer) {
            const auto site = Problem::site_of(layer);
            constexpr auto width = widths<std::remove_const_t<decltype(site)>>;
            for (std::size_t k = 0; k < depth; ++k) {
                const auto name = [&](std::string_view what) {
                    return part_of_importance<Problem>(site.number, k, what);
                };
                weights_[k][site.number] =
                    p.parts.add(name("W"), {width[k], width[k + 1]}, first_deviation(width[k], k + 1 == depth));
                biases_[k][site.number] = p.parts.add(name("b"), {width[k + 1]});
            }
            for (auto* const arrays : {&before_, &behind_})
                for (std::size_t k = 0; k + 1 < depth; ++k)
                    (*arrays)[k][site.number] = {p.device, width[k + 1], p.rows.capacity};
        });
    }
    void evaluate(auto& step, const auto& q) {
        auto& device = step.problem.device;
        for_each_input<Problem>([&](auto layer) {
            const auto site = Problem::site_of(layer);
            repeat<depth>([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
                const std::size_t rows = step.problem.rows.present;
                const auto z = [&] {
                    if constexpr (K + 1 == depth) return q.template slice<site.count>(site.first);
                    else return numbers<K>(before_, site, rows);
                }();
                device(z["bj"_i] = bias_of<K>(site, &part::value)["j"_i]);
                if constexpr (K == 0) add_input(step, layer, z, first_weights(site));
                else
                    device(z["bj"_i] +=
                           numbers<K - 1>(behind_, site, rows)["bi"_i] * weight_of<K>(site, &part::value)["ij"_i]);
                if constexpr (K + 1 < depth) device(numbers<K>(behind_, site, rows)["bj"_i] = gelu::value(z["bj"_i]));
            });
        });
    }
    // The gradient of what a layer gives lies where its outputs were.
    void pullback(auto& step, const auto& dq) {
        auto& device = step.problem.device;
        for_each_input<Problem>([&](auto layer) {
            const auto site = Problem::site_of(layer);
            repeat_back<depth>([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
                const std::size_t rows = step.problem.rows.present;
                const auto g = [&] {
                    if constexpr (K + 1 == depth) return dq.template slice<site.count>(site.first);
                    else return numbers<K>(behind_, site, rows);
                }();
                device(bias_of<K>(site, &part::gradient)["j"_i] += g["bj"_i]);
                if constexpr (K == 0) {
                    pull_back_input(step, layer, g, first_weights(site));
                } else {
                    const auto y = numbers<K - 1>(behind_, site, rows)["bi"_i];
                    const auto z = numbers<K - 1>(before_, site, rows)["bi"_i];
                    device(weight_of<K>(site, &part::gradient)["ij"_i] += y * g["bj"_i]);
                    device(y = g["bj"_i] * weight_of<K>(site, &part::value)["ij"_i]);
                    device(y = y * gelu::derivative(z));
                }
            });
        });
    }

  private:
    template <class Site>
    auto first_weights(Site site) const {
        return stream_matrix<T, widths<Site>[1], Site::in, false>{weight_of<0>(site, &part::value).data,
                                                                  weight_of<0>(site, &part::gradient).data};
    }
    template <std::size_t K, class Site>
    auto weight_of(Site site, auto member) const {
        constexpr auto width = widths<Site>;
        return view<T, extents<width[K], width[K + 1]>>{(weights_[K][site.number].*member).data};
    }
    template <std::size_t K, class Site>
    auto bias_of(Site site, auto member) const {
        return view<T, extents<widths<Site>[K + 1]>> { (biases_[K][site.number].*member).data };
    }
    // What layer K gives, before gelu or behind it.
    template <std::size_t K, class Site>
    static auto numbers(auto& arrays, Site site, std::size_t rows) {
        arrays[K][site.number].resize(rows);
        return arrays[K][site.number].template as<extents<dynamic, widths<Site>[K + 1]>>();
    }

    std::array<std::array<part, sites>, depth> weights_{}, biases_{};
    std::array<std::array<array_memory<device_type, T>, sites>, depth - 1> before_, behind_;
};

// Where the numbers of every site begin where those of all lie side by side in the alphabetical order of their names:
// among what goes in there, and among components.
template <std::size_t Sites>
struct site_places {
    std::array<std::size_t, Sites> input{}, output{};
    std::size_t inputs = 0;  // of all
};
template <class Problem>
consteval auto places_of_sites() {
    using Net = typename Problem::network_type;
    constexpr std::size_t sites = Net::sites.size();
    std::array<std::size_t, sites> order{}, in{}, count{};
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [](std::size_t a, std::size_t b) { return Net::site_names[a] < Net::site_names[b]; });
    Problem::for_each_site([&](auto site) { in[site.number] = site.in, count[site.number] = site.count; });
    site_places<sites> found;
    std::size_t next_output = 0;
    for (const std::size_t s : order) {
        found.input[s] = found.inputs, found.output[s] = next_output;
        found.inputs += in[s], next_output += count[s];
    }
    return found;
}

// One network for all sites: what goes into them, side by side in the alphabetical order of their names, to the numbers
// of their subcomponents in the same order. The first and the last layer are cut into the parts of sites.
template <class Problem, std::size_t First, std::size_t... Others>
class network_of_all {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using part = typename trainable_parts<device_type, T>::part;
    static constexpr std::size_t sites = Net::sites.size(), hidden_layers = sizeof...(Others) + 1;
    static constexpr std::array<std::size_t, hidden_layers> hidden{First, Others...};
    static constexpr std::size_t last_width = hidden.back();
    static constexpr auto at = places_of_sites<Problem>();
    static constexpr std::size_t inputs = at.inputs;

  public:
    explicit network_of_all(Problem& p) {
        const auto add = [&](std::size_t k, std::size_t in, std::size_t out) {
            const std::string name = std::string("importance.").append(std::to_string(k)).append(".");
            weights_[k] = p.parts.add(name + "W", {in, out}, first_deviation(in, k == hidden_layers));
            biases_[k] = p.parts.add(name + "b", {out});
        };
        for (std::size_t k = 0; k < hidden_layers; ++k) {
            add(k, k == 0 ? inputs : hidden[k - 1], hidden[k]);
            before_[k] = {p.device, hidden[k], p.rows.capacity};
            behind_[k] = {p.device, hidden[k], p.rows.capacity};
        }
        add(hidden_layers, last_width, Problem::components);
    }
    void evaluate(auto& step, const auto& q) {
        auto& device = step.problem.device;
        const std::size_t rows = step.problem.rows.present;
        repeat<hidden_layers>([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
            before_[K].resize(rows), behind_[K].resize(rows);
            const auto z = numbers<K>(before_);
            device(z["bj"_i] = bias_of<K>(&part::value)["j"_i]);
            if constexpr (K == 0)
                for_each_input<Problem>(
                    [&](auto layer) { add_input(step, layer, z, first_of(Problem::site_of(layer))); });
            else device(z["bj"_i] += numbers<K - 1>(behind_)["bi"_i] * weight_of<K>(&part::value)["ij"_i]);
            device(numbers<K>(behind_)["bj"_i] = gelu::value(z["bj"_i]));
        });
        const auto y = numbers<hidden_layers - 1>(behind_)["bi"_i];
        Problem::for_each_site([&](auto site) {
            const auto of_site = q.template slice<site.count>(site.first)["bc"_i];
            device(of_site = last_bias_of(site, &part::value)["c"_i]);
            device(of_site += y * last_of(site, &part::value)["ic"_i]);
        });
    }
    void pullback(auto& step, const auto& dq) {
        auto& device = step.problem.device;
        const auto y = numbers<hidden_layers - 1>(behind_)["bi"_i];
        Problem::for_each_site([&](auto site) {
            const auto g = dq.template slice<site.count>(site.first)["bc"_i];
            device(last_bias_of(site, &part::gradient)["c"_i] += g);
            device(last_of(site, &part::gradient)["ic"_i] += y * g);
        });
        bool is_first = true;
        Problem::for_each_site([&](auto site) {
            const auto g = dq.template slice<site.count>(site.first)["bc"_i];
            const auto w = last_of(site, &part::value)["ic"_i];
            if (is_first) device(y = g * w);
            else device(y += g * w);
            is_first = false;
        });
        repeat_back<hidden_layers>([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
            const auto all = numbers<K>(behind_);
            const auto g = all["bj"_i];
            device(g = g * gelu::derivative(numbers<K>(before_)["bj"_i]));
            device(bias_of<K>(&part::gradient)["j"_i] += g);
            if constexpr (K == 0) {
                for_each_input<Problem>(
                    [&](auto layer) { pull_back_input(step, layer, all, first_of(Problem::site_of(layer))); });
            } else {
                const auto x = numbers<K - 1>(behind_)["bi"_i];
                device(weight_of<K>(&part::gradient)["ij"_i] += x * g);
                device(x = g * weight_of<K>(&part::value)["ij"_i]);
            }
        });
    }

  private:
    template <std::size_t K>
    static auto numbers(const auto& arrays) {
        return arrays[K].template as<extents<dynamic, hidden[K]>>();
    }
    template <std::size_t K>
    auto bias_of(auto member) const {
        return view<T, extents<hidden[K]>>{(biases_[K].*member).data};
    }
    template <std::size_t K>
    auto weight_of(auto member) const {
        return view<T, extents<hidden[K - 1], hidden[K]>>{(weights_[K].*member).data};
    }
    // The parts of the first and of the last layer that are a site's.
    template <class Site>
    auto first_of(Site site) const {
        const std::size_t begin = at.input[site.number] * First;
        return stream_matrix<T, First, Site::in, false>{weights_[0].value.data + begin,
                                                        weights_[0].gradient.data + begin};
    }
    template <class Site>
    auto last_of(Site site, auto member) const {
        const view<T, extents<last_width, Problem::components>> whole{(weights_[hidden_layers].*member).data};
        return whole.template part<0, Site::count>(at.output[site.number]);
    }
    template <class Site>
    auto last_bias_of(Site site, auto member) const {
        const view<T, extents<Problem::components>> whole{(biases_[hidden_layers].*member).data};
        return whole.template slice<Site::count>(at.output[site.number]);
    }

    std::array<part, hidden_layers + 1> weights_{}, biases_{};
    std::array<array_memory<device_type, T>, hidden_layers> before_, behind_;
};

struct shared_kind {
    static constexpr std::string_view name = "shared_importances";
    template <class Problem, std::size_t... Hidden>
    using networks = networks_of_sites<Problem, Hidden...>;
};
struct global_kind {
    static constexpr std::string_view name = "global_importances";
    template <class Problem, std::size_t... Hidden>
    using networks = network_of_all<Problem, Hidden...>;
};

}  // namespace detail

/// One network for every site, from all that goes in there to the importances of its subcomponents:
/// `shared_importances<256>()`, one hidden layer of 256. (`shared_mlp` in the published code.)
template <std::size_t... Hidden>
constexpr auto shared_importances() {
    return network_importances<detail::shared_kind, no_noise, Hidden...>{};
}
/// One network for all sites together. (`global_shared_mlp`.)
template <std::size_t... Hidden>
constexpr auto global_importances() {
    static_assert(sizeof...(Hidden) > 0, "apd::global_importances: say how wide the hidden layers are.");
    return network_importances<detail::global_kind, no_noise, Hidden...>{};
}

}  // namespace apd::ext

namespace apd {
using ext::shared_importances, ext::global_importances;
}  // namespace apd
