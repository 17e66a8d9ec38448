// A program of a consumer that uses a little of everything: every kind of layer, attribution, mask and loss, in float
// and in double, the analyses, files and the report. It is compiled with the flags that consumers use (CMakeLists.txt)
// and by the compilers of cmake/matrix.sh.

#include <cstddef>
#include <exception>
#include <filesystem>
#include <iostream>
#include <vector>

#include <apd/apd.hpp>
#include <apd/report.hpp>

namespace {

using tms = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;
using deep =
    apd::network<apd::frozen<apd::linear<"E", 4, 6>>,
                 apd::residual<apd::affine<"in", 6, 3>, apd::gelu, apd::linear<"out", 3, 6>>, apd::linear<"U", 6, 4>>;
using attending =
    apd::network<apd::linear<"qkv", 4, 12>, apd::causal_attention<3, 2, 2>, apd::linear<"mixed", 4, 4>, apd::softmax>;

template <class T>
void decompose_superposition(apd::cpu& device, const std::filesystem::path& folder) {
    const apd::sparse_features<5> data{.probability = 0.1, .low = 0, .high = 1, .seed = 1};
    const apd::parameters<tms, T> target =
        apd::train(device, apd::initial_parameters<tms, T>(0), data, {.steps = 100, .batch = 256});
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 0.5);
    const auto real = apd::lp(apd::gradient_attribution(apd::of_target, apd::reverse_mode), 0.9);
    const auto objective = apd::faithfulness() + apd::minimality(active) +
                           0.1 * apd::simplicity(active, apd::schatten(1)) + 1e-3 * apd::sparsity(real) +
                           apd::hidden_reconstruction(active) + apd::output_reconstruction();
    const auto result = apd::decompose<5, 2>(device, target, data, objective, {.steps = 20, .batch = 128});
    const auto [mmcs, ml2r] = apd::column_match<"W">(target, result);
    std::cout << result.history.back().total << ' ' << mmcs << ' ' << ml2r << '\n';

    apd::evaluator answers(device, result, 100);
    const auto map = apd::feature_components(apd::attribution_matrix(answers));
    const auto x = answers.inputs(data, 50);
    const auto scrubbed = apd::scrubbing(answers, x, map, active);
    const auto alone = apd::per_feature(answers, active, {.samples = 10, .low = 0, .high = 1, .seed = 1});
    const auto curves = apd::ablation_curve(answers, x, active, {.points = 3, .curves = 2});
    std::cout << scrubbed.scrubbed.size() + alone.loss.size() + curves.scale.size() << ' '
              << apd::effective_rank(apd::singular_values<0>(result).front()) << '\n';

    const auto file = folder / "components.safetensors", page = folder / "report.html";
    apd::save(result, file);
    apd::write_report(result, page);
    std::cout << apd::summary(result).size() + std::filesystem::file_size(page) << '\n';
}

void decompose_blocks(apd::cpu& device) {
    const apd::sparse_features<4> data{.probability = 0.3};
    const auto target = apd::initial_parameters<deep>(1);
    const auto share = apd::attribution_share(apd::integrated_gradient_attribution(2), 0.1);
    const auto each = apd::per_sample_top_k(apd::activation_attribution(), 2, apd::distil);
    const auto exact = apd::exact_top_k(apd::ablation_attribution());
    const auto objective = apd::faithfulness() + apd::minimality(share) + apd::minimality(each) +
                           apd::minimality(exact, apd::kl_divergence_of_logits());
    std::cout << apd::decompose<6, 1>(device, target, data, objective, {.steps = 10, .batch = 64}).history.back().total
              << '\n';
    std::vector plans{apd::robust_plan<4>(device, target, data)};
    plans[0].options.steps = 10;
    std::cout << apd::decompose(device, plans)[0].history.back().total << '\n';
}

void decompose_attention(apd::cpu& device) {
    const apd::sparse_features<attending::inputs> data{.probability = 0.5};
    const auto active = apd::batch_top_k(apd::gradient_attribution(), 1);
    std::cout << apd::decompose<2>(device, apd::initial_parameters<attending>(1), data,
                                   apd::faithfulness() + apd::minimality(active), {.steps = 5, .batch = 15})
                     .history.back()
                     .total
              << '\n';
}

}  // namespace

int main() try {
    const auto folder = std::filesystem::temp_directory_path();
    apd::cpu device({.threads = 2});
    decompose_superposition<float>(device, folder);
    decompose_superposition<double>(device, folder);
    decompose_blocks(device);
    decompose_attention(device);
} catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
}
