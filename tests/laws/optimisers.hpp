#pragma once
// The laws of optimisers, on parts of a few numbers.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>

#include <apd/backend/array.hpp>
#include <apd/optimiser/optimiser.hpp>
#include <apd/optimiser/trainable_parts.hpp>

namespace apd_test {

/// The same learning rate at every step.
struct constant_rate {
    double rate;
    APD_HOST_DEVICE double operator()(std::uint32_t) const { return rate; }
};

/// Parts of a few numbers under an optimiser.
template <class T, class Device, apd::ext::optimiser Optimiser>
class optimised {
  public:
    using lists = std::vector<std::vector<T>>;

    optimised(const Optimiser& how, const lists& start, std::uint32_t step = 0)
        : parts_(device_, 0), run_(device_, how, with_parts(start)), step_(device_) {
        device_.upload(std::span<const std::uint32_t>(&step, 1), *step_);
    }
    /// The numbers after one more update.
    lists step(double rate, const lists& gradients) {
        std::size_t i = 0;
        for (const auto& part : parts_) device_.upload(std::span<const T>(gradients[i++]), part.gradient);
        run_.update(*step_, constant_rate{rate});
        device_(step_[apd::ext::axes<>()] += 1);
        lists all;
        for (const auto& part : parts_) all.push_back(on_host(device_, part.value));
        return all;
    }
    /// The moments of every part.
    lists moments() {
        lists all;
        for (std::size_t i = 0; i < parts_.size(); ++i)
            for (std::size_t k = 0; k < Optimiser::moments; ++k) all.push_back(on_host(device_, run_.moment(i, k)));
        return all;
    }
    void put_moments(const lists& all) {
        for (std::size_t i = 0; i < parts_.size(); ++i)
            for (std::size_t k = 0; k < Optimiser::moments; ++k)
                device_.upload(std::span<const T>(all[i * Optimiser::moments + k]), run_.moment(i, k));
    }

  private:
    const auto& with_parts(const lists& start) {
        for (std::size_t i = 0; i < start.size(); ++i)
            device_.upload(std::span<const T>(start[i]), parts_.add(std::to_string(i), {start[i].size()}).value);
        return parts_;
    }
    Device device_;
    apd::ext::trainable_parts<Device, T> parts_;
    apd::ext::optimiser_run<Device, T, Optimiser> run_;
    apd::ext::array<Device, std::uint32_t, apd::extents<>> step_;
};

/// The laws that the concept `optimiser` names, in double.
template <class Device, apd::ext::optimiser Optimiser>
void optimiser_keeps_the_laws(const Optimiser& how) {
    using run = optimised<double, Device, Optimiser>;
    using lists = typename run::lists;
    const lists together{{1, -2, 3, 0.5, 0, -4}}, apart{{1, -2}, {3, 0.5, 0, -4}};
    const auto gradient = [](std::size_t step) { return random_numbers(6, 100 + step); };
    const auto split = [](const std::vector<double>& all) {
        return lists{{all.begin(), all.begin() + 2}, {all.begin() + 2, all.end()}};
    };

    // Entries do not influence each other, and a run goes on from saved numbers.
    run one(how, together), two(how, apart);
    lists after;
    for (std::size_t step = 0; step < 4; ++step) {
        after = one.step(0.1, {gradient(step)});
        CHECK(two.step(0.1, split(gradient(step))) == split(after[0]));
    }
    run resumed(how, after, 4);
    resumed.put_moments(one.moments());
    for (std::size_t step = 4; step < 6; ++step)
        CHECK(resumed.step(0.1, {gradient(step)}) == one.step(0.1, {gradient(step)}));

    // The first update goes against the gradient; without one zeros stay zeros.
    run first(how, {std::vector<double>(6, 0.0)});
    const auto moved = first.step(0.1, {gradient(0)})[0];
    double along = 0;
    for (std::size_t i = 0; i < 6; ++i) along += moved[i] * gradient(0)[i];
    CHECK(along < 0);
    run still(how, {std::vector<double>(6, 0.0)});
    CHECK(still.step(0.1, {std::vector<double>(6, 0.0)})[0] == std::vector<double>(6, 0.0));

    // No rate, no change.
    run slow(how, together);
    CHECK(slow.step(0, {gradient(0)}) == together);
}

}  // namespace apd_test
