#pragma once
// Importances by a transformer that reads what goes into all sites, at all positions of a sequence.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>

#include <apd/backend/array.hpp>
#include <apd/importance/network_importances.hpp>
#include <apd/importance/shared_importances.hpp>
#include <apd/network/network.hpp>
#include <apd/network/passes.hpp>
#include <apd/network/weights.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext {

namespace detail {

// The distance from 1 to the next number, as a ratio.
template <class T>
using machine_epsilon = std::ratio<1, std::intmax_t{1} << (std::numeric_limits<T>::digits - 1)>;

// A block of the transformer: x ← x + attention(x/rms), then x ← x + mlp(x/rms).
template <class T, std::size_t Length, std::size_t Width, std::size_t Heads, std::size_t Inner>
struct importance_block {
    static_assert(Width % (2 * Heads) == 0,
                  "apd::transformer_importances: a head has an even number of the transformer's width.");
    template <std::size_t I>
    using type = chain<
        residual<normalise<false, machine_epsilon<T>>,
                 beside<linear<numbered<"importance.*.q", I>, Width, Width>,
                        linear<numbered<"importance.*.k", I>, Width, Width>,
                        linear<numbered<"importance.*.v", I>, Width, Width>>,
                 rotary<Length, 2 * Heads, Width / Heads, Heads>, attention<Length, Heads, Width / Heads>,
                 linear<numbered<"importance.*.o", I>, Width, Width>>,
        residual<normalise<false, machine_epsilon<T>>, linear<numbered<"importance.*.0.W", I>, Width, Inner>,
                 bias<numbered<"importance.*.0.b", I>, Inner>, gelu,
                 linear<numbered<"importance.*.1.W", I>, Inner, Width>, bias<numbered<"importance.*.1.b", I>, Width>>>;
};

// The transformer: what goes into every site, divided by its root mean square, side by side in the alphabetical order
// of their names, to the numbers of their subcomponents in the same order.
template <class Problem, std::size_t Width, std::size_t Blocks, std::size_t Heads, std::size_t Inner>
class transformer_of_all {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using part = typename trainable_parts<device_type, T>::part;
    static constexpr auto at = places_of_sites<Problem>();
    static constexpr std::size_t components = Problem::components;
    using block = importance_block<T, Problem::network_type::sequence_length, Width, Heads, Inner>;
    using Net = network<linear<"importance.in.W", at.inputs, Width>, bias<"importance.in.b", Width>,
                        repeated<Blocks, block::template type>, linear<"importance.out.W", Width, components>,
                        bias<"importance.out.b", components>>;

  public:
    explicit transformer_of_all(Problem& p)
        : input_(p.device, p.rows.capacity),
          root_(p.device, p.rows.capacity),
          activations_(p.device, p.rows.capacity),
          cotangents_(p.device, p.rows.capacity) {
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            const auto sizes = Net::parameter_sizes[i];
            const auto name = Net::parameter_names[i];
            parts_[i] = p.parts.add(std::string(name), {sizes.begin(), sizes.end()},
                                    sizes.size() == 1 ? 0 : deviation_of(name, sizes[0]));
        }
    }
    void evaluate(auto& step, const auto& q) {
        auto& device = step.problem.device;
        resize(step.problem.rows.present);
        for_each_input<Problem>([&](auto layer) {
            const auto site = Problem::site_of(layer);
            const auto normal = (*input_).template slice<site.in>(at.input[site.number]);
            normalise<false, machine_epsilon<T>>::forward(device, no_parameter{}, input_of(step, layer), normal,
                                                          *root_);
        });
        activations_.template set<0>(*input_);
        forward<Net>(device, weights(), activations_);
        const auto y = activations_.template at<Net::depth>();
        Problem::for_each_site([&](auto site) {
            device(q.template slice<site.count>(site.first)["bc"_i] =
                       y.template slice<site.count>(at.output[site.number])["bc"_i]);
        });
    }
    void pullback(auto& step, const auto& dq) {
        auto& device = step.problem.device;
        const auto g = cotangents_.template at<Net::depth>();
        Problem::for_each_site([&](auto site) {
            device(g.template slice<site.count>(at.output[site.number])["bc"_i] =
                       dq.template slice<site.count>(site.first)["bc"_i]);
        });
        apd::ext::pullback<Net, 0>(device, weights(), activations_, cotangents_, [](auto) {});
    }

  private:
    // Attention as torch begins with it, uniform in ±1/√fan_in there; of other layers see `first_deviation`.
    static double deviation_of(std::string_view name, std::size_t fan_in) {
        if (!name.ends_with(".W")) return std::sqrt(1.0 / (3.0 * static_cast<double>(fan_in)));
        return first_deviation(fan_in, name.ends_with(".1.W") || name.ends_with("out.W"));
    }
    void resize(std::size_t rows) {
        input_.resize(rows), root_.resize(rows);
        activations_.resize(rows), cotangents_.resize(rows);
    }
    auto weights() const {
        return [this]<std::size_t Like>([[maybe_unused]] layer_handle<Net, Like> layer) {
            using type = typename layer_handle<Net, Like>::type;
            if constexpr (parametrised_layer<type>) {
                const part& of = parts_[Net::parameter_numbers[layer.number]];
                using shape = typename type::shape;
                if constexpr (matrix_use<type>) return dense_weights<T, shape>{{of.value.data}, {of.gradient.data}};
                else return parameter_view<T, shape>{{of.value.data}, {of.gradient.data}};
            } else {
                return no_parameter{};
            }
        };
    }

    std::array<part, Net::parametrised.size()> parts_{};
    array<device_type, T, extents<dynamic, at.inputs>> input_;
    array<device_type, T, extents<dynamic, 2>> root_;
    activation_arrays<device_type, T, Net> activations_;
    tangent_arrays<device_type, T, Net> cotangents_;
};

struct transformer_kind {
    static constexpr std::string_view name = "transformer_importances";
    template <class Problem, std::size_t... Sizes>
    using networks = transformer_of_all<Problem, Sizes...>;
};

}  // namespace detail

/// One transformer for all sites together, whose positions read from each other, earlier and later ones: of that width,
/// of so many blocks, each of attention with so many heads and a layer of Inner units. Of networks without sequences a
/// row is one of length 1. (`global_shared_transformer` in the published code.)
///
/// Example: `apd::transformer_importances<256, 2, 4, 1024>()`.
template <std::size_t Width, std::size_t Blocks, std::size_t Heads, std::size_t Inner>
constexpr auto transformer_importances() {
    return network_importances<detail::transformer_kind, no_noise, Width, Blocks, Heads, Inner>{};
}

}  // namespace apd::ext

namespace apd {
using ext::transformer_importances;
}  // namespace apd
