// Nodes of one's own, to see when and how often they are evaluated.

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/two_components.hpp>

#include <apd/apd.hpp>

namespace {

std::string calls;

/// Records its evaluations; `number` makes nodes that differ.
struct traced_node {
    char number;
    bool operator==(const traced_node&) const = default;
    static constexpr std::tuple<apd::ext::components> dependencies() { return {}; }

    template <class Problem>
    struct state {
        char number;
        state(const traced_node& node, Problem&) : number(node.number) {}
        void evaluate(auto&) { calls += number; }
        void pullback(auto&) { calls.append("-").append(1, number); }
    };
};

/// Reads a traced node, and passes gradients on or not.
template <bool PassesOn>
struct node_over {
    traced_node node;
    bool operator==(const node_over&) const = default;
    constexpr auto dependencies() const { return std::tuple{node}; }

    template <class Problem>
    struct state {
        state(const node_over&, Problem&) {}
        void evaluate(auto&) { calls += '.'; }
        void pullback(auto&) requires PassesOn { calls += "-."; }
    };
};
/// Whose pullback would not compile.
struct undifferentiated_node {
    bool operator==(const undifferentiated_node&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    struct state {
        state(const undifferentiated_node&, Problem&) {}
        void evaluate(auto&) { calls += '!'; }
        void pullback(auto& step) { step.has_no_such_member(); }
    };
};

/// Reads a traced node; its value is the node's number.
struct traced_loss : apd::ext::loss_base {
    static constexpr std::string_view name = "traced";
    traced_node node;
    constexpr explicit traced_loss(char number) : node{number} {}
    bool operator==(const traced_loss& other) const { return node == other.node; }
    constexpr auto dependencies() const { return std::tuple{node}; }

    template <class Problem>
    class state : public apd::ext::loss_state<Problem> {
      public:
        state(const traced_loss& loss, Problem& p) : apd::ext::loss_state<Problem>(p), node_(loss.node) {}
        void measure(auto& step) {
            using namespace apd::ext::literals;
            step.problem.device(this->value()[""_i] = static_cast<double>(step(node_).number));
        }
        void pullback(auto&, double weight) { calls.append("L").append(std::to_string(static_cast<int>(weight))); }

      private:
        traced_node node_;
    };
};

/// Reads a node over a traced one.
template <bool PassesOn>
struct loss_over : apd::ext::loss_base {
    static constexpr std::string_view name = "over";
    node_over<PassesOn> node;
    constexpr explicit loss_over(char number) : node{{number}} {}
    bool operator==(const loss_over& other) const { return node == other.node; }
    constexpr auto dependencies() const { return std::tuple{node}; }

    template <class Problem>
    struct state : apd::ext::loss_state<Problem> {
        state(const loss_over&, Problem& p) : apd::ext::loss_state<Problem>(p) {}
        void measure(auto&) {}
        void pullback(auto&, double) { calls += 'O'; }
    };
};

}  // namespace

TEST_CASE("a node used twice is evaluated once, equal nodes are one, and pullbacks run backwards") {
    apd_test::two_components small;
    const auto objective = 1 * traced_loss('a') + 2 * traced_loss('b') + 3 * traced_loss('a');
    apd::ext::objective_step<apd_test::two_components::problem_type, std::decay_t<decltype(objective)>> run(
        small.problem, objective);
    calls.clear();
    run.evaluate();
    CHECK(calls == "ab");
    run.pullback();
    CHECK(calls == "abL1L2L3-b-a");
    CHECK(run.values() == std::array<double, 3>{'a', 'b', 'a'});
    CHECK(run(traced_node{'b'}).number == 'b');
}
TEST_CASE("only what a loss is differentiated through is pulled back") {
    apd_test::two_components small;
    apd::ext::objective_step run(small.problem, 1 * traced_loss('a') + 1 * loss_over<false>('d'));
    const auto pulled_back = [&] {
        calls.clear();
        run.pullback();
        return calls;
    };
    CHECK(pulled_back() == "L1O-a");  // not d
    run.add(node_over<true>{{'c'}});
    run.add(node_over<false>{{'c'}});
    run.add(undifferentiated_node{});
    calls.clear();
    run.evaluate();
    CHECK(calls == "ad.c..!");
    CHECK(pulled_back() == "L1O-a");  // nor c, which is only asked for
    run.add(loss_over<true>('c'));
    CHECK(pulled_back() == "L1O-.-c-a");
    run.add(traced_loss('d'));
    CHECK(pulled_back() == "L1O-.-c-d-a");
}

namespace {
/// A node whose number counts the steps that were updated, and a loss that has an evaluate of its own.
struct counting_node {
    bool operator==(const counting_node&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }
    template <class Problem>
    struct state {
        state(const counting_node&, Problem&) {}
        void evaluate(auto&) { ++evaluated; }
        void update(auto&) { updated_after = evaluated; }
        int evaluated = 0, updated_after = 0;
    };
};
struct counting_loss : apd::ext::loss_base {
    static constexpr std::string_view name = "counting";
    bool operator==(const counting_loss&) const = default;
    static constexpr std::tuple<counting_node> dependencies() { return {}; }
    template <class Problem>
    struct state : apd::ext::loss_state<Problem> {
        state(const counting_loss&, Problem& p) : apd::ext::loss_state<Problem>(p) {}
        void evaluate(auto& step) { seen = step(counting_node{}).evaluated; }
        void measure(auto&) {}
        void pullback(auto&, double) {}
        int seen = 0;
    };
};
}  // namespace

TEST_CASE("a node may change what outlives a step, when the step ends") {
    apd_test::small_problem<apd_test::small_network<apd::relu>, 2, 1, apd_test::plain_backend> small(3);
    apd::ext::decomposition_run run(small.problem, 1.0 * counting_loss{}, apd::column_norm::free);
    for (int step = 1; step <= 2; ++step) {
        run.differentiate();
        auto& node = run.objective()(counting_node{});
        CHECK(run.objective()(counting_loss{}).seen == step);
        CHECK(node.updated_after == step - 1);
        run.update([](std::uint32_t) { return 1e-3; });
        CHECK(node.updated_after == step);
    }
}
