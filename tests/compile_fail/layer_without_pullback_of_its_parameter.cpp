// expect: apd::network: a layer with a parameter has no pullback_parameter\(device, parameter, x, gy\)
#include <apd/network/network.hpp>

using namespace apd::ext::literals;

// A constant that is added.
struct shift {
    using shape = apd::extents<4>;
    static constexpr apd::static_string name = "shift";
    static constexpr bool is_translation = true;
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
    static void forward(auto& device, const auto& b, const auto& x, const auto& y) {
        device(y["bi"_i] = x["bi"_i] + b.value["i"_i]);
    }
#ifdef APD_COMPILE_FAIL_FIXED
    static void pullback_parameter(auto& device, const auto& b, const auto&, const auto& gy) {
        device(b.gradient["i"_i] += gy["bi"_i]);
    }
#endif
};
using network = apd::network<apd::linear<"W", 3, 4>, shift>;
static_assert(network::outputs == 4);
