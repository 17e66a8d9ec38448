#pragma once
// What a method draws at random for every sample and component.

#include <cstddef>
#include <cstdint>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/core/annotations.hpp>
#include <apd/core/philox.hpp>

namespace apd {

namespace detail {
template <class F>
struct drawn_number {
    random_key key;
    F function;
    APD_HOST_DEVICE auto operator()(std::uint32_t sample, std::uint32_t component) const {
        return function(philox({sample, component, key.step.value(), key.stream}, key.seed)[0]);
    }
};
}  // namespace detail

/// Random words for the samples and components of a batch, or `Count` other things, anew in every step. A word depends
/// on the run's seed, the node's own stream, the step, the number of the sample in the batch and the component alone:
/// not on the backend, nor on which samples a step leaves out.
///
/// Example: in the state of a mask, `draws_(problem)` when it is made and, in evaluate,
/// `device(score_["bc"_i] = a["bc"_i] * draws_(gumbel_factor<T>{1}));`, f(word) a number of the scalar.
template <class Problem, std::size_t Count = Problem::components>
class component_draws {
  public:
    explicit component_draws(Problem& p) : problem_(p), stream_(p.new_stream()), component_(p.device) {
        upload_in_order(p.device, component_, Count);
    }
    /// f(word) "bc", as a part of a statement.
    template <class F>
    auto operator()(F f) const {
        const random_key key{problem_.seed, stream_, step_number((*problem_.step).data)};
        const auto number = (*problem_.number).rows(0, problem_.rows.present);
        return map(detail::drawn_number<F>{key, f}, number["b"_i], component_["c"_i]);
    }

    /// f(word) "c", the same for all rows.
    template <class F>
    auto same_for_all_rows(F f) const {
        const random_key key{problem_.seed, stream_, step_number((*problem_.step).data)};
        return map(detail::drawn_number<F>{key, f}, component_["c"_i], component_["c"_i]);
    }

  private:
    const Problem& problem_;
    std::uint32_t stream_;
    array<typename Problem::device_type, std::uint32_t, extents<Count>> component_;
};

}  // namespace apd
