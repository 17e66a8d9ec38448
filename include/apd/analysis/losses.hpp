#pragma once
// What losses are on inputs of one's own, without learning.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>

#include <apd/analysis/evaluator.hpp>
#include <apd/core/error.hpp>
#include <apd/objective/objective.hpp>
#include <apd/objective/step.hpp>

namespace apd::ext {

/// The value of every term of an objective on x [N, d_in], without coefficients, in their order: the mean over batches
/// of an evaluator, which must be whole, as an adversary may choose the same masks for all of one. Nothing is learned,
/// and what is drawn is what step number 0, 1, … draws. Before every batch prepare(run, b) may write what nodes are to
/// have on samples b, b + 1, …, such as a `given_mask`.
///
/// Example: `apd::losses(answers, apd::reconstruction(apd::shared_adversary(ci, {.steps = 20, .rate = 0.1})) +
/// apd::reconstruction(apd::masked_by(ci)), answers.inputs(data, 4'096))`.
/// Errors: `apd::error` if N is no multiple of the evaluator's batch.
template <class Evaluation, detail::objective_part Part>
auto losses(Evaluation& answers, const Part& part, const typename Evaluation::matrix& x, auto&& prepare) {
    using T = typename Evaluation::scalar;
    Evaluation::check_inputs(x);
    const auto sum = detail::as_objective(part);
    const std::size_t batch = answers.batch(), batches = x.shape(0) / batch;
    if (batches * batch != x.shape(0))
        throw error("losses", "the inputs are no whole number of batches",
                    "give a multiple of the evaluator's batch of samples");
    auto& problem = answers.underlying();
    objective_step run(problem, sum);
    std::array<double, std::tuple_size_v<decltype(sum.terms)>> means{};
    for (std::size_t number = 0; number < batches; ++number) {
        const auto step = static_cast<std::uint32_t>(number);
        problem.device.upload(std::span<const std::uint32_t>(&step, 1), *problem.step);
        problem.device.upload(std::span<const T>(x.data() + number * batch * x.shape(1), batch * x.shape(1)),
                              *problem.x);
        prepare(run, number * batch);
        run.evaluate();
        const auto values = run.values();
        for (std::size_t i = 0; i < values.size(); ++i) means[i] += values[i] / static_cast<double>(batches);
    }
    const std::uint32_t first = 0;
    problem.device.upload(std::span<const std::uint32_t>(&first, 1), *problem.step);
    return means;
}
template <class Evaluation, detail::objective_part Part>
auto losses(Evaluation& answers, const Part& part, const typename Evaluation::matrix& x) {
    return losses(answers, part, x, [](auto&, std::size_t) {});
}

}  // namespace apd::ext

namespace apd {
using ext::losses;
}  // namespace apd
