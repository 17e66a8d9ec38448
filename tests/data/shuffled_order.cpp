#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/data/shuffled_order.hpp>

namespace {

std::vector<std::size_t> order(std::size_t size, std::uint32_t epoch, std::uint64_t seed) {
    std::vector<std::size_t> all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = apd::ext::shuffled_place(i, size, epoch, seed);
    return all;
}

}  // namespace

TEST_CASE("an order has every number below its size once") {
    for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 16U, 17U, 1'000U, 65'537U})
        for (const std::uint32_t epoch : {0U, 1U, 7U}) {
            auto numbers = order(size, epoch, 3);
            std::ranges::sort(numbers);
            bool has_each = true;
            for (std::size_t i = 0; i < size; ++i) has_each = has_each && numbers[i] == i;
            INFO("size " << size << ", epoch " << epoch);
            CHECK(has_each);
        }
}
TEST_CASE("epochs and seeds have orders of their own, and the same again") {
    CHECK(order(50, 0, 1) == order(50, 0, 1));
    CHECK(order(50, 0, 1) != order(50, 1, 1));
    CHECK(order(50, 0, 1) != order(50, 0, 2));
}
TEST_CASE("where a number comes to stand says nothing of where it was") {
    // The mean of |place − number| over many orders of 100 is that of two independent numbers, 33.3.
    double distance = 0;
    for (std::uint32_t epoch = 0; epoch < 200; ++epoch) {
        const auto all = order(100, epoch, 5);
        for (std::size_t i = 0; i < 100; ++i) distance += static_cast<double>(all[i] > i ? all[i] - i : i - all[i]);
    }
    CHECK(distance / 20'000 == Approx(33.33).margin(0.7));
}
