// Nodes that run several masked passes in a step: one for each site, and ascents of a loss, whose gradients with
// respect to the factors are not wanted.

#include <array>
#include <cstddef>
#include <string_view>
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

/// The mean over the sites of the mean square of y − y*, where only that site is made of components.
template <apd::ext::mask_node Mask>
struct layerwise_loss : apd::ext::loss_base {
    static constexpr std::string_view name = "layerwise";
    Mask mask;
    constexpr explicit layerwise_loss(Mask m) : mask(m) {}
    bool operator==(const layerwise_loss& other) const { return mask == other.mask; }
    constexpr auto dependencies() const { return std::tuple{apd::ext::target_pass{}, mask}; }

    template <class Problem>
    class state : public apd::ext::loss_state<Problem> {
        using Net = typename Problem::network_type;
        using entries_type = apd::ext::entries_from<Problem, Mask>;
        static constexpr std::size_t sites = Net::sites.size();

      public:
        state(const layerwise_loss& node, Problem& p)
            : apd::ext::loss_state<Problem>(p),
              mask_(node.mask),
              passes_(p),
              mean_(1.0 / static_cast<double>(sites * p.rows.nominal * Net::outputs)) {}
        void measure(auto& step) {
            step.problem.device(this->value()[""_i] = 0);
            for (std::size_t s = 0; s < sites; ++s)
                step.problem.device(this->value()[""_i] += square(difference(step, s)) * mean_);
        }
        void pullback(auto& step, double weight) {
            for (std::size_t s = 0; s < sites; ++s) {
                const auto d = difference(step, s);
                passes_.template add_gradient<Net::depth>(step.problem.device, d * (2 * weight * mean_));
                passes_.pull_back(step, apd::ext::entries_of(step(mask_)));
            }
        }

      private:
        auto difference(auto& step, std::size_t site) {
            apd::ext::masked_sites<Problem> only{};
            only[site] = true;
            passes_.mask_sites(only);
            passes_.evaluate(step, apd::ext::entries_of(step(mask_)));
            return passes_.template activation<Net::depth>()["bi"_i] -
                   step(apd::ext::target_pass{}).template activation<Net::depth>()["bi"_i];
        }
        Mask mask_;
        apd::ext::masked_passes<Problem, entries_type, true> passes_;
        double mean_;
    };
};

/// Sites before two branches, in them, behind them and behind the block that they are in.
using branches =
    apd::network<apd::linear<"A", 4, 3>, apd::gelu,
                 apd::residual<apd::beside<apd::linear<"Q", 3, 2>, apd::chain<apd::linear<"K", 3, 2>, apd::gelu>>,
                               apd::linear<"O", 4, 3>>,
                 apd::linear<"B", 3, 4>>;

/// A mask m [B, C] that climbs against the decomposition: from 1/2 on, n times m ← m + 0.1·sign(∂loss/∂m).
struct climbing_mask : apd::ext::mask_base<apd::ext::mask_kind::real> {
    std::size_t times;
    bool operator==(const climbing_mask&) const = default;
    static constexpr std::tuple<apd::ext::target_pass> dependencies() { return {}; }

    template <class Problem>
    class state {
        using T = typename Problem::scalar;
        using Net = typename Problem::network_type;
        using mask_array =
            apd::ext::array<typename Problem::device_type, T, apd::extents<apd::dynamic, Problem::components>>;
        using mask_view = decltype(*std::declval<mask_array>());

      public:
        state(const climbing_mask& node, Problem& p)
            : times_(node.times), value_(p.device, p.rows.capacity), gradient_(p.device, p.rows.capacity), passes_(p) {}
        auto value() const { return *value_; }
        auto gradient() const { return *gradient_; }
        void evaluate(auto& step) {
            auto& device = step.problem.device;
            const apd::ext::real_entries<mask_view> entries{*value_, *gradient_};
            device(value_["bc"_i] = T(0.5));
            for (std::size_t i = 0; i < times_; ++i) {
                device(gradient_["bc"_i] = T(0));
                passes_.evaluate(step, entries);
                passes_.template add_gradient<Net::depth>(
                    device, passes_.template activation<Net::depth>()["bi"_i] -
                                step(apd::ext::target_pass{}).template activation<Net::depth>()["bi"_i]);
                passes_.pull_back(step, entries, {.factors = false});
                device(value_["bc"_i] = value_["bc"_i] + sign(gradient_["bc"_i]) * 0.1);
            }
            device(gradient_["bc"_i] = T(0));
        }

