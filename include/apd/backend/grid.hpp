#pragma once
// A backend made of a machine that runs functions on a grid of threads: all that a GPU needs but its own calls.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <apd/backend/backend.hpp>
#include <apd/backend/grid_group.hpp>
#include <apd/backend/grid_pairs.hpp>
#include <apd/backend/grid_product.hpp>
#include <apd/backend/grid_random.hpp>
#include <apd/backend/grid_select.hpp>
#include <apd/backend/grid_statement.hpp>
#include <apd/backend/grid_tile.hpp>
#include <apd/backend/team.hpp>
#include <apd/core/error.hpp>
#include <apd/core/pack.hpp>

namespace apd::ext {

namespace detail {
struct no_work {
    struct shared {};
    APD_HOST_DEVICE static std::size_t count() { return 0; }
    APD_HOST_DEVICE void operator()(std::size_t) const {}
    APD_HOST_DEVICE static std::size_t groups() { return 0; }
    APD_HOST_DEVICE void operator()(const auto&, std::size_t, shared&) const {}
};
inline void ask_for_nothing() {}
}  // namespace detail

/// Concept: what a grid of threads must be able to do; work that is asked for later sees what was done before.
///
/// Minimal definition:
/// * `options`, of which it is made;
/// * `allocate(bytes)`, `deallocate(p)`: memory of the grid, of zeros;
/// * `to_grid(p, host, bytes)`, `to_host(host, p, bytes)`;
/// * `finish()`: waits until all that was asked for is done;
/// * `run(work, most)`: work(i) for every i < work.count(), each by a thread; `most` is a bound of the count, which the
///   grid itself may alone know;
/// * `run_groups(work, most)`: work(group, i, shared) for every i < work.groups(), each by a `thread_group`;
/// * `multiply(product)`: a `matrix_product` of float or double;
/// * `record(f)`: a `recording` of the work that f() asks for, which is not done;
/// * `join(recordings)`: a `program` made of the first work of every recording, then the second of every one, and so
/// on;
///   `repeat(program)`: it is done. Errors: `apd::error` if the recordings are not of the same work on other arrays;
/// * `smallest_product`: how many multiplications a matrix product needs to be worth a call of `multiply`;
/// * `smallest_tile`: how many rows times columns, or columns times terms, a product over pairs needs for its operands
///   to be worth sharing;
/// * `many_elements`, `few_terms`: from so many elements on, or up to so many terms, each element is summed by a thread
///   alone, else by a group.
///
/// Models: `detail::cuda_machine`; `host_machine` in tests/.
template <class M>
concept grid_machine = requires(M& machine, void* memory, const void* from, const detail::matrix_product<float>& p) {
    { machine.allocate(std::size_t{1}) } -> std::same_as<void*>;
    machine.deallocate(memory);
    machine.to_grid(memory, from, std::size_t{1});
    machine.to_host(memory, from, std::size_t{1});
    machine.finish();
    machine.run(detail::no_work{}, std::size_t{1});
    machine.run_groups(detail::no_work{}, std::size_t{1});
    machine.multiply(p);
    { machine.record(&detail::ask_for_nothing) } -> std::same_as<typename M::recording>;
    { machine.join(std::vector<typename M::recording>{}) } -> std::same_as<typename M::program>;
    machine.repeat(machine.join(std::vector<typename M::recording>{}));
    typename M::options;
    { M::smallest_product } -> std::convertible_to<std::size_t>;
    { M::smallest_tile } -> std::convertible_to<std::size_t>;
    { M::many_elements } -> std::convertible_to<std::size_t>;
    { M::few_terms } -> std::convertible_to<std::size_t>;
};

namespace detail {
// What f(0), …, f(count − 1) ask for is recorded when it is wanted a second time, once all memory is there.
template <class Machine, class F>
class recorded_sequences {
  public:
    recorded_sequences(Machine& machine, std::size_t count, F f, bool records)
        : machine_(&machine), count_(count), f_(std::move(f)), records_(records) {}

    void operator()(std::size_t times) {
        for (; !records_ && times > 0; --times)
            for (std::size_t i = 0; i < count_; ++i) f_(i);
        if (times == 0) return;
        if (std::exchange(is_first_, false)) {
            for (std::size_t i = 0; i < count_; ++i) f_(i);
            --times;
        }
        if (times != 0 && !program_) {
            std::vector<typename Machine::recording> recordings;
            for (std::size_t i = 0; i < count_; ++i) recordings.push_back(machine_->record([&] { f_(i); }));
            program_.emplace(machine_->join(recordings));
        }
        for (std::size_t t = 0; t < times; ++t) machine_->repeat(*program_);
    }

