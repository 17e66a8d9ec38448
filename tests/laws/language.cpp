// Networks of words: what they are trained by, for every parameter.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

// In the manner of Llama and of GPT-2.
template <std::size_t I>
using block = apd::chain<
    apd::residual<apd::rms_norm<apd::numbered<"*.rms_1", I>, 8>,
                  apd::beside<apd::linear<apd::numbered<"*.q", I>, 8, 8>, apd::linear<apd::numbered<"*.k", I>, 8, 4>,
                              apd::linear<apd::numbered<"*.v", I>, 8, 4>>,
                  apd::rotary<3, 3, 4, 1>, apd::causal_attention<3, 2, 4, 1>,
                  apd::linear<apd::numbered<"*.o", I>, 8, 8>>,
    apd::residual<
        apd::rms_norm<apd::numbered<"*.rms_2", I>, 8>,
        apd::beside<apd::linear<apd::numbered<"*.gate", I>, 8, 5>, apd::linear<apd::numbered<"*.up", I>, 8, 5>>,
        apd::gated<apd::silu>, apd::linear<apd::numbered<"*.down", I>, 5, 8>>>;
using rotated = apd::network<apd::embedding<"wte", 7, 8>, apd::repeated<2, block>, apd::rms_norm<"ln_f", 8>,
                             apd::transposed<"wte">>;
using with_positions =
    apd::network<apd::embedding<"wte", 7, 4>, apd::learned_positions<"wpe", 3, 4, 5>,
                 apd::residual<apd::layer_norm<"ln_1.weight", "ln_1.bias", 4>, apd::linear<"attn", 4, 12>,
                               apd::bias<"attn.bias", 12>, apd::sinusoidal_positions<3, 2, 4, 4>,
                               apd::causal_attention<3, 2, 2>, apd::linear<"proj", 4, 4>>,
                 apd::residual<apd::layer_norm<"ln_2.weight", "ln_2.bias", 4>, apd::linear<"fc", 4, 6>, apd::gelu_tanh,
                               apd::linear<"out", 6, 4>>,
                 apd::transposed<"wte">>;

template <class Device, class Net>
struct words_to_words {
    using labels = apd::class_labels<7>;
    using goal_type = apd::ext::labelled_goal<Device, double, Net, labels, apd::ext::cross_entropy_of_logits>;
    static constexpr std::size_t B = 6;
    Device device;
    apd::ext::array<Device, double, apd::extents<apd::dynamic, 1>> x{device, B};
    goal_type goal{device, B, {}};

    words_to_words() {
        const std::vector<double> words{3, 0, 6, 6, 2, 5};
        const std::vector<std::uint32_t> next{0, 6, 1, 2, 5, 3};
        device.upload(std::span(words), *x);
        device.upload(std::span(next), *goal.labels());
    }
    double loss(const apd::parameters<Net, double>& at, apd::parameters<Net, double>* slopes = nullptr) {
        const apd::ext::device_parameters<Device, double, Net> weights(device, at), gradients(device);
        apd::ext::training_pass<Device, double, Net, goal_type> pass(device, B, weights, gradients, goal);
        pass.differentiate(*x);
        if (slopes != nullptr) gradients.download(device, *slopes);
        return pass.loss(*x);
    }
};

}  // namespace

// Blocks differ in names alone: what they do is compiled once.
static_assert(rotated::kinds[21] == 3 && rotated::kinds[22] == 4 && rotated::layers_back[10] == 9 &&
              rotated::outputs == 7);

TEMPLATE_TEST_CASE("a network of words is trained by the gradient of its loss", "", rotated, with_positions) {
    words_to_words<apd_test::tested_backend, TestType> run;
    auto at = apd_test::random_parameters<TestType>(3), slopes = at;
    run.loss(at, &slopes);
    for (std::size_t p = 0; p < TestType::parametrised.size(); ++p)
        for (std::size_t i = 0; i < at.at(p).size(); ++i) {
            INFO(TestType::parameter_names[p] << " " << i);
            double& entry = at.at(p)[i];
            const double h = 1e-5, middle = entry;
            entry = middle + h;
            const double above = run.loss(at);
            entry = middle - h;
            const double below = run.loss(at);
            entry = middle;
            CHECK(slopes.at(p)[i] == Approx((above - below) / (2 * h)).epsilon(1e-5).margin(1e-8));
        }
    // The plain backend, which adds up gradients of words by a statement, has the same.
    words_to_words<apd_test::plain_backend, TestType> plain;
    auto found = at;
    plain.loss(at, &found);
    for (std::size_t p = 0; p < TestType::parametrised.size(); ++p)
        for (std::size_t i = 0; i < at.at(p).size(); ++i)
            CHECK(found.at(p)[i] == Approx(slopes.at(p)[i]).epsilon(1e-10).margin(1e-12));
}
