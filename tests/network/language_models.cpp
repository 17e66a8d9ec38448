// Files as GPT-2 and Llama have them, read by their own names, give the logits that PyTorch computes
// (reference/language_models/make.py).

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/io/safetensors.hpp>
#include <apd/network/network.hpp>
#include <apd/network/parameters.hpp>
#include <apd/network/passes.hpp>

namespace {

constexpr std::size_t length = 6, words = 19, width = 8, heads = 4, keys = 2, inner = 12, head_width = width / heads;

template <std::size_t I>
using gpt2_block =
    apd::chain<apd::residual<apd::layer_norm<apd::numbered<"transformer.h.*.ln_1.weight", I>,
                                             apd::numbered<"transformer.h.*.ln_1.bias", I>, width>,
                             apd::linear<apd::numbered<"transformer.h.*.attn.c_attn.weight", I>, width, 3 * width>,
                             apd::bias<apd::numbered<"transformer.h.*.attn.c_attn.bias", I>, 3 * width>,
                             apd::causal_attention<length, heads, head_width>,
                             apd::linear<apd::numbered<"transformer.h.*.attn.c_proj.weight", I>, width, width>,
                             apd::bias<apd::numbered<"transformer.h.*.attn.c_proj.bias", I>, width>>,
               apd::residual<apd::layer_norm<apd::numbered<"transformer.h.*.ln_2.weight", I>,
                                             apd::numbered<"transformer.h.*.ln_2.bias", I>, width>,
                             apd::linear<apd::numbered<"transformer.h.*.mlp.c_fc.weight", I>, width, inner>,
                             apd::bias<apd::numbered<"transformer.h.*.mlp.c_fc.bias", I>, inner>, apd::gelu_tanh,
                             apd::linear<apd::numbered<"transformer.h.*.mlp.c_proj.weight", I>, inner, width>,
                             apd::bias<apd::numbered<"transformer.h.*.mlp.c_proj.bias", I>, width>>>;
using gpt2 =
    apd::network<apd::embedding<"transformer.wte.weight", words, width>,
                 apd::learned_positions<"transformer.wpe.weight", length, width, 10>, apd::repeated<2, gpt2_block>,
                 apd::layer_norm<"transformer.ln_f.weight", "transformer.ln_f.bias", width>,
                 apd::transposed<"transformer.wte.weight">>;

template <std::size_t I>
using llama_block = apd::chain<
    apd::residual<
        apd::rms_norm<apd::numbered<"model.layers.*.input_layernorm.weight", I>, width>,
        apd::beside<apd::linear<apd::numbered<"model.layers.*.self_attn.q_proj.weight", I>, width, width>,
                    apd::linear<apd::numbered<"model.layers.*.self_attn.k_proj.weight", I>, width, keys * head_width>,
                    apd::linear<apd::numbered<"model.layers.*.self_attn.v_proj.weight", I>, width, keys * head_width>>,
        apd::rotary<length, heads + keys, head_width, keys>, apd::causal_attention<length, heads, head_width, keys>,
        apd::linear<apd::numbered<"model.layers.*.self_attn.o_proj.weight", I>, width, width>>,
    apd::residual<apd::rms_norm<apd::numbered<"model.layers.*.post_attention_layernorm.weight", I>, width>,
                  apd::beside<apd::linear<apd::numbered<"model.layers.*.mlp.gate_proj.weight", I>, width, inner>,
                              apd::linear<apd::numbered<"model.layers.*.mlp.up_proj.weight", I>, width, inner>>,
                  apd::gated<apd::silu>,
                  apd::linear<apd::numbered<"model.layers.*.mlp.down_proj.weight", I>, inner, width>>>;
using llama = apd::network<apd::embedding<"model.embed_tokens.weight", words, width>, apd::repeated<2, llama_block>,
                           apd::rms_norm<"model.norm.weight", width>, apd::linear<"lm_head.weight", width, words>>;

template <class Net>
void gives_the_logits_of_pytorch(const std::string& name, apd::matrix_order order) {
    const auto file = apd::load(APD_REFERENCE_DIR "/language_models/" + name + ".safetensors", order);
    const apd::parameters<Net> model = file;
    const auto tokens = file.get<float>("tokens"), expected = file.get<float>("logits");
    apd_test::tested_backend device;
    const apd::ext::device_parameters<apd_test::tested_backend, float, Net> weights(device, model);
    apd::ext::activation_arrays<apd_test::tested_backend, float, Net> activations(device, tokens.size());
    const apd::ext::array<apd_test::tested_backend, float, apd::extents<apd::dynamic, 1>> x(device, tokens.size());
    device.upload(std::span<const float>(tokens.data(), tokens.size()), *x);
    activations.template set<0>(*x);
    apd::ext::forward<Net>(
        device, [&](auto layer) { return weights.view_of(layer); }, activations);
    const auto logits = apd_test::on_host(device, activations.template at<Net::depth>());
    REQUIRE(logits.size() == expected.size());
    std::size_t n = 0;
    for (const float each : expected) CHECK(logits[n++] == Approx(each).margin(1e-4));
}

}  // namespace

TEST_CASE("a file of GPT-2's layout gives its logits") {
    gives_the_logits_of_pytorch<gpt2>("gpt2", apd::stored_in_out);
}
TEST_CASE("a file of Llama's layout gives its logits") {
    gives_the_logits_of_pytorch<llama>("llama", apd::stored_out_in);
}
