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

TEST_CASE("the numbers of rows are read as far as there are any, wherever a piece of a batch ends") {
    constexpr std::size_t things = 6, rows = 19;
    const std::uint32_t step = 9;
    const apd::ext::random_key key{.seed = 5, .stream = 2, .step = step};
    std::vector<std::uint32_t> number(rows);
    for (std::uint32_t b = 0; b < rows; ++b) number[b] = 100 - 5 * b;
    std::vector<double> x(things * rows);
    apd::ext::detail::fill_random_rows(
        key, [](std::uint32_t word) { return static_cast<double>(word); },
        apd::ext::view<std::uint32_t, apd::extents<apd::dynamic>>{number.data(), rows, 1},
        apd::ext::view<double, apd::extents<apd::dynamic, things>>{x.data(), rows, rows}, {0, 2});
    for (std::uint32_t i = 0; i < things; ++i)
        for (std::size_t b = 0; b < rows; ++b)
            CHECK(x[i * rows + b] == apd::ext::philox<std::uint32_t>({number[b], i / 4, step, 2}, 5)[i % 4]);
}
