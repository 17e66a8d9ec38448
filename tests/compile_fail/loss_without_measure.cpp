// expect: apd: the state of a loss lacks measure\(step\), pullback\(step, weight\) or value\(\)
#include <string_view>
#include <tuple>

#include <apd/backend/cpu.hpp>
#include <apd/component/problem.hpp>
#include <apd/objective/step.hpp>

struct my_loss : apd::ext::loss_base {
    static constexpr std::string_view name = "mine";
    bool operator==(const my_loss&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }
    template <class Problem>
    struct state : apd::ext::loss_state<Problem> {
        state(const my_loss&, Problem& p) : apd::ext::loss_state<Problem>(p) {}
#ifdef APD_COMPILE_FAIL_FIXED
        void measure(auto&) {}
#endif
        void pullback(auto&, double) {}
    };
};

using problem = apd::ext::problem<apd::cpu, float, apd::network<apd::linear<"W", 5, 2>>, apd::shared_components<3, 1>>;
void add(apd::ext::node_states<problem>& step) { step.add(my_loss{}); }
