#pragma once
// The backend of the host: vectorised loops, Eigen register tiles, a few threads.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/backend/backend.hpp>
#include <apd/backend/cpu_interpolation.hpp>
#include <apd/backend/cpu_memory.hpp>
#include <apd/backend/cpu_pair_rows.hpp>
#include <apd/backend/cpu_pairs.hpp>
#include <apd/backend/cpu_product.hpp>
#include <apd/backend/cpu_random.hpp>
#include <apd/backend/cpu_rows.hpp>
#include <apd/backend/cpu_select.hpp>
#include <apd/backend/cpu_shared_pass.hpp>
#include <apd/backend/process_limits.hpp>
#include <apd/backend/team.hpp>
#include <apd/backend/thread_pool.hpp>

namespace apd::ext {

/// How the host computes.
struct cpu_options {
    std::size_t threads = 0;  ///< 0: as many as this process has processors
};

/// The host as a backend. Results do not depend on the number of threads, bit for bit.
///
/// Example: `apd::cpu device;` or `apd::cpu device({.threads = 1});`. One run uses a device at a time.
class cpu {
  public:
    /// A quarter of a usual second-level cache: a chain of small operations keeps its arrays there.
    static constexpr std::size_t tile_bytes = std::size_t{256} * 1024;
    /// Wider ones are as fast read where they are.
    static constexpr std::size_t widest_gathered = 16;

    explicit cpu(cpu_options options = {}) : pool_(options.threads != 0 ? options.threads : usable_processors()) {}

    template <class T>
    T* allocate(std::size_t count) {
        if (count > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) detail::refuse_memory(count);
        return static_cast<T*>(detail::allocate_zeros(count * sizeof(T)).release());
    }
    void deallocate(void* memory) {
        of_scalar<float>().known.forget(memory);
        of_scalar<double>().known.forget(memory);
        detail::free_memory()(memory);
    }

    /// host: row-major, [B, d…] by samples. Errors: `apd::error` if it has not as many numbers as the array.
    template <class T, class E>
    void upload(std::span<const T> host, view<T, E> target) {
        check_size("upload", host.size(), target.batch * E::elements);
        forget(target);
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
        if constexpr (sizeof...(statements) > 1 && ((Target::view_type::shape::rank > 0) && ...) &&
                      detail::are_alike<assignment<Target, Value, Accumulate>...>) {
            if (const std::size_t elements = detail::fused_elements(statements...); elements > 0) {
                (forget(statements.target.array), ...);
                return split_across_threads(elements * sizeof...(statements) * cost_of_move,
                                            [&](const detail::work_part& part, std::size_t) {
                                                detail::run_flat(part.of(elements, 64), statements...);
                                            });
            }
        }
        if constexpr (sizeof...(statements) > 1 && detail::share_a_pass<assignment<Target, Value, Accumulate>...>) {
            if (detail::are_independent(statements...)) {
                (forget(statements.target.array), ...);
                return split_across_threads(
                    detail::work_of_shared_pass(statements...) * cost_of_move,
                    [&](const detail::work_part& part, std::size_t) { detail::run_shared_pass(part, statements...); });
            }
        }
        (run(statements), ...);
    }
    template <class Target, class Value, bool Accumulate>
    void operator()(const assignment<Target, Value, Accumulate>& statement, const active_pairs& pairs) {
        using statement_type = assignment<Target, Value, Accumulate>;
        using rules = detail::pair_rules<statement_type>;
        using T = typename Target::scalar;
        forget(statement.target.array);
        if constexpr (rules::reduces && !Accumulate) run(statement.target = T(0));
        const auto plain = [this](const auto& each) { this->run_part(each, {}); };
        const detail::work_part::range all{0, rules::samples(statement)};
        const auto split_pairs = [&](const auto& work) {
            const std::size_t cost = pairs.size() * detail::work_of_pair<statement_type>;
            if constexpr (rules::adds_to_samples) {
                // Parts pass over all components: as few as there are threads.
                split_across_threads(
                    cost,
                    [&](const detail::work_part& part, std::size_t worker) {
                        work({{0, pairs.components}, part.of(all.end)}, worker);
                    },
                    1);
            } else {
                // What components add up in one element is not cut apart.
                split_across_threads(rules::components_meet ? 0 : cost,
                                     [&](const detail::work_part& part, std::size_t worker) {
                                         work({part.of(pairs.components), all}, worker);
                                     });
            }
        };
        if constexpr (detail::is_product_of_rows<statement_type>) {
            using rows = detail::pair_rows<statement_type>;
            const rows product(statement, workspace_for<T>(workers(), rows::copies(statement)));
            const auto split_samples = [&](const auto& work) {
                split_across_threads(rows::copies(statement) * cost_of_move,
                                     [&](const detail::work_part& part, std::size_t) { work(part.of(all.end, 64)); });
            };
            split_samples([&](detail::work_part::range part) { product.lay_out(part); });
            split_pairs([&](const detail::pair_range& range, std::size_t worker) {
                product.run_pairs(pairs, range, workspace_for<T>(worker, rows::tiles), plain);
            });
            split_samples([&](detail::work_part::range part) { product.put_back(part); });
        } else {
            split_pairs([&](const detail::pair_range& range, std::size_t worker) {
                detail::run_pairs(statement, pairs, range,
                                  workspace_for<T>(worker, rules::tile_elements * detail::pairs_at_once), plain);
            });
        }
    }

