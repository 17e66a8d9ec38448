#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/data/data_source.hpp>
#include <apd/data/token_windows.hpp>

using apd_test::on_host;
using apd_test::tested_backend;

namespace {

using windows = apd::token_windows<4, 50>;
static_assert(apd::ext::data_source<windows, tested_backend, float> && apd::ext::has_labels<windows>);

// Word n is n.
apd::tokens counted(std::uint32_t size) {
    std::vector<std::uint32_t> numbers(size);
    std::iota(numbers.begin(), numbers.end(), 0U);
    return apd::tokens(numbers);
}
struct batch {
    tested_backend device;
    apd::ext::array<tested_backend, float, apd::extents<apd::dynamic, 1>> x{device, 24};
    apd::ext::array<tested_backend, std::uint32_t, apd::extents<apd::dynamic>> y{device, 24};
};

}  // namespace

TEST_CASE("a batch is whole windows, each word with the one behind it, and the same for the same step") {
    batch rows;
    const windows data(counted(30), 7);
    std::set<float> begins;
    for (std::uint32_t step = 0; step < 40; ++step) {
        data.fill(rows.device, step, *rows.x, *rows.y);
        const auto x = on_host(rows.device, *rows.x);
        const auto y = on_host(rows.device, *rows.y);
        for (std::size_t r = 0; r < 24; ++r) {
            CHECK(y[r] == static_cast<std::uint32_t>(x[r]) + 1);
            if (r % 4 != 0) CHECK(x[r] == x[r - 1] + 1);
            else begins.insert(x[r]);
        }
        data.fill(rows.device, step, *rows.x);
        CHECK(on_host(rows.device, *rows.x) == x);
    }
    CHECK(begins.size() == 26);  // all places of which there are: 0, …, 25
    CHECK(*begins.rbegin() == 25);
}
TEST_CASE("a batch that ends within a window has the beginning of that one") {
    batch rows;
    rows.x.resize(22), rows.y.resize(22);
    const windows data(counted(30), 7);
    data.fill(rows.device, 3, *rows.x, *rows.y);
    const auto x = on_host(rows.device, *rows.x);
    const auto y = on_host(rows.device, *rows.y);
    rows.x.resize(24);
    data.fill(rows.device, 3, *rows.x);
    const auto whole = on_host(rows.device, *rows.x);
    CHECK(x == std::vector(whole.begin(), whole.begin() + 22));
    for (std::size_t r = 0; r < 22; ++r) CHECK(y[r] == static_cast<std::uint32_t>(x[r]) + 1);

    rows.x.resize(6), rows.y.resize(6);
    data.fill_in_order(rows.device, 22, *rows.x, *rows.y);  // to the last word
    CHECK(on_host(rows.device, *rows.x) == std::vector<float>{22, 23, 24, 25, 26, 27});
    CHECK(on_host(rows.device, *rows.y).back() == 28);
}
TEST_CASE("the windows of a text one behind the other") {
    batch rows;
    const windows data(counted(30));
    CHECK(data.size() == 28);
    data.fill_in_order(rows.device, 4, *rows.x, *rows.y);
    const auto x = on_host(rows.device, *rows.x);
    for (std::size_t r = 0; r < 24; ++r) CHECK(x[r] == static_cast<float>(r + 4));
}
TEST_CASE("a text that is too short, or has a word that is none, is refused in a sentence") {
    using Catch::Matchers::Contains;
    batch rows;
    CHECK_THROWS_WITH(windows(counted(4)),
                      Contains("the text has 4 tokens, fewer than a window of 4 and the one behind"));
    const windows data(counted(53));
    CHECK_THROWS_WITH(data.fill_in_order(rows.device, 28, *rows.x, *rows.y),
                      Contains("token 50 is 50; number the words from 0 to 49"));
}
