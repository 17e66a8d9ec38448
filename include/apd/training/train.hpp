#pragma once
// train<Net>: a target network of one's own.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <apd/core/normal.hpp>
#include <apd/core/streams.hpp>
#include <apd/data/data_source.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/optimiser/optimiser.hpp>
#include <apd/optimiser/trainable_parts.hpp>
#include <apd/training/moments.hpp>
#include <apd/training/notify.hpp>
#include <apd/training/observer.hpp>
#include <apd/training/options.hpp>
#include <apd/training/resume.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {

/// As a label: the network learns to give its input. A label of one's own maps the input, as an array expression, to
/// what the output should be: `[](const auto& x) { return x + apd::relu::value(x); }`. As a type with `preserves_zero`,
/// true if zeros give zeros, it is learned without the samples that are all zero, where the network keeps them too.
struct input_as_label {
    static constexpr bool preserves_zero = true;
    constexpr auto operator()(const auto& x) const { return x; }
};

namespace detail {
struct frozen_layer {
    template <class L>
    static consteval bool at(std::size_t) {
        return requires { requires L::is_frozen; };
    }
};
template <class Net>
inline constexpr auto frozen_layers = for_layers<frozen_layer>(static_cast<typename Net::layers*>(nullptr), Net::sizes);
}  // namespace detail

/// Whether parameter number p of a network is trained: frozen ones are not.
template <class Net>
constexpr bool is_trained(std::size_t p) {
    return !detail::frozen_layers<Net>[Net::parametrised[p]];
}

namespace detail {
// The first layer that uses a parameter which is trained.
template <class Net>
inline constexpr std::size_t first_trained = [] {
    std::size_t l = 0;
    while (l < Net::depth &&
           (Net::parameter_numbers[l] == Net::parametrised.size() || !is_trained<Net>(Net::parameter_numbers[l])))
        ++l;
    return l;
}();
// Whether samples that are all zero change nothing: neither the label nor any layer makes anything of them.
template <class Net, class Label>
constexpr bool trains_without_zero_rows() {
    if constexpr (requires { Label::preserves_zero; })
        return Label::preserves_zero && preserve_zero(static_cast<typename Net::layers*>(nullptr), Net::depth);
    else return false;
}
}  // namespace detail

/// A network under training on batches of B samples: the mean over b and o of (y − label(x))², and its gradients with
/// respect to all parameters but frozen ones.
template <backend Device, class T, class Net, class Label = input_as_label>
class training_pass {
    using parameter_arrays = device_parameters<Device, T, Net>;
    using batch_view = view<T, extents<dynamic, Net::inputs>>;
    static_assert(Net::inputs == Net::outputs,
                  "apd::train: a label is computed from the input feature by feature, so the network needs as many "
                  "outputs as inputs.");

  public:
    training_pass(Device& device, std::size_t batch, const parameter_arrays& weights, const parameter_arrays& gradients,
                  Label label = {})
        : device_(device),
          weights_(weights),
          gradients_(gradients),
          label_(label),
          activations_(device, batch),
          cotangents_(device, batch),
          loss_(device),
          mean_(1.0 / (static_cast<double>(batch) * Net::outputs)) {}

    /// Fills the gradients at the batch x [B, d_in]; samples that it lacks count as learned.
    void differentiate(batch_view x) {
        activations_.resize(x.batch);
        cotangents_.resize(x.batch);
        const auto trained = [this]<std::size_t Like>(layer_handle<Net, Like> layer) {
            auto part = weights_.view_of(layer);
            if constexpr (Net::parameter_numbers[Like] < Net::parametrised.size()) {
                if constexpr (is_trained<Net>(Net::parameter_numbers[Like])) part.gradient = gradients_.of_layer(layer);
            }
            return part;
        };
        for (std::size_t p = 0; p < Net::parametrised.size(); ++p)
            if (is_trained<Net>(p)) device_(gradients_.flat(p)["b"_i] = T(0));
        activations_.template set<0>(x);
        forward<Net>(device_, trained, activations_);
        device_(cotangents_.template at<Net::depth>()["bi"_i] = difference(x) * (2 * mean_));
        pullback<Net, detail::first_trained<Net>>(device_, trained, activations_, cotangents_, [](auto) {});
    }
    /// The loss of the batch that was differentiated last.
    double loss(batch_view x) {
        device_(loss_[""_i] = square(difference(x)) * mean_);
        T value{};
        device_.download(*loss_, std::span(&value, 1));
        return static_cast<double>(value);
    }

  private:
    auto difference(batch_view x) const { return activations_.template at<Net::depth>()["bi"_i] - label_(x["bi"_i]); }

