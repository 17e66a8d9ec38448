// expect: apd::network: a layer has no forward\(device, parameter, x, y\)
#include <apd/network/network.hpp>

using namespace apd::ext::literals;

// A function of every entry, of one's own.
struct doubled {
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
#ifdef APD_COMPILE_FAIL_FIXED
    static void forward(auto& device, const auto&, const auto& x, const auto& y) { device(y["bi"_i] = x["bi"_i] * 2); }
#endif
    static void pushforward(auto& device, const auto&, const auto&, const auto& tx, const auto& ty) {
        device(apd::ext::along<"i">(ty) = apd::ext::along<"i">(tx) * 2);
    }
    static void pullback(auto& device, const auto&, const auto&, const auto& gy, const auto& gx) {
        device(apd::ext::along<"i">(gx) = apd::ext::along<"i">(gy) * 2);
    }
};
using network = apd::network<apd::linear<"W", 3, 4>, doubled>;
static_assert(network::outputs == 4);
