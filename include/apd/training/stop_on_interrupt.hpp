#pragma once
// Ctrl-C, or a scheduler, ends a run early, but not without its results.

#include <atomic>

namespace apd::ext {

namespace detail {
inline std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch lock-free atomics alone");

}  // namespace detail

/// The exit code of a program that was asked to stop, has kept its results and can be resumed: EX_TEMPFAIL of
/// sysexits.h, by which a scheduler knows that it should be started again.
inline constexpr int stopped_exit_code = 75;

/// From now on the first ctrl-C (or `kill`, or SIGUSR1, which schedulers send before they end a job) sets the flag
/// returned, and a second one ends the process at once.
///
/// Asked anew, it starts anew: the flag, which is the same for all, is down again. A program that should end, not begin
/// its next run, asks once and looks at the flag between its runs.
///
/// Example: `apd::decompose<5>(device, target, data, objective, {.stop = apd::stop_on_interrupt()});` returns at the
/// first ctrl-C with what it has learned.
const std::atomic<bool>* stop_on_interrupt();

}  // namespace apd::ext

namespace apd {
using ext::stopped_exit_code, ext::stop_on_interrupt;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/training/stop_on_interrupt.ipp>
#endif
