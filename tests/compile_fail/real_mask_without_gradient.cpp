// expect: apd: the state of a real mask has no gradient\(\), \[B, C\], to which losses add
#include <tuple>

#include <apd/backend/cpu.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/mask/mask_node.hpp>

struct my_mask : apd::ext::mask_base<apd::ext::mask_kind::real> {
    bool operator==(const my_mask&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    class state {
        using mask_array = apd::ext::array<typename Problem::device_type, typename Problem::scalar,
                                           apd::extents<apd::dynamic, Problem::components>>;

      public:
        state(const my_mask&, Problem& p) : value_(p.device, p.rows.capacity), gradient_(p.device, p.rows.capacity) {}
        auto value() const { return *value_; }
#ifdef APD_COMPILE_FAIL_FIXED
        auto gradient() const { return *gradient_; }
#endif
        void evaluate(auto&) {}

      private:
        mask_array value_, gradient_;
    };
};

using problem = apd::ext::problem<apd::cpu, float, apd::network<apd::linear<"W", 5, 2>>, apd::shared_components<3, 1>>;
constexpr std::size_t size = sizeof(apd::ext::masked_pass<my_mask>::state<problem>);
