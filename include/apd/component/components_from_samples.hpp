#pragma once
// Components to start from: each is what the weights do on one sample, and the samples are chosen so that together they
// do most of what the network does.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/component/factors.hpp>
#include <apd/component/sample_directions.hpp>
#include <apd/component/sample_gains.hpp>
#include <apd/core/error.hpp>
#include <apd/core/streams.hpp>
#include <apd/network/parameters.hpp>

namespace apd::ext {

/// How components are made from samples.
struct sample_options {
    std::size_t samples = 4096;                   ///< from which those of the components are chosen
    std::uint32_t batch_number = batch_of_start;  ///< which batch of the data they are: none that a run sees
    double min_relative_gain = 0.25;              ///< choosing ends before a gain below this share of the one before,
    double max_left_over = 0.05;                  ///< if all gains from there on are at most this share of all
    std::uint64_t seed = 0;                       ///< of the columns that a component has left
};

/// Factors to start from, and what chose them: `gains.chosen.size()` components are not zero.
template <class Net, std::size_t C, std::size_t Rank, class T>
struct sample_components {
    factors<Net, shared_components<C, Rank>, T> start;
    sample_gains gains;
};

namespace detail {

// P_c = G_c⟨G_c, R⟩/⟨G_c, G_c⟩ at one site, R the part of W that no component before has; the outer products a δᵀ that
// G_c is the sum of become columns of U and rows of V, the longest of them if there are more than the rank.
template <class T>
class site_start {
  public:
    /// `weights`: W [in, out].
    site_start(std::span<const T> weights, std::size_t out, std::size_t rank)
        : rest_(weights.begin(), weights.end()), in_(weights.size() / out), out_(out), rank_(rank) {}

    /// `outer`: (a, δ) of every use and position; `u` [in, rank] and `v` [rank, out] are written.
    void add(std::vector<std::array<std::span<const T>, 2>> outer, std::span<T> u, std::span<T> v) {
        std::ranges::stable_sort(outer, std::greater{},
                                 [](const auto& pair) { return dot(pair[0], pair[0]) * dot(pair[1], pair[1]); });
        outer.resize(std::min(outer.size(), rank_));
        double along = 0, square = 0;
        for (const auto& [a, d] : outer) {
            for (std::size_t i = 0; i < in_; ++i)
                along += static_cast<double>(a[i]) * dot(d, std::span<const T>(rest_).subspan(i * out_, out_));
            for (const auto& [other_a, other_d] : outer) square += dot(a, other_a) * dot(d, other_d);
        }
        if (!(square > 0)) return static_cast<void>(std::ranges::fill(u, T(0)));
        const double share = along / square;
        for (std::size_t r = 0; r < outer.size(); ++r) {
            const auto [a, d] = outer[r];
            const double long_a = std::sqrt(dot(a, a)), long_d = std::sqrt(dot(d, d));
            if (!(long_a > 0 && long_d > 0)) continue;
            const double length = std::sqrt(std::abs(share) * long_a * long_d);
            for (std::size_t i = 0; i < in_; ++i)
                u[i * rank_ + r] = static_cast<T>(static_cast<double>(a[i]) / long_a * length);
            for (std::size_t o = 0; o < out_; ++o)
                v[r * out_ + o] = static_cast<T>(static_cast<double>(d[o]) / long_d * std::copysign(length, share));
            for (std::size_t i = 0; i < in_; ++i)
                for (std::size_t o = 0; o < out_; ++o)
                    rest_[i * out_ + o] -=
                        static_cast<T>(share * static_cast<double>(a[i]) * static_cast<double>(d[o]));
        }
    }