  private:
    Machine* machine_;
    std::size_t count_;
    F f_;
    bool records_, is_first_ = true;
    std::optional<typename Machine::program> program_;
};
}  // namespace detail

/// A backend on a machine with a grid of threads. Results are the same, bit for bit, whenever they are computed on the
/// same machine: no sum depends on the order in which threads come.
template <grid_machine Machine>
class grid {
  public:
    /// A chain of operations runs best on as many samples as there are: what it keeps may fill a part of the memory.
    static constexpr std::size_t tile_bytes = std::size_t{1} << 30U;

    explicit grid(typename Machine::options options = {}) : grid(std::make_shared<Machine>(options)) {}
    grid(const grid&) = delete;
    grid& operator=(const grid&) = delete;
    ~grid() {
        for (void* memory : memories_) machine_->deallocate(memory);
    }

    template <class T>
    T* allocate(std::size_t count) {
        return static_cast<T*>(machine_->allocate(std::max<std::size_t>(count, 1) * sizeof(T)));
    }
    void deallocate(void* memory) { machine_->deallocate(memory); }

    /// host: row-major, [B, d…] by samples. Errors: `apd::error` if it has not as many numbers as the array.
    template <class T, class E>
    void upload(std::span<const T> host, view<T, E> target) {
        check_size("upload", host.size(), target.batch * E::elements);
        if (host.empty()) return;
        if constexpr (!E::is_batched) return machine_->to_grid(target.data, host.data(), host.size_bytes());
        T* const staged = staging_for<T>(host.size());
        for (std::size_t i = 0; i < E::elements; ++i)
            for (std::size_t b = 0; b < target.batch; ++b) staged[i * target.batch + b] = host[b * E::elements + i];
        for (std::size_t i = 0; i < E::elements; ++i)
            machine_->to_grid(target.data + i * target.stride, staged + i * target.batch, target.batch * sizeof(T));
    }
    template <class T, class E>
    void download(view<T, E> source, std::span<std::remove_const_t<T>> host) {
        using value_type = std::remove_const_t<T>;
        check_size("download", host.size(), source.batch * E::elements);
        if (host.empty()) return;
        if constexpr (!E::is_batched) return machine_->to_host(host.data(), source.data, host.size_bytes());
        value_type* const staged = staging_for<value_type>(host.size());
        for (std::size_t i = 0; i < E::elements; ++i)
            machine_->to_host(staged + i * source.batch, source.data + i * source.stride, source.batch * sizeof(T));
        for (std::size_t i = 0; i < E::elements; ++i)
            for (std::size_t b = 0; b < source.batch; ++b) host[b * E::elements + i] = staged[i * source.batch + b];
    }

    template <class... Target, class... Value, bool... Accumulate>
    void operator()(const assignment<Target, Value, Accumulate>&... statements) {
        if constexpr (detail::are_alike<assignment<Target, Value, Accumulate>...>) {
            if (const std::size_t elements = detail::fused_elements(statements...); elements > 0) {
                const detail::flat_by_thread<assignment<Target, Value, Accumulate>...> work{{{{statements}...}},
                                                                                            elements};
                return machine_->run(work, elements);
            }
        }
        (run(statements), ...);
    }
    template <class Target, class Value, bool Accumulate>
    void operator()(const assignment<Target, Value, Accumulate>& statement, const active_pairs& pairs) {
        using S = assignment<Target, Value, Accumulate>;
        using letters = typename Target::letters;
        using rules = detail::pair_traits<S>;
        constexpr std::size_t places = rules::places::size(0);
        const std::size_t most = pairs.capacity * places;
        if constexpr (letters::has('p')) {
            if constexpr (is_product_by_component<S>) run_groups(tiles_of(statement, pairs));
            else machine_->run(detail::element_of_pair<S>{statement, pairs}, checked(most));
        } else if constexpr (letters::has('b') && letters::has('c')) {
            if constexpr (!Accumulate) (*this)(statement.target = 0);
            const auto added = statement.target += statement.value;
            machine_->run(detail::element_of_pair<std::decay_t<decltype(added)>>{added, pairs}, checked(most));
        } else if constexpr (letters::has('b') && has_few_components<S>) {
            const detail::element_of_sample<S> work{statement, pairs, statement.target.array.batch};
            machine_->run(work, checked(work.count()));
        } else if constexpr (letters::has('b')) {
            detail::elements_of_samples<S> work{statement, pairs, statement.target.array.batch};
            if constexpr (is_product_by_component<S>) {
                // What each pair adds first; of more than a few pairs a sample, the first ones.
                work.summed = std::min(pairs.capacity, 4 * work.samples);
                auto* const sums = workspace_for<typename S::scalar>(sums_workspace, work.summed * places);
                auto tiles = tiles_of(statement, pairs);
                tiles.sums = sums, tiles.most = work.summed, work.sums = sums;
                run_groups(tiles);
            }
            run_groups(work);
        } else if constexpr (letters::has('c') && is_product_over_pairs<S>) {
            run_groups(detail::tile_of_component<S>{statement, pairs});
        } else if constexpr (letters::has('c') && Target::view_type::shape::elements >= Machine::many_elements) {
            machine_->run(detail::element_of_component<S>{statement, pairs}, checked(pairs.components * places));
        } else {
            run_groups(detail::element_by_group_of_pairs<S>{statement, pairs});
        }
    }