    template <class F, class T, std::size_t Features>
    void random(random_key key, F f, view<T, extents<dynamic, Features>> target) {
        forget(target);
        constexpr std::size_t cost_of_word = 16;  // in multiply-adds
        split_across_threads(target.batch * Features * cost_of_word, [&](const detail::work_part& part, std::size_t) {
            detail::fill_random(key, f, target, part.of(Features));
        });
    }

    /// target[b, c] = f(word), word c % 4 of the counter (number[b], c/4, step, stream); see `row_draws`.
    template <class F, class T, std::size_t Count>
    void random_rows(random_key key, F f, view<std::uint32_t, extents<dynamic>> number,
                     view<T, extents<dynamic, Count>> target) {
        forget(target);
        constexpr std::size_t cost_of_word = 8, fours = (Count + 3) / 4;  // the cost in multiply-adds
        split_across_threads(target.batch * Count * cost_of_word, [&](const detail::work_part& part, std::size_t) {
            detail::fill_random_rows(key, f, number, target, part.of(fours));
        });
    }

    template <class T, std::size_t C>
    std::size_t lay_nodes(view<T, extents<dynamic, C>> x, view<T, extents<C>> bound, view<T, extents<2, C>> ranges,
                          view<T, extents<dynamic, C>> nodes) {
        using pieces = detail::interpolation_pieces<T>;
        if (x.batch == 0) return 0;
        std::array<std::pair<T, T>, C> range;
        for_each_column<C>(x.batch,
                           [&](std::size_t c) { range[c] = detail::range_of(x.data + c * x.stride, x.batch); });
        // Nodes cost as much as numbers do in their place.
        const std::size_t most = std::min(pieces::most, std::min(nodes.batch, x.batch / 2) / pieces::nodes);
        const std::size_t count = detail::cut_into_pieces(range, bound.data, ranges.data, most);
        forget(nodes);
        const auto& node = pieces::of_a_piece();
        for (std::size_t c = 0; c < C; ++c)
            for (std::size_t n = 0; n < count * pieces::nodes; ++n) {
                const double along = static_cast<double>(n / pieces::nodes) + (node[n % pieces::nodes] + 1) / 2;
                nodes.data[c * nodes.stride + n] = static_cast<T>(static_cast<double>(ranges.data[c]) +
                                                                  along / static_cast<double>(ranges.data[C + c]));
            }
        return count * pieces::nodes;
    }
    template <class T, std::size_t C>
    void interpolate(view<T, extents<dynamic, C>> x, view<T, extents<2, C>> ranges, view<T, extents<dynamic, C>> values,
                     const auto& y, view<T, extents<dynamic, C>> slope) {
        forget(y), forget(slope);
        for_each_column<C>(x.batch, [&](std::size_t c) {
            detail::interpolate(pieces_of(ranges, c, values.batch), values.data + c * values.stride,
                                x.data + c * x.stride, x.batch, y.data + c * y.stride, slope.data + c * slope.stride);
        });
    }
    template <class T, std::size_t C>
    void spread(view<T, extents<dynamic, C>> x, view<T, extents<2, C>> ranges, const auto& gradient,
                view<T, extents<dynamic, C>> given) {
        forget(given);
        for_each_column<C>(x.batch, [&](std::size_t c) {
            detail::spread(pieces_of(ranges, c, given.batch), x.data + c * x.stride,
                           gradient.data + c * gradient.stride, x.batch, given.data + c * given.stride);
        });
    }

