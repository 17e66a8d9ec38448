// The laws of layers, for every layer alone and for stacks.

#include <cstddef>
#include <ratio>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <laws/layers.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

template <class Layer, std::size_t Inputs>
void laws_hold() {
    apd_test::layer_keeps_the_laws<Layer, apd_test::tested_backend, Inputs>();
    apd_test::layer_keeps_the_laws<Layer, apd_test::plain_backend, Inputs>();
}

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("elementwise layers keep the laws of layers", "", apd::elementwise,
                           (apd::ext::relu_function, apd::ext::gelu_function, apd::ext::gelu_tanh_function,
                            apd::ext::silu_function, apd::ext::identity_function)) {
    laws_hold<TestType, 4>();
}
TEST_CASE("layers that mix features keep the laws of layers") {
    laws_hold<apd::softmax, 4>();
    laws_hold<apd::windows<5, 2, 3>, 10>();
    laws_hold<apd::attention<3, 2, 2>, 12>();
    laws_hold<apd::causal_attention<3, 4, 2, 2>, 16>();
    laws_hold<apd::ext::normalise<false, std::micro>, 5>();
    laws_hold<apd::ext::normalise<true, std::centi>, 5>();
    laws_hold<apd::gated<apd::silu>, 6>();
    laws_hold<apd::rotary<3, 2, 4, 1>, 12>();
    laws_hold<apd::last_position<3>, 4>();
    laws_hold<apd::image_windows<4, 6, 2, 3, 2>, 48>();
    laws_hold<apd::image_windows<4, 6, 2, 3, 1, 2>, 48>();
    laws_hold<apd::zero_border<2, 3, 2, 1>, 12>();
    laws_hold<apd::mean_pooling<4, 2, 3, 2>, 24>();
    laws_hold<apd::max_pooling<4, 2, 3, 2>, 24>();
}

TEST_CASE("the gradients that training uses are those of the mean squared error") {
    apd_test::training_gradients_are_right<apd_test::small_network<apd::gelu>>();
}
