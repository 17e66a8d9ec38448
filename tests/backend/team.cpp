// Slices of a batch, each a thread of this process: what they compute together is what one computes alone.

#include <array>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/array/active_pairs.hpp>
#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/backend/team.hpp>

namespace {

using namespace apd::ext::literals;
using apd_test::on_host;
using apd_test::tested_backend;
using numbers = std::vector<double>;
constexpr std::size_t S = 3;

/// What the slices meet by.
struct table {
    std::barrier<> all{S};
    std::array<std::size_t, S> counts{};
    std::array<numbers, S> values;
};
class thread_slice final : public apd::ext::team {
  public:
    thread_slice(table& common, std::size_t number) : common_(common), number_(number) {}
    std::size_t number() const override { return number_; }
    std::size_t size() const override { return S; }
    counted count(std::size_t own) override {
        common_.counts[number_] = own;
        common_.all.arrive_and_wait();
        counted sum{0, 0};
        for (std::size_t s = 0; s < S; ++s) {
            sum.all += common_.counts[s];
            if (s < number_) sum.before += common_.counts[s];
        }
        common_.all.arrive_and_wait();
        return sum;
    }
    void add_up(std::span<float>) override { FAIL("there are only doubles"); }
    void add_up(std::span<double> own) override {
        common_.values[number_].assign(own.begin(), own.end());
        common_.all.arrive_and_wait();
        for (std::size_t i = 0; i < own.size(); ++i) {
            own[i] = 0;
            for (const auto& of_slice : common_.values) own[i] += of_slice[i];
        }
        common_.all.arrive_and_wait();
    }

  private:
    table& common_;
    std::size_t number_;
};
/// f(device, number of the slice) for all of them, each with a device that has joined the others.
void for_each_slice(const std::function<void(tested_backend&, std::size_t)>& f) {
    table common;
    std::vector<std::jthread> threads;
    for (std::size_t s = 0; s < S; ++s)
        threads.emplace_back([&, s] {
            thread_slice slice(common, s);
            tested_backend device;
            device.join(slice);
            f(device, s);
        });
}
template <std::size_t... Sizes>
using array = apd::ext::array<tested_backend, double, apd::extents<Sizes...>>;

numbers counted_from(double first, std::size_t size) {
    numbers all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = first + static_cast<double>(i % 17);
    return all;
}

}  // namespace

TEST_CASE("numbers of slices are added up") {
    std::array<numbers, S> found;
    for_each_slice([&](tested_backend& device, std::size_t s) {
        array<2, 2> a(device);
        device.upload(std::span<const double>(numbers{1, 2, 3, static_cast<double>(s)}), *a);
        device.add_up(*a);
        found[s] = on_host(device, *a);
    });
    for (const auto& each : found) CHECK(each == numbers{3, 6, 9, 0 + 1 + 2});
}
TEST_CASE("a large product of what all have, and its gradients, are dealt out") {
    constexpr std::size_t in = 64, inner = 512, out = 32;
    const numbers u = counted_from(-8, in * inner), v = counted_from(-5, inner * out);
    const auto multiply = [&](tested_backend& device, std::size_t s, numbers& sum, numbers& gradient) {
        array<in, inner> left(device), d_left(device);
        array<inner, out> right(device);
        array<in, out> product(device), parts(device);
        device.upload(std::span<const double>(u), *left);
        device.upload(std::span<const double>(v), *right);
        const auto forward = product["io"_i] = left["ik"_i] * right["ko"_i];
        static_assert(apd::ext::detail::is_worth_dealing<std::decay_t<decltype(forward.target)>,
                                                         std::decay_t<decltype(forward.value)>>);
        apd::ext::detail::compute_dealt(device, forward);
        device(parts["io"_i] = product["io"_i] * static_cast<double>(s));
        apd::ext::detail::add_dealt_gradients(device, forward, *parts, d_left["ik"_i] += parts["io"_i] * right["ko"_i]);
        sum = on_host(device, *product);
        gradient = on_host(device, *d_left);
    };
    numbers expected_sum, expected_gradient;
    tested_backend alone;
    multiply(alone, 0 + 1 + 2, expected_sum, expected_gradient);
    std::array<numbers, S> sums, gradients;
    for_each_slice([&](tested_backend& device, std::size_t s) { multiply(device, s, sums[s], gradients[s]); });
    numbers gradient(in * inner);
    for (std::size_t s = 0; s < S; ++s) {
        CHECK(sums[s] == expected_sum);
        for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += gradients[s][i];
    }
    CHECK(gradient == expected_gradient);  // whole numbers
}
TEST_CASE("slices select the largest of all rows, of equal ones those of the first slices") {
    constexpr std::size_t B = 4, R = 3;
    // 3 ties at 5 in each slice, and one larger number in the last.
    const std::array<numbers, S> scores{numbers{5, 0, 1, 5, 0, 0, 0, 5, 0, 0, 0, 0},
                                        numbers{0, 5, 0, 0, 0, 5, 5, 0, 2, 0, 0, 0},
                                        numbers{7, 5, 0, 0, 0, 0, 5, 0, 0, 5, 0, 0}};
    const std::vector<std::pair<double, std::array<std::size_t, S>>> cases{
        {0, {0, 0, 0}},  {1, {0, 0, 1}},  {3, {2, 0, 1}},  {6, {3, 2, 1}},
        {10, {3, 3, 4}}, {11, {3, 4, 4}}, {100, {4, 4, 4}}};
    for (const auto& [wanted, expected] : cases) {
        std::array<std::size_t, S> active{};
        for_each_slice([&, wanted = wanted](tested_backend& device, std::size_t s) {
            array<apd::dynamic, R> a(device, B);
            array<> n(device);
            device.upload(std::span<const double>(scores[s]), *a);
            device.upload(std::span<const double>(&wanted, 1), *n);
            apd::ext::pair_storage<tested_backend, double, R> pairs(device, B);
            device.select_top(*a, *n, *pairs);
            for (const auto& of_component : apd_test::samples_of(device, *pairs)) active[s] += of_component.size();
        });
        CHECK(active == expected);
    }
}
