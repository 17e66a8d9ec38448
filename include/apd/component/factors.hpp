#pragma once
// The factors of all components: P_c = U_c V_c for every site, which are what a decomposition learns.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <string_view>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/core/error.hpp>
#include <apd/core/philox.hpp>
#include <apd/core/streams.hpp>
#include <apd/network/network.hpp>

namespace apd {

/// As a rank bound: no bound, min(d_in, d_out) at every site.
inline constexpr std::size_t full_rank = static_cast<std::size_t>(-1);

namespace detail {
// Two independent standard normal numbers (Box, Muller) from two random words.
inline std::array<double, 2> normal_pair(std::uint32_t first, std::uint32_t second) {
    const double radius = std::sqrt(-2 * std::log((first + 1.0) / 4294967296.0));
    const double angle = 2 * std::numbers::pi * second / 4294967296.0;
    return {radius * std::cos(angle), radius * std::sin(angle)};
}
/// Normal numbers of mean 0: a pure function of seed and stream.
template <class T>
void fill_normal(std::span<T> values, double deviation, std::uint64_t seed, std::uint32_t stream) {
    for (std::size_t i = 0; i < values.size(); i += 4) {
        const auto words = philox({static_cast<std::uint32_t>(i / 4), 0, 0, stream}, seed);
        const auto first = normal_pair(words[0], words[1]), second = normal_pair(words[2], words[3]);
        const std::array<double, 4> four{first[0], first[1], second[0], second[1]};
        for (std::size_t j = 0; j < 4 && i + j < values.size(); ++j)
            values[i + j] = static_cast<T>(deviation * four[j]);
    }
}
}  // namespace detail

/// Shapes of the factors of site S: U [C, d_in, m], V [C, m, d_out], P [C, d_in, d_out]. A rank m above
/// min(d_in, d_out) bounds nothing, but is how toy models are published (m = min + 1).
template <class Net, std::size_t C, std::size_t Rank, std::size_t S>
struct factor_shapes {
    static constexpr std::size_t in = Net::template site_at<S>::shape::sizes[0];
    static constexpr std::size_t out = Net::template site_at<S>::shape::sizes[1];
    static constexpr std::size_t rank = Rank == full_rank ? std::min(in, out) : Rank;
    using sum = extents<in, out>;
    using components = extents<C, in, out>;
    using left = extents<C, in, rank>;
    using right = extents<C, rank, out>;
};

/// The factors on the host, row-major: U and V of every site.
template <class Net, std::size_t C, std::size_t Rank, class T>
struct factors {
    template <std::size_t S>
    using shapes = factor_shapes<Net, C, Rank, S>;

    std::array<std::vector<T>, Net::sites.size()> left, right;  ///< U, V

    factors() {
        repeat<Net::sites.size()>([&](auto s) {
            left[s].resize(shapes<s>::left::elements);
            right[s].resize(shapes<s>::right::elements);
        });
    }
    /// Errors: `apd::error` at `where` if an entry is NaN or infinite.
    void check_finite(std::string_view where) const {
        for (const auto* side : {&left, &right})
            for (const auto& site : *side)
                if (!std::ranges::all_of(site, [](T value) { return std::isfinite(value); }))
                    throw error(where, "a factor to start from is NaN or infinite",
                                "start from factors that a run has learned, or that samples gave");
    }
    /// Normal with std(U) = scale·√(2/((C+1)·d_in·m)) and std(V) = scale·√(2/((C+1)·m·d_out)).
    static factors random(std::uint64_t seed, double scale) {
        factors f;
        repeat<Net::sites.size()>([&](auto s) {
            const double entries = (C + 1.0) * shapes<s>::rank;
            const auto stream = static_cast<std::uint32_t>(factor_streams + 2 * s);
            detail::fill_normal<T>(f.left[s], scale * std::sqrt(2 / (entries * shapes<s>::in)), seed, stream);
            detail::fill_normal<T>(f.right[s], scale * std::sqrt(2 / (entries * shapes<s>::out)), seed, stream + 1);
        });
        return f;
    }
};

/// One array like every factor, in a backend's memory: the factors themselves, their gradients or moments.
template <class Device, class T, class Net, std::size_t C, std::size_t Rank>
class factor_arrays {
  public:
    explicit factor_arrays(Device& device) {
        repeat<Net::sites.size()>([&](auto s) {
            left_.template make<s>(device);
            right_.template make<s>(device);
        });
    }
    template <std::size_t S>
    auto left() const {
        return left_.template at<S>();
    }
    template <std::size_t S>
    auto right() const {
        return right_.template at<S>();
    }
    void upload(Device& device, const factors<Net, C, Rank, T>& host) {
        repeat<Net::sites.size()>([&](auto s) {
            device.upload(std::span<const T>(host.left[s]), left<s>());
            device.upload(std::span<const T>(host.right[s]), right<s>());
        });
    }
    void download(Device& device, factors<Net, C, Rank, T>& host) const {
        repeat<Net::sites.size()>([&](auto s) {
            device.download(left<s>(), std::span<T>(host.left[s]));
            device.download(right<s>(), std::span<T>(host.right[s]));
        });
    }
    /// f(array of U of this, …of others), then the same for V, for every site.
    template <class F>
    static void for_each(F&& f, const auto&... all) {
        repeat<Net::sites.size()>([&](auto s) {
            f(all.template left<s>()...);
            f(all.template right<s>()...);
        });
    }

  private:
    template <std::size_t S>
    using left_shape = typename factor_shapes<Net, C, Rank, S>::left;
    template <std::size_t S>
    using right_shape = typename factor_shapes<Net, C, Rank, S>::right;
    array_list<Device, T, left_shape, Net::sites.size()> left_;
    array_list<Device, T, right_shape, Net::sites.size()> right_;
};

}  // namespace apd
