#pragma once
// What the sweeps have in common: their command line, and what they say before and after. Compiled once, not with every
// sweep.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include <apd/backend/process_limits.hpp>
#include <apd/io/results_table.hpp>
#include <apd/training/sweep.hpp>

#include "arguments.hpp"

namespace sweep {

/// Which runs, and where their results go.
struct options {
    std::vector<std::string> models, variants;
    std::size_t seeds;
    std::string out;
    std::size_t seed = 0, threads = apd::usable_processors();

    void add_to(arguments& line, const std::vector<std::string>& known_models,
                const std::vector<std::string>& known_variants);
    bool wants(const std::string& model, const std::string& variant) const {
        return std::ranges::count(models, model) > 0 && (variants.empty() || std::ranges::count(variants, variant) > 0);
    }
};

/// The names of models, or of variants.
std::vector<std::string> names_of(const auto& all) {
    std::vector<std::string> names;
    for (const auto& each : all) names.push_back(each.name);
    return names;
}

/// What a run is measured by, in the order of the columns of its table.
using numbers = std::vector<double>;

/// The runs of a model and a variant, of one seed each: the numbers of those that came to an end, and how many failed.
struct runs_of {
    std::vector<numbers> found;
    std::size_t failed = 0;

    runs_of(const std::vector<apd::table_row>& rows, const std::string& model, const std::string& variant);
};

/// Does the runs that the table lacks, with progress, and tells of those that failed. Whether it came to the end.
bool run_all(apd::results_table& table, const std::vector<apd::sweep_run>& runs, const apd::sweep_options& options);

}  // namespace sweep
