#include <cstddef>

#include <apd/network/bias.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/network/layer_members.hpp>
#include <apd/network/softmax.hpp>
#include <apd/network/windows.hpp>

// What the compiler says where one is missing: compile_fail/layer_without_….

namespace {

using apd::ext::detail::calls_forward, apd::ext::detail::calls_pushforward, apd::ext::detail::calls_pullback,
    apd::ext::detail::calls_pullback_parameter;

template <class L, std::size_t In>
constexpr bool has_all = calls_forward<L, In>() && calls_pushforward<L, In>() && calls_pullback<L, In>() &&
                         calls_pullback_parameter<L, In>();

struct only_a_width {
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
};
// A layer with room: forward leaves there what pullback reads.
struct with_workspace : only_a_width {
    static constexpr std::size_t workspace(std::size_t inputs) { return 2 * inputs; }
    static void forward(auto& device, const auto& none, const auto& x, const auto& y, const auto& workspace);
    static void pushforward(auto& device, const auto& none, const auto& x, const auto& tx, const auto& ty,
                            const auto& workspace, const auto& own);
    static void pullback(auto& device, const auto& none, const auto& x, const auto& gy, const auto& gx);  // no room
};
static_assert(has_all<apd::relu, 3> && has_all<apd::bias<"b", 3>, 3> && has_all<apd::softmax, 3>);
static_assert(has_all<apd::windows<4, 2, 3>, 8>);
static_assert(!calls_forward<only_a_width, 3>() && !calls_pushforward<only_a_width, 3>());
static_assert(!calls_pullback<only_a_width, 3>() && calls_pullback_parameter<only_a_width, 3>());  // it has none
static_assert(calls_forward<with_workspace, 3>() && calls_pushforward<with_workspace, 3>() &&
              !calls_pullback<with_workspace, 3>());

}  // namespace
