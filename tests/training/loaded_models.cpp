// A file of another program's language model: some of its sites are decomposed, all else stays as it is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace {

constexpr std::size_t length = 6, words = 19, width = 8, inner = 12;

template <std::size_t I>
using attend =
    apd::residual<apd::rms_norm<apd::numbered<"model.layers.*.input_layernorm.weight", I>, width>,
                  apd::beside<apd::linear<apd::numbered<"model.layers.*.self_attn.q_proj.weight", I>, width, 8>,
                              apd::linear<apd::numbered<"model.layers.*.self_attn.k_proj.weight", I>, width, 4>,
                              apd::linear<apd::numbered<"model.layers.*.self_attn.v_proj.weight", I>, width, 4>>,
                  apd::rotary<length, 6, 2, 2>, apd::causal_attention<length, 4, 2, 2>,
                  apd::linear<apd::numbered<"model.layers.*.self_attn.o_proj.weight", I>, width, width>>;
template <std::size_t I>
using mlp =
    apd::residual<apd::rms_norm<apd::numbered<"model.layers.*.post_attention_layernorm.weight", I>, width>,
                  apd::beside<apd::linear<apd::numbered<"model.layers.*.mlp.gate_proj.weight", I>, width, inner>,
                              apd::linear<apd::numbered<"model.layers.*.mlp.up_proj.weight", I>, width, inner>>,
                  apd::gated<apd::silu>,
                  apd::linear<apd::numbered<"model.layers.*.mlp.down_proj.weight", I>, inner, width>>;
// The matrices of the second attention alone.
using model =
    apd::network<apd::embedding<"model.embed_tokens.weight", words, width>, apd::frozen<attend<0>>, apd::frozen<mlp<0>>,
                 attend<1>, apd::frozen<mlp<1>>, apd::rms_norm<"model.norm.weight", width>,
                 apd::frozen<apd::linear<"lm_head.weight", width, words>>>;

}  // namespace

static_assert(model::sites.size() == 4 && model::site_named<"model.layers.1.self_attn.q_proj.weight"> == 0);

TEST_CASE("some matrices of a loaded model are decomposed, the others stay as they are") {
    const auto file = apd::load(APD_REFERENCE_DIR "/language_models/llama.safetensors", apd::stored_out_in);
    const apd::parameters<model> target = file;
    std::vector<std::uint32_t> text(200);
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<std::uint32_t>(i * i % words);
    const apd::token_windows<length, words> data{apd::tokens(text)};
    apd_test::tested_backend device;
    const auto ci = apd::shared_importances<8>();
    const auto objective = apd::faithfulness() + 1e-3 * apd::importance_minimality(ci, 1) +
                           apd::reconstruction(apd::stochastic(ci), apd::all_sites, apd::kl_divergence);
    const auto result = apd::decompose<apd::subcomponents<10, 10, 10, 10>>(
        device, target, data, objective, {.steps = 200, .batch = 8 * length, .learning_rate = 1e-2});
    CHECK(result.history.back().total < 0.2 * result.history.front().total);
    for (std::size_t p = 0; p < model::parametrised.size(); ++p)
        CHECK(std::ranges::equal(result.target.at(p), target.at(p)));
}
