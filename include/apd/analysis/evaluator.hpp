#pragma once
// A decomposition that answers questions: outputs, masks and attributions for inputs of one's own.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <apd/attribution/gradient_attribution.hpp>
#include <apd/component/batch_rows.hpp>
#include <apd/component/decomposition_shape.hpp>
#include <apd/component/masked_pass.hpp>
#include <apd/component/method_node.hpp>
#include <apd/core/error.hpp>
#include <apd/core/philox.hpp>
#include <apd/core/streams.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/data/data_source.hpp>
#include <apd/importance/importance_node.hpp>
#include <apd/mask/given_mask.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/objective/node_states.hpp>
#include <apd/training/decomposition.hpp>

namespace apd::ext {

namespace detail {
// Uniform numbers in [0, 1) on the host, each a pure function of its arguments.
inline double uniform(std::uint64_t seed, random_stream stream, std::size_t n, std::size_t i, std::uint32_t round = 0) {
    return unit_interval<double>(random_word({.seed = seed, .stream = stream, .step = round}, n, i));
}
}  // namespace detail

/// A decomposition on a device. Inputs and answers are row-major arrays on the host: x [N, d_in], outputs [N, d_out],
/// masks and attributions [N, C], for any number N of samples; B of them, the batch, are computed at a time. Of
/// sequences every position is a row, and the batch is rounded up to whole ones.
///
/// Errors: `apd::error` for a batch of 0, an empty x, a mask or x of another shape, or a part of a sequence.
/// Example: `apd::evaluator answers(device, result); auto y = answers.outputs(x, active);`
template <backend Device, class Net, decomposition_shape Shape, class T>
class evaluator {
  public:
    using device_type = Device;
    using network_type = Net;
    using scalar = T;
    using problem_type = problem<Device, T, Net, Shape>;
    using matrix = xt::xtensor<T, 2>;
    static constexpr std::size_t components = problem_type::components;

    evaluator(Device& device, const decomposition<Net, Shape, T>& result, std::size_t batch = 1024)
        : device_(device), problem_(device, result.target, whole_sequences(checked(batch), Net::sequence_length)) {
        problem_.factors.upload(device, result.learned);
        problem_.parts.restore(result.other_parts);
    }
    std::size_t batch() const { return problem_.rows.capacity; }
    Device& device() { return device_; }
    problem_type& underlying() { return problem_; }
    /// Errors: `apd::error` unless x is [N, d_in] with at least one sample.
    static void check_inputs(const matrix& x) {
        if (x.shape(0) == 0 || x.shape(1) != Net::inputs)
            throw error(
                "evaluator", "x has another shape than [samples, inputs]",
                std::string("give at least one row of ").append(std::to_string(Net::inputs)).append(" numbers"));
        check_sequences(x.shape(0), Net::sequence_length);
    }

    /// Batches number 0, 1, … of a data source, N samples in all.
    template <data_source<Device, T> Data>
    matrix inputs(const Data& data, std::size_t samples) {
        [[maybe_unused]] constexpr bool fit = detail::sequences_fit<Data, Net>();
        static_assert(Data::features == Net::inputs,
                      "apd::evaluator: the data have not as many features as the network inputs.");
        matrix x = matrix::from_shape({samples, Net::inputs});
        std::vector<T> workspace(problem_.rows.capacity * Net::inputs);
        for (std::size_t begin = 0; begin < samples; begin += problem_.rows.capacity) {
            data.fill(device_, static_cast<std::uint32_t>(begin / problem_.rows.capacity), *problem_.x);
            device_.download(*problem_.x, std::span(workspace));
            const std::size_t count = std::min(problem_.rows.capacity, samples - begin) * Net::inputs;
            std::copy_n(workspace.begin(), count, x.data() + begin * Net::inputs);
        }
        return x;
    }
    /// Of the target network.
    matrix target_outputs(const matrix& x) {
        return ask(x, target_pass{}, [](states& run) { return run(target_pass{}).template activation<Net::depth>(); });
    }
    /// Of the decomposed network with the components that a mask makes active.
    template <mask_node Mask>
    matrix outputs(const matrix& x, const Mask& mask) {
        const masked_pass<Mask> pass{mask};
        return ask(x, pass, [&](states& run) { return run(pass).template activation<Net::depth>(); });
    }
    /// The same with the share m [N, C] of every component.
    matrix outputs(const matrix& x, const matrix& m) {
        if (m.shape(0) != x.shape(0) || m.shape(1) != C)
            throw error("evaluator", "the mask has another shape than [samples, components]",
                        "give one number for each sample and component");
        const masked_pass<given_mask> pass{given_mask{}};
        std::vector<T> workspace(problem_.rows.capacity * C);
        return ask(
            x, pass, [&](states& run) { return run(pass).template activation<Net::depth>(); },
            [&](states& run, std::size_t begin, std::size_t count) {
                std::copy_n(m.data() + begin * C, count * C, workspace.begin());
                device_.upload(std::span<const T>(workspace), run(given_mask{}).value());
            });
    }
    /// a [N, C], as the attribution defines it.
    template <attribution_node Attribution>
    matrix attributions(const matrix& x, const Attribution& attribution) {
        return ask(x, attribution, [&](states& run) { return run(attribution).value(); });
    }
    /// g [N, C], of which masks are made.
    template <importance_node Importance>
    matrix importances(const matrix& x, const Importance& importance) {
        const array<Device, T, extents<dynamic, C>> numbers(device_, problem_.rows.capacity);
        return ask(x, importance, [&](states& run) {
            device_(numbers["bc"_i] = run(importance).lower()["bc"_i]);
            return *numbers;
        });
    }
    /// The entries of a mask, [N, C].
    template <mask_node Mask>
    matrix active(const matrix& x, const Mask& mask) {
        using state = typename Mask::template state<problem_type>;
        if constexpr (real_mask_state<state>) {
            return ask(x, mask, [&](states& run) { return run(mask).value(); });
        } else {
            const array<Device, T, extents<dynamic, C>> entries(device_, problem_.rows.capacity);
            return ask(x, mask, [&](states& run) {
                device_(entries["bc"_i] = problem_.ones["b"_i], run(mask).pairs());
                return *entries;
            });
        }
    }

