#include <cstddef>

#include <catch2/catch.hpp>

#include <apd/backend/work_part.hpp>

TEST_CASE("shares meet each other, in whole units, and are everything together") {
    for (const std::size_t size : {0U, 1U, 63U, 64U, 1000U})
        for (const std::size_t count : {1U, 2U, 8U})
            for (const std::size_t multiple : {1U, 64U}) {
                std::size_t end = 0;
                for (std::size_t i = 0; i < count; ++i) {
                    const auto range = apd::ext::detail::work_part{i, count}.of(size, multiple);
                    CHECK(range.begin == end);
                    CHECK((range.begin % multiple == 0 || range.begin == size));
                    end = range.end;
                }
                CHECK(end == size);
            }
}
TEST_CASE("a share alone is everything") {
    CHECK(apd::ext::detail::work_part{}.of(7, 4).begin == 0);
    CHECK(apd::ext::detail::work_part{}.of(7, 4).end == 7);
}
