#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>
#include <support/small_problem.hpp>

#include <apd/backend/cpu_select.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {

/// For each component, the samples that it is active on.
using selection = std::vector<std::vector<std::uint32_t>>;

template <class Model, std::size_t C, std::size_t Ranked>
class selector {
    using T = typename Model::scalar;
    using device_type = typename Model::device;

  public:
    selector(device_type& device, const std::vector<T>& attributions)
        : device_(device),
          a_(device, attributions.size() / Ranked),
          n_(device),
          pairs_(device, attributions.size() / Ranked * C) {
        device.upload(std::span<const T>(attributions), *a_);
    }
    selection top(std::size_t n) {
        device_(n_[""_i] = static_cast<T>(n));
        device_.select_top(*a_, *n_, *pairs_);
        return selected();
    }
    selection top_per_sample(std::size_t k) {
        device_.select_top_per_sample(*a_, k, *pairs_);
        return selected();
    }

  private:
    selection selected() {
        const auto first = downloaded(device_, apd::ext::view<std::uint32_t, apd::extents<C + 1>>{(*pairs_).first});
        const auto sample = downloaded(
            device_, apd::ext::view<std::uint32_t, apd::extents<dynamic>>{(*pairs_).sample, (*pairs_).capacity, 1});
        REQUIRE(first.front() == 0);
        selection found(C);
        for (std::size_t c = 0; c < C; ++c)
            for (std::uint32_t p = first[c]; p < first[c + 1]; ++p) found[c].push_back(sample.at(p));
        return found;
    }
    device_type& device_;
    apd::ext::array<device_type, T, apd::extents<dynamic, Ranked>> a_;
    apd::ext::array<device_type, T, apd::extents<>> n_;
    apd::ext::pair_storage<device_type, T, C> pairs_;
};

/// By the definition: active are the entries that fewer than n others go before, positive ones `together`, or those of
/// each sample.
template <class T>
selection top_by_definition(const std::vector<T>& a, std::size_t ranked, std::size_t n, bool together) {
    selection expected(ranked);
    const auto before = [&](std::size_t x, std::size_t y) {
        const T one = std::max(a[x], T(0)), other = std::max(a[y], T(0));
        return one > other || (one == other && x < y);
    };
    for (std::size_t place = 0; place < a.size(); ++place) {
        std::size_t ahead = 0;
        for (std::size_t other = 0; other < a.size(); ++other)
            if (together || other / ranked == place / ranked) ahead += before(other, place);
        if (ahead < n && (a[place] > 0 || !together))
            expected[place % ranked].push_back(static_cast<std::uint32_t>(place / ranked));
    }
    return expected;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the largest entries of a batch are selected, equal ones in the order of samples", "", models) {
    typename TestType::device device;
    selector<TestType, 3, 3> select(device, {0.5, -1, 2,  //
                                             2, 0, 0.5});
    CHECK(select.top(0) == selection{{}, {}, {}});
    CHECK(select.top(1) == selection{{}, {}, {0}});
    CHECK(select.top(2) == selection{{1}, {}, {0}});
    CHECK(select.top(3) == selection{{0, 1}, {}, {0}});
    CHECK(select.top(4) == selection{{0, 1}, {}, {0, 1}});
    CHECK(select.top(5) == selection{{0, 1}, {}, {0, 1}});  // no others are positive
    CHECK(select.top(6) == selection{{0, 1}, {}, {0, 1}});
    CHECK(select.top(100) == selection{{0, 1}, {}, {0, 1}});
}

TEMPLATE_LIST_TEST_CASE("where nothing is positive nothing is selected", "", models) {
    typename TestType::device device;
    selector<TestType, 2, 2> select(device, {0, -1, -2, 0});
    for (const std::size_t n : {0, 1, 3, 4, 9}) CHECK(select.top(n) == selection{{}, {}});
}

TEMPLATE_LIST_TEST_CASE("the largest entries of each sample are selected, equal ones in the order of components", "",
                        models) {
    typename TestType::device device;
    selector<TestType, 3, 3> select(device, {1, 2, 1,   //
                                             -3, 0, 5,  //
                                             0, 0, -1});
    CHECK(select.top_per_sample(0) == selection{{}, {}, {}});
    CHECK(select.top_per_sample(1) == selection{{2}, {0}, {1}});
    CHECK(select.top_per_sample(2) == selection{{0, 1, 2}, {0, 2}, {1}});
    CHECK(select.top_per_sample(3) == selection{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}});
    CHECK(select.top_per_sample(4) == selection{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}});
}

TEMPLATE_LIST_TEST_CASE("components that are not ranked are active on every sample", "", models) {
    typename TestType::device device;
    selector<TestType, 4, 2> select(device, {1, 0,  //
                                             0, 2,  //
                                             3, 0});
    CHECK(select.top(0) == selection{{}, {}, {0, 1, 2}, {0, 1, 2}});
    CHECK(select.top(2) == selection{{2}, {1}, {0, 1, 2}, {0, 1, 2}});
    CHECK(select.top_per_sample(1) == selection{{0, 2}, {1}, {0, 1, 2}, {0, 1, 2}});
}

