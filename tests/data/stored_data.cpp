#include <cstdint>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/data/data_source.hpp>
#include <apd/data/labelled_samples.hpp>
#include <apd/data/samples.hpp>
#include <apd/data/stored_data.hpp>
#include <apd/data/token_windows.hpp>

using namespace apd::ext::literals;
using apd_test::on_host;
using apd_test::tested_backend;

namespace {

std::vector<float> counted(std::size_t size) {
    std::vector<float> numbers(size);
    std::iota(numbers.begin(), numbers.end(), 1.0F);
    return numbers;
}

struct no_labels {};
/// What a source writes to a batch of 8 rows, with labels if it has them.
template <class Data>
struct batch {
    static constexpr auto make_labels(tested_backend& device) {
        if constexpr (apd::ext::has_labels<Data>) {
            using shape = typename Data::label_view::shape;
            return apd::ext::array<tested_backend, typename Data::label_number, shape>(device, 8);
        } else {
            return no_labels();
        }
    }
    tested_backend& device;
    apd::ext::array<tested_backend, float, apd::extents<apd::dynamic, Data::features>> x{device, 8};
    decltype(make_labels(device)) y = make_labels(device);

    auto filled(const auto& data, apd::ext::step_number step) {
        data.fill(device, step, *x);
        return on_host(device, *x);
    }
    auto filled(const auto& data, std::uint32_t step) {
        data.fill(device, step, *x);
        return on_host(device, *x);
    }
    auto labels(const auto& data, std::uint32_t step) {
        data.fill(device, step, *x, *y);
        return on_host(device, *y);
    }
    auto labels_in_order(const auto& data, std::size_t first) {
        data.fill_in_order(device, first, *x, *y);
        return on_host(device, *y);
    }
};

// Batches of the data and of those that are stored are the same.
template <class Data>
void check_batches(const Data& data) {
    tested_backend device;
    const auto stored = apd::stored_on(device, data);
    using stored_type = std::decay_t<decltype(stored)>;
    static_assert(apd::ext::fills_on_device<stored_type> &&
                  apd::ext::has_labels<stored_type> == apd::ext::has_labels<Data>);
    static_assert(stored_type::sequence_length == apd::ext::sequence_length_of<Data>);
    CHECK(stored.size() == data.size());
    const auto copy = stored;
    batch<Data> expected{device}, found{device};
    apd::ext::array<tested_backend, std::uint32_t, apd::extents<>> step(device);
    for (std::uint32_t s = 0; s < 5; ++s) {
        const auto x = expected.filled(data, s);
        CHECK(found.filled(stored, s) == x);
        CHECK(found.filled(copy, apd::ext::step_number((*step).data)) == x);
        device(step[""_i] += 1);
        if constexpr (apd::ext::has_labels<Data>) {
            CHECK(found.labels(stored, s) == expected.labels(data, s));
            CHECK(on_host(device, *found.x) == x);
        }
    }
    // Fewer rows, and more.
    for (const std::size_t rows : {4, 16, 8}) {
        apd::ext::array<tested_backend, float, apd::extents<apd::dynamic, Data::features>> x(device, rows),
            same(device, rows);
        data.fill(device, 1, *x);
        stored.fill(device, 1U, *same);
        CHECK(on_host(device, *same) == on_host(device, *x));
    }
    if constexpr (apd::ext::has_labels<Data>) {
        CHECK(found.labels_in_order(copy, 4) == expected.labels_in_order(data, 4));
        CHECK(on_host(device, *found.x) == on_host(device, *expected.x));
    }
}

}  // namespace

TEST_CASE("data that lie on a device give the batches that they give from the host") {
    check_batches(apd::samples<3>(counted(3 * 11)));
    check_batches(apd::labelled_samples<3, apd::class_labels<5>>(
        counted(3 * 13), {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, apd::no_class}, 7));
    check_batches(apd::labelled_samples<3, apd::output_labels<2>>(counted(3 * 13), counted(2 * 13)));
    check_batches(apd::token_windows<4, 50>(apd::tokens({4, 0, 49, 3, 2, 7, 7, 11, 8, 30, 31, 32, 33, 34, 35}), 3));
}
TEST_CASE("a word that is none is found when the data are stored") {
    tested_backend device;
    const apd::token_windows<2, 3> data(apd::tokens({0, 1, 2, 3, 0}));
    CHECK_THROWS_WITH(apd::stored_on(device, data), "token_windows: token 3 is 3; number the words from 0 to 2");
}
