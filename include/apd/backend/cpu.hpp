#pragma once
// The backend of the host: vectorised loops, Eigen register tiles, a few threads.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/backend/backend.hpp>
#include <apd/backend/cpu_contract.hpp>
#include <apd/backend/cpu_pairs.hpp>
#include <apd/backend/cpu_rows.hpp>
#include <apd/backend/cpu_select.hpp>
#include <apd/backend/thread_pool.hpp>

namespace apd {

/// How the host computes.
struct cpu_options {
    std::size_t threads = 0;  ///< 0: as many as the machine has
};

/// The host as a backend. Results do not depend on the number of threads, bit for bit.
///
/// Example: `apd::cpu device;` or `apd::cpu device({.threads = 1});`. One run uses a device at a time.
class cpu {
  public:
    /// A quarter of a usual second-level cache: a chain of small operations keeps its arrays there.
    static constexpr std::size_t tile_bytes = std::size_t{256} * 1024;

    explicit cpu(cpu_options options = {})
        : pool_(options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency())) {}

    template <class T>
    T* allocate(std::size_t count) {
        void* memory = ::operator new(std::max<std::size_t>(count, 1) * sizeof(T), alignment);
        std::memset(memory, 0, count * sizeof(T));
        return static_cast<T*>(memory);
    }
    void deallocate(void* memory) { ::operator delete(memory, alignment); }

    /// host: row-major, [B, d…] by samples. Errors: `apd::error` if it has not as many numbers as the array.
    template <class T, class E>
    void upload(std::span<const T> host, view<T, E> target) {
        check_size("upload", host.size(), target.batch * E::elements);
        for (std::size_t b = 0; b < target.batch; ++b)
            for (std::size_t i = 0; i < E::elements; ++i)
                target.data[i * target.stride + b] = host[b * E::elements + i];
    }
    template <class T, class E>
    void download(view<T, E> source, std::span<std::remove_const_t<T>> host) {
        check_size("download", host.size(), source.batch * E::elements);
        for (std::size_t b = 0; b < source.batch; ++b)
            for (std::size_t i = 0; i < E::elements; ++i)
                host[b * E::elements + i] = source.data[i * source.stride + b];
    }

    template <class... Target, class... Value, bool... Accumulate>
    void operator()(const assignment<Target, Value, Accumulate>&... statements) {
        constexpr std::array elements{Target::view_type::shape::elements...};
        constexpr bool alike = (statement_traits<assignment<Target, Value, Accumulate>>::is_flat && ...) &&
                               std::ranges::count(elements, elements[0]) == sizeof...(statements);
        if constexpr (alike && sizeof...(statements) > 1) {
            if (detail::can_be_fused(elements[0], statements...)) return detail::run_flat(elements[0], statements...);
        }
        (run(statements), ...);
    }
    template <class Target, class Value, bool Accumulate>
    void operator()(const assignment<Target, Value, Accumulate>& statement, const active_pairs& pairs) {
        using T = typename Target::scalar;
        detail::run_pairs(
            statement, pairs, [this](const auto& plain) { this->run(plain); },
            [this](std::size_t elements) {
                if (scratch_.size() < elements * sizeof(T) + 64) scratch_.resize(elements * sizeof(T) + 64);
                void* memory = scratch_.data();
                std::size_t room = scratch_.size();
                return static_cast<T*>(std::align(64, elements * sizeof(T), memory, room));
            });
    }

    template <class F, class T, std::size_t Features>
    void random(random_key key, F f, view<T, extents<dynamic, Features>> target) {
        const std::uint32_t step = key.step.value();
        for (std::size_t i = 0; i < Features; ++i) {
            T* row = target.data + i * target.stride;
            const std::size_t whole = target.batch / 64 * 64;
            for (std::size_t b = 0; b < whole; b += 64) {
                for (std::size_t lane = 0; lane < 16; ++lane) {
                    const auto words = philox(
                        {static_cast<std::uint32_t>(b / 4 + lane), static_cast<std::uint32_t>(i), step, key.stream},
                        key.seed);
                    for (std::size_t w = 0; w < 4; ++w) row[b + 16 * w + lane] = f(words[w]);
                }
            }
            for (std::size_t b = whole; b < target.batch; ++b) row[b] = f(random_word(key, b, i));
        }
    }

    template <class T, std::size_t Ranked>
    void select_top(view<T, extents<dynamic, Ranked>> attribution, view<T, extents<>> count, active_pairs& pairs) {
        detail::select_top<T, Ranked>(attribution, static_cast<std::size_t>(*count.data), pairs, scratch_for<T>());
    }
    template <class T, std::size_t Ranked>
    void select_top_per_sample(view<T, extents<dynamic, Ranked>> attribution, std::size_t k, active_pairs& pairs) {
        detail::select_top_per_sample<T, Ranked>(attribution, k, pairs, scratch_for<T>());
    }

    /// One thread, as there are many forks.
    static cpu fork() { return cpu({.threads = 1}); }
    /// Sequences are dealt to the threads, each with all its times, so that what it works on stays near.
    template <class F>
    auto sequences(std::size_t count, F f) {
        return [this, count, f = std::move(f)](std::size_t times) {
            const auto work = [&](std::size_t, std::size_t i) {
                for (std::size_t t = 0; t < times; ++t) f(i);
            };
            if (count == 1) work(0, 0);
            else pool_.run(count, work);
        };
    }

    std::size_t workers() const { return pool_.size(); }
    template <class Work>
    void parallel(std::size_t pieces, std::size_t cost, Work&& work) {
        // Waking threads takes some microseconds: below that the caller does it all.
        constexpr std::size_t worth_waking = 1'000'000;
        if (pool_.size() == 1 || pieces * cost < worth_waking) {
            for (std::size_t piece = 0; piece < pieces; ++piece) work(std::size_t{0}, piece);
        } else {
            pool_.run(pieces, work);
        }
    }

  private:
    static constexpr std::align_val_t alignment{64};

    static void check_size(const char* call, std::size_t given, std::size_t wanted) {
        if (given != wanted)
            throw error(call, std::to_string(given) + " numbers for an array of " + std::to_string(wanted),
                        "give one number for each element");
    }

    template <class Target, class Value, bool Accumulate>
    void run(const assignment<Target, Value, Accumulate>& statement) {
        using traits = statement_traits<assignment<Target, Value, Accumulate>>;
        if constexpr (traits::is_flat && Target::view_type::shape::rank > 0)
            detail::run_flat(Target::view_type::shape::elements, statement);
        else if constexpr (requires { detail::run_product(statement); }) detail::run_product(statement);
        else detail::run_rows(statement);
    }
    template <class T>
    detail::selection_scratch<T>& scratch_for() {
        if constexpr (std::is_same_v<T, float>) return float_selection_;
        else return double_selection_;
    }

    detail::thread_pool pool_;
    std::vector<std::byte> scratch_;
    detail::selection_scratch<float> float_selection_;
    detail::selection_scratch<double> double_selection_;
};

static_assert(backend<cpu>);

}  // namespace apd
