// Two components of rank 1: x U_c V_c with U_1 = (1, 0)ᵀ, V_1 = (1, 2), U_2 = (0, 1)ᵀ, V_2 = (3, 4), worked out by
// hand. Further gradients are tested in laws/losses.cpp, positions in laws/networks.cpp.

#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/attribution/gradient_attribution.hpp>
#include <apd/backend/cpu.hpp>
#include <apd/component/scaled_weights.hpp>
#include <apd/loss/reconstruction.hpp>
#include <apd/mask/given_mask.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/step.hpp>

namespace {

using apd_test::on_host, apd_test::plain_backend, apd_test::samples_of;
using numbers = std::vector<double>;
template <std::size_t... Sizes>
using array = apd::ext::array<plain_backend, double, apd::extents<Sizes...>>;
template <std::size_t... Sizes>
using batch = array<apd::dynamic, Sizes...>;

/// Both components at a number of positions of two samples.
template <std::size_t Positions>
struct fixture {
    plain_backend device;
    array<2, 2, 1> u{device}, du{device};
    array<2, 1, 2> v{device}, dv{device};
    batch<2> mask{device, 2}, d_mask{device, 2};
    batch<2, Positions> inner{device, 2}, scaled{device, 2}, d_scaled{device, 2};
    batch<Positions * 2> x{device, 2}, z{device, 2}, gx{device, 2};

    void set(const auto& target, const numbers& values) { device.upload(std::span<const double>(values), *target); }
    fixture(const numbers& given_x, const numbers& given_mask) {
        set(u, {1, 0, 0, 1});
        set(v, {1, 2, 3, 4});
        set(x, given_x);
        set(mask, given_mask);
    }
    auto weights_of(const auto& masks, const auto& less, const auto& d_less) const {
        return apd::ext::scaled_weights<decltype(*u), decltype(*v), std::decay_t<decltype(masks)>, decltype(*d_mask),
                                        std::decay_t<decltype(less)>, decltype(*inner)>{
            *u, *du, *v, *dv, masks, {*d_mask}, less, d_less, *inner, *scaled, *d_scaled};
    }
    auto weights() const { return weights_of(*mask, apd::ext::no_share{}, apd::ext::no_share{}); }
    auto weights_less(const auto& less, const auto& d_less) const { return weights_of(*mask, less, d_less); }
    numbers forward(auto use) {
        weights().forward(device, use, *x, *z);
        return on_host(device, *z);
    }
};

}  // namespace

