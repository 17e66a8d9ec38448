// expect: apd: the state of a mask with delta\(\) has no delta_gradient\(\), \[B, sites\], to which losses add
#include <cstddef>

#include <apd/backend/cpu.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/mask/given_mask.hpp>

// Over a network of one site.
struct my_mask : apd::given_mask {
    bool operator==(const my_mask&) const = default;

    template <class Problem>
    struct state : apd::given_mask::state<Problem> {
        using apd::given_mask::state<Problem>::state;
        auto delta() const { return this->value().template slice<1>(0); }
#ifdef APD_COMPILE_FAIL_FIXED
        auto delta_gradient() const { return this->gradient().template slice<1>(0); }
#endif
    };
};

using problem = apd::ext::problem<apd::cpu, float, apd::network<apd::linear<"W", 5, 2>>, apd::shared_components<3, 1>>;
constexpr std::size_t size = sizeof(apd::ext::masked_pass<my_mask>::state<problem>);
