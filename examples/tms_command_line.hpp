#pragma once
// What is asked of the toy models of superposition.

#include <cstddef>
#include <optional>
#include <string>

#include "checkpoints.hpp"
#include "device_options.hpp"

struct tms_command_line {
    std::string method = "apd", model = "5-2", recipe = "robust", target, out = "tms_results";
    std::size_t components = 5, seeds = 5;
    std::optional<std::size_t> steps;
    std::size_t seed = 0;
    device_options where;
    checkpoints saves;
};

/// By SPD or VPD, in subcomponents/; the exit code.
int take_apart_by_spd(const tms_command_line& options);
int take_apart_by_vpd(const tms_command_line& options);
