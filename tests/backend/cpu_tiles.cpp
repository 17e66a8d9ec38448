#include <cstddef>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>

#include <apd/backend/cpu_tiles.hpp>

using apd_test::integers;

// Integers: sums are exact, whatever their order.
TEMPLATE_TEST_CASE("an outer product of any size is that of the plain loops, and writes nothing else", "", float,
                   double) {
    using T = TestType;
    constexpr std::size_t first = 2, second = 3, most = 40, rows_step = 3;
    const auto vector = integers<T>(first * second * most, 1),
               scalar = integers<T>(first * second * most * rows_step, 2);
    for (std::size_t lanes = 0; lanes <= most; lanes += lanes < 18 ? 1 : 5)
        for (std::size_t rows = 0; rows <= 26; ++rows)
            for (const bool accumulate : {false, true}) {
                const auto before = integers<T>((rows + 1) * most, 3);
                auto target = before, expected = before;
                apd::ext::detail::outer_block<T> block{target.data(), most,      vector.data(),
                                                       scalar.data(), rows_step, {}};
                block.summed[0] = {first, second * most, second * most * rows_step};
                block.summed[1] = {second, most, most * rows_step};
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t l = 0; l < lanes; ++l) {
                        T sum = accumulate ? before[r * most + l] : T(0);
                        for (std::size_t k = 0; k < first * second; ++k)
                            sum += vector[k * most + l] * scalar[k * most * rows_step + r * rows_step];
                        expected[r * most + l] = sum;
                    }
                apd::ext::detail::outer_product(block, lanes, rows, accumulate);
                INFO(lanes << " lanes, " << rows << " rows");
                REQUIRE(target == expected);
            }
}

TEMPLATE_TEST_CASE("dot products of any size are those of the plain loops", "", float, double) {
    using T = TestType;
    constexpr std::size_t longest = 37, most = 12;
    const auto left = integers<T>(most * longest, 1), right = integers<T>(most * longest, 2);
    for (std::size_t size = 0; size <= longest; ++size)
        for (std::size_t p = 0; p <= most; p += 1 + p / 6)
            for (std::size_t q = 0; q <= most; q += 1 + q / 6)
                for (const bool accumulate : {false, true}) {
                    auto target = integers<T>(most * most, 3), expected = target;
                    const apd::ext::detail::inner_block<T> block{target.data(), 1,       most,   left.data(),
                                                                 right.data(),  longest, longest};
                    for (std::size_t i = 0; i < p; ++i)
                        for (std::size_t j = 0; j < q; ++j) {
                            T sum = accumulate ? target[j * most + i] : T(0);
                            for (std::size_t l = 0; l < size; ++l)
                                sum += left[i * longest + l] * right[j * longest + l];
                            expected[j * most + i] = sum;
                        }
                    apd::ext::detail::inner_product(block, size, p, q, accumulate);
                    INFO(size << " numbers, " << p << " by " << q);
                    REQUIRE(target == expected);
                }
}

TEMPLATE_TEST_CASE("a transposed copy of any size has rows for columns", "", float, double) {
    using T = TestType;
    constexpr std::size_t most = 35;
    const auto from = integers<T>(most * most, 1);
    for (std::size_t rows = 0; rows <= most; rows += 1 + rows / 18)
        for (std::size_t columns = 0; columns <= most; columns += 1 + columns / 18) {
            auto to = integers<T>(most * most, 2), expected = to;
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t c = 0; c < columns; ++c) expected[c * most + r] = from[r * most + c];
            apd::ext::detail::transpose(from.data(), most, to.data(), most, rows, columns);
            INFO(rows << " by " << columns);
            REQUIRE(to == expected);
        }
}
