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

#include <apd/component/batch_rows.hpp>
#include <apd/core/normal.hpp>
#include <apd/core/streams.hpp>
#include <apd/data/data_source.hpp>
#include <apd/data/labelled_samples.hpp>
#include <apd/loss/cross_entropy.hpp>
#include <apd/loss/distance.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/optimiser/adam.hpp>
#include <apd/optimiser/gradient_limits.hpp>
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
// The first layer that uses a parameter which is trained, or the first of the branches among which that is.
template <class Net>
inline constexpr std::size_t first_trained = [] {
    std::size_t l = 0;
    while (l < Net::depth &&
           (Net::parameter_numbers[l] == Net::parametrised.size() || !is_trained<Net>(Net::parameter_numbers[l])))
        ++l;
    return l < Net::depth ? Net::places.group[l] : l;
}();
// Whether samples that are all zero change nothing: neither the label nor any layer makes anything of them.
template <class Net, class Label>
constexpr bool trains_without_zero_rows() {
    if constexpr (requires { Label::preserves_zero; })
        return Label::preserves_zero && Net::sequence_length == 1 &&
               preserve_zero(static_cast<typename Net::layers*>(nullptr), Net::depth);
    else return false;
}
}  // namespace detail

/// A goal of training where the data have no labels: the mean over b and o of (y − label(x))².
template <backend Device, class T, class Net, class Label>
class computed_goal {
    using batch_view = view<T, extents<dynamic, Net::inputs>>;
    static_assert(Net::inputs == Net::outputs,
                  "apd::train: a label is computed from the input feature by feature, so the network needs as many "
                  "outputs as inputs; else give data with labels, such as labelled_samples.");

  public:
    computed_goal(Device&, std::size_t batch, Label label)
        : label_(label), mean_(1.0 / (static_cast<double>(batch) * Net::outputs)) {}
    static std::string describe() { return "mean squared error"; }
    static void fill(Device& device, const auto& data, const auto& batch_number, batch_view x) {
        data.fill(device, batch_number, x);
    }
    void measure(Device& device, batch_view x, const auto& y, const auto& value) const {
        device(value[""_i] = square(y["bi"_i] - label_(x["bi"_i])) * mean_);
    }
    auto gradient(Device&, batch_view x, const auto& y) const { return (y["bi"_i] - label_(x["bi"_i])) * (2 * mean_); }

  private:
    Label label_;
    double mean_;
};
/// A goal of training where the data have labels: a distance of outputs from them, such as `cross_entropy`.
template <backend Device, class T, class Net, class Labels, class Distance>
class labelled_goal {
    using batch_view = view<T, extents<dynamic, Net::inputs>>;
    struct problem {  // as distances see it
        using device_type = Device;
        using scalar = T;
        using network_type = Net;
        Device& device;
        batch_rows rows;
    };

  public:
    using label_array = array<Device, typename Labels::template number<T>, typename Labels::shape>;

    labelled_goal(Device& device, batch_rows rows, Distance distance)
        : distance_(distance), problem_{device, rows}, state_(distance, problem_), labels_(device, rows.capacity) {}
    labelled_goal(Device& device, std::size_t batch, Distance distance)
        : labelled_goal(device, batch_rows{batch}, distance) {}
    std::string describe() const { return distance_.describe(); }
    label_array& labels() { return labels_; }
    void fill(Device& device, const auto& data, const auto& batch_number, batch_view x) {
        data.fill(device, batch_number, x, *labels_);
    }
    void measure(Device& device, batch_view, const auto& y, const auto& value) {
        state_.measure(device, y, *labels_, value);
    }
    auto gradient(Device& device, batch_view, const auto& y) { return state_.gradient(device, y, *labels_, 1); }

  private:
    Distance distance_;
    problem problem_;
    typename Distance::template state<problem> state_;
    label_array labels_;
};