  private:
    std::vector<T> rest_;
    std::size_t in_, out_, rank_;
};

// Of the samples like one, that to which the others come closest: there a mechanism works alone, where a sample that
// represents as many may mix it with what often comes with it. rest, weight: as below.
template <class Directions>
std::size_t purest_sample(const Directions& directions, std::size_t like, const std::vector<double>& rest,
                          const std::vector<double>& weight) {
    constexpr double near = 0.9;
    constexpr std::size_t most = 64;  // to be compared with each other
    const auto cosines = directions.products(like);
    std::vector<std::size_t> all, some{like};
    for (std::size_t b = 0; b < cosines.size(); ++b)
        if (b != like && cosines[b] > near && rest[b] > rest[like] / 2) all.push_back(b);
    const std::size_t count = std::min(most, all.size());
    for (std::size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
    std::size_t purest = like;
    double closest = 0;
    for (const std::size_t c : some) {
        double sum = 0;
        for (const std::size_t b : some) sum += weight[b] * std::pow(std::max(0.0, directions.product(b, c)), 64);
        if (sum > closest) closest = sum, purest = c;
    }
    return purest;
}

// Samples that stand for all: greedily the one by which most is represented. A sample b is represented by c as far as
// the eighth power of the cosine of their directions says, and as far as its direction lies outside the span of those
// chosen before (a pivoted Cholesky factorisation). At most `most` are chosen; `gains` has one more, of the sample that
// would be next, where something is left.
template <class Directions>
std::vector<std::size_t> representative_samples(Directions& directions, std::size_t most, std::vector<double>& gains) {
    const std::size_t n = directions.size();
    const auto& strength = directions.strength();
    const double all = std::accumulate(strength.begin(), strength.end(), 0.0);
    std::vector<double> rest(n, 1), weight(n);
    std::vector<std::vector<double>> columns;
    std::vector<std::size_t> chosen;
    for (;;) {
        for (std::size_t b = 0; b < n; ++b) weight[b] = strength[b] * rest[b];
        auto gain = directions.represented(weight);
        for (std::size_t c = 0; c < n; ++c) gain[c] *= rest[c] / all;
        const auto likely = static_cast<std::size_t>(std::ranges::max_element(gain) - gain.begin());
        constexpr double rounding = 1e-6;
        if (!(gain[likely] > (gains.empty() ? 0 : rounding * gains.front()))) break;
        gains.push_back(gain[likely]);
        if (chosen.size() == most) break;
        const std::size_t best = purest_sample(directions, likely, rest, weight);
        chosen.push_back(best);
        auto& column = columns.emplace_back(directions.products(best));
        for (std::size_t j = 0; j + 1 < columns.size(); ++j)
            for (std::size_t b = 0; b < n; ++b) column[b] -= columns[j][b] * columns[j][best];
        const double pivot = std::sqrt(column[best]);
        for (std::size_t b = 0; b < n; ++b) {
            column[b] /= pivot;
            rest[b] = std::max(0.0, rest[b] - column[b] * column[b]);
        }
        rest[best] = 0;
    }
    return chosen;
}

// How many gains come before the first that falls steeply with little behind it; all if none does.
inline std::size_t end_of_mechanisms(std::span<const double> gains, double min_relative_gain, double max_left_over) {
    double left = std::accumulate(gains.begin(), gains.end(), 0.0);
    const double most = max_left_over * left;
    for (std::size_t i = 0; i < gains.size(); ++i) {
        if (i > 0 && gains[i] < min_relative_gain * gains[i - 1] && left <= most) return i;
        left -= gains[i];
    }
    return gains.size();
}

}  // namespace detail

/// Factors to start a decomposition from: component c is the part of the weights that works on sample b_c.
///
/// On sample b, G_b = Jᵀ J θ is the direction in the space of parameters along which the weights θ of the sites act, J
/// the derivative of the target's output by them: by the cosines of these directions (a neural tangent kernel), samples
/// are alike if the same mechanism is at work. Samples are chosen one after the other, the one that represents most
/// of the rest; P_c is the projection on G_{b_c} of the weights that are left. Mechanisms end where gains fall steeply
/// and little is left: one that is at work on every sample, such as what biases do, may gain much more than all others,
/// and is no end. The remaining components are zero, and stay so: a decomposition has as many as the data show, at most
/// C.
///
/// It costs about n² Σ (d_in + d_out) multiply-adds over the sites for n samples on which anything is done.
/// Errors: `apd::error` if there are no samples, the target does nothing on any, or it or what it gives holds NaN or
/// infinity.
/// Example: `auto found = apd::components_from_samples<5, 3>(device, target, data);` then `found.start` is what
/// `decompose` takes in the place of a seed.
template <std::size_t C, std::size_t Rank = full_rank, backend Device, class Net, class T, data_source<Device, T> Data>
auto components_from_samples(Device& device, const parameters<Net, T>& target, const Data& data,
                             const sample_options& options = {}) {
    [[maybe_unused]] constexpr bool fit = detail::sequences_fit<Data, Net>();
    static_assert(Data::features == Net::inputs,
                  "apd::components_from_samples: the data have not as many features as the network inputs.");
    if (options.samples == 0)
        throw error("components_from_samples", "no samples to choose from", "give at least one for each component");
    target.check_finite("components_from_samples");
    detail::sample_directions<Device, Net, T> directions(device, target, data, options.samples, options.batch_number);
    if (directions.size() == 0)
        throw error("components_from_samples", "the target's weights change its output on no sample",
                    "look at the data and the target: is an input ever different from zero?");
    sample_components<Net, C, Rank, T> found;
    std::vector<double> gains;
    auto chosen = detail::representative_samples(directions, C, gains);
    chosen.resize(
        std::min(chosen.size(), detail::end_of_mechanisms(gains, options.min_relative_gain, options.max_left_over)));
    const auto end = gains.begin() + static_cast<std::ptrdiff_t>(chosen.size());
    found.gains = {{gains.begin(), end}, {end, gains.end()}};
    // Columns that a component has left can be learned: they are random in U, zero in V.
    const auto random = decltype(found.start)::random(options.seed, 1);
    repeat<Net::sites.size()>([&](auto s) {
        constexpr auto site = site_in<Net, shared_components<C, Rank>, s>;
        constexpr std::size_t of_u = site.in * site.rank, of_v = site.rank * site.out;
        detail::site_start<T> weights(target.template at<Net::template parameter_of<Net::sites[s]>>(), site.out,
                                      site.rank);
        for (std::size_t c = 0; c < chosen.size(); ++c) {
            const auto u = std::span(found.start.left[s]).subspan(c * of_u, of_u);
            const auto v = std::span(found.start.right[s]).subspan(c * of_v, of_v);
            std::copy_n(random.left[s].begin() + static_cast<std::ptrdiff_t>(c * of_u), of_u, u.begin());
            weights.add(directions.template outer_products<s>(chosen[c]), u, v);
        }
    });
    return found;
}

}  // namespace apd::ext

namespace apd {
using ext::sample_options, ext::sample_components, ext::components_from_samples;
}  // namespace apd
