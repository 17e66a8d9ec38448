// x is [2 samples, 2], W is [[1, 2], [3, 4]] or, for a turned use, its transpose stored.

#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/array.hpp>
#include <apd/network/weights.hpp>

namespace {

using apd_test::on_host, apd_test::plain_backend;
using numbers = std::vector<double>;
template <std::size_t... Sizes>
using array = apd::ext::array<plain_backend, double, apd::extents<Sizes...>>;

struct fixture {
    plain_backend device;
    array<2, 2> w{device}, gradient{device};
    array<2, 2, 2> directions{device}, direction_gradient{device};
    array<apd::dynamic, 2> x{device, 2}, z{device, 2}, gx{device, 2};
    array<apd::dynamic, 2, 2> tx{device, 2}, tz{device, 2};

    template <class T, class E>
    void set(const apd::ext::array<plain_backend, T, E>& target, const numbers& values) {
        device.upload(std::span<const double>(values), *target);
    }
    fixture() {
        set(x, {1, 0, 2, -1});
        set(gradient, {100, 100, 100, 100});
    }
};
using square = apd::extents<2, 2>;

}  // namespace

TEST_CASE("dense weights multiply, and pull gradients back to the input and to the matrix") {
    fixture f;
    f.set(f.w, {1, 2, 3, 4});
    const apd::ext::dense_weights<double, square> weights{*f.w, *f.gradient};
    weights.forward(f.device, apd::ext::as_declared{}, *f.x, *f.z);
    CHECK(on_host(f.device, *f.z) == numbers{1, 2, -1, 0});
    f.set(f.z, {1, 1, 0, 1});  // as gradients
    weights.pullback(f.device, apd::ext::as_declared{}, *f.x, *f.z, *f.gx);
    CHECK(on_host(f.device, *f.gx) == numbers{3, 7, 2, 4});
    CHECK(on_host(f.device, *f.gradient) == numbers{101, 103, 100, 99});  // 100 + x^T gz
}
TEST_CASE("dense weights give no gradient where none is wanted") {
    fixture f;
    f.set(f.w, {1, 3, 2, 4});
    f.set(f.z, {1, 1, 0, 1});
    apd::ext::dense_weights<double, square>{*f.w}.pullback(f.device, apd::ext::as_transpose{}, *f.x, *f.z, *f.gx);
    CHECK(on_host(f.device, *f.gx) == numbers{3, 7, 2, 4});
    apd::ext::dense_weights<double, square>{*f.w, *f.gradient}.pullback(f.device, apd::ext::as_transpose{}, *f.x, *f.z,
                                                                        apd::ext::no_tangent{});
    CHECK(on_host(f.device, *f.gradient) == numbers{101, 100, 103, 99});  // 100 + gz^T x
}
TEMPLATE_TEST_CASE("a tangent is that of the input times the matrix, plus the input times its direction", "",
                   apd::ext::as_declared, apd::ext::as_transpose) {
    // Two directions, the first picks input 0 for output 1, the second is 10 times the identity.
    fixture f;
    const bool as_transpose = std::is_same_v<TestType, apd::ext::as_transpose>;
    f.set(f.w, as_transpose ? numbers{1, 3, 2, 4} : numbers{1, 2, 3, 4});
    f.set(f.directions, as_transpose ? numbers{0, 0, 1, 0, 10, 0, 0, 10} : numbers{0, 1, 0, 0, 10, 0, 0, 10});
    f.set(f.tx, {1, 0, 0, 1, 1, 1, 0, 0});
    const apd::ext::directed_weights<double, square, apd::extents<2, 2, 2>> weights{*f.w, *f.directions,
                                                                                    *f.direction_gradient};
    weights.pushforward(f.device, TestType{}, *f.x, apd::ext::no_tangent{}, *f.tz);
    CHECK(on_host(f.device, *f.tz) == numbers{0, 1, 10, 0, 0, 2, 20, -10});
    weights.pushforward(f.device, TestType{}, *f.x, *f.tx, *f.tz);
    CHECK(on_host(f.device, *f.tz) == numbers{1, 3, 13, 4, 4, 8, 20, -10});
}
TEMPLATE_TEST_CASE("cotangents go back through the matrix, and each adds to its direction's gradient", "",
                   apd::ext::as_declared, apd::ext::as_transpose) {
    fixture f;
    const bool as_transpose = std::is_same_v<TestType, apd::ext::as_transpose>;
    f.set(f.w, as_transpose ? numbers{1, 3, 2, 4} : numbers{1, 2, 3, 4});
    f.set(f.direction_gradient, numbers(8, 100));
    f.set(f.tz, {1, 0, 0, 1, 1, 1, 0, 2});
    const apd::ext::directed_weights<double, square, apd::extents<2, 2, 2>> weights{*f.w, *f.directions,
                                                                                    *f.direction_gradient};
    weights.pullback(f.device, TestType{}, *f.x, *f.tz, *f.tx);
    CHECK(on_host(f.device, *f.tx) == numbers{1, 3, 2, 4, 3, 7, 4, 8});
    // 100 + x^T g_k, k = 0: (1, 0)^T(1, 0) + (2, -1)^T(1, 1); k = 1: (1, 0)^T(0, 1) + (2, -1)^T(0, 2)
    CHECK(on_host(f.device, *f.direction_gradient) ==
          (as_transpose ? numbers{103, 99, 102, 99, 100, 100, 105, 98} : numbers{103, 102, 99, 99, 100, 105, 100, 98}));
}
