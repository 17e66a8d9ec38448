#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/backend_laws.hpp>
#include <support/serial.hpp>

#include <apd/backend/array.hpp>

using namespace apd::ext::literals;
using namespace apd_test;
using apd::dynamic;

namespace {

/// Counts the memory in use.
struct counting : serial {
    int in_use = 0;
    template <class T>
    T* allocate(std::size_t count) {
        ++in_use;
        return serial::allocate<T>(count);
    }
    template <class T>
    void deallocate(T* memory) {
        --in_use;
        serial::deallocate(memory);
    }
};
using batched = apd::ext::array<counting, float, apd::extents<dynamic, 3>>;
template <std::size_t I>
using square = apd::extents<I + 1, I + 1>;
template <std::size_t I>
using samples = apd::extents<dynamic, I + 1>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("an array is zero at first and takes statements", "", models) {
    using T = typename TestType::scalar;
    // [example array]
    typename TestType::device device;
    apd::ext::array<typename TestType::device, T, apd::extents<dynamic, 5>> x(device, 20);
    device(x["bi"_i] += 1);
    // [/example]
    CHECK(downloaded(device, *x) == std::vector<T>(100, 1));
    const apd::ext::array<typename TestType::device, T, apd::extents<2, 3>> w(device);
    CHECK(downloaded(device, *w) == std::vector<T>(6, 0));
}

TEST_CASE("samples are neighbours in memory, and features an odd number of lines apart") {
    serial device;
    for (const std::size_t batch : {1U, 16U, 17U, 48U, 64U, 1024U}) {
        const apd::ext::array<serial, float, apd::extents<dynamic, 3>> x(device, batch);
        CHECK((*x).batch == batch);
        CHECK((*x).stride >= batch);
        CHECK((*x).stride % 32 == 16);
    }
    const apd::ext::array<serial, float, apd::extents<4, 3>> w(device);
    CHECK((*w).batch == 1);
    CHECK((*w).stride == 1);
}

TEST_CASE("memory moves with an array and is released once") {
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<batched>);
    STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<batched>);
    STATIC_REQUIRE(std::is_nothrow_move_constructible_v<batched>);
    counting device;
    {
        batched first(device, 20), second(device, 7), none;
        CHECK(device.in_use == 2);
        const float* const memory = (*first).data;
        CHECK((*none).data == nullptr);

        batched moved = std::move(first);
        CHECK((*moved).data == memory);
        CHECK((*moved).batch == 20);
        CHECK((*first).data == nullptr);  // NOLINT: a moved-from array holds nothing

        second = std::move(moved);
        CHECK((*second).data == memory);
        CHECK((*second).batch == 20);
        none = std::move(second);
        CHECK((*none).data == memory);

        std::vector<batched> several;
        for (std::size_t batch = 0; batch < 5; ++batch) several.emplace_back(device, batch);
        CHECK((*several[3]).batch == 3);
        CHECK(device.in_use == 7);
        several.resize(2);
        CHECK(device.in_use == 4);
    }
    CHECK(device.in_use == 0);
}

TEMPLATE_LIST_TEST_CASE("arrays of a list have shapes of their own, and are empty until they are made", "", models) {
    using device_type = typename TestType::device;
    using T = typename TestType::scalar;
    // [example array_list]
    device_type device;
    apd::ext::array_list<device_type, T, square, 3> all;
    CHECK_FALSE(all.template has<2>());
    device(all.template make<2>(device)["io"_i] = 1);
    // [/example]
    CHECK(downloaded(device, all.template at<2>()) == std::vector<T>(9, 1));
    CHECK(all.template at<0>().data == nullptr);
    CHECK(all.template ensure<2>(device).data == all.template at<2>().data);  // it was there
    CHECK(downloaded(device, all.template ensure<1>(device)) == std::vector<T>(4, 0));

    apd::ext::array_list<device_type, T, samples, 2> batches;
    CHECK(batches.template make<1>(device, 20).batch == 20);
    batches.template resize<1>(7);
    device(batches.template at<1>()["bi"_i] = 1);
    batches.template resize<1>(8);
    const auto found = downloaded(device, batches.template at<1>());
    CHECK(std::vector<T>(found.begin(), found.begin() + 14) == std::vector<T>(14, 1));
    CHECK(std::vector<T>(found.begin() + 14, found.end()) == std::vector<T>(2, 0));
}
TEST_CASE("the arrays of a list are released with it, or when they are made anew") {
    counting device;
    {
        apd::ext::array_list<counting, float, square, 3> all;
        all.make<0>(device);
        all.make<2>(device);
        CHECK(device.in_use == 2);
        all.make<2>(device);
        CHECK(device.in_use == 2);
        const auto moved = std::move(all);
        CHECK(moved.has<0>());
        CHECK(device.in_use == 2);
    }
    CHECK(device.in_use == 0);
}

TEMPLATE_LIST_TEST_CASE("room for pairs holds none at first", "", models) {
    using T = typename TestType::scalar;
    typename TestType::device device;
    apd::ext::pair_storage<typename TestType::device, T, 3> pairs(device, 20);
    CHECK((*pairs).components == 3);
    CHECK((*pairs).capacity == 20);
    CHECK(&pairs.get() == &*pairs);
    CHECK(downloaded(device, apd::ext::view<std::uint32_t, apd::extents<4>>{(*pairs).first}) ==
          std::vector<std::uint32_t>(4, 0));
    tensor<TestType, dynamic, 3> mask(device, 7, 1);
    device(mask["bc"_i] = 1, pairs.get());
    CHECK(mask.values() == std::vector<T>(21, 0));
    device(pairs.count()["c"_i] = 2);
    CHECK(downloaded(device, pairs.count()) == std::vector<T>(3, 2));
}

TEST_CASE("an array may be its first samples for a while") {
    apd_test::plain_backend device;
    using namespace apd::ext::literals;
    apd::ext::array<apd_test::plain_backend, float, apd::extents<apd::dynamic, 2>> x(device, 5);
    x.resize(2);
    CHECK((*x).batch == 2);
    device(x["bi"_i] = 1);
    x.resize(5);
    CHECK(downloaded(device, *x) == std::vector<float>{1, 1, 1, 1, 0, 0, 0, 0, 0, 0});
}
