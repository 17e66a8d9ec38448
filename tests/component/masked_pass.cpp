// Gradients of the pass are tested in laws/losses.cpp; here: its activations, under masks that are given.

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/backend/cpu.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/mask/mask_node.hpp>
#include <apd/objective/step.hpp>

namespace {

using network = apd_test::small_network<apd::relu>;
constexpr std::size_t C = 4, rank = 2, B = 7;
using numbers = std::vector<double>;

/// The samples of every component.
struct given_mask : apd::ext::mask_base<apd::ext::mask_kind::binary> {
    std::vector<std::vector<std::uint32_t>> samples;
    bool operator==(const given_mask&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    struct state : apd::ext::pairs_state<Problem> {
        state(const given_mask& node, Problem& p) : apd::ext::pairs_state<Problem>(p) {
            apd_test::write_pairs(p.device, node.samples, this->writable());
        }
        void evaluate(auto&) {}
    };
};

/// A binary mask that is differentiated as well.
struct differentiated_mask : given_mask {
    bool operator==(const differentiated_mask&) const = default;

    template <class Problem>
    struct state : given_mask::state<Problem> {
        using given_mask::state<Problem>::state;
        int value() const;
        int gradient() const;
    };
};

/// A random problem and the passes over it.
template <class Device>
struct fixture {
    using small_problem = apd_test::small_problem<network, C, rank, Device>;
    using objective = decltype(apd::minimality(given_mask{}) + apd::output_reconstruction());

    given_mask mask;
    small_problem small{B};
    apd::ext::objective_step<typename small_problem::problem_type, objective> step{
        small.problem, apd::minimality(mask) + apd::output_reconstruction()};

    explicit fixture(std::vector<std::vector<std::uint32_t>> samples) : mask{{}, std::move(samples)} {
        step.evaluate();
    }
    template <std::size_t L>
    numbers masked() {
        return apd_test::on_host(small.device, step(apd::ext::masked_pass<given_mask>{mask}).template activation<L>());
    }
    template <std::size_t L>
    numbers unmasked() {
        return apd_test::on_host(small.device, step(apd::ext::unmasked_pass{}).template activation<L>());
    }
};

/// z[b] = Σ_c s_c(b) x[b] P_c, or x[b] P_cᵀ, by its definition.
numbers multiplied(const numbers& x, const numbers& u, const numbers& v, std::size_t in, std::size_t out,
                   bool transpose, const given_mask& mask) {
    const std::size_t from = transpose ? out : in, to = transpose ? in : out;
    numbers z(B * to, 0.0);
    for (std::size_t c = 0; c < C; ++c)
        for (const std::size_t b : mask.samples[c])
            for (std::size_t i = 0; i < in; ++i)
                for (std::size_t o = 0; o < out; ++o)
                    for (std::size_t r = 0; r < rank; ++r)
                        z[b * to + (transpose ? i : o)] += x[b * from + (transpose ? o : i)] *
                                                           u[(c * in + i) * rank + r] * v[(c * rank + r) * out + o];
    return z;
}

}  // namespace

static_assert(apd::ext::method_node<apd::ext::masked_pass<given_mask>>);

TEST_CASE("each sample uses only its active components, at every use of a site") {
    // No component for sample 0, one for 1, 3 and 6, two for 4, all for 2 and 5; component 2 has only these two.
    fixture<apd_test::tested_backend> f({{2, 4, 5, 6}, {1, 2, 3, 5}, {2, 5}, {2, 4, 5}});
    const auto& [u, v] = std::tie(f.small.factors.left, f.small.factors.right);
    using Catch::Matchers::Approx;
    numbers x = multiplied(f.small.x, u[0], v[0], 4, 3, false, f.mask);
    CHECK_THAT(f.template masked<1>(), Approx(x).margin(1e-13));
    x = multiplied(x, u[1], v[1], 3, 3, false, f.mask);
    CHECK_THAT(f.template masked<2>(), Approx(x).margin(1e-13));
    x = multiplied(x, u[0], v[0], 4, 3, true, f.mask);
    CHECK_THAT(f.template masked<3>(), Approx(x).margin(1e-13));
    const auto bias = f.small.target.template get<"b">();
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += bias[i % 4];
    CHECK_THAT(f.template masked<4>(), Approx(x).margin(1e-13));
    for (double& number : x) number = std::max(0.0, number);
    CHECK_THAT(f.template masked<5>(), Approx(x).margin(1e-13));
    CHECK(*std::ranges::max_element(x) > 0);
}
TEST_CASE("with every component active the pass is the unmasked one") {
    const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5, 6};
    fixture<apd_test::tested_backend> f({all, all, all, all});
    using Catch::Matchers::Approx;
    CHECK_THAT(f.masked<1>(), Approx(f.unmasked<1>()).margin(1e-13));
    CHECK_THAT(f.masked<2>(), Approx(f.unmasked<2>()).margin(1e-13));
    CHECK_THAT(f.masked<5>(), Approx(f.unmasked<5>()).margin(1e-13));
}
TEST_CASE("with no component active only biases and activations are left") {
    fixture<apd_test::tested_backend> f({{}, {}, {}, {}});
    CHECK(f.masked<1>() == numbers(B * 3, 0));
    CHECK(f.masked<3>() == numbers(B * 4, 0));
    numbers expected;
    for (std::size_t b = 0; b < B; ++b)
        for (const double number : f.small.target.get<"b">()) expected.push_back(number);
    CHECK(f.masked<4>() == expected);
    for (double& number : expected) number = std::max(0.0, number);
    CHECK(f.masked<5>() == expected);
}
TEST_CASE("a mask with both pairs and numbers is read by its pairs") {
    fixture<apd_test::tested_backend> f({{2, 4}, {1}, {5}, {2, 6}});
    apd::ext::node_states run(f.small.problem);
    const apd::ext::masked_pass<differentiated_mask> pass{{f.mask}};
    run.add(pass);
    run.evaluate();
    CHECK(apd_test::on_host(f.small.device, run(pass).activation<5>()) == f.masked<5>());
}
