#pragma once
// The factors of all components: P_c = U_c V_c for every site, which are what a decomposition learns.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/core/error.hpp>
#include <apd/core/normal.hpp>
#include <apd/core/streams.hpp>
#include <apd/network/network.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext {

/// The factors on the host, row-major: U and V of every site.
template <class Net, decomposition_shape Shape, class T>
struct factors {
    std::array<std::vector<T>, Net::sites.size()> left, right;  ///< U, V

    factors() {
        for_each_site<Net, Shape>([&]<class Site>(Site site) {
            left[site.number].resize(Site::left::elements);
            right[site.number].resize(Site::right::elements);
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
    /// Normal with std(U) = scale·√(2/((C+1)·d_in·m)) and std(V) = scale·√(2/((C+1)·m·d_out)), C those of the site, or
    /// scale times what the shape says.
    static factors random(std::uint64_t seed, double scale) {
        factors f;
        for_each_site<Net, Shape>([&](auto site) {
            const std::size_t owner = detail::owner_of_factors<Shape>(site.number);
            if (owner != site.number) {
                f.left[site.number] = f.right[owner], f.right[site.number] = f.left[owner];
            } else {
                fill_left(f.left[site.number], site, seed, scale);
                fill_right(f.right[site.number], site, seed, scale);
            }
        });
        return f;
    }
    /// Of one site.
    template <class Site>
    static void fill_left(std::vector<T>& u, Site site, std::uint64_t seed, double scale) {
        double deviation = default_deviation<Site>(Site::in);
        if constexpr (requires { Shape::left_deviation(Site::counts()); })
            deviation = Shape::left_deviation(Site::counts());
        detail::fill_normal<T>(u, scale * deviation, seed, stream_of(site));
    }
    template <class Site>
    static void fill_right(std::vector<T>& v, Site site, std::uint64_t seed, double scale) {
        double deviation = default_deviation<Site>(Site::out);
        if constexpr (requires { Shape::right_deviation(Site::counts()); })
            deviation = Shape::right_deviation(Site::counts());
        detail::fill_normal<T>(v, scale * deviation, seed, stream_of(site) + 1);
    }

  private:
    template <class Site>
    static double default_deviation(std::size_t width) {
        return std::sqrt(2 / ((Site::count + 1.0) * Site::rank * static_cast<double>(width)));
    }
    static std::uint32_t stream_of(auto site) {
        static_assert(factor_streams + 2 * Net::sites.size() <= parameter_streams,
                      "apd: more sites than there are streams of random numbers for their factors.");
        return static_cast<std::uint32_t>(factor_streams + 2 * site.number);
    }
};

/// One array like every factor, in a backend's memory: the factors that a run learns, or their gradients. It owns none.
template <class Device, class T, class Net, decomposition_shape Shape>
class factor_views {
  public:
    static constexpr std::size_t parts = 2 * Net::sites.size();  ///< how many parts of what is learned factors are

    template <class Site>
    view<T, typename Site::left> left(Site site) const {
        return {left_[site.number]};
    }
    template <class Site>
    view<T, typename Site::right> right(Site site) const {
        return {right_[site.number]};
    }
    /// Random ones, as `factors::random`, of which the host has one array at a time.
    void upload_random(Device& device, std::uint64_t seed, double scale) const {
        using host = factors<Net, Shape, T>;
        for_each_site<Net, Shape>([&]<class Site>(Site site) {
            if (detail::owner_of_factors<Shape>(site.number) != site.number) return;
            std::vector<T> numbers(Site::left::elements);
            host::fill_left(numbers, site, seed, scale);
            device.upload(std::span<const T>(numbers), left(site));
            numbers.resize(Site::right::elements);
            host::fill_right(numbers, site, seed, scale);
            device.upload(std::span<const T>(numbers), right(site));
        });
    }
    void upload(Device& device, const factors<Net, Shape, T>& host) const {
        for_each_site<Net, Shape>([&](auto site) {
            device.upload(std::span<const T>(host.left[site.number]), left(site));
            device.upload(std::span<const T>(host.right[site.number]), right(site));
        });
    }
    void download(Device& device, factors<Net, Shape, T>& host) const {
        for_each_site<Net, Shape>([&](auto site) {
            device.download(left(site), std::span<T>(host.left[site.number]));
            device.download(right(site), std::span<T>(host.right[site.number]));
        });
    }

    /// The factors of all sites as parts to be learned, "U.⟨site⟩" and "V.⟨site⟩": they and their gradients.
    static std::array<factor_views, 2> add_to(trainable_parts<Device, T>& registry) {
        std::array<factor_views, 2> both;
        for_each_site<Net, Shape>([&]<class Site>(Site site) {
            const std::string of_site(Net::site_names[site.number]);
            const std::size_t owner = detail::owner_of_factors<Shape>(site.number);
            T* const owners_u = both[0].left_[owner];
            T* const owners_v = both[0].right_[owner];
            const auto u = registry.template add<typename Site::left>("U." + of_site, 0, owners_v);
            const auto v = registry.template add<typename Site::right>("V." + of_site, 0, owners_u);
            both[0].left_[site.number] = u.value.data, both[0].right_[site.number] = v.value.data;
            both[1].left_[site.number] = u.gradient.data, both[1].right_[site.number] = v.gradient.data;
        });
        return both;
    }

  private:
    std::array<T*, Net::sites.size()> left_{}, right_{};
};

}  // namespace apd::ext

namespace apd {
using ext::factors;
}  // namespace apd
