#pragma once
// The directions in the space of parameters along which the weights act, sample by sample, and their products.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/component/factors.hpp>
#include <apd/core/error.hpp>
#include <apd/core/pack.hpp>
#include <apd/data/data_source.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

namespace apd::ext::detail {

template <class T>
double dot(std::span<const T> a, std::span<const T> b) {
    // Four sums, which a compiler may keep in one register.
    const T *const x = a.data(), *const y = b.data();
    const std::size_t whole = a.size() - a.size() % 4;
    std::array<double, 4> sums{};
    for (std::size_t i = 0; i < whole; i += 4)
        for (std::size_t j = 0; j < 4; ++j) sums[j] += static_cast<double>(x[i + j]) * static_cast<double>(y[i + j]);
    for (std::size_t i = whole; i < a.size(); ++i) sums[0] += static_cast<double>(x[i]) * static_cast<double>(y[i]);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// G_b = Jᵀ J θ of the samples b on which it is not zero, J = ∂y/∂θ of the target: at every site the sum over its uses
/// and positions of a δᵀ, a the use's input and δ the cotangent of its output (δ aᵀ for a transposed use).
template <class Device, class Net, class T>
class sample_directions {
    template <std::size_t S>
    using shape = typename Net::template site_at<S>::shape;
    static constexpr std::size_t at_once = 64;

  public:
    template <class Data>
    sample_directions(Device& device, const parameters<Net, T>& target, const Data& data, std::size_t samples,
                      std::uint32_t batch_number)
        : device_(device) {
        const device_parameters<Device, T, Net> weights(device, target);
        array<Device, T, extents<dynamic, Net::inputs>> x(device, samples);
        data.fill(device, batch_number, *x);
        activation_arrays<Device, T, Net> activations(device, samples);
        activations.template set<0>(*x);
        const auto dense = [&](auto layer) { return weights.view_of(layer); };
        forward<Net>(device, dense, activations);
        // v = J θ: the tangent along the weights themselves; then Jᵀ v.
        tangent_arrays<Device, T, Net, 1> tangents(device, samples), cotangents(device, samples);
        pushforward<Net>(device,
                         choose_weights(
                             [&](auto layer) {
                                 const auto value = weights.view_of(layer).value;
                                 using matrix = typename decltype(value)::shape;
                                 using along = extents<1, matrix::sizes[0], matrix::sizes[1]>;
                                 return directed_weights<T, matrix, along>{value, view<const T, along>{value.data}};
                             },
                             weights),
                         activations, tangents);
        const auto v = tangents.template at<Net::depth>();
        device(cotangents.template at<Net::depth>()["bko"_i] = v["bko"_i]);
        pullback<Net>(device, dense, activations, cotangents, [](auto) {});

        find_live(samples, v);
        repeat<Net::uses.size()>([&](auto u) {
            constexpr std::size_t l = Net::uses[u], s = Net::template site_of<l>;
            using use = typename Net::template layer_at<l>::orientation;
            const auto inputs = live_rows(activations.template at<Net::reads[l]>());
            const auto outputs = live_rows(cotangents.template at<l + 1>());
            for (std::size_t t = 0; t < Net::positions[l]; ++t)
                get<s>(outer_).push_back(
                    outer<s>(at_position<use::template inputs<shape<s>>>(inputs, Net::given[l], t),
                             at_position<use::template outputs<shape<s>>>(outputs, Net::sizes[l + 1], t), use{}));
        });
        normalise();
        compare();
    }

    /// How many samples there are on which something is done.
    std::size_t size() const { return live_.size(); }
    /// ‖v‖: how much is done on each of them.
    const std::vector<double>& strength() const { return strength_; }
    /// ⟨G_b, G_c⟩, each of length 1.
    double product(std::size_t b, std::size_t c) const {
        double sum = 0;
        repeat<Net::sites.size()>([&](auto s) {
            for (const auto& p : get<s>(outer_))
                for (const auto& q : get<s>(outer_))
                    sum += dot(p.row_left(b), q.row_left(c)) * dot(p.row_right(b), q.row_right(c));
        });
        return sum;
    }
    /// The same for all b.
    std::vector<double> products(std::size_t c) const {
        std::vector<double> all(size(), 0.0);
        for (std::size_t b = 0; b < size(); ++b) all[b] = product(b, c);
        return all;
    }
    /// Σ_b w_b max(0, cos(G_b, G_c))⁸ for all c.
    std::vector<double> represented(const std::vector<double>& w) {
        const array<Device, T, extents<dynamic>> weight(device_, size());
        const array<Device, T, extents<at_once>> sum(device_);
        const std::vector<T> given(w.begin(), w.end());
        device_.upload(std::span<const T>(given), *weight);
        std::vector<double> all;
        std::vector<T> part(at_once);
        for (const auto& each : alike_) {
            device_(sum["s"_i] = each["bs"_i] * weight["b"_i]);
            device_.download(*sum, std::span(part));
            all.insert(all.end(), part.begin(), part.end());
        }
        all.resize(size());
        return all;
    }
    /// (a, δ) of every use and position of site S on sample b.
    template <std::size_t S>
    std::vector<std::array<std::span<const T>, 2>> outer_products(std::size_t b) const {
        std::vector<std::array<std::span<const T>, 2>> all;
        for (const auto& each : get<S>(outer_)) all.push_back({each.row_left(b), each.row_right(b)});
        return all;
    }

  private:
    // The vectors of one use of a site at one position, as the site's matrix is written: rows of its inputs and
    // outputs.
    template <std::size_t S>
    struct outer {
        static constexpr std::size_t in = shape<S>::sizes[0], out = shape<S>::sizes[1];
        std::vector<T> left, right;  // [samples, in], [samples, out]

        outer(std::vector<T> inputs, std::vector<T> outputs, as_declared)
            : left(std::move(inputs)), right(std::move(outputs)) {}
        outer(std::vector<T> inputs, std::vector<T> outputs, as_transpose)
            : left(std::move(outputs)), right(std::move(inputs)) {}
        std::span<const T> row_left(std::size_t b) const { return std::span(left).subspan(b * in, in); }
        std::span<const T> row_right(std::size_t b) const { return std::span(right).subspan(b * out, out); }
        void scale(std::size_t b, double factor) {
            for (T& each : std::span(left).subspan(b * in, in)) each *= static_cast<T>(factor);
            for (T& each : std::span(right).subspan(b * out, out)) each *= static_cast<T>(factor);
        }
    };
    template <std::size_t S>
    using outers = std::vector<outer<S>>;

    // Those samples on which more is done than rounding errors.
    void find_live(std::size_t samples, const auto& v) {
        std::vector<T> host(samples * Net::outputs);
        device_.download(v, std::span(host));
        std::vector<double> all(samples);
        for (std::size_t b = 0; b < samples; ++b) {
            const auto row = std::span<const T>(host).subspan(b * Net::outputs, Net::outputs);
            all[b] = std::sqrt(dot(row, row));
            if (!std::isfinite(all[b])) refuse_scale();
        }
        const double least = 1e-3 * *std::ranges::max_element(all);
        for (std::size_t b = 0; b < samples; ++b)
            if (all[b] > least) live_.push_back(b), strength_.push_back(all[b]);
    }
    std::vector<T> live_rows(const auto& array) {
        constexpr std::size_t width = std::remove_cvref_t<decltype(array)>::shape::elements;
        std::vector<T> all(array.batch * width), rows;
        device_.download(array, std::span(all));
        for (const std::size_t b : live_) {
            const auto row = all.begin() + static_cast<std::ptrdiff_t>(b * width);
            rows.insert(rows.end(), row, row + static_cast<std::ptrdiff_t>(width));
        }
        return rows;
    }
    template <std::size_t Size>
    static std::vector<T> at_position(const std::vector<T>& rows, std::size_t width, std::size_t position) {
        std::vector<T> part;
        for (std::size_t begin = position * Size; begin < rows.size(); begin += width) {
            const auto from = rows.begin() + static_cast<std::ptrdiff_t>(begin);
            part.insert(part.end(), from, from + static_cast<std::ptrdiff_t>(Size));
        }
        return part;
    }

    // Makes every G_b of length 1, whatever the units of inputs and outputs: products stay in the range of the scalar.
    void normalise() {
        for (std::size_t b = 0; b < size(); ++b) {
            const double square_norm = product(b, b);
            if (!(square_norm > 0 && std::isfinite(square_norm))) refuse_scale();
            const double factor = std::pow(square_norm, -0.25);
            repeat<Net::sites.size()>([&](auto s) {
                for (auto& each : get<s>(outer_)) each.scale(b, factor);
            });
        }
    }
    [[noreturn]] static void refuse_scale() {
        throw error("components_from_samples",
                    "on a sample the target's output, or its derivative, is beyond the range of the scalar",
                    "scale the inputs and the weights, so that they are around 1, or use double");
    }
    // Fills alike_: max(0, cos(G_b, G_c))⁸, 64 samples c at a time.
    void compare() {
        const std::size_t n = size();
        for (std::size_t begin = 0; begin < n; begin += at_once) alike_.emplace_back(device_, n);
        repeat<Net::sites.size()>([&](auto s) {
            for (const auto& p : get<s>(outer_)) {
                const array<Device, T, extents<dynamic, outer<s>::in>> left(device_, n);
                const array<Device, T, extents<dynamic, outer<s>::out>> right(device_, n);
                device_.upload(std::span<const T>(p.left), *left);
                device_.upload(std::span<const T>(p.right), *right);
                for (const auto& q : get<s>(outer_)) add_products<s>(left, right, q);
            }
        });
        for (const auto& k : alike_) device_(k["bs"_i] = square(square(square(larger(k["bs"_i], constant(T(0)))))));
    }
    template <std::size_t S>
    void add_products(const auto& left, const auto& right, const outer<S>& q) {
        const array<Device, T, extents<at_once, outer<S>::in>> other_left(device_);
        const array<Device, T, extents<at_once, outer<S>::out>> other_right(device_);
        const array<Device, T, extents<dynamic, at_once>> lefts(device_, size()), rights(device_, size());
        for (std::size_t i = 0; i < alike_.size(); ++i) {
            device_.upload(some(q.left, outer<S>::in, i), *other_left);
            device_.upload(some(q.right, outer<S>::out, i), *other_right);
            device_(lefts["bs"_i] = left["bi"_i] * other_left["si"_i]);
            device_(rights["bs"_i] = right["bo"_i] * other_right["so"_i]);
            device_(alike_[i]["bs"_i] += lefts["bs"_i] * rights["bs"_i]);
        }
    }
    // Rows 64·i, …, 64·i + 63 of [samples, width], zeros behind the last.
    std::span<const T> some(const std::vector<T>& rows, std::size_t width, std::size_t i) {
        const std::size_t begin = i * at_once * width, count = std::min(at_once * width, rows.size() - begin);
        some_.assign(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                     rows.begin() + static_cast<std::ptrdiff_t>(begin + count));
        some_.resize(at_once * width);
        return some_;
    }

    Device& device_;
    std::vector<std::size_t> live_;
    std::vector<double> strength_;
    pack_over<outers, Net::sites.size()> outer_;
    std::vector<array<Device, T, extents<dynamic, at_once>>> alike_;
    std::vector<T> some_;
};

}  // namespace apd::ext::detail
