// expect: apd: the state of an attribution has no value\(\), \[B, C\]; see attribution_node
#include <tuple>

#include <apd/attribution/attribution_node.hpp>
#include <apd/backend/cpu.hpp>
#include <apd/component/problem.hpp>
#include <apd/objective/node_states.hpp>

struct my_attribution : apd::ext::attribution_base {
    bool operator==(const my_attribution&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }
    template <class Problem>
    struct state {
        apd::ext::array<typename Problem::device_type, typename Problem::scalar,
                        apd::extents<apd::dynamic, Problem::components>>
            scores;
        state(const my_attribution&, Problem& p) : scores(p.device, p.rows.capacity) {}
        void evaluate(auto&) {}
#ifdef APD_COMPILE_FAIL_FIXED
        auto value() const { return *scores; }
#endif
    };
};

using problem = apd::ext::problem<apd::cpu, float, apd::network<apd::linear<"W", 5, 2>>, apd::shared_components<3, 1>>;
void add(apd::ext::node_states<problem>& step) { step.add(my_attribution{}); }
