#pragma once
// What the tests of statements share: the models they run for, arrays beside their host values, and two laws.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/backend/cpu.hpp>

namespace apd_test {

/// A backend and a scalar.
template <class Device, class T>
struct model {
    using device = Device;
    using scalar = T;
};
#if defined(__CUDACC__)
using models = std::tuple<model<apd::cuda, float>, model<apd::cuda, double>>;
using models_without_threads = models;
#elif defined(APD_TESTED_ON_GRID)
/// A grid of threads that multiplies matrices and sums by threads, and one that sums by groups.
using models_without_threads = std::tuple<model<host_grid, float>, model<host_grid, double>,
                                          model<host_grid_of_groups, float>, model<host_grid_of_groups, double>>;
/// Every law runs for each of these; the last is a grid that several threads play, made anew for every statement.
using models = decltype(std::tuple_cat(models_without_threads(), std::tuple<model<host_grid_of_crowds, double>>()));
#else
using models_without_threads =
    std::tuple<model<apd::cpu, float>, model<apd::cpu, double>, model<serial, float>, model<serial, double>>;
using models = models_without_threads;
#endif

/// No sample, one, and whole and broken multiples of every vector width.
inline constexpr std::size_t batch_sizes[] = {0, 1, 3, 17, 64, 130};

/// Integers from -8 to 8. The sums of their products are exact in float too, whatever the order: tests compare by ==.
template <class T>
std::vector<T> integers(std::size_t count, std::uint64_t seed) {
    std::vector<T> numbers;
    for (std::size_t i = 0; i < count; ++i)
        numbers.push_back(static_cast<T>(static_cast<int>(apd::ext::random_word({.seed = seed}, i, 0) % 17) - 8));
    return numbers;
}

/// The values of an array, row-major.
template <class Device, class T, class E>
auto downloaded(Device& device, apd::ext::view<T, E> array) {
    std::vector<std::remove_const_t<T>> values(array.batch * E::elements);
    device.download(array, std::span(values));
    return values;
}

/// An array of a backend that holds integers, and `host`: what a test expects it to hold.
template <class Model, std::size_t... Sizes>
class tensor {
    using shape = apd::extents<Sizes...>;

  public:
    using T = typename Model::scalar;
    using device_type = typename Model::device;

    tensor(device_type& device, std::uint64_t seed) requires(!shape::is_batched) : device_(&device), array_(device) {
        fill(seed);
    }
    tensor(device_type& device, std::size_t batch, std::uint64_t seed) requires shape::is_batched
        : device_(&device),
          array_(device, batch) {
        fill(seed);
    }

    std::vector<T> host;
    template <class... At>
    T& operator()(At... at) {
        std::size_t place = 0, axis = 0;
        ((place = place * (*array_).extent(axis++) + static_cast<std::size_t>(at)), ...);
        return host[place];
    }
    /// f(b, i, …) at every position.
    template <class F, class... At>
    void for_each(F&& f, At... at) const {
        if constexpr (sizeof...(At) == shape::rank) f(at...);
        else
            for (std::size_t i = 0; i < (*array_).extent(sizeof...(At)); ++i) for_each(f, at..., i);
    }

    apd::ext::view<T, shape> operator*() const { return *array_; }
    template <apd::ext::named_axes Letters>
    auto operator[](Letters letters) const {
        return array_[letters];
    }
    std::vector<T> values() const { return downloaded(*device_, *array_); }
    /// The array holds what is expected.
    void check() const { CHECK(values() == host); }

  private:
    void fill(std::uint64_t seed) {
        host = integers<T>((*array_).batch * shape::elements, seed);
        device_->upload(std::span<const T>(host), *array_);
    }
    device_type* device_;
    apd::ext::array<device_type, T, shape> array_;
};

/// Σ_{i < n} f(i)
template <class F>
auto sum(std::size_t n, F f) {
    std::decay_t<decltype(f(n))> total = 0;
    for (std::size_t i = 0; i < n; ++i) total += f(i);
    return total;
}

/// Law: `target = value` makes each entry `element(b, i, …)`, and `target += value` adds it.
template <class Device, class Target, class Letters, class Value, class Element>
void gives(Device& device, Target& target, Letters letters, const Value& value, Element element) {
    target.for_each([&](auto... at) { target(at...) += element(at...); });
    device(target[letters] += value);
    target.check();
    target.for_each([&](auto... at) { target(at...) = element(at...); });
    device(target[letters] = value);
    target.check();
}

/// The samples that each of C components is active on, on the host and as a backend's pairs.
template <class Model, std::size_t C>
class pair_set {
    using device_type = typename Model::device;

  public:
    pair_set(device_type& device, std::vector<std::vector<std::uint32_t>> samples)
        : samples_(std::move(samples)), storage_(device, capacity()) {
        std::vector<std::uint32_t> first{0}, sample;
        for (const auto& of_component : samples_) {
            sample.insert(sample.end(), of_component.begin(), of_component.end());
            first.push_back(static_cast<std::uint32_t>(sample.size()));
        }
        device.upload(std::span<const std::uint32_t>(first),
                      apd::ext::view<std::uint32_t, apd::extents<C + 1>>{(*storage_).first});
        device.upload(std::span<const std::uint32_t>(sample),
                      apd::ext::view<std::uint32_t, apd::extents<apd::dynamic>>{(*storage_).sample, sample.size(), 1});
    }

    std::size_t size() const {
        return sum(C, [&](std::size_t c) { return samples_[c].size(); });
    }
    std::size_t capacity() const { return size() + 3; }
    const apd::ext::active_pairs& operator*() const { return storage_.get(); }
    /// f(p, b, c) for every pair.
    template <class F>
    void for_each(F f) const {
        std::size_t p = 0;
        for (std::size_t c = 0; c < C; ++c)
            for (const std::size_t b : samples_[c]) f(p++, b, c);
    }

  private:
    std::vector<std::vector<std::uint32_t>> samples_;
    apd::ext::pair_storage<device_type, typename Model::scalar, C> storage_;
};

/// Law: over pairs, `target += value` does what `add(p, b, c)` does for every pair, and `target = value` does it to
/// zeros: all of the target's entries or, if they are pairs themselves, those of the pairs there are.
template <class Device, class Pairs, class Target, class Letters, class Value, class Add>
void gives_over_pairs(Device& device, const Pairs& pairs, Target& target, Letters letters, const Value& value,
                      Add add) {
    pairs.for_each(add);
    device(target[letters] += value, *pairs);
    target.check();
    const std::size_t of_pairs = target.host.size() / pairs.capacity() * pairs.size();
    std::fill_n(target.host.begin(), Letters::has('p') ? of_pairs : target.host.size(), 0);
    pairs.for_each(add);
    device(target[letters] = value, *pairs);
    target.check();
}

}  // namespace apd_test
