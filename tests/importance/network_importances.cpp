// Importances by networks of every kind, their gradients against finite differences.

#include <catch2/catch.hpp>
#include <support/importances.hpp>

#include <apd/apd.hpp>

using apd_test::gradients_of_importances_are_right;

TEST_CASE("networks of every subcomponent's own have the gradient of the loss") {
    const auto ci = apd::private_importances<3>();
    gradients_of_importances_are_right(ci, apd::reconstruction(apd::stochastic(ci)));
    const auto deep = apd::private_importances<3, 2>();
    gradients_of_importances_are_right(deep, apd::reconstruction(apd::stochastic(deep)));
}
TEST_CASE("networks of every subcomponent's own, from all that goes in, have the gradient of the loss") {
    const auto ci = apd::vector_importances<3>();
    gradients_of_importances_are_right(ci, apd::reconstruction(apd::stochastic(ci)));
}
TEST_CASE("networks of every site have the gradient of the loss") {
    const auto ci = apd::shared_importances<3>();
    gradients_of_importances_are_right(ci, apd::reconstruction(apd::stochastic(ci)));
}
TEST_CASE("a network of all sites has the gradient of the loss") {
    const auto ci = apd::global_importances<3, 2>();
    gradients_of_importances_are_right(ci, apd::reconstruction(apd::stochastic(ci)));
}