      private:
        std::size_t times_;
        mask_array value_, gradient_;
        apd::ext::masked_passes<Problem, apd::ext::real_entries<mask_view>> passes_;
    };
};

}  // namespace

TEST_CASE("a loss of one pass for each site has the gradient of its value") {
    const auto binary = apd::per_sample_top_k(apd::gradient_attribution(), 2);
    const auto real = apd::lp(apd::gradient_attribution(), 1.1);
    apd_test::gradients_are_right<network, 3, 2, tested_backend>(1 * layerwise_loss(binary) + apd::faithfulness());
    apd_test::gradients_are_right<network, 3, 2, tested_backend>(1 * layerwise_loss(real) + apd::minimality(real));
    apd_test::gradients_of_shape_are_right<network, apd::subcomponents<3, 2>, tested_backend>(1 * layerwise_loss(real) +
                                                                                              apd::minimality(binary));
}
TEST_CASE("a pass begins at its first site of components, among branches and in blocks too") {
    const auto real = apd::lp(apd::gradient_attribution(), 1.1);
    const auto sum = 1 * layerwise_loss(real) + apd::minimality(real);
    apd_test::gradients_of_shape_are_right<branches, apd::subcomponents<3, 2, 2, 3, 2>, tested_backend>(sum);
}
TEST_CASE("a pass of which no site is made of components is the target's") {
    apd_test::small_problem<network, 3, 2, tested_backend> small(5);
    const auto mask = apd::per_sample_top_k(apd::gradient_attribution(), 1);
    apd::ext::node_states step(small.problem);
    step.add(mask), step.add(apd::ext::target_pass{});
    step.evaluate();
    apd::ext::masked_passes<decltype(small)::problem_type, apd::ext::active_pairs, true> passes(small.problem);
    passes.mask_sites({});
    passes.evaluate(step, step(mask).pairs());
    CHECK(on_host(small.device, passes.activation<network::depth>()) ==
          on_host(small.device, step(apd::ext::target_pass{}).activation<network::depth>()));
}
TEST_CASE("ascents in a node's evaluate leave no gradient behind, and make the loss larger") {
    apd_test::small_problem<network, 3, 2, tested_backend> small(5);
    const auto loss_after = [&](std::size_t times) {
        apd::ext::objective_step run(small.problem, 1.0 * apd::minimality(climbing_mask{{}, times}));
        run.evaluate();
        for (const auto& part : small.problem.parts)
            for (const double g : on_host(small.device, part.gradient)) CHECK(g == 0);
        return run.values()[0];
    };
    const double start = loss_after(0), one = loss_after(1), three = loss_after(3);
    CHECK(one > start);
    CHECK(three > one);
}
TEST_CASE("steps with ascents can be recorded and repeated") {
    const apd::parameters<network, float> target = apd_test::random_parameters<network, float>(3);
    const apd::sparse_features<4> data{.probability = 0.5};
    const auto learned = [&](auto device) {
        return apd::decompose<3, 1>(device, target, data, apd::faithfulness() + apd::minimality(climbing_mask{{}, 2}),
                                    {.steps = 12, .batch = 32, .learning_rate = 1e-2, .log_every = 5});
    };
    const auto recorded = learned(apd_test::recording_backend()), plain = learned(tested_backend());
    for (std::size_t i = 0; i < plain.history.size(); ++i)
        CHECK(recorded.history[i].total == Approx(plain.history[i].total).epsilon(1e-3));
}
