#pragma once
// A backend that is chosen by its name when a program runs.

#include <string>
#include <string_view>
#include <utility>

#include <apd/backend/cpu.hpp>
#include <apd/backend/cuda.hpp>
#include <apd/core/error.hpp>

namespace apd::ext {

/// f(device) on "cpu" or, in a program that a compiler for CUDA compiled, on "cuda", the first GPU. f takes a reference
/// to either, and gives the same type for both.
///
/// Errors: `apd::error` for another name, for "cuda" in a program compiled for the host alone, and where there is no
/// GPU.
///
/// Example:
/// ```
/// apd::on_device("cpu", {.threads = 1}, [&](auto& device) { return apd::decompose<5>(device, target, data, objective);
/// });
/// ```
template <class F>
auto on_device(std::string_view name, const cpu_options& of_cpu, F&& f) {
    if (name == "cpu") {
        cpu device(of_cpu);
        return std::forward<F>(f)(device);
    }
    if (name != "cuda")
        throw error("device '" + std::string(name) + "'", "there is none of that name", "choose cpu or cuda");
#if defined(__CUDACC__)
    cuda device;
    return std::forward<F>(f)(device);
#else
    throw error("device 'cuda'", "this program was compiled without CUDA",
                "choose cpu, or compile it for a GPU (of apd's own programs: cmake --preset cuda)");
#endif
}

}  // namespace apd::ext

namespace apd {
using ext::on_device;
}  // namespace apd
