// Masks that have a share of what the components leave of the target, Δ = W − Σ_c P_c, at every site.

#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <laws/gradients.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

using namespace apd::ext::literals;
using apd_test::on_host;
using apd_test::tested_backend;
using network = apd_test::small_network<apd::gelu>;
using numbers = std::vector<double>;

/// Shares of components and of Δ that are learned, so that their gradients are tested like those of factors.
struct learned_shares : apd::ext::mask_base<apd::ext::mask_kind::real> {
    bool operator==(const learned_shares&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    class state {
        using T = typename Problem::scalar;
        static constexpr std::size_t sites = Problem::network_type::sites.size();
        typename apd::ext::trainable_parts<typename Problem::device_type, T>::part shares_, deltas_;
        std::size_t rows_;

      public:
        state(const learned_shares&, Problem& p)
            : shares_(p.parts.add("shares", {Problem::components, p.rows.capacity}, 1)),
              deltas_(p.parts.add("deltas", {sites, p.rows.capacity}, 1)),
              rows_(p.rows.capacity) {}
        using mask_view = apd::ext::view<T, apd::extents<apd::dynamic, Problem::components>>;
        using delta_view = apd::ext::view<T, apd::extents<apd::dynamic, sites>>;
        mask_view value() const { return {shares_.value.data, rows_, rows_}; }
        mask_view gradient() const { return {shares_.gradient.data, rows_, rows_}; }
        delta_view delta() const { return {deltas_.value.data, rows_, rows_}; }
        delta_view delta_gradient() const { return {deltas_.gradient.data, rows_, rows_}; }
        void evaluate(auto&) {}
    };
};
using learned_pass = apd::ext::masked_pass<learned_shares>;

/// [B, n] row-major as the array of a mask.
void give(auto& device, const auto& to, const numbers& rows) { device.upload(std::span<const double>(rows), to); }

}  // namespace