    Device& device_;
    const parameter_arrays &weights_, &gradients_;
    Label label_;
    activation_arrays<Device, T, Net> activations_;
    tangent_arrays<Device, T, Net> cotangents_;
    array<Device, T, extents<>> loss_;
    double mean_;
};

/// Where training starts: matrices normal with deviation √(2/(d_in + d_out)), other parameters at their `initial`
/// value, or zero. A pure function of the seed.
template <class Net, class T = float>
parameters<Net, T> initial_parameters(std::uint64_t seed) {
    parameters<Net, T> start;
    std::uint32_t matrices = 0;
    for_each_parameter<Net>([&](auto of) {
        using layer = typename decltype(of)::type;
        const auto values = start.at(Net::parameter_numbers[of.number]);
        if constexpr (requires { layer::initial; }) std::ranges::fill(values, static_cast<T>(layer::initial));
        if constexpr (matrix_use<layer>) {
            constexpr auto sizes = layer::shape::sizes;
            detail::fill_normal<T>(values, std::sqrt(2.0 / static_cast<double>(sizes[0] + sizes[1])), seed,
                                   parameter_streams + matrices++);
        }
    });
    return start;
}

namespace detail {
/// A target under training: its steps, and what it has learned so far.
template <class Device, class T, class Net, class Data, class Label>
class training_run {
  public:
    static constexpr bool data_read_the_step = fills_on_device<Data>;

    training_run(Device& device, const parameters<Net, T>& start, const Data& data, const train_options& options,
                 Label label)
        : device_(device),
          data_(data),
          options_(options),
          learned_(start),
          weights_(device, start),
          gradients_(device),
          x_(device, options.batch),
          pass_(device, options.batch, weights_, gradients_, label),
          optimiser_(device, adam{.weight_decay = options.weight_decay}, trained_parts()),
          step_(device),
          rows_(device, options.batch) {}
    training_run(const training_run&) = delete;
    training_run& operator=(const training_run&) = delete;

    void fill(std::size_t step) {
        if constexpr (!data_read_the_step) fill_with(static_cast<std::uint32_t>(step));
    }
    void take_step() {
        if constexpr (data_read_the_step) fill_with(step_number((*step_).data));
        pass_.differentiate(*x_);
        optimiser_.update(*step_, options_.learning_rates());
        device_(step_[""_i] += 1);
    }
    /// Of the batch of the last step, before it.
    double loss() { return pass_.loss(*x_); }

    parameters<Net, T>& result_after(double) {
        weights_.download(device_, learned_);
        return learned_;
    }
    /// The parameters as "target.⟨name⟩", the moments, and what is known of a run.
    tensors to_resume(double) {
        result_after(0).check_finite("train");  // the last update may have broken it
        tensors state = learned_.to_tensors("target.");
        write_moments(state, device_, optimiser_);
        write_record(record_, state);
        return state;
    }
    /// What is known of it, for the states that it saves or goes on from.
    void begin_record() {
        record_.options = {.steps = options_.steps,
                           .batch = options_.batch,
                           .learning_rate = options_.learning_rate,
                           .shape = options_.shape,
                           .warm_up = options_.warm_up,
                           .seed = options_.seed,
                           .log_every = options_.log_every};
        record_.objective = "train(mean squared error)";
        record_.optimiser = adam{.weight_decay = options_.weight_decay}.describe();
        fill_with(std::uint32_t{0});
        pass_.differentiate(*x_);
        record_.without_components = {loss()};
    }
    run_record& record() { return record_; }
    void go_on_from(const saved_run& file) {
        const auto of_file = record_to_go_on_with(file.state);
        check_same_run(of_file, record_, file);
        try {
            read_moments(file.state, device_, optimiser_);
            weights_.upload(device_, parameters<Net, T>(file.state, "target."));
        } catch (const error& difference) {
            refuse_to_go_on(file, "it does not fit: " + std::string(difference.what()));
        }
        if (file.state.dtype("target." + std::string(Net::parameter_names[0])) != dtype_of<T>)
            refuse_to_go_on(file, "its numbers have another precision");
        check_same_data(of_file, record_, file);
        record_.completed_steps = of_file.completed_steps;
        const auto step = static_cast<std::uint32_t>(of_file.completed_steps);
        device_.upload(std::span(&step, 1), *step_);
    }

