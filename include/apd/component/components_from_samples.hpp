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

#include <apd/component/factors.hpp>
#include <apd/component/sample_directions.hpp>
#include <apd/core/error.hpp>
#include <apd/network/parameters.hpp>

namespace apd {

/// How components are made from samples.
struct sample_options {
    std::size_t samples = 4096;                  ///< from which those of the components are chosen
    std::uint32_t batch_number = 4'000'000'000;  ///< which batch of the data they are: none that a run sees
    double exhausted = 0.25;  ///< no more are chosen when the gain falls below this share of the one before
    std::uint64_t seed = 0;   ///< of the columns that a component has left
};

/// Factors to start from, and what chose them.
template <class Net, std::size_t C, std::size_t Rank, class T>
struct sample_components {
    factors<Net, C, Rank, T> start;
    /// What each chosen sample adds to what is represented, as a share of all that is done, largest first. Where they
    /// fall steeply, the mechanisms end: their number is an estimate of how many components are needed.
    std::vector<double> gains;
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
        if (!(square > 0)) return;
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

// Samples that stand for all: greedily the one by which most is represented. A sample b is represented by c as far as
// the eighth power of the cosine of their directions says, and as far as its direction lies outside the span of those
// chosen before (a pivoted Cholesky factorisation).
template <class Directions>
std::vector<std::size_t> representative_samples(Directions& directions, std::size_t most, double exhausted,
                                                std::vector<double>& gains) {
    const std::size_t n = directions.size();
    const auto& strength = directions.strength();
    const double all = std::accumulate(strength.begin(), strength.end(), 0.0);
    const auto& square = directions.square_norms();
    std::vector<double> rest(n, 1), weight(n);
    std::vector<std::vector<double>> columns;
    std::vector<std::size_t> chosen;
    while (chosen.size() < std::min(most, n)) {
        for (std::size_t b = 0; b < n; ++b) weight[b] = strength[b] * rest[b];
        auto gain = directions.represented(weight);
        for (std::size_t c = 0; c < n; ++c) gain[c] *= rest[c] / all;
        const auto best = static_cast<std::size_t>(std::ranges::max_element(gain) - gain.begin());
        if (!(gain[best] > 0) || (!gains.empty() && gain[best] < exhausted * gains.back())) break;
        chosen.push_back(best);
        gains.push_back(gain[best]);
        auto& column = columns.emplace_back(directions.products(best));
        for (std::size_t j = 0; j + 1 < columns.size(); ++j)
            for (std::size_t b = 0; b < n; ++b) column[b] -= columns[j][b] * columns[j][best];
        const double pivot = std::sqrt(column[best]);
        for (std::size_t b = 0; b < n; ++b) {
            column[b] /= pivot;
            rest[b] = std::max(0.0, rest[b] - column[b] * column[b] / square[b]);
        }
        rest[best] = 0;
    }
    return chosen;
}

}  // namespace detail

/// Factors to start a decomposition from: component c is the part of the weights that works on sample b_c.
///
/// On sample b, G_b = Jᵀ J θ is the direction in the space of parameters along which the weights θ of the sites act, J
/// the derivative of the target's output by them: by the cosines of these directions (a neural tangent kernel), samples
/// are alike if the same mechanism is at work. Samples are chosen one after the other, the one that represents most
/// of the rest; P_c is the projection on G_{b_c} of the weights that are left. When nothing more is found, the
/// remaining components are zero, and stay so: a decomposition has as many as the data show, at most C.
///
/// It costs about n² Σ (d_in + d_out) multiply-adds over the sites for n samples on which anything is done.
/// Errors: `apd::error` if there are no samples, or the target does nothing on any.
/// Example: `auto found = apd::components_from_samples<5, 3>(device, target, data);` then `found.start` is what
/// `decompose` takes in the place of a seed.
template <std::size_t C, std::size_t Rank = full_rank, backend Device, class Net, class T, data_source<Device, T> Data>
auto components_from_samples(Device& device, const parameters<Net, T>& target, const Data& data,
                             const sample_options& options = {}) {
    static_assert(Data::features == Net::inputs,
                  "apd::components_from_samples: the data have not as many features as the network inputs.");
    if (options.samples == 0)
        throw error("components_from_samples", "no samples to choose from", "give at least one for each component");
    detail::sample_directions<Device, Net, T> directions(device, target, data, options.samples, options.batch_number);
    if (directions.size() == 0)
        throw error("components_from_samples", "the target's weights change its output on no sample",
                    "look at the data and the target: is an input ever different from zero?");
    sample_components<Net, C, Rank, T> found;
    const auto chosen = detail::representative_samples(directions, C, options.exhausted, found.gains);
    // Columns that a component has left can be learned: they are random in U, zero in V.
    const auto random = factors<Net, C, Rank, T>::random(options.seed, 1);
    repeat<Net::sites.size()>([&](auto s) {
        using shapes = factor_shapes<Net, C, Rank, s>;
        constexpr std::size_t of_u = shapes::in * shapes::rank, of_v = shapes::rank * shapes::out;
        detail::site_start<T> weights(target.template at<Net::template parameter_of<Net::sites[s]>>(), shapes::out,
                                      shapes::rank);
        for (std::size_t c = 0; c < chosen.size(); ++c) {
            const auto u = std::span(found.start.left[s]).subspan(c * of_u, of_u);
            const auto v = std::span(found.start.right[s]).subspan(c * of_v, of_v);
            std::copy_n(random.left[s].begin() + static_cast<std::ptrdiff_t>(c * of_u), of_u, u.begin());
            weights.add(directions.template outer_products<s>(chosen[c]), u, v);
        }
    });
    return found;
}

}  // namespace apd