    template <class F, class T, std::size_t Features>
    void random(random_key key, F f, view<T, extents<dynamic, Features>> target) {
        const detail::random_by_thread<F, T, Features> work{key, f, target};
        machine_->run(work, checked(work.count()));
    }

    template <class T, std::size_t Ranked>
    void select_top(view<T, extents<dynamic, Ranked>> scores, view<T, extents<>> count, active_pairs& pairs) {
        auto s = selection_of<T, Ranked>(scores, pairs);
        s.wanted = count.data;
        using selection = decltype(s);
        [&]<std::size_t... Digit>(std::index_sequence<Digit...>) {
            ((run_groups(typename selection::template count_digits<Digit>{s}), add_up_values_of_digit(s, Digit)), ...);
        }
        (std::make_index_sequence<selection::digits>{});
        run_groups(typename selection::count_ties{s});
        leave_ties_to_slices_before(s);
        run_groups(typename selection::mark_top{s});
        run_groups(typename selection::list_samples{s});
    }
    template <class T, std::size_t Ranked>
    void select_top_per_sample(view<T, extents<dynamic, Ranked>> scores, std::size_t k, active_pairs& pairs) {
        auto s = selection_of<T, Ranked>(scores, pairs);
        run_groups(typename decltype(s)::mark_top_of_sample{s, k});
        run_groups(typename decltype(s)::list_samples{s});
    }

    /// On the same machine, with memory of its own for selections.
    grid fork() const { return grid(machine_); }
    template <class F>
    auto sequences(std::size_t count, F f) {
        return detail::recorded_sequences<Machine, F>(*machine_, count, std::move(f), team_ == nullptr);
    }

    /// From now on it computes with a slice of every batch, together with others. Steps are not recorded then.
    void join(team& together) { team_ = &together; }
    team* joined() const { return team_; }
    /// Every number becomes the sum of those of all that it has joined, if there are any.
    template <class T, class E>
    void add_up(view<T, E> numbers) {
        if (team_ == nullptr) return;
        const std::span<T> here = detail::all_numbers(numbers);
        machine_->finish();
        if (team_->add_up_on_gpu(here)) return;
        const std::span<T> on_host(staging_for<T>(here.size()), here.size());
        machine_->to_host(on_host.data(), here.data(), here.size_bytes());
        team_->add_up(on_host);
        machine_->to_grid(here.data(), on_host.data(), here.size_bytes());
    }

    /// The grid is parallel within every statement: pieces follow each other.
    static std::size_t workers() { return 1; }
    template <class Work>
    static void parallel(std::size_t pieces, std::size_t /*cost*/, Work&& work) {
        for (std::size_t piece = 0; piece < pieces; ++piece) work(std::size_t{0}, piece);
    }

    Machine& machine() { return *machine_; }

  private:
    explicit grid(std::shared_ptr<Machine> machine) : machine_(std::move(machine)) {}

    /// Entries whose digits one group counts at a time.
    static constexpr std::size_t entries_of_group = 8192;

    static void check_size(const char* call, std::size_t given, std::size_t wanted) {
        if (given != wanted)
            throw error(call, std::to_string(given) + " numbers for an array of " + std::to_string(wanted),
                        "give one number for each element");
    }
    static std::size_t checked(std::size_t elements) {
        if (elements > 0xffffffffU)
            throw error("array statement", std::to_string(elements) + " elements at once, more than 32 bits count",
                        "use a smaller batch");
        return elements;
    }

