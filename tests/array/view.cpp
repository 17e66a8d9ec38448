#include <array>
#include <cstddef>
#include <string>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/array/view.hpp>

using namespace apd::ext::literals;
using apd::dynamic;
using apd::extents;

namespace {

/// 0, 1, 2, …: each element tells where it lies.
constexpr auto memory = [] {
    std::array<float, 64> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
    return numbers;
}();

constexpr apd::ext::view<const float, extents<dynamic, 2, 3>> samples{memory.data(), 4, 10};
constexpr apd::ext::view<const float, extents<2, 3, 4>> matrices{memory.data()};

constexpr apd::ext::position at(std::size_t first, std::size_t second = 0, std::size_t third = 0,
                                std::size_t fourth = 0) {
    apd::ext::position place;
    place['x'] = first;
    place['y'] = second;
    place['z'] = third;
    place['w'] = fourth;
    return place;
}

template <class View>
concept has_rows = requires(View v) {
    v.rows(0, 1);
};
template <class View>
concept has_entries = requires(View v) {
    v(0);
};
template <class Leaf, class Value>
concept assignable = requires(Leaf leaf, Value value) {
    leaf = value;
    leaf += value;
};

}  // namespace

TEST_CASE("element (b, i, j) of samples lies at (i·J + j)·stride + b") {
    STATIC_REQUIRE(samples["xyz"_i].value(at(0, 0, 0)) == 0);
    STATIC_REQUIRE(samples["xyz"_i].value(at(3, 0, 0)) == 3);
    STATIC_REQUIRE(samples["xyz"_i].value(at(0, 0, 1)) == 10);
    STATIC_REQUIRE(samples["xyz"_i].value(at(0, 1, 0)) == 30);
    STATIC_REQUIRE(samples["xyz"_i].value(at(3, 1, 2)) == 53);
    STATIC_REQUIRE(samples["xyz"_i].offset(at(3, 1, 2)) == 53);
}

TEST_CASE("an array without samples is row-major") {
    STATIC_REQUIRE(matrices["xyz"_i].value(at(0, 0, 3)) == 3);
    STATIC_REQUIRE(matrices["xyz"_i].value(at(0, 2, 0)) == 8);
    STATIC_REQUIRE(matrices["xyz"_i].value(at(1, 0, 0)) == 12);
    STATIC_REQUIRE(matrices["xyz"_i].value(at(1, 2, 3)) == 23);
    constexpr apd::ext::view<const float, extents<>> number{memory.data() + 5};
    STATIC_REQUIRE(number[""_i].value(at(1, 2, 3)) == 5);
}

TEST_CASE("letters, not their order in the alphabet, name the axes") {
    STATIC_REQUIRE(matrices["zxy"_i].value(at(2, 3, 1)) == 23);
}

TEST_CASE("extents and steps of every axis") {
    STATIC_REQUIRE(samples.extent(0) == 4);
    STATIC_REQUIRE(samples.extent(2) == 3);
    STATIC_REQUIRE(samples.step(0) == 1);
    STATIC_REQUIRE(samples.step(1) == 30);
    STATIC_REQUIRE(samples.step(2) == 10);
    STATIC_REQUIRE(matrices.extent(0) == 2);
    STATIC_REQUIRE(matrices.step(0) == 12);
    STATIC_REQUIRE(matrices.step(2) == 1);
}

TEST_CASE("rows are a range of samples") {
    constexpr auto part = samples.rows(1, 2);
    STATIC_REQUIRE(part.batch == 2);
    STATIC_REQUIRE(part["xyz"_i].value(at(1, 1, 2)) == 52);
    STATIC_REQUIRE(has_rows<decltype(samples)>);
    STATIC_REQUIRE_FALSE(has_rows<decltype(matrices)>);
}

TEST_CASE("a slice is a range of the first static axis") {
    constexpr auto of_samples = samples.slice<1>(1);
    STATIC_REQUIRE(std::is_same_v<decltype(of_samples)::shape, extents<dynamic, 1, 3>>);
    STATIC_REQUIRE(of_samples.batch == 4);
    STATIC_REQUIRE(of_samples["xyz"_i].value(at(3, 0, 2)) == 53);
    constexpr auto of_matrices = matrices.slice<1>(1);
    STATIC_REQUIRE(std::is_same_v<decltype(of_matrices)::shape, extents<1, 3, 4>>);
    STATIC_REQUIRE(of_matrices["xyz"_i].value(at(0, 2, 3)) == 23);
}

