#include <csignal>

#include <catch2/catch.hpp>

#include <apd/training/stop_on_interrupt.hpp>

TEST_CASE("the first interrupt sets the flag, the next one has its usual effect") {
    const auto* const stop = apd::stop_on_interrupt();
    CHECK_FALSE(*stop);
    std::raise(SIGINT);
    CHECK(*stop);
    CHECK(std::signal(SIGINT, SIG_DFL) == SIG_DFL);
    CHECK(std::signal(SIGTERM, SIG_DFL) == SIG_DFL);
    apd::ext::detail::interrupted = false;
}
TEST_CASE("what is asked anew after an interrupt waits for another one") {
    CHECK_FALSE(*apd::stop_on_interrupt());
    std::raise(SIGTERM);
    const auto* const stop = apd::stop_on_interrupt();
    CHECK_FALSE(*stop);
    std::raise(SIGINT);
    CHECK(*stop);
    CHECK(std::signal(SIGINT, SIG_DFL) == SIG_DFL);
    apd::ext::detail::interrupted = false;
}
