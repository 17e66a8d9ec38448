#pragma once
// Gradient attribution: the first-order effect on the output of removing a component, exactly, by tangents or by
// cotangents, whichever costs less.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <apd/attribution/attribution.hpp>
#include <apd/backend/backend.hpp>
#include <apd/component/dense_passes.hpp>

namespace apd {

/// Which network the attribution is of.
struct of_target_network {
    using pass = target_pass;
    static std::string describe() { return "of_target"; }
};
struct of_decomposed_network {
    using pass = unmasked_pass;
    static std::string describe() { return "of_decomposed"; }
};
inline constexpr of_target_network of_target;
inline constexpr of_decomposed_network of_decomposed;

/// How it is computed: one tangent for each component, or one cotangent for each output.
enum class differentiation { cheapest, forward_mode, reverse_mode };
template <differentiation Mode>
struct differentiation_mode {};
inline constexpr differentiation_mode<differentiation::forward_mode> forward_mode;
inline constexpr differentiation_mode<differentiation::reverse_mode> reverse_mode;

namespace detail {

/// Multiply-adds for one sample, and the largest part of K tangents that fits a tile of the backend.
template <class Problem>
struct attribution_cost {
    using Net = typename Problem::network_type;
    static constexpr std::size_t C = Problem::components;

    static constexpr std::size_t tangents = [] {
        std::size_t sum = 0;
        repeat<Net::depth>([&](auto l) {
            using layer = typename Net::template layer_at<l>;
            if constexpr (site_use<layer>) sum += (l > Net::uses.front() ? 2 : 1) * C * layer::site::shape::elements;
        });
        return sum;
    }();
    static constexpr std::size_t cotangents = [] {
        std::size_t sum = 0;
        repeat<Net::depth>([&](auto l) {
            using layer = typename Net::template layer_at<l>;
            if constexpr (site_use<layer>)
                sum += (C + (l > Net::uses.front() ? Net::outputs : 0)) * layer::site::shape::elements +
                       C * Net::outputs * Net::sizes[l + 1];
        });
        return sum;
    }();
    static constexpr std::size_t widths = [] {
        std::size_t sum = 0;
        for (std::size_t l = 1; l <= Net::depth; ++l) sum += Net::sizes[l];
        return sum;
    }();
    static constexpr std::size_t widest = *std::max_element(Net::sizes.begin(), Net::sizes.end());

    static constexpr std::size_t smallest_tile = 64;
    static constexpr std::size_t room = Problem::device_type::tile_bytes / sizeof(typename Problem::scalar);
    static constexpr std::size_t tangents_at_once = [] {
        std::size_t k = C;
        while (k > 1 && (C % k != 0 || k * widths * smallest_tile > room)) --k;
        return k;
    }();
    static constexpr std::size_t tile_of(std::size_t elements_of_a_sample) {
        return std::max(smallest_tile, room / elements_of_a_sample / smallest_tile * smallest_tile);
    }
};

/// A matrix W and all P_c while cotangents pass it: adds what component c contributes to every output.
template <class Weights, class Components, class Products, class Contracted>
struct contracted_weights {
    Weights value;
    Components each;        ///< P [C, d_in, d_out]
    Products product;       ///< room for x P_c [B, C, d_z]
    Contracted contracted;  ///< Σ ⟨g, x P_c⟩ [B, d_y, C]