TEST_CASE("with all components and all that they leave a pass is the target's") {
    apd_test::small_problem_of<network, apd::subcomponents<3, 2>, tested_backend> small(5);
    apd::ext::objective_step run(small.problem, 1.0 * apd::minimality(learned_shares{}));
    const auto& mask = run(learned_shares{});
    small.device(mask.value()["bc"_i] = 1);
    small.device(mask.delta()["bs"_i] = 1);
    run.evaluate();
    apd::repeat<network::depth + 1>([&](auto l) {
        CHECK_THAT(on_host(small.device, run(learned_pass{}).template activation<l>()),
                   Catch::Matchers::Approx(on_host(small.device, run(apd::ext::target_pass{}).template activation<l>()))
                       .margin(1e-12));
    });
    CHECK(run.values()[0] < 1e-24);
    small.device(mask.delta()["bs"_i] = 0);
    run.evaluate();
    CHECK(run.values()[0] > 1e-3);
}
TEST_CASE("factors, shares of components and shares of what they leave get the gradient of the loss") {
    const auto sum = apd::minimality(learned_shares{}) + apd::faithfulness();
    apd_test::gradients_of_shape_are_right<network, apd::subcomponents<3, 2>, tested_backend>(sum);
    apd_test::gradients_are_right<network, 3, 2, tested_backend>(sum);
    // Several positions for each row.
    using two_positions = apd::network<apd::linear<"W", 2, 3, 2>, apd::gelu, apd::linear<"V", 3, 2, 2>>;
    apd_test::gradients_of_shape_are_right<two_positions, apd::subcomponents<2>, tested_backend>(sum);
}
TEST_CASE("where no gradient of factors is wanted, none is given") {
    apd_test::small_problem_of<network, apd::subcomponents<3, 2>, tested_backend> small(5);
    using problem = decltype(small)::problem_type;
    apd::ext::node_states step(small.problem);
    step.add(learned_pass{});
    small.problem.begin_step();
    step.evaluate();
    const auto& mask = step(learned_shares{});
    using entries = apd::ext::entries_from<problem, learned_shares>;
    apd::ext::masked_passes<problem, entries> passes(small.problem);
    passes.evaluate(step, apd::ext::entries_of(mask));
    passes.add_gradient<network::depth>(small.device, passes.activation<network::depth>()["bi"_i] * 1);
    passes.pull_back(step, apd::ext::entries_of(mask), {.factors = false});
    small.problem.for_each_site([&](auto site) {
        for (const double g : on_host(small.device, small.problem.gradients.left(site))) CHECK(g == 0);
    });
    double size = 0;
    for (const double g : on_host(small.device, mask.delta_gradient())) size += g * g;
    CHECK(size > 0);
}
TEST_CASE("outputs and gradients of SPD's passes with delta and routing are those of the reference") {
    // StochasticReconSubset: the mean of two passes. Where a sample is not routed to the components of a site it has
    // the target's matrix: m' = 1 − ρ + ρ m, d' = 1 − ρ + ρ d.
    using tms =
        apd::network<apd::linear<"linear1", 6, 3>, apd::linear<"linear2", 3, 6>, apd::bias<"bias", 6>, apd::relu>;
    using shape = apd::subcomponents<8, 7>;
    constexpr std::size_t B = 18, S = 2;
    const auto file = apd::load(APD_REFERENCE_DIR "/spd_tms_6-3_delta_layerwise.safetensors");
    const auto read = [&](const std::string& name) {
        numbers values;
        for (const double value : file.get<double>(name)) values.push_back(value);
        return values;
    };
    apd::tensors trained;
    trained.set("linear1", file.get<double>("target.linear1.weight"));
    trained.set("linear2", file.get<double>("target.linear2.weight"));
    trained.set("bias", file.get<double>("target.linear2.bias"));
    tested_backend device;
    apd::ext::problem<tested_backend, double, tms, shape> problem(device, apd::parameters<tms, double>(trained), B);
    const numbers batches = read("batches");
    give(device, *problem.x, {batches.begin(), batches.begin() + B * 6});
    const std::string sites[] = {"linear1", "linear2"};
    apd::factors<tms, shape, double> factors;
    for (std::size_t s = 0; s < S; ++s) {
        factors.left[s] = read("init." + sites[s] + ".U");
        factors.right[s] = read("init." + sites[s] + ".V");
    }
    problem.factors.upload(device, factors);

    apd::ext::objective_step run(problem, 1.0 * apd::minimality(learned_shares{}));
    double loss = 0;
    auto sum = apd::factors<tms, shape, double>{};
    for (const std::string pass : {"0", "1"}) {
        numbers m(B * 15), d(B * S);
        for (std::size_t s = 0, first = 0; s < S; first += 8, ++s) {
            const std::string of = "step.0.StochasticReconSubsetLoss.pass." + pass;
            const numbers mask = read(of + ".mask." + sites[s]), delta = read(of + ".delta_mask." + sites[s]);
            const auto route = file.get<bool>(of + ".route." + sites[s]);
            const std::size_t count = mask.size() / B;
            for (std::size_t b = 0; b < B; ++b) {
                for (std::size_t c = 0; c < count; ++c) m[b * 15 + first + c] = route(b) ? mask[b * count + c] : 1;
                d[b * S + s] = route(b) ? delta[b] : 1;
            }
        }
        give(device, run(learned_shares{}).value(), m);
        give(device, run(learned_shares{}).delta(), d);
        run.evaluate();
        loss += run.values()[0] / 2;
        CHECK_THAT(
            on_host(device, run(learned_pass{}).template activation<tms::depth>()),
            Catch::Matchers::Approx(read("step.0.StochasticReconSubsetLoss.pass." + pass + ".out")).margin(1e-12));
        run.pullback();
        auto gradients = factors;
        problem.gradients.download(device, gradients);
        for (std::size_t s = 0; s < S; ++s) {
            sum.left[s].resize(gradients.left[s].size()), sum.right[s].resize(gradients.right[s].size());
            for (std::size_t i = 0; i < gradients.left[s].size(); ++i) sum.left[s][i] += gradients.left[s][i] / 2;
            for (std::size_t i = 0; i < gradients.right[s].size(); ++i) sum.right[s][i] += gradients.right[s][i] / 2;
        }
    }
    CHECK(loss == Approx(read("step.0.loss.StochasticReconSubsetLoss")[0]).epsilon(1e-12));
    for (std::size_t s = 0; s < S; ++s) {
        const std::string of = "step.0.loss_grad.StochasticReconSubsetLoss." + sites[s];
        CHECK_THAT(sum.left[s], Catch::Matchers::Approx(read(of + ".U")).margin(1e-12));
        CHECK_THAT(sum.right[s], Catch::Matchers::Approx(read(of + ".V")).margin(1e-12));
    }
}