    template <class Target, class Value, bool Accumulate>
    void run(const assignment<Target, Value, Accumulate>& statement) {
        using S = assignment<Target, Value, Accumulate>;
        using by_thread = detail::element_by_thread<S>;
        using by_group = detail::elements_by_group<S>;
        using out = typename by_thread::out;
        using summed = typename by_group::summed;
        const std::size_t batch = detail::batch_of(statement);
        const std::size_t elements = checked(out::size(batch)), terms = checked(summed::size(batch));
        constexpr bool may_be_large = out::is_batched || summed::is_batched ||
                                      out::static_size * summed::static_size >= Machine::smallest_product;
        if constexpr (may_be_large && requires { multiplied(statement, batch); }) {
            if (elements * terms >= Machine::smallest_product && multiplied(statement, batch)) return;
        }
        if constexpr (is_long_product<S>) return run_in_parts(statement);
        // As far as the static sizes decide, only what is needed is compiled.
        // Groups share sums alone, and a thread finds a maximum alone.
        constexpr bool alone = detail::is_maximum<Value> ||
                               (!summed::is_batched && summed::static_size <= Machine::few_terms) ||
                               (!out::is_batched && out::static_size >= Machine::many_elements);
        constexpr bool may_be_many = alone || out::is_batched;
        if constexpr (may_be_many) {
            if (alone || elements >= Machine::many_elements)
                return machine_->run(by_thread{statement, batch}, elements);
        }
        if constexpr (!alone) run_groups(by_group{statement, batch});
    }
    template <class S>
    static constexpr bool has_few_components = [] {
        constexpr std::size_t components = statement_traits<S>::size('c'), few = 8;
        return components > 0 && components <= few && Machine::few_terms > 0;
    }();
    // Products of which groups compute tiles: of pairs, each with the factors of its component; of a component, summed
    // over its pairs; and, with long sums, of arrays without a run-time axis.
    template <class S>
    static constexpr bool is_product_by_component = [] {
        using rules = detail::product_rules<S, true>;
        if constexpr (rules::is_product)
            return rules::template of_pairs<typename rules::left_leaf> &&
                   !rules::template of_pairs<typename rules::right_leaf> && rules::right_leaf::letters::has('c') &&
                   rules::term_positions::static_size * rules::column_positions::static_size >= Machine::smallest_tile;
        return false;
    }();
    template <class S>
    static constexpr bool is_product_over_pairs = [] {
        using rules = detail::product_rules<S, true>;
        if constexpr (rules::is_product)
            return rules::template of_pairs<typename rules::left_leaf> &&
                   rules::template of_pairs<typename rules::right_leaf> && !rules::left_leaf::letters::has('c') &&
                   !rules::right_leaf::letters::has('c') &&
                   rules::row_positions::static_size * rules::column_positions::static_size >= Machine::smallest_tile;
        return false;
    }();
    template <class S>
    static constexpr bool is_long_product = [] {
        using rules = detail::product_rules<S>;
        if constexpr (rules::is_product && statement_traits<S>::batch_letter == '\0')
            return rules::term_positions::static_size / 2 >= Machine::smallest_tile &&
                   rules::row_positions::static_size * rules::column_positions::static_size / 4 >=
                       Machine::smallest_tile;
        return false;
    }();
    template <class S>
    static auto tiles_of(const S& statement, const active_pairs& pairs) {
        using work = detail::tile_of_pairs<S>;
        // Enough for two active components a sample; where there are more, groups have several tiles.
        const std::size_t of_component = pairs.capacity / pairs.components * 2 / pairs.components + 1;
        return work{statement, pairs, (of_component * work::rows_of_pair + work::height - 1) / work::height};
    }
    template <class S>
    void run_in_parts(const S& statement) {
        using tiles = detail::tile_of_product<S>;
        constexpr std::size_t enough_groups = 256, fewest_terms = 64;
        const std::size_t parts =
            std::clamp(tiles::terms / fewest_terms, std::size_t{1}, (enough_groups + tiles::tiles - 1) / tiles::tiles);
        auto* const sums = workspace_for<typename S::scalar>(sums_workspace, parts * tiles::rows * tiles::columns);
        run_groups(tiles{statement, parts, sums});
        const detail::sum_of_parts<S> sum{statement, parts, sums};
        machine_->run(sum, sum.count());
    }
    // Whether the statement is a product of matrices; then it is done.
    template <class Target, class VA, class LA, class VB, class LB, bool Accumulate>
    bool multiplied(
        const assignment<Target, mapped<detail::multiply, indexed<VA, LA>, indexed<VB, LB>>, Accumulate>& statement,
        std::size_t batch) {
        using T = typename Target::scalar;
        constexpr std::size_t many_calls = 32;
        std::size_t count = 0;
        const auto axes = detail::axes_of_product(statement, batch, count);
        const auto plan = detail::plan_matrices(axes, count);
        if (!plan || plan->calls() > many_calls || plan->work() < Machine::smallest_product / 8) return false;
        const auto& left = get<0>(statement.value.arguments);
        const auto& right = get<1>(statement.value.arguments);
        detail::run_matrix_plan<T>(*plan, statement.target.array.data, left.array.data, right.array.data, Accumulate,
                                   [this](const auto& product) { machine_->multiply(product); });
        return true;
    }

