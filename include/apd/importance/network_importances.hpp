#pragma once
// What importances by networks of all kinds share: the node, and the first use of every site, whose inputs they read.

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <apd/component/dense_passes.hpp>
#include <apd/component/target_inner.hpp>
#include <apd/core/describe.hpp>
#include <apd/importance/importance_node.hpp>
#include <apd/importance/source.hpp>
#include <apd/network/network.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

/// Importances by networks of a kind, with hidden layers of such widths; see `private_importances` and the like.
template <class Kind, mask_source Noise, std::size_t... Hidden>
struct network_importances : importance_base {
    static constexpr bool weighs_rows = true;
    static_assert(((Hidden > 0) && ...), "apd: a hidden layer of importances has at least one unit.");
    Noise noise;
    bool operator==(const network_importances&) const = default;
    static constexpr std::tuple<target_pass, target_outputs, stream_maps, target_inner> dependencies() { return {}; }
    std::string describe() const {
        std::string text(Kind::name);
        text.append("<");
        const char* separator = "";
        ((text.append(separator).append(std::to_string(Hidden)), separator = ", "), ...);
        text.append(">()");
        if constexpr (!std::is_same_v<Noise, no_noise>) text.append(".blurred(").append(noise.describe()).append(")");
        return text;
    }
    /// Masks are made of 1.05 q − 0.05 v in the place of q, v from a source: what goes with coins (`coin_source`).
    template <mask_source Other = uniform_source>
    constexpr auto blurred(Other other = {}) const {
        return network_importances<Kind, Other, Hidden...>{{}, other};
    }

    template <class Problem>
    class state : public importance_state<Problem, Noise> {
      public:
        state(const network_importances& node, Problem& p)
            : importance_state<Problem, Noise>(node.noise, p), networks_(p) {}
        void evaluate(auto& step) {
            this->resize(step.problem.rows.present);
            networks_.evaluate(step, this->raw());
            this->blur(step);
        }
        void pullback(auto& step) { networks_.pullback(step, this->raw_gradient(step)); }

      private:
        typename Kind::template networks<Problem, Hidden...> networks_;
    };
};

namespace detail {

// The deviation of first weights behind so many numbers; a layer with gelu behind it loses half of what it is given.
inline double first_deviation(std::size_t fan_in, bool is_last) {
    return std::sqrt((is_last ? 1.0 : 2.0) / static_cast<double>(fan_in));
}
template <class Problem>
std::string part_of_importance(std::size_t site, std::size_t layer, std::string_view what) {
    std::string name("importance.");
    name.append(Problem::network_type::site_names[site]).append(".").append(std::to_string(layer)).append(".");
    return name.append(what);
}

// f(layer) for the use of every site where it is declared: importances read what goes in there.
template <class Problem>
constexpr void for_each_input(auto&& f) {
    using Net = typename Problem::network_type;
    for_each_use<Problem>([&]<class Layer>(Layer layer) {
        using shape = decltype(Problem::site_of(layer));
        static_assert(Layer::inputs == shape::in || Layer::inputs == shape::out,
                      "apd: importances are of networks whose sites have one position.");
        if constexpr (Layer::inputs == shape::in)
            if (Net::sites[Problem::site_of(layer).number] == layer.number) f(layer);
    });
}
// What goes into that use in the target, x [B, d_in].
auto input_of(auto& step, auto layer) { return step(target_pass{}).activations().at(layer.before()); }
// z += x R for a matrix R.
void add_input(auto& step, auto layer, const auto& z, const auto& matrix) {
    auto& device = step.problem.device;
    const auto x = step(target_outputs{}).activations(step).before(layer);
    if constexpr (stream_place<decltype(x)>) x.template read<stream_part::other>(device, z, matrix, true);
    else device(z["bo"_i] += x["bi"_i] * matrix.read());
}
// The gradient with respect to z becomes that of R.
void pull_back_input(auto& step, auto layer, const auto& g, const auto& matrix) {
    const auto x = step(target_outputs{}).activations(step).before(layer);
    if constexpr (stream_place<decltype(x)>) x.template pull_back<stream_part::other>(step.problem.device, g, matrix);
    else step.problem.device(matrix.read_gradient() += x["bi"_i] * g["bo"_i]);
}

// f(index<Count − 1>), …, f(index<0>): `repeat` the other way round.
template <std::size_t Count>
void repeat_back(auto&& f) {
    repeat<Count>([&](auto k) { f(std::integral_constant<std::size_t, Count - 1 - k>{}); });
}

}  // namespace detail
}  // namespace apd::ext
