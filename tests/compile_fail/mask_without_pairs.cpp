// expect: apd: the state of a binary mask has no count
#include <tuple>

#include <apd/backend/cpu.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/mask/mask_node.hpp>

struct my_mask : apd::ext::mask_base<apd::ext::mask_kind::binary> {
    bool operator==(const my_mask&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
#ifdef APD_COMPILE_FAIL_FIXED
    struct state : apd::ext::pairs_state<Problem> {
        state(const my_mask&, Problem& p) : apd::ext::pairs_state<Problem>(p) {}
#else
    struct state {
        state(const my_mask&, Problem&) {}
        apd::ext::active_pairs pairs() const;  // a copy, and no count()
#endif
        void evaluate(auto&) {}
    };
};

using problem = apd::ext::problem<apd::cpu, float, apd::network<apd::linear<"W", 5, 2>>, apd::shared_components<3, 1>>;
constexpr std::size_t size = sizeof(apd::ext::masked_pass<my_mask>::state<problem>);
