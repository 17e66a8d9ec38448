#pragma once
// Many runs, each a line of a file as soon as it is done, so that a sweep goes on where it stopped. Compiled once, not
// with every sweep.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "arguments.hpp"

namespace sweep {

/// Which runs, and where their results go.
struct options {
    std::vector<std::string> models, variants;
    std::size_t seeds;
    std::string out;
    std::size_t seed = 0, threads = std::max(1U, std::thread::hardware_concurrency());

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

/// What a run is measured by, in the order of the columns of its file.
using numbers = std::vector<double>;

/// The runs that are done, in a file with one line for each: model; variant; seed; numbers.
class results_file {
  public:
    /// Errors: `apd::error` if the file can't be written.
    results_file(std::filesystem::path path, const std::vector<std::string>& columns);

    bool has(const std::string& model, const std::string& variant, std::uint64_t seed) const;
    void add(const std::string& model, const std::string& variant, std::uint64_t seed, const numbers& found);
    /// Those of all seeds of one variant, in the order of seeds.
    std::vector<numbers> of(const std::string& model, const std::string& variant) const;

  private:
    std::filesystem::path path_;
    std::size_t columns_;
    std::ofstream out_;
    std::map<std::tuple<std::string, std::string, std::uint64_t>, numbers> done_;
};

struct job {
    std::string model, variant;
    std::uint64_t seed;
    std::function<numbers(const std::atomic<bool>* stop)> run;
};
/// Runs the jobs that are not done, so many at a time, with progress. Whether it came to the end: an interrupt stops
/// it. Errors: what a run throws.
bool run_all(results_file& done, std::vector<job> jobs, std::size_t threads);

}  // namespace sweep
