#pragma once
// Products of the matrices by which layers write to streams and read them: what passes multiply by in their place.

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/component/problem.hpp>
#include <apd/network/residual_streams.hpp>
#include <apd/network/stream_matrix.hpp>

namespace apd::ext {

namespace detail {
template <class Net>
struct stream_writers {
    static constexpr std::size_t count = [] {
        std::size_t number = 0;
        for (std::size_t l = 0; l < Net::depth; ++l) number += residual_streams<Net>::writes(l) ? 1U : 0U;
        return number;
    }();
    static constexpr auto numbers = [] {
        std::array<std::size_t, count> list{};
        for (std::size_t l = 0, next = 0; l < Net::depth; ++l)
            if (residual_streams<Net>::writes(l)) list[next++] = l;
        return list;
    }();
};

// Whether passes of a problem leave streams out: where components have rank one, what is compiled for a layer does not
// depend on which of those like it it is, nothing arrives twice, and products with rows become fewer by half at least.
template <class Problem>
consteval bool leaves_streams_out() {
    using Net = typename Problem::network_type;
    using found = residual_streams<Net>;
    if (stream_writers<Net>::count == 0) return false;
    for (std::size_t l = 0; l < Net::depth; ++l) {
        const std::size_t like = Problem::kinds[l];
        if (found::are[l] != found::are[like] || found::are[l + 1] != found::are[like + 1]) return false;
    }
    bool has_rank_one = true;
    std::array<std::size_t, Net::depth> numbers_in{}, numbers_out{};  // by which a layer writes, or which it reads
    for_each_layer<Problem>([&]<class Layer>(Layer layer) {
        if constexpr (site_use<typename Layer::type>) {
            const auto site = Problem::site_of(layer);
            has_rank_one = has_rank_one && site.rank == 1;
            numbers_in[layer.number] = site.count + Layer::inputs;
            numbers_out[layer.number] = site.count + Layer::outputs;
        } else {
            numbers_in[layer.number] = Layer::inputs;
            numbers_out[layer.number] = Layer::outputs;
        }
    });
    std::size_t with = 0, without = 0;
    for (std::size_t l = 0; l < Net::depth; ++l) {
        if (found::writes(l)) with += numbers_in[l] * Net::sizes[l + 1];
        if (!found::reads(l)) continue;
        with += numbers_out[l] * Net::sizes[l];
        for (const std::size_t writer : stream_writers<Net>::numbers) {
            if (found::arrivals[writer][l] > 1) return false;
            without += found::arrivals[writer][l] * numbers_in[writer] * numbers_out[l];
        }
    }
    return has_rank_one && 2 * without <= with;
}
}  // namespace detail

/// The products M R of every M by which a layer writes to a stream and every R by which another reads it (see
/// `residual_streams`), as far as they are asked for; it carries gradients with respect to them on to the factors.
struct stream_maps {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const stream_maps&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        template <class Matrix, class Read>
        using map_view = view<T, extents<Matrix::numbers, Read::numbers>>;

      public:
        /// Whether there are any: else a pass computes what lies in streams.
        static constexpr bool are_there = detail::leaves_streams_out<Problem>();

        state(const stream_maps&, Problem& p) : problem_(p) {
            if constexpr (are_there) entries_.resize(Net::depth * writers::count * parts * parts);
        }
        /// M, by which a layer writes with that part of it.
        template <stream_part Part, class Layer>
        auto written(Layer layer) const {
            using use = typename Layer::type::orientation;
            constexpr std::size_t in = Layer::inputs, width = Layer::outputs;
            constexpr bool is_declared = std::is_same_v<use, as_declared>;
            if constexpr (Part == stream_part::target) {
                return stream_matrix<T, in, width, is_declared>{problem_.target.of_layer(layer).data};
            } else {
                const auto site = Problem::site_of(layer);
                return stream_matrix<T, site.count, width, true>{
                    use::right(problem_.factors.left(site), problem_.factors.right(site)).data,
                    use::right(problem_.gradients.left(site), problem_.gradients.right(site)).data};
            }
        }
        /// M R, computed when it is first asked for in a step.
        template <stream_part Part, stream_part ReadPart, class Layer, class Read>
        auto map(Layer writer, std::size_t reader, const Read& read) {
            auto& entry = entries_[number<Part, ReadPart>(writer.number, reader)];
            const auto m = written<Part>(writer);
            const auto product = room<decltype(m), Read>(entry.value);
            if (!entry.is_computed) problem_.device(product["ko"_i] = m.written() * read.read());
            entry.is_computed = true;
            entry.is_constant = Part == stream_part::target && ReadPart == stream_part::target;
            return product;
        }
        /// Adds an expression in k and o, or a sum in it, to the gradient with respect to M R, unless both stay as they
        /// are.
        template <stream_part Part, stream_part ReadPart, class Layer, class Read>
        void add_gradient(Layer writer, std::size_t reader, const Read& read, const auto& gradient) {
            auto& entry = entries_[number<Part, ReadPart>(writer.number, reader)];
            const auto m = written<Part>(writer);
            if (m.gradient == nullptr && read.gradient == nullptr) return;
            const auto sum = room<decltype(m), Read>(entry.gradient);
            if (!entry.is_differentiated) problem_.device(sum["ko"_i] = gradient);
            else problem_.device(sum["ko"_i] += gradient);
            entry.is_differentiated = true;
            if (!entry.carry) entry.carry = [m, read, sum](device_type& device) { carry(device, m, read, sum); };
        }
        void evaluate(auto&) {
            for (auto& each : entries_) each.is_computed = each.is_constant, each.is_differentiated = false;
        }
        void pullback(auto&) {
            for (auto& each : entries_)
                if (each.is_differentiated) each.carry(problem_.device);
        }

      private:
        using writers = detail::stream_writers<Net>;
        static constexpr std::size_t parts = 3;
        struct entry_type {
            detail::array_memory<device_type, T> value, gradient;
            bool is_computed = false, is_differentiated = false;  // in this step
            bool is_constant = false;
            std::function<void(device_type&)> carry;
        };
        template <stream_part Part, stream_part ReadPart>
        static std::size_t number(std::size_t writer, std::size_t reader) {
            const auto at = std::ranges::find(writers::numbers, writer) - writers::numbers.begin();
            return ((reader * writers::count + static_cast<std::size_t>(at)) * parts + static_cast<std::size_t>(Part)) *
                       parts +
                   static_cast<std::size_t>(ReadPart);
        }
        template <class Matrix, class Read>
        auto room(detail::array_memory<device_type, T>& memory) {
            using shape = typename map_view<Matrix, Read>::shape;
            if (memory.template as<extents<>>().data == nullptr) memory = {problem_.device, shape::elements};
            return memory.template as<shape>();
        }
        static void carry(device_type& device, const auto& m, const auto& read, const auto& g) {
            if (m.gradient != nullptr) device(m.written_gradient() += g["ko"_i] * read.read());
            if (read.gradient != nullptr) device(read.read_gradient() += m.written() * g["ko"_i]);
        }

        Problem& problem_;
        std::vector<entry_type> entries_;
    };
};

}  // namespace apd::ext