    template <class Use, class GX>
    void pullback(auto& device, Use, const auto& x, const auto& gz, const GX& gx) const {
        device(product["bco"_i] = x["bi"_i] * each[Use::components]);
        device(contracted["bkc"_i] += gz["bko"_i] * product["bco"_i]);
        if constexpr (!std::is_same_v<GX, no_tangent>) device(gx["bki"_i] = gz["bko"_i] * value[Use::matrix]);
    }
};

}  // namespace detail

/// a[b, c] = (1/d_y) Σ_o (Σ_i ⟨∂y_o/∂z_i, x_i P_{c,i}⟩)², the sum over the uses i of sites: the square of A_c(b) in
/// Braun et al., arXiv 2501.14926; a mean square, which ranks alike. Only P_c is differentiated, for masks that are.
template <class Of, differentiation Mode>
struct gradient_attribution_node : attribution_base {
    bool operator==(const gradient_attribution_node&) const = default;
    static constexpr std::tuple<components, typename Of::pass> dependencies() { return {}; }
    static std::string describe() { return describe_call("gradient_attribution", Of{}); }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        using cost = detail::attribution_cost<Problem>;
        static constexpr std::size_t C = Problem::components;
        static constexpr std::size_t tangents_at_once = cost::tangents_at_once;
        static constexpr T mean = T(1) / static_cast<T>(Net::outputs);
        static constexpr bool forward = Mode == differentiation::forward_mode ||
                                        (Mode == differentiation::cheapest && cost::tangents <= cost::cotangents);

      public:
        state(const gradient_attribution_node&, Problem& p) : value_(p.device, p.batch) {
            if constexpr (forward) {
                tile_ = cost::tile_of(tangents_at_once * cost::widths);
                for (std::size_t w = 0; w < p.device.workers(); ++w) tangents_.emplace_back(p.device, tile_);
            } else {
                tile_ = cost::tile_of(Net::outputs * (cost::widths + C) + C * cost::widest);
                for (std::size_t w = 0; w < p.device.workers(); ++w) cotangents_.emplace_back(p.device, tile_);
            }
        }
        auto value() const { return *value_; }

        void evaluate(auto& step) {
            device_type& device = step.problem.device;
            const std::size_t batch = step.problem.batch;
            differentiated_ = false;
            device.parallel((batch + tile_ - 1) / tile_, tile_ * (forward ? cost::tangents : cost::cotangents),
                            [&](std::size_t worker, std::size_t piece) {
                                const std::size_t begin = piece * tile_, count = std::min(tile_, batch - begin);
                                if constexpr (forward) push(step, tangents_[worker], begin, count);
                                else pull(step, cotangents_[worker], begin, count);
                            });
        }

        /// The gradient of the loss with respect to a; asking for it says that it will be added to in this step.
        auto gradient(device_type& device) {
            if ((*gradient_).data == nullptr) gradient_ = attribution_array(device, value().batch);
            else if (!differentiated_) device(gradient_["bc"_i] = T(0));
            differentiated_ = true;
            return *gradient_;
        }
        /// Pulls tangents back: they are linear in P_c.
        void pullback(auto& step) {
            if (!differentiated_) return;
            if (tangents_.empty())
                tangents_.emplace_back(step.problem.device, cost::tile_of(tangents_at_once * cost::widths));
            if (!back_) back_ = std::make_unique<tangents>(step.problem.device, tangent_tile());
            for (std::size_t begin = 0; begin < step.problem.batch; begin += tangent_tile())
                pull_tangents(step, begin, std::min(tangent_tile(), step.problem.batch - begin));
        }

      private:
        using attribution_array = array<device_type, T, extents<dynamic, C>>;
        using tangents = tangent_arrays<device_type, T, Net, tangents_at_once>;
        struct cotangent_tile {
            cotangent_tile(device_type& device, std::size_t tile)
                : arrays(device, tile), product(device, tile), contracted(device, tile) {}
            tangent_arrays<device_type, T, Net, Net::outputs> arrays;
            array<device_type, T, extents<dynamic, C * cost::widest>> product;
            array<device_type, T, extents<dynamic, Net::outputs, C>> contracted;
        };
        static constexpr std::size_t tangent_tile() { return cost::tile_of(tangents_at_once * cost::widths); }

        // The weights of a pass of tangents for components c0, …, c0 + K − 1.
        static auto directions(auto& step, std::size_t c0, bool with_gradient) {
            return choose_weights<Net>(
                [&step, c0, with_gradient](auto l) {
                    constexpr std::size_t s = Net::template site_of<l>;
                    auto& all = step(components{});
                    const auto matrix = step(typename Of::pass{}).template matrix<l>(step);
                    const auto part = all.template each<s>().template slice<tangents_at_once>(c0);
                    using directed =
                        directed_weights<T, typename Problem::template shapes<s>::sum, typename decltype(part)::shape>;
                    if (!with_gradient) return directed{matrix, part};
                    return directed{
                        matrix, part,
                        all.template each_gradient<s>(step.problem.device).template slice<tangents_at_once>(c0)};
                },
                step.problem.target);
        }