namespace detail {
// What a distance is from: classes, or what the network should give.
template <class Distance>
constexpr bool takes_classes() {
    if constexpr (requires { Distance::takes_classes; }) return Distance::takes_classes;
    else return false;
}

// What behind the options is the goal, unless it is said.
template <class Data>
struct default_goal {
    using type = input_as_label;
};
template <has_labels Data>
struct default_goal<Data> {
    using type = std::conditional_t<are_classes<typename Data::labels>, cross_entropy_of_logits, squared_error>;
};
template <class Device, class T, class Net, class Data, class Goal>
struct goal_of {
    static_assert(!is_a_distance<Goal>,
                  "apd::train: the data have no labels that outputs could be compared with; see labelled_samples.");
    using type = computed_goal<Device, T, Net, Goal>;
};
template <class Device, class T, class Net, has_labels Data, class Goal>
struct goal_of<Device, T, Net, Data, Goal> {
    using labels = typename Data::labels;
    static_assert(labels::outputs == Net::outputs,
                  "apd::train: the labels are not for as many outputs as the network has.");
    static_assert(is_a_distance<Goal> && takes_classes<Goal>() == are_classes<labels>,
                  "apd::train: behind the options of data with labels goes a distance from them: cross_entropy from "
                  "class_labels, squared_error or kl_divergence from output_labels.");
    using type = labelled_goal<Device, T, Net, labels, Goal>;
};
}  // namespace detail

/// A network under training on batches of B samples: how far it is from its goal, and the gradients with respect to all
/// parameters but frozen ones.
template <backend Device, class T, class Net, class Goal = computed_goal<Device, T, Net, input_as_label>>
class training_pass {
    using parameter_arrays = device_parameters<Device, T, Net>;
    using batch_view = view<T, extents<dynamic, Net::inputs>>;

  public:
    training_pass(Device& device, std::size_t batch, const parameter_arrays& weights, const parameter_arrays& gradients,
                  Goal& goal)
        : device_(device),
          weights_(weights),
          gradients_(gradients),
          goal_(goal),
          activations_(device, batch),
          cotangents_(device, batch),
          loss_(device) {}

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
        device_(cotangents_.template at<Net::depth>()["bi"_i] =
                    goal_.gradient(device_, x, activations_.template at<Net::depth>()));
        pullback<Net, detail::first_trained<Net>>(device_, trained, activations_, cotangents_, [](auto) {});
    }
    /// The loss of the batch that was differentiated last.
    double loss(batch_view x) {
        goal_.measure(device_, x, activations_.template at<Net::depth>(), *loss_);
        T value{};
        device_.download(*loss_, std::span(&value, 1));
        return static_cast<double>(value);
    }

  private:
    Device& device_;
    const parameter_arrays &weights_, &gradients_;
    Goal& goal_;
    activation_arrays<Device, T, Net> activations_;
    tangent_arrays<Device, T, Net> cotangents_;
    array<Device, T, extents<>> loss_;
};

/// Where training starts: matrices normal with deviation √(2/(d_in + d_out)) or, of layers that have one, their
/// `initial_deviation`, other parameters at their `initial` value, or zero. A pure function of the seed.
template <class Net, class T = float>
parameters<Net, T> initial_parameters(std::uint64_t seed) {
    static_assert(parameter_streams + Net::parameter_names.size() <= one_feature_stream,
                  "apd: more parameters than there are streams of random numbers for them.");
    parameters<Net, T> start;
    std::uint32_t matrices = 0;
    for_each_parameter<Net>([&](auto of) {
        using layer = typename decltype(of)::type;
        const auto values = start.at(Net::parameter_numbers[of.number]);
        if constexpr (requires { layer::initial; }) std::ranges::fill(values, static_cast<T>(layer::initial));
        if constexpr (matrix_use<layer> || requires { layer::initial_deviation; }) {
            const double deviation = [] {
                constexpr auto sizes = layer::shape::sizes;
                if constexpr (requires { layer::initial_deviation; }) return layer::initial_deviation;
                else return std::sqrt(2.0 / static_cast<double>(sizes[0] + sizes[1]));
            }();
            detail::fill_normal<T>(values, deviation, seed, parameter_streams + matrices++);
        }
    });
    return start;
}

