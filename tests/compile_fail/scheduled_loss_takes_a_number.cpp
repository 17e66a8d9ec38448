// expect: let it take what there is: pullback\(auto& step, auto weight\)
#include <apd/apd.hpp>

// A loss whose pullback takes numbers alone.
struct stubborn_loss : apd::ext::loss_base {
    static constexpr std::string_view name = "stubborn";
    bool operator==(const stubborn_loss&) const = default;
    static constexpr std::tuple<apd::ext::components> dependencies() { return {}; }

    template <class Problem>
    struct state : apd::ext::loss_state<Problem> {
        state(const stubborn_loss&, Problem& p) : apd::ext::loss_state<Problem>(p) {}
        void measure(auto&) {}
#ifdef APD_COMPILE_FAIL_FIXED
        void pullback(auto&, auto) {}
#else
        void pullback(auto&, double) {}
#endif
    };
};

using tiny = apd::network<apd::linear<"W", 2, 2>>;

void run(apd::cpu& device, const apd::parameters<tiny>& target) {
    apd::ext::problem<apd::cpu, float, tiny, apd::shared_components<2, 1>> problem(device, target, 4);
    apd::ext::objective_step step(problem, apd::annealed{0, 1, 0, 10} * stubborn_loss());
    step.pullback();
}