TEST_CASE("each sample uses its share of every component") {
    fixture<1> f({1, 2, 3, -1}, {1, 0.5, 2, -1});
    // 1·(1, 2) + ½·2·(3, 4), then 2·3·(1, 2) − 1·(−1)·(3, 4)
    CHECK(f.forward(apd::ext::as_declared{}) == numbers{1 + 3, 2 + 4, 6 + 3, 12 + 4});
    // z = Σ_c m_c (x V_cᵀ) U_cᵀ: x V_cᵀ is (5, 11) and (1, 5).
    CHECK(f.forward(apd::ext::as_transpose{}) == numbers{5, 5.5, 2, -5});
}
TEST_CASE("a sample's share is the same at every position") {
    fixture<2> f({1, 2, 3, -1, 1, 0, 0, 1}, {1, 0.5, 2, -1});
    CHECK(f.forward(apd::ext::as_declared{}) == numbers{1 + 3, 2 + 4, 3 - 1.5, 6 - 2, 2, 4, -3, -4});
}
TEST_CASE("gradients go to the input, both factors and the mask, and are added to what was there") {
    fixture<1> f({1, 2, 3, -1}, {1, 0.5, 2, -1});
    f.forward(apd::ext::as_declared{});
    f.set(f.z, {1, 1, 0, 2});  // as gradients: V_c gᵀ is (3, 7) and (4, 8)
    f.set(f.du, numbers(4, 100));
    f.set(f.dv, numbers(4, 100));
    f.set(f.d_mask, numbers(4, 100));
    f.weights().pullback(f.device, apd::ext::as_declared{}, *f.x, *f.z, *f.gx);
    CHECK(on_host(f.device, *f.gx) == numbers{1 * 3, 0.5 * 7, 2 * 4, -1 * 8});          // Σ_c m_c (V_c gᵀ) U_cᵀ
    CHECK(on_host(f.device, *f.d_mask) == numbers{103, 100 + 2 * 7, 100 + 3 * 4, 92});  // x U_c V_c gᵀ
    // U_c: Σ_b m_c V_c gᵀ x, with m_c V_c gᵀ = (3, 3.5), (8, −8)
    CHECK(on_host(f.device, *f.du) == numbers{100 + 3 + 24, 100 + 6 - 8, 100 + 3.5 - 24, 100 + 7 + 8});
    // V_c: Σ_b m_c x U_c g, with m_c x U_c = (1, 1), (6, 1)
    CHECK(on_host(f.device, *f.dv) == numbers{101, 101 + 12, 101, 101 + 2});
}
TEST_CASE("what is taken from all masks of a sample gets their gradients with the other sign") {
    fixture<1> f({1, 2, 3, -1}, {1.5, 1, 3, 0}), same({1, 2, 3, -1}, {1, 0.5, 2, -1});
    batch<> less(f.device, 2), d_less(f.device, 2);
    f.set(less, {0.5, 1});
    f.set(d_less, {10, 10});
    const auto weights = f.weights_less(*less, *d_less);
    weights.forward(f.device, apd::ext::as_declared{}, *f.x, *f.z);
    CHECK(on_host(f.device, *f.z) == same.forward(apd::ext::as_declared{}));
    for (auto* each : {&f, &same}) each->set(each->z, {1, 1, 0, 2});
    weights.pullback(f.device, apd::ext::as_declared{}, *f.x, *f.z, *f.gx);
    same.weights().pullback(same.device, apd::ext::as_declared{}, *same.x, *same.z, *same.gx);
    CHECK(on_host(f.device, *f.gx) == on_host(same.device, *same.gx));
    CHECK(on_host(f.device, *f.du) == on_host(same.device, *same.du));
    CHECK(on_host(f.device, *f.d_mask) == numbers{3, 14, 12, -8});
    CHECK(on_host(f.device, *d_less) == numbers{10 - 17, 10 - 4});
}
TEST_CASE("where masks are made of importances, gradients go to these at once") {
    fixture<1> f({1, 2, 3, -1}, {1, 0.5, 2, -1}), same({1, 2, 3, -1}, {1, 0.5, 2, -1});
    batch<2> importance(f.device, 2), source(f.device, 2);
    f.set(importance, {0.5, 0, 1, 0.25});
    f.set(source, {0, 0.25, 0.5, 1});
    const apd::ext::drawn_mask<decltype(*importance), decltype(*source), apd::ext::every_row> masks{
        *importance, *source, {}};
    same.set(same.mask, {0.5, 0.25, 1, 1});
    auto weights = f.weights_of(masks, apd::ext::no_share{}, apd::ext::no_share{});
    weights.is_of_importance = true;
    weights.forward(f.device, apd::ext::as_declared{}, *f.x, *f.z);
    CHECK(on_host(f.device, *f.z) == same.forward(apd::ext::as_declared{}));
    for (auto* each : {&f, &same}) each->set(each->z, {1, 1, 0, 2}), each->set(each->d_mask, numbers(4, 100));
    weights.pullback(f.device, apd::ext::as_declared{}, *f.x, *f.z, *f.gx);
    same.weights().pullback(same.device, apd::ext::as_declared{}, *same.x, *same.z, *same.gx);
    CHECK(on_host(f.device, *f.d_mask) == numbers{103, 100 + 0.75 * 14, 100 + 0.5 * 12, 100});
    CHECK(on_host(same.device, *same.d_mask) == numbers{103, 114, 112, 92});
    CHECK(on_host(f.device, *f.gx) == on_host(same.device, *same.gx));
    CHECK(on_host(f.device, *f.du) == on_host(same.device, *same.du));
}
TEST_CASE("what is inside of a use may be there, and its gradient go elsewhere") {
    fixture<1> f({1, 2, 3, -1}, {1, 0.5, 2, -1}), same({1, 2, 3, -1}, {1, 0.5, 2, -1});
    batch<2, 1> sum(f.device, 2);
    bool has_begun = false;
    auto weights = f.weights();
    weights.is_of_target = true;
    weights.d_inner = {*sum, &has_begun};
    f.set(f.inner, {1, 2, 3, -1});
    f.set(f.x, numbers(4, 100));
    f.set(f.du, numbers(4, 100));
    weights.forward(f.device, apd::ext::as_declared{}, *f.x, *f.z);
    CHECK(on_host(f.device, *f.z) == same.forward(apd::ext::as_declared{}));
    f.set(f.z, {1, 1, 0, 2});
    for (const double times : {1., 2.}) {
        weights.pullback(f.device, apd::ext::as_declared{}, *f.x, *f.z, apd::ext::no_tangent{});
        CHECK(on_host(f.device, *sum) == numbers{3 * times, 3.5 * times, 8 * times, -8 * times});
    }
    CHECK(on_host(f.device, *f.du) == numbers(4, 100));
}
TEST_CASE("no gradient of the input is given where none is wanted") {
    fixture<1> f({1, 2, 3, -1}, {1, 0.5, 2, -1});
    f.forward(apd::ext::as_declared{});
    f.set(f.z, {1, 1, 0, 2});
    f.weights().pullback(f.device, apd::ext::as_declared{}, *f.x, *f.z, apd::ext::no_tangent{});
    CHECK(on_host(f.device, *f.d_mask) == numbers{3, 14, 12, -8});
}
TEST_CASE("with shares of only 0 and 1 a pass is the one over active pairs") {
    using network = apd_test::small_network<apd::gelu>;
    constexpr std::size_t C = 4, B = 7;
    apd_test::small_problem<network, C, 2, apd_test::tested_backend> small(B);
    using problem = typename decltype(small)::problem_type;
    const auto gradients = [&](auto& run) {
        auto found = small.factors;
        run.pullback();
        small.problem.gradients.download(small.device, found);
        return found;
    };

    const auto active = apd::batch_top_k(apd::gradient_attribution(), 1.3);
    const auto over_pairs = 1.0 * apd::minimality(active);
    apd::ext::objective_step<problem, std::decay_t<decltype(over_pairs)>> expected(small.problem, over_pairs);
    expected.evaluate();
    const auto expected_gradients = gradients(expected);
    const auto samples = samples_of(small.device, expected(active).pairs());
    numbers shares(B * C, 0);
    for (std::size_t c = 0; c < C; ++c)
        for (const auto b : samples[c]) shares[b * C + c] = 1;

    const auto over_shares = 1.0 * apd::minimality(apd::given_mask{});
    apd::ext::objective_step<problem, std::decay_t<decltype(over_shares)>> found(small.problem, over_shares);
    small.device.upload(std::span<const double>(shares), found(apd::given_mask{}).value());
    found.evaluate();
    const auto found_gradients = gradients(found);

    using Catch::Matchers::Approx;
    apd::repeat<network::depth + 1>([&](auto l) {
        const auto& masked = expected(apd::ext::masked_pass<std::decay_t<decltype(active)>>{active});
        const auto& scaled = found(apd::ext::masked_pass<apd::given_mask>{});
        CHECK_THAT(on_host(small.device, scaled.template activation<l>()),
                   Approx(on_host(small.device, masked.template activation<l>())).margin(1e-13));
    });
    for (std::size_t s = 0; s < network::sites.size(); ++s) {
        CHECK_THAT(found_gradients.left[s], Approx(expected_gradients.left[s]).margin(1e-13));
        CHECK_THAT(found_gradients.right[s], Approx(expected_gradients.right[s]).margin(1e-13));
    }
}
