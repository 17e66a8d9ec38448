// expect: apd: the state of a node is not constructed from \(node, problem\)
#include <tuple>

#include <apd/backend/cpu.hpp>
#include <apd/component/problem.hpp>
#include <apd/objective/node_states.hpp>

struct my_node {
    bool operator==(const my_node&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }
    template <class Problem>
    struct state {
#ifdef APD_COMPILE_FAIL_FIXED
        state(const my_node&, Problem&) {}
#else
        explicit state(Problem&) {}
#endif
        void evaluate(auto&) {}
    };
};

using problem = apd::ext::problem<apd::cpu, float, apd::network<apd::linear<"W", 5, 2>>, apd::shared_components<3, 1>>;
void add(apd::ext::node_states<problem>& step) { step.add(my_node{}); }