    template <class T, std::size_t Ranked>
    void select_top(view<T, extents<dynamic, Ranked>> attribution, view<T, extents<>> count, active_pairs& pairs) {
        detail::select_top<T, Ranked>(
            attribution, pairs.capacity / pairs.components, static_cast<std::size_t>(*count.data), pairs,
            of_scalar<T>().selection, team_,
            [this](std::size_t multiply_adds, const auto& work) { this->split_across_threads(multiply_adds, work); });
    }
    template <class T, std::size_t Ranked>
    void select_top_per_sample(view<T, extents<dynamic, Ranked>> attribution, std::size_t k, active_pairs& pairs) {
        detail::select_top_per_sample<T, Ranked>(attribution, k, pairs, of_scalar<T>().selection);
    }
    /// sums[word[b], i] += rows[b, i], in the order of b.
    template <class T, std::size_t Words, std::size_t N>
    void add_to_rows(view<T, extents<Words, N>> sums, view<T, extents<dynamic, 1>> word,
                     view<T, extents<dynamic, N>> rows) {
        split_across_threads(rows.batch * N * cost_of_move, [&](const detail::work_part& part, std::size_t) {
            for (auto [i, end] = part.of(N); i < end; ++i)
                for (std::size_t b = 0; b < rows.batch; ++b)
                    if (const T w = word.data[b]; w >= T(0) && w < static_cast<T>(Words))
                        sums.data[static_cast<std::size_t>(w) * N + i] += rows.data[i * rows.stride + b];
        });
    }
    /// Also keeps in mind where x is not zero, so that products multiply by nothing else.
    template <class T, std::size_t Features>
    std::size_t nonzero_first(view<T, extents<dynamic, Features>> x, view<std::uint32_t, extents<dynamic>> number) {
        return of_scalar<T>().known.sort(x, number.data);
    }

    /// From now on it computes with a slice of every batch, together with others.
    void join(team& together) { team_ = &together; }
    team* joined() const { return team_; }
    /// Every number becomes the sum of those of all that it has joined, if there are any.
    template <class T, class E>
    void add_up(view<T, E> numbers) {
        if (team_ != nullptr) team_->add_up(detail::all_numbers(numbers));
    }
    /// Of the numbers that a statement adds to, those that fall to it, if it has joined others; else all.
    template <class Target, class Value>
    void own_part(const assignment<Target, Value, true>& statement) {
        run(statement, team_ != nullptr ? detail::work_part{team_->number(), team_->size()} : detail::work_part{});
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
        if (!is_worth_sharing(pieces * cost)) {
            for (std::size_t piece = 0; piece < pieces; ++piece) work(std::size_t{0}, piece);
        } else {
            pool_.run(pieces, work);
        }
    }

  private:
    static void check_size(const char* call, std::size_t given, std::size_t wanted) {
        if (given != wanted)
            throw error(call, std::to_string(given) + " numbers for an array of " + std::to_string(wanted),
                        "give one number for each element");
    }

