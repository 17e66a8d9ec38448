#pragma once
// Bodies of what stop_on_interrupt.hpp declares.

#include <atomic>
#include <csignal>

#include <apd/core/annotations.hpp>
#include <apd/training/stop_on_interrupt.hpp>

namespace apd::ext {
namespace detail {

inline void handle_interrupts(void (*handler)(int)) {
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, handler);
}

}  // namespace detail

APD_INLINE const std::atomic<bool>* stop_on_interrupt() {
    detail::interrupted = false;
    detail::handle_interrupts([](int) {
        detail::interrupted = true;
        detail::handle_interrupts(SIG_DFL);
    });
    return &detail::interrupted;
}

}  // namespace apd::ext
