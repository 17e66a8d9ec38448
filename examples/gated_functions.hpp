#pragma once
// Four functions of one number in one network, each switched on by a bit: the hand-coded target of Braun et al., arXiv
// 2501.14926, of which the right parameter components are known.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <random>
#include <vector>

#include <apd/apd.hpp>

inline constexpr std::size_t functions = 4, neurons_of_function = 10, neurons_of_layer = 20;

/// The stream is (x, four bits, y): the input is its first five numbers, the output the last.
template <apd::static_string In, apd::static_string Bias, apd::static_string Out>
using gated_mlp = apd::residual<apd::linear<apd::static_string(In), 6, neurons_of_layer>,
                                apd::bias<apd::static_string(Bias), neurons_of_layer>, apd::relu,
                                apd::linear<apd::static_string(Out), neurons_of_layer, 6>>;
using gated_network = apd::network<
    apd::frozen<apd::linear<"W_E", 5, 6>>, gated_mlp<"layers.0.mlp_in", "layers.0.bias", "layers.0.mlp_out">,
    gated_mlp<"layers.1.mlp_in", "layers.1.bias", "layers.1.mlp_out">, apd::frozen<apd::linear<"W_U", 6, 1>>>;

/// What 32 random bits become, on a GPU too.
template <class T>
struct gated_number {
    APD_HOST_DEVICE T operator()(std::uint32_t word) const { return 5 * apd::ext::unit_interval<T>(word); }
};
template <class T>
struct gated_bit {
    T share;
    APD_HOST_DEVICE T operator()(std::uint32_t word) const {
        return apd::ext::unit_interval<T>(word) < share ? T(1) : T(0);
    }
};

/// x uniform in [0, 5), every bit 1 with the given probability. It models apd::ext::data_source.
struct gated_inputs {
    static constexpr bool fills_on_device = true;
    static constexpr std::size_t features = 5;
    double probability = 0.05;
    std::uint64_t seed = 0;

    template <class T>
    void fill(auto& device, apd::ext::step_number step, apd::ext::view<T, apd::extents<apd::dynamic, 5>> x) const {
        device.random({seed, 1, step}, gated_number<T>{}, x.template slice<1>(0));
        device.random({seed, 2, step}, gated_bit<T>{static_cast<T>(probability)}, x.template slice<4>(1));
    }
};

/// a cos(b x + c) + d sin(e x + f) + g
struct trigonometric_function {
    double a, b, c, d, e, f, g;
    double operator()(double x) const { return a * std::cos(b * x + c) + d * std::sin(e * x + f) + g; }
};

/// The target, its functions, and the function that every neuron (of both layers, in order) belongs to.
struct gated_target {
    apd::parameters<gated_network> parameters;
    std::vector<trigonometric_function> function;
    std::array<std::size_t, 2 * neurons_of_layer> function_of{};

    explicit gated_target(std::uint64_t seed) {
        std::mt19937_64 random(seed);
        const auto draw = [&](double low, double high) {
            return low + (high - low) * static_cast<double>(random() >> 11U) / 9007199254740992.0;
        };
        for (std::size_t i = 0; i < functions; ++i) {
            trigonometric_function& f = function.emplace_back();
            for (double* each : {&f.a, &f.d, &f.g}) *each = draw(-1, 1);
            for (double* each : {&f.b, &f.e}) *each = draw(0.1, 1);
            for (double* each : {&f.c, &f.f}) *each = draw(-std::numbers::pi, std::numbers::pi);
        }
        // Neurons are dealt at random over the two layers.
        std::array<std::size_t, 2 * neurons_of_layer> dealt{};
        std::iota(dealt.begin(), dealt.end(), std::size_t{0});
        for (std::size_t i = dealt.size() - 1; i > 0; --i) std::swap(dealt[i], dealt[random() % (i + 1)]);
        for (std::size_t i = 0; i < functions; ++i)
            for (std::size_t j = 0; j < neurons_of_function; ++j) write(dealt[i * neurons_of_function + j], i, j);
        const auto embedding = parameters.get<"W_E">();
        for (std::size_t i = 0; i < 5; ++i) embedding[i * 6 + i] = 1;
        parameters.get<"W_U">()[5] = 1;
    }

  private:
    // Neuron j of function i: relu(x − knot + 100 (bit − 1)), times the change of slope at its knot. The first knot
    // lies before 0, so that the function begins at its value there; between knots it is linear.
    void write(std::size_t neuron, std::size_t i, std::size_t j) {
        constexpr double spacing = 5.0 / (neurons_of_function - 1), off = 100;
        const auto value = [&](std::size_t k) { return function[i](static_cast<double>(k) * spacing); };
        const auto slope = [&](std::size_t k) { return ((value(k) - (k == 0 ? 0 : value(k - 1))) / spacing); };
        const double knot = (static_cast<double>(j) - 1) * spacing;
        const std::size_t layer = neuron / neurons_of_layer, n = neuron % neurons_of_layer;
        const auto in = layer == 0 ? parameters.get<"layers.0.mlp_in">() : parameters.get<"layers.1.mlp_in">();
        const auto bias = layer == 0 ? parameters.get<"layers.0.bias">() : parameters.get<"layers.1.bias">();
        const auto out = layer == 0 ? parameters.get<"layers.0.mlp_out">() : parameters.get<"layers.1.mlp_out">();
        in[n] = 1;
        in[(1 + i) * neurons_of_layer + n] = static_cast<float>(off);
        bias[n] = static_cast<float>(-knot - off);
        out[n * 6 + 5] = static_cast<float>(slope(j) - (j == 0 ? 0 : slope(j - 1)));
        function_of[neuron] = i;
    }
};
