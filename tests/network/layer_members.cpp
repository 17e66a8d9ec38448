#include <cstddef>

#include <apd/network/bias.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/network/layer_members.hpp>
#include <apd/network/softmax.hpp>
#include <apd/network/windows.hpp>

// What the compiler says where one is missing: compile_fail/layer_without_….

namespace {

template <class L, std::size_t In>
constexpr bool has_all = apd::detail::calls_of<L, In>::forward&& apd::detail::calls_of<L, In>::pushforward&&
    apd::detail::calls_of<L, In>::pullback&& apd::detail::calls_of<L, In>::pullback_parameter;

struct only_a_width {
    static constexpr std::size_t outputs(std::size_t inputs) { return inputs; }
};
// A layer with room: forward leaves there what pullback reads.
struct with_room : only_a_width {
    static constexpr std::size_t room(std::size_t inputs) { return 2 * inputs; }
    static void forward(auto& device, const auto& none, const auto& x, const auto& y, const auto& room);
    static void pushforward(auto& device, const auto& none, const auto& x, const auto& tx, const auto& ty,
                            const auto& room, const auto& own);
    static void pullback(auto& device, const auto& none, const auto& x, const auto& gy, const auto& gx);  // no room
};
using of_room = apd::detail::calls_of<with_room, 3>;
using of_nothing = apd::detail::calls_of<only_a_width, 3>;

static_assert(has_all<apd::relu, 3> && has_all<apd::bias<"b", 3>, 3> && has_all<apd::softmax, 3>);
static_assert(has_all<apd::windows<4, 2, 3>, 8>);
static_assert(!of_nothing::forward && !of_nothing::pushforward && !of_nothing::pullback);
static_assert(of_nothing::pullback_parameter);  // it has none
static_assert(of_room::forward && of_room::pushforward && !of_room::pullback);

}  // namespace
