#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/component/dense_passes.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/objective/step.hpp>

namespace {

using apd_test::on_host;
using numbers = std::vector<double>;
using objective = decltype(1.0 * apd::output_reconstruction());

/// n integers from -2 to 2, the same for the same seed: sums of products are exact.
numbers integers(std::size_t n, std::uint64_t seed) {
    numbers values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = apd::ext::random_word({.seed = seed}, i, 0) % 5 - 2.0;
    return values;
}

/// y = relu(x W), W = (2, 3), as P_1 = (2, 0.5)·1.25 and P_2 = (0, 1.875)·1, which sum to (2.5, 2.5).
struct two_components {
    using network = apd::network<apd::linear<"W", 2, 1>, apd::relu>;
    using problem_type = apd::ext::problem<apd_test::plain_backend, double, network, apd::shared_components<2, 1>>;

    apd_test::plain_backend device;
    problem_type problem{device, target(), 3};

    two_components() {
        apd::factors<network, apd::shared_components<2, 1>, double> factors;
        factors.left = {{{2, 0.5, 0, 1.875}}};
        factors.right = {{{1.25, 1}}};
        problem.factors.upload(device, factors);
        device.upload(std::span<const double>(numbers{1, 0, 0, 1, -1, 0}), *problem.x);
    }
    static apd::parameters<network, double> target() {
        apd::tensors file;
        file.set("W", {2, 1}, numbers{2, 3});
        return file;
    }
};

}  // namespace

TEST_CASE("the passes are those of the target and of the sum of the components") {
    two_components small;
    apd::ext::objective_step<two_components::problem_type, objective> step(small.problem,
                                                                           1.0 * apd::output_reconstruction());
    step.evaluate();
    constexpr auto first_layer = apd::ext::layer_number<two_components::network, 0>;
    auto& target = step(apd::ext::target_pass{});
    CHECK(target.activation<0>().data == (*small.problem.x).data);
    CHECK(on_host(small.device, target.activation<1>()) == numbers{2, 3, -2});
    CHECK(on_host(small.device, target.activation<2>()) == numbers{2, 3, 0});
    CHECK(on_host(small.device, target.matrix(step, first_layer)) == numbers{2, 3});
    auto& unmasked = step(apd::ext::unmasked_pass{});
    CHECK(on_host(small.device, unmasked.activation<1>()) == numbers{2.5, 2.5, -2.5});
    CHECK(on_host(small.device, unmasked.activation<2>()) == numbers{2.5, 2.5, 0});
    CHECK(on_host(small.device, unmasked.matrix(step, first_layer)) == numbers{2.5, 2.5});
}
TEST_CASE("gradients that several losses give one activation add up") {
    // The mean of (y − y*)² has the gradient 2/3 · (0.5, −0.5) at the first two samples, and so at the entries of W;
    // 1 and 2 of it make (1, −1). To the factors it goes as dU_c = dW V_c and dV_c = U_c · dW.
    two_components small;
    const auto twice = 1 * apd::output_reconstruction() + 2 * apd::output_reconstruction();
    apd::ext::objective_step<two_components::problem_type, std::decay_t<decltype(twice)>> step(small.problem, twice);
    for (int repeated = 0; repeated < 2; ++repeated) {  // gradients start from 0 in every step
        step.evaluate();
        step.pullback();
        CHECK_THAT(on_host(small.device, small.problem.gradients.left(small.problem.site<0>)),
                   Catch::Matchers::Approx(numbers{1.25, -1.25, 1, -1}));
        CHECK_THAT(on_host(small.device, small.problem.gradients.right(small.problem.site<0>)),
                   Catch::Matchers::Approx(numbers{2 - 0.5, -1.875}));
    }
}
TEST_CASE("components that sum to the target give the target's activations everywhere") {
    // Of integers, so that the two are equal to the last bit; W is used twice, H is hidden.
    using network = apd_test::small_network<apd::relu>;
    constexpr std::size_t C = 3, rank = 2, batch = 8;
    apd::factors<network, apd::shared_components<C, rank>, double> host;
    apd::parameters<network, double> target;
    apd::repeat<2>([&](auto s) {
        constexpr auto site = apd::ext::site_in<network, apd::shared_components<C, rank>, s>;
        auto &u = host.left[s], &v = host.right[s];
        u = integers(u.size(), 1 + s);
        v = integers(v.size(), 11 + s);
        for (std::size_t c = 0; c < C; ++c)
            for (std::size_t i = 0; i < site.in; ++i)
                for (std::size_t r = 0; r < rank; ++r)
                    for (std::size_t o = 0; o < site.out; ++o)
                        target.at<s>()[i * site.out + o] +=
                            u[(c * site.in + i) * rank + r] * v[(c * rank + r) * site.out + o];
    });
    std::ranges::copy(integers(4, 20), target.get<"b">().begin());
    apd_test::plain_backend device;
    apd::ext::problem<apd_test::plain_backend, double, network, apd::shared_components<C, rank>> problem(device, target,
                                                                                                         batch);
    problem.factors.upload(device, host);
    device.upload(std::span<const double>(integers(batch * 4, 21)), *problem.x);
    apd::ext::objective_step<decltype(problem), objective> step(problem, 1.0 * apd::output_reconstruction());
    step.evaluate();
    apd::repeat<network::depth>([&](auto l) {
        const auto expected = on_host(device, step(apd::ext::target_pass{}).activation<l + 1>());
        CHECK(on_host(device, step(apd::ext::unmasked_pass{}).activation<l + 1>()) == expected);
        CHECK(std::ranges::count(expected, 0.0) < static_cast<std::ptrdiff_t>(expected.size()));
    });
    CHECK(step.values()[0] == 0);
}