TEST_CASE("the last axis can be split in two, in the same memory") {
    constexpr apd::ext::view<const float, extents<dynamic, 6>> flat{memory.data(), 4, 10};
    constexpr auto split = flat.split<3>();
    STATIC_REQUIRE(std::is_same_v<decltype(split), decltype(samples)>);
    STATIC_REQUIRE(split["xyz"_i].value(at(3, 1, 2)) == 53);
    constexpr auto of_matrices = matrices.split<2>();
    STATIC_REQUIRE(std::is_same_v<decltype(of_matrices)::shape, extents<2, 3, 2, 2>>);
    STATIC_REQUIRE(of_matrices["xyzw"_i].value(at(1, 2, 1, 0)) == 22);
    STATIC_REQUIRE(std::is_same_v<decltype(matrices.split<4>())::shape, extents<2, 3, 1, 4>>);
}

TEST_CASE("all entries of an array without samples can be seen as one row") {
    constexpr auto row = matrices.flat();
    STATIC_REQUIRE(decltype(row)::shape::rank == 1);
    CHECK(row.data == matrices.data);
    CHECK(row.extent(0) == 24);
    CHECK(row.step(0) == 1);
}

TEST_CASE("a part is a range of an axis counted from the last, and lies in memory as the whole does") {
    constexpr auto last = samples.part<0, 2>(1);
    STATIC_REQUIRE(std::is_same_v<decltype(last)::shape, extents<dynamic, 2, 2>>);
    STATIC_REQUIRE(last.batch == 4);
    STATIC_REQUIRE(last["xyz"_i].value(at(3, 0, 0)) == 13);
    STATIC_REQUIRE(last["xyz"_i].value(at(3, 1, 1)) == 53);
    constexpr auto second_to_last = matrices.part<1, 2>(1);
    STATIC_REQUIRE(std::is_same_v<decltype(second_to_last)::shape, extents<2, 2, 4>>);
    STATIC_REQUIRE(second_to_last["xyz"_i].value(at(0, 0, 0)) == 4);
    STATIC_REQUIRE(second_to_last["xyz"_i].value(at(1, 1, 3)) == 23);
    constexpr auto first = matrices.part<2, 1>(1);
    STATIC_REQUIRE(std::is_same_v<decltype(first)::shape, extents<1, 3, 4>>);
    STATIC_REQUIRE(first["xyz"_i].value(at(0, 2, 3)) == 23);
    STATIC_REQUIRE(samples.is_dense);
    STATIC_REQUIRE_FALSE(last.is_dense);
}

TEST_CASE("a part of a part, its rows, and a view of it that is only read lie as the whole does") {
    constexpr auto column = matrices.part<1, 2>(1).part<0, 1>(3);
    STATIC_REQUIRE(std::is_same_v<decltype(column)::shape, extents<2, 2, 1>>);
    STATIC_REQUIRE(column["xyz"_i].value(at(0, 1, 0)) == 11);
    STATIC_REQUIRE(column["xyz"_i].value(at(1, 1, 0)) == 23);
    constexpr auto rows = samples.part<1, 1>(1).rows(2, 2);
    STATIC_REQUIRE(rows.batch == 2);
    STATIC_REQUIRE(rows["xyz"_i].value(at(1, 0, 2)) == 53);
    std::array<float, 12> numbers{};
    const auto written = apd::ext::view<float, extents<3, 4>>{numbers.data()}.part<0, 2>(2);
    const apd::ext::view<const float, extents<3, 2>, extents<3, 4>> read = written;
    CHECK(read.data == numbers.data() + 2);
    CHECK(read["xy"_i].offset(at(2, 1)) == 9);
}

TEST_CASE("an entry of the first axis is an array of the rest") {
    STATIC_REQUIRE(
        std::is_same_v<std::remove_const_t<decltype(matrices(1))>, apd::ext::view<const float, extents<3, 4>>>);
    STATIC_REQUIRE(matrices(1)["xy"_i].value(at(2, 3)) == 23);
    STATIC_REQUIRE(matrices(1)(2)["x"_i].value(at(3)) == 23);
    STATIC_REQUIRE(matrices(1)(2)(3)[""_i].value(at(0)) == 23);
    STATIC_REQUIRE_FALSE(has_entries<decltype(samples)>);
    STATIC_REQUIRE_FALSE(has_entries<apd::ext::view<float, extents<>>>);
}

