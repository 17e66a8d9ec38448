// What tools.py asks of the library: a result to read, and the outputs of a network that was converted.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <apd/backend/array.hpp>
#include <apd/backend/cpu.hpp>
#include <apd/io/safetensors.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>
#include <apd/training/decomposition.hpp>

namespace {

using small = apd::network<apd::linear<"W", 3, 2>, apd::transposed<"W">, apd::bias<"b", 3>, apd::relu>;
using mlp = apd::network<apd::linear<"in", 12, 8>, apd::bias<"b1", 8>, apd::relu, apd::linear<"out", 8, 12>,
                         apd::bias<"b2", 12>>;
using whole = apd::network<apd::affine<"0.weight", 12, 8>, apd::relu, apd::affine<"2.weight", 8, 12>>;

/// Components whose entries are known: P_c[i, o] = (c + 1)(i + 1)(o + 1).
void save_result(const std::string& path) {
    apd::decomposition<small, apd::shared_components<2, 1>> result;
    result.learned.left[0] = {1, 2, 3, 2, 4, 6};  // [C, in, 1]
    result.learned.right[0] = {1, 2, 1, 2};       // [C, 1, out]
    for (std::size_t i = 0; i < 6; ++i) result.target.get<"W">()[i] = static_cast<float>(i);
    result.objective = "faithfulness + 0.5 minimality";
    result.terms = {"faithfulness", "minimality"};
    result.coefficients = {1, 0.5};
    result.history = {{0, 1e-3, 3, {1, 4}}, {10, 1e-4, 2, {1, 2}}};
    result.completed_steps = 10;
    apd::save(result, path);
}

/// The outputs of a network for samples that stand as numbers in a file, one a line.
template <class Net>
void print_outputs(const apd::tensors& file, const std::string& samples) {
    std::vector<float> input;
    std::ifstream numbers(samples);
    for (float number = 0; numbers >> number;) input.push_back(number);
    const std::size_t batch = input.size() / Net::inputs;
    apd::cpu device;
    const apd::ext::device_parameters<apd::cpu, float, Net> target(device, apd::parameters<Net>(file));
    const apd::ext::array<apd::cpu, float, apd::extents<apd::dynamic, Net::inputs>> array(device, batch);
    device.upload(std::span<const float>(input), *array);
    apd::ext::activation_arrays<apd::cpu, float, Net> x(device, batch);
    x.template set<0>(*array);
    apd::ext::forward<Net>(
        device, [&](auto layer) { return target.view_of(layer); }, x);
    std::vector<float> output(batch * Net::outputs);
    device.download(x.template at<Net::depth>(), std::span(output));
    for (const float number : output) std::cout << number << '\n';
}

}  // namespace

int main(int count, char** words) {
    const std::vector<std::string> given(words + 1, words + count);
    try {
        if (given.at(0) == "save") save_result(given.at(1));
        else if (given.at(0) == "converted") print_outputs<mlp>(apd::load(given.at(1)), given.at(2));
        else if (given.at(0) == "torch") print_outputs<whole>(apd::load(given.at(1), apd::stored_out_in), given.at(2));
        else return EXIT_FAILURE;
    } catch (const std::exception& problem) {
        std::cerr << problem.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