TEMPLATE_LIST_TEST_CASE("selection agrees with its definition for any batch", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    for (const std::size_t batch : batch_sizes) {
        const auto a = integers<T>(batch * 5, batch);  // many are equal, half are negative
        const auto positive = static_cast<std::size_t>(std::ranges::count_if(a, [](T v) { return v > 0; }));
        selector<TestType, 5, 5> select(device, a);
        for (const std::size_t n :
             {std::size_t{1}, batch, positive, positive + 1, 4 * batch, 5 * batch, 5 * batch + 1}) {
            INFO(n << " of " << batch << " samples");
            CHECK(select.top(n) == top_by_definition(a, 5, n, true));
        }
        for (std::size_t k = 0; k <= 6; ++k) {
            INFO(k << " for each of " << batch << " samples");
            CHECK(select.top_per_sample(k) == top_by_definition(a, 5, k, false));
        }
    }
}

TEST_CASE("samples that the attributions lack are not selected, but by components that are not ranked") {
    using on_cpu = model<apd::cpu, double>;
    apd::cpu device({.threads = 1});
    const tensor<on_cpu, dynamic, 2> a(device, 2, 1);
    const std::vector<double> numbers{3, 0,  //
                                      1, 2};
    device.upload(std::span<const double>(numbers), *a);
    const apd::ext::array<apd::cpu, double, apd::extents<>> n(device);
    apd::ext::pair_storage<apd::cpu, double, 3> pairs(device,
                                                      4 * 3);  // of four samples; the third component is not ranked
    const auto top = [&](std::size_t count) {
        device(n[""_i] = static_cast<double>(count));
        device.select_top(*a, *n, *pairs);
        return samples_of(device, *pairs);
    };
    CHECK(top(2) == selection{{0}, {1}, {0, 1, 2, 3}});
    CHECK(top(3) == selection{{0, 1}, {1}, {0, 1, 2, 3}});
    CHECK(top(8) == selection{{0, 1}, {1}, {0, 1, 2, 3}});
}

TEST_CASE("the number of threads does not change a selection of many") {
    using on_cpu = model<apd::cpu, float>;
    constexpr std::size_t batch = 3000, components = 20;
    std::vector<float> numbers;
    for (std::size_t i = 0; i < batch * components; ++i)
        numbers.push_back(static_cast<float>(apd::ext::random_word({.seed = 2}, i, 0) % 50'000));  // some are equal
    apd::cpu alone({.threads = 1}), several({.threads = 3});
    selector<on_cpu, components, components> expected(alone, numbers), found(several, numbers);
    for (const std::size_t n : {0U, 1U, 5'000U, 20'000U, 20'001U, 59'999U, 60'000U})
        CHECK(found.top(n) == expected.top(n));
}

TEMPLATE_TEST_CASE("the cut leaves n entries above, whatever their sizes and wherever the search begins", "", float,
                   double) {
    constexpr std::size_t ranked = 3;
    std::vector<TestType> numbers;
    for (std::size_t i = 0; i < 999 * ranked; ++i) {
        const auto word = apd::ext::random_word({.seed = 9}, i, 0);
        numbers.push_back(std::ldexp(static_cast<TestType>(word % 1000), static_cast<int>(word >> 24U) - 200) / 2);
    }
    numbers[5] = -1;
    numbers[500] = std::numeric_limits<TestType>::denorm_min();
    numbers[700] = std::numeric_limits<TestType>::infinity();
    numbers[900] = std::numeric_limits<TestType>::quiet_NaN();  // counts as zero
    const auto by_caller = [](std::size_t, const auto& work) { work(apd::ext::detail::work_part{}, std::size_t{0}); };
    const apd::ext::view<const TestType, apd::extents<dynamic, ranked>> a{numbers.data(), 999, 999};
    auto sorted = numbers;
    std::erase_if(sorted, [](TestType number) { return !(number > 0); });
    std::ranges::sort(sorted, std::greater<>());
    for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{700}, sorted.size() - 1})
        for (TestType guess :
             {std::numeric_limits<TestType>::denorm_min(), TestType(1), std::numeric_limits<TestType>::infinity(),
              sorted[699], std::numeric_limits<TestType>::quiet_NaN()}) {
            INFO(n << " of " << sorted.size() << ", from " << guess);
            const auto cut = apd::ext::detail::find_cut(a, n, sorted.size(), guess, nullptr, by_caller);
            const auto is_above = [&](TestType number) { return number > cut.lowest; };
            CHECK(static_cast<std::size_t>(std::ranges::count_if(sorted, is_above)) + cut.ties == n);
            if (cut.ties > 0) CHECK(cut.lowest == sorted[n - 1]);
        }
}