TEST_CASE("a view of what can be written is one of what can be read, not the other way round") {
    using written = apd::ext::view<float, extents<dynamic, 3>>;
    using read = apd::ext::view<const float, extents<dynamic, 3>>;
    STATIC_REQUIRE(std::is_convertible_v<written, read>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<read, written>);
    std::array<float, 12> numbers{};
    const read same = written{numbers.data(), 4, 4};
    CHECK(same.data == numbers.data());
    CHECK(same.batch == 4);
    CHECK(same.stride == 4);
}

TEST_CASE("assigning to letters makes a statement and computes nothing") {
    std::array<float, 6> numbers{1, 2, 3, 4, 5, 6};
    const apd::ext::view<float, extents<2, 3>> w{numbers.data()};
    const auto assigned = w["xy"_i] = w["xy"_i] * 2.0;
    const auto added = w["xy"_i] += 1;
    const auto copied = w["xy"_i] = w["xy"_i];
    CHECK(numbers == std::array<float, 6>{1, 2, 3, 4, 5, 6});
    STATIC_REQUIRE_FALSE(decltype(assigned)::accumulates);
    STATIC_REQUIRE(decltype(added)::accumulates);
    STATIC_REQUIRE_FALSE(decltype(copied)::accumulates);
    STATIC_REQUIRE(std::is_same_v<decltype(added.value), apd::ext::constant<float>>);
    CHECK(assigned.target.array.data == numbers.data());
    CHECK(assigned.value.value(at(1, 2)) == 12);
    CHECK(copied.value.value(at(1, 0)) == 4);
    CHECK(added.value.value(at(0, 0)) == 1);
}

TEST_CASE("expressions and numbers can be assigned") {
    using leaf = apd::ext::indexed<apd::ext::view<float, extents<3>>, decltype("x"_i)>;
    STATIC_REQUIRE(apd::ext::expression<leaf>);
    STATIC_REQUIRE(
        std::is_same_v<apd::ext::indexed<apd::ext::view<const float, extents<3>>, decltype("x"_i)>::scalar, float>);
    STATIC_REQUIRE(assignable<leaf, double>);
    STATIC_REQUIRE(assignable<leaf, apd::ext::constant<float>>);
    STATIC_REQUIRE_FALSE(assignable<leaf, std::string>);
}

TEST_CASE("rows that are positions of sequences are named sequence by sequence") {
    constexpr apd::ext::view<const float, extents<dynamic, 2, 3>> rows{memory.data(), 6, 8};
    constexpr auto sequences = rows.unfold<3>();
    STATIC_REQUIRE(std::is_same_v<decltype(sequences)::shape, extents<dynamic, 3, 2, 3>>);
    STATIC_REQUIRE(sequences.batch == 2);
    STATIC_REQUIRE(sequences.is_contiguous_along(1));
    STATIC_REQUIRE(!sequences.is_contiguous_along(0));
    // Element (n, t, i, j) is row 3n + t of (i, j).
    STATIC_REQUIRE(sequences["xyzw"_i].value(at(1, 2, 1, 2)) == (1 * 3 + 2) * 8 + 5);
    STATIC_REQUIRE(sequences["xyzw"_i].offset(at(0, 1, 0, 1)) == 8 + 1);
    // A part of it, and an axis as two.
    STATIC_REQUIRE(sequences.part<0, 2>(1)["xyzw"_i].value(at(1, 2, 1, 1)) == (1 * 3 + 2) * 8 + 5);
    constexpr auto split = rows.slice<1>(1).unfold<3>().split_axis<0, 1>();
    STATIC_REQUIRE(std::is_same_v<decltype(split)::shape, extents<dynamic, 3, 1, 3, 1>>);
    STATIC_REQUIRE(split["xyzwv"_i].value([] {
        auto place = at(1, 2, 0, 2);
        place['v'] = 0;
        return place;
    }()) == (1 * 3 + 2) * 8 + 5);
}
