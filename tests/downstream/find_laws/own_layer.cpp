// A layer of one's own, held to the laws that the package brings.
#define CATCH_CONFIG_MAIN
#include <laws/layers.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/network/elementwise.hpp>

struct square_function {
    template <class T>
    T operator()(T x) const {
        return x * x;
    }
    template <class T>
    static T derivative(T x) {
        return 2 * x;
    }
};

TEST_CASE("the square of every entry keeps the laws of layers") {
    apd_test::layer_keeps_the_laws<apd::elementwise<square_function>, apd::cpu, 4>();
}