        void push(auto& step, tangents& room, std::size_t begin, std::size_t count) {
            device_type& device = step.problem.device;
            const auto x = step(typename Of::pass{}).activations().rows(begin, count);
            const auto t = room.rows(0, count);
            for (std::size_t c0 = 0; c0 < C; c0 += tangents_at_once) {
                pushforward<Net>(device, directions(step, c0, false), x, t);
                const auto a = value().template slice<tangents_at_once>(c0).rows(begin, count);
                device(a["bk"_i] = square(t.template at<Net::depth>()["bko"_i]) * mean);
            }
        }
        void pull_tangents(auto& step, std::size_t begin, std::size_t count) {
            device_type& device = step.problem.device;
            const auto x = step(typename Of::pass{}).activations().rows(begin, count);
            const auto t = tangents_.front().rows(0, count), g = back_->rows(0, count);
            for (std::size_t c0 = 0; c0 < C; c0 += tangents_at_once) {
                const auto weights = directions(step, c0, true);
                pushforward<Net>(device, weights, x, t);
                const auto da = (*gradient_).template slice<tangents_at_once>(c0).rows(begin, count);
                device(g.template at<Net::depth>()["bko"_i] =
                           da["bk"_i] * t.template at<Net::depth>()["bko"_i] * (2 * mean));
                apd::pullback<Net>(device, weights, x, g, [](auto) {});
            }
        }
        void pull(auto& step, cotangent_tile& room, std::size_t begin, std::size_t count) {
            device_type& device = step.problem.device;
            const auto x = step(typename Of::pass{}).activations().rows(begin, count);
            const auto g = room.arrays.rows(0, count);
            const auto contracted = (*room.contracted).rows(0, count);
            device(contracted["bkc"_i] = T(0));
            device(g.template at<Net::depth>()["bko"_i] = T(0));
            for (std::size_t o = 0; o < Net::outputs; ++o) {
                // Row o of the identity.
                view<T, extents<dynamic, 1>> one{
                    g.template at<Net::depth>().data + (o * Net::outputs + o) * g.template at<Net::depth>().stride,
                    count, g.template at<Net::depth>().stride};
                device(one["bi"_i] = T(1));
            }
            const auto weights = choose_weights<Net>(
                [&](auto l) {
                    constexpr std::size_t s = Net::template site_of<l>;
                    const auto matrix = step(typename Of::pass{}).template matrix<l>(step);
                    const auto each = step(components{}).template each<s>();
                    const auto room_for = (*room.product).rows(0, count);
                    const view<T, extents<dynamic, C, Net::sizes[l + 1]>> product{room_for.data, count,
                                                                                  room_for.stride};
                    return detail::contracted_weights<decltype(matrix), decltype(each), decltype(product),
                                                      decltype(contracted)>{matrix, each, product, contracted};
                },
                step.problem.target);
            apd::pullback<Net>(device, weights, x, g, [](auto) {});
            device(value().rows(begin, count)["bc"_i] = square(contracted["bkc"_i]) * mean);
        }

        attribution_array value_, gradient_;
        bool differentiated_ = false;
        std::size_t tile_ = 0;
        std::vector<tangents> tangents_;
        std::unique_ptr<tangents> back_;
        std::vector<cotangent_tile> cotangents_;
    };
};

/// The gradient attribution, of the target network unless said otherwise, in the cheaper mode unless said otherwise.
///
/// Example: `apd::gradient_attribution(apd::of_decomposed)`.
template <class Of = of_target_network, differentiation Mode = differentiation::cheapest>
constexpr auto gradient_attribution(Of = {}, differentiation_mode<Mode> = {}) {
    return gradient_attribution_node<Of, Mode>{};
}

}  // namespace apd