    template <class Work>
    void run_groups(const Work& work) {
        machine_->run_groups(work, work.groups());
    }
    template <class T, std::size_t Ranked>
    auto selection_of(view<T, extents<dynamic, Ranked>> scores, active_pairs& pairs) {
        using selection = detail::selection<std::remove_const_t<T>, Ranked>;
        checked(scores.batch * Ranked * (team_ != nullptr ? team_->size() : 1));
        detail::selection_workspace workspace;
        workspace.cut = workspace_for<detail::selection_cut>(cut_workspace, selection::digits + 1);
        workspace.histogram =
            workspace_for<std::uint32_t>(histogram_workspace, selection::digits * detail::digit_values);
        workspace.ties = workspace_for<std::uint32_t>(ties_workspace, scores.batch);
        workspace.count = workspace_for<std::uint32_t>(count_workspace, pairs.components * selection::most_parts);
        workspace.active = workspace_for<std::uint8_t>(active_workspace, pairs.components * scores.batch);
        return selection{scores, pairs, workspace};
    }
    // Where slices select together, a cut is found among the entries of all.
    void add_up_values_of_digit(const auto& selection, std::size_t digit) {
        if (team_ == nullptr) return;
        std::uint32_t* const here = selection.workspace.histogram + digit * detail::digit_values;
        std::array<std::uint32_t, detail::digit_values> counts{};
        machine_->to_host(counts.data(), here, sizeof(counts));
        std::array<double, detail::digit_values> sums;
        std::ranges::copy(counts, sums.begin());
        team_->add_up(std::span<double>(sums));
        std::ranges::transform(sums, counts.begin(), [](double sum) { return static_cast<std::uint32_t>(sum); });
        machine_->to_grid(here, counts.data(), sizeof(counts));
    }
    // Of entries that equal the cut, those of the slices before this one come first.
    template <class T, std::size_t Ranked>
    void leave_ties_to_slices_before(const detail::selection<T, Ranked>& selection) {
        if (team_ == nullptr) return;
        detail::selection_cut* const here = selection.workspace.cut + detail::selection<T, Ranked>::digits;
        detail::selection_cut cut;
        machine_->to_host(&cut, here, sizeof(cut));
        if (cut.takes_equals) return;
        std::vector<std::uint32_t> ties(selection.samples());
        machine_->to_host(ties.data(), selection.workspace.ties, ties.size() * sizeof(std::uint32_t));
        const std::size_t own = std::accumulate(ties.begin(), ties.end(), std::size_t{0});
        const std::size_t before = team_->count(own).before;
        cut.wanted -= static_cast<std::uint32_t>(std::min<std::size_t>(cut.wanted, before));
        machine_->to_grid(here, &cut, sizeof(cut));
    }
    /// Room for work of one kind, which no other work needs at the same time; it only grows.
    enum workspaces : std::size_t {
        cut_workspace,
        histogram_workspace,
        ties_workspace,
        count_workspace,
        active_workspace,
        sums_workspace,
        count_of_workspaces
    };
    template <class T>
    T* workspace_for(workspaces kind, std::size_t count) {
        auto& workspace = workspaces_[kind];
        if (workspace.bytes < count * sizeof(T)) {
            workspace = {allocate<T>(count), count * sizeof(T)};
            memories_.push_back(workspace.memory);  // the smaller one stays: work that was recorded may use it
        }
        return static_cast<T*>(workspace.memory);
    }
    template <class T>
    T* staging_for(std::size_t count) {
        if (staged_.size() < count * sizeof(T)) staged_.resize(count * sizeof(T));
        return static_cast<T*>(static_cast<void*>(staged_.data()));
    }

    std::shared_ptr<Machine> machine_;
    team* team_ = nullptr;
    std::vector<std::byte> staged_;
    struct {
        void* memory = nullptr;
        std::size_t bytes = 0;
    } workspaces_[count_of_workspaces];
    std::vector<void*> memories_;  ///< all that workspaces had
};

}  // namespace apd::ext