  private:
    static constexpr std::size_t C = components;
    using states = node_states<problem_type>;
    using preparation = std::function<void(states&, std::size_t begin, std::size_t count)>;

    static std::size_t checked(std::size_t batch) {
        if (batch == 0) throw error("evaluator", "a batch of 0 samples", "choose a batch of at least 1");
        return batch;
    }
    // Evaluates a node batch by batch, after prepare(run, begin, count), and gathers the array that answer(run) is.
    template <method_node Node, class Answer>
    matrix ask(const matrix& x, const Node& node, Answer answer, const preparation& prepare = {}) {
        check_inputs(x);
        states run(problem_);
        run.add(node);
        using shape = typename decltype(answer(run))::shape;
        return gather(
            x, run, shape::elements, [&](std::span<T> workspace) { device_.download(answer(run), workspace); },
            prepare);
    }
    // Batches are whole, so that a batch top-k ranks as many samples as in training: the last is filled up with the
    // first samples.
    matrix gather(const matrix& x, states& run, std::size_t width, const std::function<void(std::span<T>)>& answer,
                  const preparation& prepare) {
        const std::size_t samples = x.shape(0), batch = problem_.rows.capacity;
        matrix found = matrix::from_shape({samples, width});
        std::vector<T> rows(batch * Net::inputs), workspace(batch * width);
        for (std::size_t begin = 0; begin < samples; begin += batch) {
            const std::size_t count = std::min(batch, samples - begin);
            for (std::size_t b = 0; b < batch; ++b)
                std::copy_n(x.data() + (begin + b) % samples * Net::inputs, Net::inputs,
                            rows.begin() + static_cast<std::ptrdiff_t>(b * Net::inputs));
            device_.upload(std::span<const T>(rows), *problem_.x);
            if (prepare) prepare(run, begin, count);
            run.evaluate();
            answer(workspace);
            std::copy_n(workspace.begin(), count * width, found.data() + begin * width);
        }
        return found;
    }

    Device& device_;
    problem_type problem_;
};

/// The mean over the outputs of (y − y*)² for every sample, [N]. Errors: `apd::error` for different shapes.
template <class Matrix>
xt::xtensor<double, 1> squared_errors(const Matrix& y, const Matrix& target) {
    if (y.shape() != target.shape())
        throw error("squared_errors", "outputs of different shapes", "compare outputs of the same inputs");
    xt::xtensor<double, 1> errors = xt::zeros<double>({y.shape(0)});
    for (std::size_t n = 0; n < y.shape(0); ++n)
        for (std::size_t o = 0; o < y.shape(1); ++o) {
            const double difference = static_cast<double>(y(n, o)) - static_cast<double>(target(n, o));
            errors(n) += difference * difference / static_cast<double>(y.shape(1));
        }
    return errors;
}

}  // namespace apd::ext

namespace apd {
using ext::evaluator, ext::squared_errors;
}  // namespace apd
