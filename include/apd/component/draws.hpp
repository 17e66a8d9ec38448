#pragma once
// What a method draws at random for every sample and component.

#include <cstddef>
#include <cstdint>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/philox.hpp>

namespace apd::ext {

namespace detail {
template <class F>
struct drawn_number {
    random_key key;
    F function;
    APD_HOST_DEVICE auto operator()(std::uint32_t sample, std::uint32_t component) const {
        return function(philox({sample, component, key.step.value(), key.stream}, key.seed)[0]);
    }
};

// Of row `number`, thing c: word c % 4 of a counter of its own for every four things.
template <class F>
struct number_of_row {
    random_key key;
    F function;
    APD_HOST_DEVICE auto operator()(std::uint32_t number, std::uint32_t c) const {
        return function(philox({number, c / 4, key.step.value(), key.stream}, key.seed)[c % 4]);
    }
};
}  // namespace detail

/// Random words for the samples and components of a batch, anew in every step. A word depends on the run's seed, the
/// node's own stream, the step, the number of the sample in the batch and the component alone: not on the backend, nor
/// on which samples a step leaves out.
///
/// Example: in the state of a mask, `draws_(problem)` when it is made and, in evaluate,
/// `device(score_["bc"_i] = a["bc"_i] * draws_(gumbel_factor<T>{1}));`, f(word) a number of the scalar.
template <class Problem>
class component_draws {
  public:
    explicit component_draws(Problem& p) : problem_(p), stream_(p.new_stream()), component_(p.device) {
        upload_in_order(p.device, component_, Problem::components);
    }
    /// f(word) "bc", as a part of a statement.
    template <class F>
    auto operator()(F f) const {
        const random_key key{problem_.seed, stream_, step_number((*problem_.step).data)};
        const auto number = problem_.of_piece(*problem_.number);
        return map(detail::drawn_number<F>{key, f}, number["b"_i], component_["c"_i]);
    }

  private:
    const Problem& problem_;
    std::uint32_t stream_;
    array<typename Problem::device_type, std::uint32_t, extents<Problem::components>> component_;
};

/// Random numbers of every row of a batch for `Count` things, anew in every step, in arrays of their own: for much that
/// is drawn, as a backend may make four at a time. They depend on what those of `component_draws` do.
///
/// Example: `draws_.fill(uniform_number<T>{}, *r_)`, r [B, Count] or, the same for all rows, [Count].
template <class Problem, std::size_t Count>
class row_draws {
  public:
    explicit row_draws(Problem& p) : problem_(p), stream_(p.new_stream()), things_(p.device) {
        upload_in_order(p.device, things_, Count);
    }
    template <class F, class View>
    void fill(F f, const View& r) const {
        auto& device = problem_.device;
        const random_key key{problem_.seed, stream_, step_number((*problem_.step).data)};
        const detail::number_of_row<F> number{key, f};
        const auto rows = problem_.of_piece(*problem_.number);
        if constexpr (!View::shape::is_batched) device(r["c"_i] = map(number, things_["c"_i], things_["c"_i]));
        else if constexpr (requires { device.random_rows(key, f, rows, r); }) device.random_rows(key, f, rows, r);
        else device(r["bc"_i] = map(number, rows["b"_i], things_["c"_i]));
    }

  private:
    Problem& problem_;
    std::uint32_t stream_;
    array<typename Problem::device_type, std::uint32_t, extents<Count>> things_;
};

}  // namespace apd::ext
