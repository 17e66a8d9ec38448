#pragma once
// Many runs, each a line of a file as soon as it is done, so that a sweep goes on where it stopped. Compiled once, not
// with every sweep.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace sweep {

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
