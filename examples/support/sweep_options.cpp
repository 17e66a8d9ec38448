#include "sweep_options.hpp"

#include <cstdio>

#include <apd/training/progress_bar.hpp>

namespace sweep {

void options::add_to(arguments& line, const std::vector<std::string>& known_models,
                     const std::vector<std::string>& known_variants) {
    line.add("--models", models, "Which models", known_models);
    line.add("--variants", variants, "Which variants (else all)", known_variants);
    line.add("--seed", seed, "The first seed");
    line.add("--seeds", seeds, "Seeds of each variant", arguments::positive);
    line.add("--threads", threads, "Runs at a time", arguments::positive);
    line.add("--out", out, "The folder for what is found");
}

runs_of::runs_of(const std::vector<apd::table_row>& rows, const std::string& model, const std::string& variant) {
    for (const auto& row : rows) {
        if (row.key[0] != model || row.key[1] != variant) continue;
        if (row.failure.empty()) found.push_back(row.numbers);
        else ++failed;
    }
}

bool run_all(apd::results_table& table, const std::vector<apd::sweep_run>& runs, const apd::sweep_options& options) {
    std::printf("%td runs to do\n",
                std::ranges::count_if(runs, [&](const auto& each) { return !table.has(each.key); }));
    const bool is_whole = apd::run_sweep(table, runs, options, apd::progress_bar("runs"));
    for (const auto& row : table.rows())
        if (!row.failure.empty())
            std::printf("%s, %s, seed %s failed: %s\n", row.key[0].c_str(), row.key[1].c_str(), row.key[2].c_str(),
                        row.failure.c_str());
    return is_whole;
}

}  // namespace sweep
