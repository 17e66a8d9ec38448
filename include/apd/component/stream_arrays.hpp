#pragma once
// The arrays of a pass that leaves streams out: in their place it remembers what layers have written.

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <apd/component/stream_maps.hpp>
#include <apd/network/passes.hpp>

namespace apd::ext {

/// With which parts layers of sites may write to streams in a pass; frozen layers write with their whole matrix.
struct stream_parts {
    bool components, target;
};

namespace detail {
// What a layer has written to a stream.
template <class T>
struct stream_term {
    view<T, extents<>> numbers, gradient;
    bool has_begun = false;  // whether something has been added to the gradient
};
}  // namespace detail

/// Activations [B, d_l] of a pass over streams, h = Σ a M: at a stream stand the numbers a of all that has been written
/// there, and the gradients with respect to them. It has what `forward` and `pullback` ask of activations.
template <class Problem, stream_parts Parts>
class stream_arrays {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using Net = typename Problem::network_type;
    using maps_type = typename stream_maps::template state<Problem>;
    using dense_arrays = activation_arrays<device_type, T, Net>;
    using gradient_arrays = tangent_arrays<device_type, T, Net>;
    template <std::size_t N>
    using numbers_view = view<T, extents<dynamic, N>>;

  public:
    stream_arrays() = default;
    stream_arrays(device_type& device, std::size_t batch) : dense_(device, batch, residual_streams<Net>::are) {}
    void resize(std::size_t samples) { dense_.resize(samples); }
    /// A pass begins, with the maps of its step; `gradients` if it is differentiated.
    void begin(maps_type& maps, const gradient_arrays* gradients = nullptr) {
        maps_ = &maps;
        gradients_ = gradients;
    }
    /// Its pullback begins; whether factors are differentiated.
    void begin_pullback(bool wants_factors) {
        wants_factors_ = wants_factors;
        for (auto& terms : terms_)
            for (auto& each : terms) each.has_begun = false;
    }
    /// Samples [begin, begin + count) of those of another pass before layer `last`, of which nothing is differentiated.
    template <stream_parts Others>
    void share(const stream_arrays<Problem, Others>& other, std::size_t last, std::size_t begin, std::size_t count) {
        dense_.share(other.dense_, last, begin, count);
        for (std::size_t l = 0; l < last; ++l)
            for (std::size_t i = 0; i < terms_[l].size(); ++i) {
                const any_view all = other.terms_[l][i].numbers;
                terms_[l][i] = {};
                if (all.data != nullptr) terms_[l][i].numbers = {all.data + begin, count, all.stride};
            }
    }

    auto at(auto place) const { return dense_.at(place); }
    template <std::size_t L>
    auto at() const {
        return dense_.template at<L>();
    }
    template <std::size_t L>
    void set(const auto& other) {
        dense_.template set<L>(other);
    }
    auto workspace(auto layer) const { return dense_.workspace(layer); }

    /// What goes into a layer, and what it gives: an array, or what reads a stream or writes to it.
    template <std::size_t Like>
    auto before(layer_handle<Net, Like> layer) {
        if constexpr (residual_streams<Net>::are[Like]) return reading<layer_handle<Net, Like>>{this, layer};
        else return at(layer.before());
    }
    template <std::size_t Like>
    auto behind(layer_handle<Net, Like> layer) {
        if constexpr (residual_streams<Net>::are[Like + 1]) return writing<layer_handle<Net, Like>>{this, layer};
        else return at(layer.behind());
    }

    /// A stream as a layer reads it, or who is given the same.
    template <class Layer>
    struct reading {
        static constexpr bool is_stream = true;
        stream_arrays* pass;
        Layer layer;

