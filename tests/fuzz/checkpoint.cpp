// Checkpoints with a good checksum, whatever else they hold: a run goes on from them or refuses them.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <apd/apd.hpp>

#include "fuzz.hpp"

namespace {

using tiny = apd::network<apd::linear<"W", 2, 1>, apd::relu>;

auto plan() {
    apd::parameters<tiny> target;
    target.get<"W">()[0] = 1, target.get<"W">()[1] = 0.5F;
    return apd::plan{target, apd::sparse_features<2>{.probability = 0.5},
                     apd::faithfulness() + apd::minimality(apd::per_sample_top_k(apd::gradient_attribution(), 1)),
                     apd::decompose_options{.steps = 8, .batch = 4, .log_every = 2}};
}
using plan_type = decltype(plan());
using run_type = apd::ext::detail::planned_run<apd::shared_components<2, 1>, apd::cpu, plan_type>;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static apd::cpu device({.threads = 1});
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    fuzz([&] {
        run_type run(device, plan());
        apd::tensors state = apd::parse_safetensors(bytes, "input");
        state.metadata()["apd"] = apd::version;  // else all would be refused at once
        run.go_on_from({"input", state});
        const std::size_t step = run.result().completed_steps;
        if (step > 8) __builtin_trap();
        for (const auto& entry : run.result().history)
            if (entry.step >= step || !std::isfinite(entry.total)) __builtin_trap();
        run.differentiate();
        run.update();
    });
    return 0;
}