namespace detail {
/// A target under training: its steps, and what it has learned so far.
template <class Device, class T, class Net, class Data, class Label>
class training_run {
    using goal_type = typename goal_of<Device, T, Net, Data, Label>::type;

  public:
    static constexpr bool data_read_the_step = fills_on_device<Data>;

    training_run(Device& device, const parameters<Net, T>& start, const Data& data, const train_options& options,
                 Label label)
        : device_(checked(device, options)),
          data_(data),
          options_(options),
          learned_(start),
          weights_(device, start),
          gradients_(device),
          x_(device, options.batch),
          goal_(device, options.batch, label),
          pass_(device, options.batch, weights_, gradients_, goal_),
          parts_(trained_parts()),
          limiter_(device),
          optimiser_(device, adam{.weight_decay = options.weight_decay}, parts_),
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
        limiter_.limit(device_, parts_, 0, parts_.size(), options_.gradient_limit);
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
                           .final_share = options_.final_share,
                           .limits = {.factors = options_.gradient_limit},
                           .seed = options_.seed,
                           .log_every = options_.log_every};
        record_.objective = "train(" + goal_.describe() + ")";
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
    static Device& checked(Device& device, const train_options& options) {
        check_sequences(options.batch, Net::sequence_length);
        return device;
    }
    void fill_with(const auto& batch_number) {
        x_.resize(options_.batch);
        goal_.fill(device_, data_, batch_number, *x_);
        if constexpr (trains_without_zero_rows<Net, Label>()) nonzero_first(device_, x_, rows_, true);
    }

    Device& device_;
    Data data_;
    train_options options_;
    parameters<Net, T> learned_;
    device_parameters<Device, T, Net> weights_, gradients_;
    array<Device, T, extents<dynamic, Net::inputs>> x_;
    goal_type goal_;
    training_pass<Device, T, Net, goal_type> pass_;
    trainable_parts<Device, T> parts_;
    gradient_limiter<Device, T> limiter_;
    optimiser_run<Device, T, adam> optimiser_;
    array<Device, std::uint32_t, extents<>> step_;
    array<Device, std::uint32_t, extents<dynamic>> rows_;
    run_record record_;
};
}  // namespace detail

/// AdamW from `start` on, whose frozen matrices stay as they are. Data without labels are trained on the mean over b
/// and o of (y − label(x))²; those with labels on a distance of outputs from them, in the place of the label:
/// `cross_entropy` from classes, `squared_error` or `kl_divergence` from outputs (see `labelled_samples`).
///
/// Observers are called with a `progress` record after the first step, every `log_every` steps and after the last (see
/// `observer`): `checkpoint` saves a target under training, with `resume` among them it goes on from there.
/// Errors: `apd::error` if the loss ends as NaN or infinity, or for a batch of 0.
/// Example: `auto target = apd::train(device, start, data, {.steps = 10'000}, label, apd::progress_bar("target"));`
template <class Net, class T, backend Device, data_source<Device, T> Data,
          class Label = typename detail::default_goal<Data>::type, class... Observers>
parameters<Net, T> train(Device& device, const parameters<Net, T>& start, const Data& data,
                         const train_options& options = {}, Label label = {}, Observers&&... observers) {
    [[maybe_unused]] constexpr bool fit = detail::sequences_fit<Data, Net>();
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
    const auto trained = run.result_after(0);
    trained.check_finite("train");  // an update that no loss has seen may have broken it
    return trained;
}

/// The same from `initial_parameters` of the seed.
///
/// Example: `auto target = apd::train<tms>(device, data, {.steps = 5'000, .batch = 1024});`
template <class Net, class T = float, backend Device, data_source<Device, T> Data,
          class Label = typename detail::default_goal<Data>::type, class... Observers>
parameters<Net, T> train(Device& device, const Data& data, const train_options& options = {}, Label label = {},
                         Observers&&... observers) {
    return train(device, initial_parameters<Net, T>(options.seed), data, options, label, observers...);
}

}  // namespace apd::ext

namespace apd {
using ext::input_as_label, ext::initial_parameters, ext::train;
}  // namespace apd
