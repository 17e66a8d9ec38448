#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/backend/cpu_random.hpp>

TEST_CASE("sixteen counters at once give the words that each gives alone") {
    for (const std::uint32_t first : {0U, 16U, 0xFFFFFFF0U, 0xFFFFFFF8U}) {  // the last begins anew at zero
        INFO("from counter " << first);
        const auto block = apd::ext::detail::random_words({first, 0xFFFFFFFFU, 3, 0x80000000U}, 0xFEDCBA9876543210U);
        for (std::uint32_t i = 0; i < 16; ++i)
            for (std::size_t w = 0; w < 4; ++w)
                CHECK(block[w][i] ==
                      apd::ext::philox({first + i, 0xFFFFFFFFU, 3, 0x80000000U}, 0xFEDCBA9876543210U)[w]);
    }
}

TEST_CASE("every number of a batch is a function of its own random word, and other features are left alone") {
    constexpr std::size_t features = 3, stride = 208;
    const apd::ext::random_key key{.seed = 5, .stream = 2, .step = 9};
    for (const std::size_t batch : {std::size_t{1}, std::size_t{64}, std::size_t{200}}) {
        INFO(batch << " samples");
        std::vector<double> numbers(features * stride, -1);
        apd::ext::detail::fill_random(
            key, [](std::uint32_t word) { return static_cast<double>(word); },
            apd::ext::view<double, apd::extents<apd::dynamic, features>>{numbers.data(), batch, stride}, {1, 3});
        for (std::size_t i = 0; i < features; ++i)
            for (std::size_t b = 0; b < stride; ++b)
                CHECK(numbers[i * stride + b] == (i == 0 || b >= batch ? -1. : apd::ext::random_word(key, b, i)));
    }
}
