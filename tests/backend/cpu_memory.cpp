#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <catch2/catch.hpp>

#include <apd/backend/cpu_memory.hpp>

TEST_CASE("memory is zero, and begins at a line of the cache; much of it at a large page") {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{5'000'000}}) {
        const auto memory = apd::ext::detail::allocate_zeros(bytes);
        const auto* const first = static_cast<const unsigned char*>(memory.get());
        CHECK(reinterpret_cast<std::uintptr_t>(first) % (bytes > 4'000'000 ? 1U << 21U : 64U) == 0);
        CHECK(std::all_of(first, first + bytes, [](unsigned char byte) { return byte == 0; }));
    }
}
TEST_CASE("room grows where more is asked for, and stays where less is") {
    apd::ext::detail::growing_workspace workspace;
    void* const first = workspace.of(1000);
    CHECK(workspace.of(10) == first);
    CHECK(workspace.of(1000) == first);
    auto* const more = static_cast<unsigned char*>(workspace.of(100'000));
    more[99'999] = 1;
    CHECK(workspace.of(1000) == more);
}