  private:
    trainable_parts<Device, T> trained_parts() {
        trainable_parts<Device, T> parts(device_, options_.seed);
        for (std::size_t p = 0; p < Net::parametrised.size(); ++p)
            if (is_trained<Net>(p))
                parts.add({std::string(Net::parameter_names[p]),
                           {Net::parameter_sizes[p].begin(), Net::parameter_sizes[p].end()},
                           weights_.flat(p),
                           gradients_.flat(p)});
        return parts;
    }
    void fill_with(const auto& batch_number) {
        x_.resize(options_.batch);
        data_.fill(device_, batch_number, *x_);
        if constexpr (trains_without_zero_rows<Net, Label>()) nonzero_first(device_, x_, rows_, true);
    }

    Device& device_;
    Data data_;
    train_options options_;
    parameters<Net, T> learned_;
    device_parameters<Device, T, Net> weights_, gradients_;
    array<Device, T, extents<dynamic, Net::inputs>> x_;
    training_pass<Device, T, Net, Label> pass_;
    optimiser_run<Device, T, adam> optimiser_;
    array<Device, std::uint32_t, extents<>> step_;
    array<Device, std::uint32_t, extents<dynamic>> rows_;
    run_record record_;
};
}  // namespace detail

/// AdamW on mean over b and o of (y − label(x))², from `start` on, whose frozen matrices stay as they are.
///
/// Observers are called with a `progress` record after the first step, every `log_every` steps and after the last (see
/// `observer`): `checkpoint` saves a target under training, with `resume` among them it goes on from there.
/// Errors: `apd::error` if the loss ends as NaN or infinity, or for a batch of 0.
/// Example: `auto target = apd::train(device, start, data, {.steps = 10'000}, label, apd::progress_bar("target"));`
template <class Net, class T, backend Device, data_source<Device, T> Data, class Label = input_as_label,
          class... Observers>
parameters<Net, T> train(Device& device, const parameters<Net, T>& start, const Data& data,
                         const train_options& options = {}, Label label = {}, Observers&&... observers) {
    static_assert(Data::features == Net::inputs,
                  "apd::train: the data have not as many features as the network inputs.");
    detail::check_options("train", options);
    start.check_finite("train");
    const auto began = std::chrono::steady_clock::now();
    detail::training_run<Device, T, Net, Data, Label> run(device, start, data, options, label);
    std::size_t first = 0, completed = 0;
    if constexpr (sizeof...(Observers) > 0) {
        run.begin_record();
        const auto go_on = [&]<class Observer>(const Observer& from) {
            if constexpr (std::same_as<Observer, resume>)
                if (from.check_there(1); const auto saved = from.saved(0, 1)) run.go_on_from(*saved);
        };
        (go_on(observers), ...);
        first = completed = run.record().completed_steps;
    }
    auto take_step = device.sequences(1, [&](std::size_t) { run.take_step(); });
    const std::size_t every = detail::steps_between_records(options.log_every, options.steps);
    bool stops = false;
    while (completed < options.steps && !stops) {
        run.fill(completed);
        take_step(1);
        ++completed;
        stops = options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
        const bool is_last = stops || completed == options.steps;
        if constexpr (sizeof...(Observers) > 0) {
            if (completed != first + 1 && completed % every != 0 && !is_last) continue;
            constexpr std::string_view name = "loss";
            const double loss = run.loss();
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            const std::string failure = std::isfinite(loss) ? "" : "the loss became NaN or infinite";
            run.record().completed_steps = completed;
            const progress seen{.step = completed,
                                .steps = options.steps,
                                .learning_rate = options.learning_rates()(static_cast<std::uint32_t>(completed - 1)),
                                .seconds = seconds,
                                .total = loss,
                                .names = std::span(&name, 1),
                                .values = std::span(&loss, 1),
                                .begins = completed == first + 1,
                                .ends = is_last || !failure.empty(),
                                .failure = failure,
                                .steps_before = first};
            const detail::run_snapshot snapshot(run, seconds);
            (detail::notify(observers, seen, snapshot), ...);
            stops = stops || !failure.empty();
        }
    }
    if (completed > first && !std::isfinite(run.loss()))
        throw error("train", "the loss became NaN or infinite", "lower the learning rate");
    return run.result_after(0);
}

/// The same from `initial_parameters` of the seed.
///
/// Example: `auto target = apd::train<tms>(device, data, {.steps = 5'000, .batch = 1024});`
template <class Net, class T = float, backend Device, data_source<Device, T> Data, class Label = input_as_label,
          class... Observers>
parameters<Net, T> train(Device& device, const Data& data, const train_options& options = {}, Label label = {},
                         Observers&&... observers) {
    return train(device, initial_parameters<Net, T>(options.seed), data, options, label, observers...);
}

}  // namespace apd::ext

namespace apd {
using ext::input_as_label, ext::initial_parameters, ext::train;
}  // namespace apd