    // What a number costs that is read and written but not multiplied in registers, in multiply-adds.
    static constexpr std::size_t cost_of_move = 8;
    // Sharing work takes some microseconds: for less work than that the caller does it all.
    bool is_worth_sharing(std::size_t multiply_adds) const {
        return pool_.size() > 1 && multiply_adds >= 200'000 && !detail::thread_pool::is_inside();
    }
    // work(part, worker) for all parts of something. What deals is compiled once, not for every statement.
    template <class Work>
    void split_across_threads(std::size_t multiply_adds, const Work& work, std::size_t parts_per_thread = 4) {
        split_calls(multiply_adds, &work, &do_part<Work>, {}, parts_per_thread);
    }
    template <class Work>
    static void do_part(cpu&, const void* work, const detail::work_part& part, std::size_t worker) {
        (*static_cast<const Work*>(work))(part, worker);
    }
    void split_calls(std::size_t multiply_adds, const void* work,
                     void (*call)(cpu& device, const void* work, const detail::work_part& part, std::size_t worker),
                     detail::work_part own = {}, std::size_t parts_per_thread = 4) {
        if (!is_worth_sharing(multiply_adds)) return call(*this, work, own, 0);
        const std::size_t parts = parts_per_thread * pool_.size();
        pool_.run(parts,
                  [&](std::size_t worker, std::size_t piece) { call(*this, work, own.part(piece, parts), worker); });
    }
    // f(c) for what a function of x[:, c] takes.
    template <std::size_t C>
    void for_each_column(std::size_t rows, const auto& f) {
        split_across_threads(rows * C * cost_of_move, [&](const detail::work_part& part, std::size_t) {
            for (auto [c, end] = part.of(C); c < end; ++c) f(c);
        });
    }
    template <class T, std::size_t C>
    static detail::interpolation_pieces<T> pieces_of(view<T, extents<2, C>> ranges, std::size_t c, std::size_t nodes) {
        return {nodes / detail::interpolation_pieces<T>::nodes, ranges.data[c], ranges.data[C + c]};
    }
    // Something is written to an array: what was known of it may not hold any longer.
    template <class T, class E, class Whole>
    void forget(const view<T, E, Whole>& target) {
        if constexpr (E::is_batched && std::is_floating_point_v<T>) of_scalar<T>().known.forget(target.data);
    }
    template <class Target, class Value, bool Accumulate>
    void run(const assignment<Target, Value, Accumulate>& statement, detail::work_part own = {}) {
        forget(statement.target.array);
        using statement_type = assignment<Target, Value, Accumulate>;
        using traits = statement_traits<statement_type>;
        constexpr std::size_t cost = traits::positions * (traits::summed.count == 0 ? cost_of_move : 1);
        split_calls(cost * detail::batch_of(statement) / own.count, &statement, &do_statement<statement_type>, own);
    }
    template <class Statement>
    static void do_statement(cpu& device, const void* statement, const detail::work_part& part, std::size_t) {
        device.run_part(*static_cast<const Statement*>(statement), part);
    }
    template <class Target, class Value, bool Accumulate>
    void run_part(const assignment<Target, Value, Accumulate>& statement, const detail::work_part& part) {
        using traits = statement_traits<assignment<Target, Value, Accumulate>>;
        using T = typename Target::scalar;
        if constexpr (traits::is_flat && Target::view_type::shape::rank > 0)
            detail::run_flat(part.of(detail::elements_of(statement), 64), statement);
        else if constexpr (requires { detail::run_product(statement, part, detail::nonzeros<T>()); })
            detail::run_product(statement, part, of_scalar<T>().known);
        else detail::run_rows(statement, part);
    }
    // Room for so many numbers of one of the workers, or of all (the last); what it held before is lost.
    template <class T>
    T* workspace_for(std::size_t worker, std::size_t numbers) {
        return static_cast<T*>(workspaces_[worker].of(numbers * sizeof(T)));
    }
    // What is kept for statements of one scalar.
    template <class T>
    struct scalar_state {
        detail::selection_scratch<T> selection;
        detail::nonzeros<T> known;
    };
    template <class T>
    scalar_state<T>& of_scalar() {
        return std::get<scalar_state<T>>(states_);
    }

    detail::thread_pool pool_;
    team* team_ = nullptr;
    std::vector<detail::growing_workspace> workspaces_{pool_.size() + 1};
    std::tuple<scalar_state<float>, scalar_state<double>> states_;
};

static_assert(backend<cpu>);

}  // namespace apd::ext

namespace apd {
using ext::cpu_options, ext::cpu;
}  // namespace apd