        /// z = h R, z [B, n], for R by which that part of the layer reads; or z += h R.
        template <stream_part Part, std::size_t N>
        void read(device_type& device, numbers_view<N> z, const auto& matrix, bool adds = false) const {
            bool is_first = !adds;
            pass->for_each_term(layer, [&]<stream_part Written>(auto writer, auto numbers, auto) {
                const auto map = pass->maps_->template map<Written, Part>(writer, layer.number, matrix);
                if (is_first) device(z["bo"_i] = numbers["bk"_i] * map["ko"_i]);
                else device(z["bo"_i] += numbers["bk"_i] * map["ko"_i]);
                is_first = false;
            });
        }
        /// The transpose: the gradient with respect to z becomes that of what was written, and of the factors.
        template <stream_part Part, std::size_t N>
        void pull_back(device_type& device, numbers_view<N> g, const auto& matrix) const {
            pass->for_each_term(layer, [&]<stream_part Written>(auto writer, auto numbers, auto gradient) {
                if (gradient.data != nullptr) {
                    const auto map = pass->maps_->template map<Written, Part>(writer, layer.number, matrix);
                    auto& has_begun = pass->terms_[writer.number][static_cast<std::size_t>(Written)].has_begun;
                    if (std::exchange(has_begun, true)) device(gradient["bk"_i] += g["bo"_i] * map["ko"_i]);
                    else device(gradient["bk"_i] = g["bo"_i] * map["ko"_i]);
                }
                if (pass->wants_factors_)
                    pass->maps_->template add_gradient<Written, Part>(writer, layer.number, matrix,
                                                                      numbers["bk"_i] * g["bo"_i]);
            });
        }
    };
    /// A stream as a layer writes to it.
    template <class Layer>
    struct writing {
        static constexpr bool is_stream = true;
        stream_arrays* pass;
        Layer layer;

        /// h += a M, for M by which that part of the layer writes; where the gradient with respect to a is to lie.
        /// Those of components come first, and are all that is written until others follow.
        template <stream_part Part, std::size_t N>
        void write(numbers_view<N> a, numbers_view<N> gradient) const {
            if constexpr (Part == stream_part::components) clear();
            const auto keep = [](auto array) { return any_view{array.data, array.batch, array.stride}; };
            pass->terms_[layer.number][static_cast<std::size_t>(Part)] = {keep(a), keep(gradient)};
        }
        /// By the whole matrix of the target, h += x W, in the place of all else.
        void write_whole(numbers_view<Layer::inputs> x) const {
            clear();
            const bool is_differentiated = pass->gradients_ != nullptr && layer.number > Net::uses.front();
            write<stream_part::target>(x, is_differentiated ? pass->gradients_->at(layer.before()) : decltype(x){});
        }
        void clear() const { pass->terms_[layer.number] = {}; }
    };

  private:
    template <class, stream_parts>
    friend class stream_arrays;
    using term = detail::stream_term<T>;
    using any_view = view<T, extents<>>;
    // f<part>(layer, a, gradient) for all that has been written to the stream that a layer reads.
    void for_each_term(auto reader, auto&& f) {
        const auto of_writer = [&]<class Layer>(Layer writer) {
            if (residual_streams<Net>::arrivals[writer.number][reader.number] == 0) return;
            const auto give = [&]<stream_part Part, std::size_t N>(std::integral_constant<stream_part, Part>,
                                                                   std::integral_constant<std::size_t, N>) {
                const term& each = terms_[writer.number][static_cast<std::size_t>(Part)];
                const auto numbers = [](any_view a) { return numbers_view<N>{a.data, a.batch, a.stride}; };
                if (each.numbers.data != nullptr)
                    f.template operator()<Part>(writer, numbers(each.numbers), numbers(each.gradient));
            };
            constexpr bool is_site = site_use<typename Layer::type>;
            constexpr std::integral_constant<std::size_t, Layer::inputs> inputs;
            if constexpr (is_site && Parts.components) {
                constexpr std::size_t count = decltype(Problem::site_of(writer))::count;
                give(part<stream_part::components>, std::integral_constant<std::size_t, count>());
            }
            if constexpr (!is_site || Parts.target) give(part<stream_part::target>, inputs);
        };
        detail::for_each_layer_of<Problem, detail::stream_writers<Net>>(of_writer);
    }
    template <stream_part Part>
    static constexpr std::integral_constant<stream_part, Part> part{};

    dense_arrays dense_;
    std::array<std::array<term, 2>, Net::depth> terms_{};
    maps_type* maps_ = nullptr;
    const gradient_arrays* gradients_ = nullptr;
    bool wants_factors_ = true;
};

}  // namespace apd::ext
