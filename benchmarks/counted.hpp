#pragma once
// A backend that hands everything to another one, and writes down what each statement costs.

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <apd/backend/backend.hpp>
#include <apd/backend/cpu.hpp>

#include "ledger.hpp"
#include "statement_work.hpp"

namespace counting {

/// A model of `apd::ext::backend` around another; while `costs().is_open`, every statement is counted and timed.
/// Closed, it costs nothing that can be measured.
///
/// Forks write into the ledger of the device that they come from. Of a backend that records its statements and repeats
/// them (`sequences` on a GPU) only the first time is seen, and pairs can't be counted while it records.
///
/// Example: `counted<apd::cpu> device([] { return apd::cpu({.threads = 1}); });`
template <apd::ext::backend Device>
class counted {
  public:
    static constexpr std::size_t tile_bytes = Device::tile_bytes;

    /// `make()` gives the device, which need not be movable.
    template <std::invocable Make>
    explicit counted(Make make, std::shared_ptr<ledger> costs = std::make_shared<ledger>())
        : device_(make()), costs_(std::move(costs)) {}

    ledger& costs() { return *costs_; }

    template <class T>
    T* allocate(std::size_t count) {
        return device_.template allocate<T>(count);
    }
    void deallocate(auto* memory) { device_.deallocate(memory); }
    template <class T, class E>
    void upload(std::span<const T> host, apd::ext::view<T, E> target) {
        device_.upload(host, target);
    }
    template <class T, class E>
    void download(apd::ext::view<T, E> source, std::span<std::remove_const_t<T>> host) {
        device_.download(source, host);
    }

    template <class... Target, class... Value, bool... Accumulate>
    void operator()(const apd::ext::assignment<Target, Value, Accumulate>&... statements) {
        if (!costs_->is_open) return device_(statements...);
        const std::array outlines{outline(statements)...};
        static const std::string kind = written({}, outlines);
        const auto samples = static_cast<double>(std::ranges::max(outlines, {}, &statement_outline::samples).samples());
        count(kind, samples, work_of({}, outlines), [&] { device_(statements...); });
    }
    template <class Target, class Value, bool Accumulate>
    void operator()(const apd::ext::assignment<Target, Value, Accumulate>& statement,
                    const apd::ext::active_pairs& pairs) {
        if (!costs_->is_open) return device_(statement, pairs);
        std::uint32_t active = 0;
        device_.download(apd::ext::view<const std::uint32_t, apd::extents<>>{pairs.first + pairs.components},
                         std::span(&active, 1));
        const domain where{.over_pairs = true, .pairs = static_cast<double>(active)};
        const std::array outlines{outline(statement)};
        static const std::string kind = written(where, outlines);
        count(kind, active, work_of(where, outlines), [&] { device_(statement, pairs); });
    }

    void random(const apd::ext::random_key& key, auto f, const auto& target) {
        count_pass("random numbers", target, [&] { device_.random(key, f, target); });
    }
    void select_top(const auto& ranked, const auto& wanted, apd::ext::active_pairs& pairs) {
        count_pass("select_top", ranked, [&] { device_.select_top(ranked, wanted, pairs); });
    }
    void select_top_per_sample(const auto& ranked, std::size_t k, apd::ext::active_pairs& pairs) {
        count_pass("select_top_per_sample", ranked, [&] { device_.select_top_per_sample(ranked, k, pairs); });
    }
    /// Only where the device has it.
    auto nonzero_first(const auto& x) requires requires(Device& device) { device.nonzero_first(x); }
    {
        return count_pass("nonzero_first", x, [&] { return device_.nonzero_first(x); });
    }

    counted fork() {
        return counted([this] { return device_.fork(); }, costs_);
    }
    template <class F>
    auto sequences(std::size_t count, F f) {
        return device_.sequences(count, std::move(f));
    }
    std::size_t workers() const { return device_.workers(); }
    template <class Work>
    void parallel(std::size_t pieces, std::size_t cost, Work&& work) {
        device_.parallel(pieces, cost, std::forward<Work>(work));
    }

  private:
    auto count(const std::string& kind, double samples, const work& least, auto run) {
        // Written when it goes out of scope, so that what run() returns may be void.
        struct written_at_end {
            ledger& costs;
            const std::string& kind;
            double samples;
            const work& least;
            std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
            ~written_at_end() {
                const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
                costs.add(kind, {1, samples, passed.count(), least});
            }
        };
        const written_at_end timing{*costs_, kind, samples, least};
        return run();
    }
    // A primitive that goes through an array once.
    template <class T, class E>
    auto count_pass(const char* name, const apd::ext::view<T, E>& array, auto run) {
        if (!costs_->is_open) return run();
        const auto samples = static_cast<double>(array.batch);
        std::string kind = std::string(name) + " [B";
        for (std::size_t axis = 1; axis < E::rank; ++axis) kind += ", " + std::to_string(E::sizes[axis]);
        const work least{.bytes = samples * static_cast<double>(E::elements * sizeof(T))};
        return count(kind + "]", samples, least, run);
    }

    Device device_;
    std::shared_ptr<ledger> costs_;
};

static_assert(apd::ext::backend<counted<apd::cpu>>);

}  // namespace counting
