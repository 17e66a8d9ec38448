#pragma once
// The concept `optimiser`: how what is learned follows its gradient; and an optimiser at work.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <apd/array/elementwise.hpp>
#include <apd/array/view.hpp>
#include <apd/backend/array.hpp>
#include <apd/backend/backend.hpp>
#include <apd/core/annotations.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd::ext {

/// Concept: an optimiser.
///
/// It is a small regular value (its parameters, such as β₁). Minimal definition:
/// * `moments`: how many arrays it keeps beside every part that is learned, zeros at first;
/// * `numbers`: how many numbers all updates of a step share, and `number<I>(rate, step)`: number I, from the learning
///   rate η and the number of the update, 0 at first; it is computed in the backend's memory, so marked
///   APD_HOST_DEVICE;
/// * `update(device, n, x, g, m)`: the statements that change x by its gradient g, all arrays "i": n[I] are the
/// numbers,
///   m[K] the moments;
/// * `describe()`: its name and parameters.
///
/// Laws: entries do not influence each other; without a gradient, at first, only weight decay changes anything; an
/// update depends on x, g, m, the step and η alone, so that a run goes on from saved parts and moments.
/// Models: adam (with weight decay AdamW), sgd, lion; `own::adagrad` in examples/own_parts.hpp.
template <class O>
concept optimiser = std::equality_comparable<O> && requires(const O& o) {
    { O::moments } -> std::convertible_to<std::size_t>;
    { O::numbers } -> std::convertible_to<std::size_t>;
    { o.describe() } -> std::convertible_to<std::string>;
    { o.template number<0>(1e-3, std::uint32_t{0}) } -> std::convertible_to<double>;
};

/// True for an optimiser. (A variable: it is named in messages.)
template <class Argument>
inline constexpr bool is_an_optimiser = optimiser<Argument>;

namespace detail {
template <class Optimiser, class Device, class Numbers, class Part, class Moments>
concept has_update = requires(const Optimiser& optimiser, Device& device, Numbers n, Part part, Moments m) {
    optimiser.update(device, n, part, part, m);
};
template <class T, std::size_t I, class Optimiser, class Rate>
struct number_of_step {
    Optimiser optimiser;
    Rate rate;
    APD_HOST_DEVICE T operator()(std::uint32_t step) const {
        return static_cast<T>(optimiser.template number<I>(rate(step), step));
    }
};
}  // namespace detail

/// An optimiser at work on the parts that there are when it is made, with the moments of each.
///
/// Example: `optimiser_run run(device, adam{}, problem.parts); run.update(*problem.step, rate);`, where rate(step) is
/// the learning rate.
template <backend Device, class T, optimiser Optimiser>
class optimiser_run {
  public:
    optimiser_run(Device& device, const Optimiser& optimiser, const trainable_parts<Device, T>& parts)
        : device_(device), optimiser_(optimiser), parts_(parts.begin(), parts.end()) {
        for (auto& number : numbers_) number = array<Device, T, extents<>>(device);
        for (const auto& part : parts_)
            for (std::size_t k = 0; k < Optimiser::moments; ++k) moments_.emplace_back(device, part.value.batch);
    }

    /// `step`, held in memory, is the number of the update, 0 at first; rate(step) is its learning rate η.
    template <class Rate>
    void update(view<const std::uint32_t, extents<>> step, const Rate& rate) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (device_((*numbers_[I])[""_i] =
                         map(detail::number_of_step<T, I, Optimiser, Rate>{optimiser_, rate}, step[""_i])),
             ...);
        }
        (std::make_index_sequence<Optimiser::numbers>{});
        for (std::size_t i = 0; i < parts_.size(); ++i)
            update_part(i, std::make_index_sequence<Optimiser::numbers>{},
                        std::make_index_sequence<Optimiser::moments>{});
    }
    /// Moment k of part number i of the parts.
    view<T, extents<dynamic>> moment(std::size_t i, std::size_t k) const {
        const auto memory = moments_[i * Optimiser::moments + k].template as<extents<>>();
        const std::size_t size = parts_[i].value.batch;
        return {memory.data, size, size};
    }

    /// f(name, part, moment) for all of them, named "moment 0.⟨part⟩" and so on.
    void for_each_moment(auto&& f) const {
        for (std::size_t i = 0; i < parts_.size(); ++i)
            for (std::size_t k = 0; k < Optimiser::moments; ++k)
                f("moment " + std::to_string(k) + "." + parts_[i].name, parts_[i], moment(i, k));
    }

  private:
    using indexed_number = decltype(std::declval<view<T, extents<>>>()[""_i]);
    using indexed_part = decltype(std::declval<view<T, extents<dynamic>>>()["i"_i]);

    template <std::size_t... I, std::size_t... K>
    void update_part(std::size_t i, std::index_sequence<I...>, std::index_sequence<K...>) {
        const auto& part = parts_[i];
        const std::array<indexed_number, sizeof...(I)> n{(*numbers_[I])[""_i]...};
        const std::array<indexed_part, sizeof...(K)> m{moment(i, K)["i"_i]...};
        constexpr bool updates = detail::has_update<Optimiser, Device, decltype(n), indexed_part, decltype(m)>;
        static_assert(updates, "apd: an optimiser has no update(device, n, x, g, m) const; see optimiser.");
        if constexpr (updates) optimiser_.update(device_, n, part.value["i"_i], part.gradient["i"_i], m);
    }

    Device& device_;
    Optimiser optimiser_;
    std::vector<typename trainable_parts<Device, T>::part> parts_;  // those that there were at first
    std::array<array<Device, T, extents<>>, Optimiser::numbers> numbers_;
    std::vector<detail::array_memory<Device, T>> moments_;
};

}  // namespace apd::ext
