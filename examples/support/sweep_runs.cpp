#include "sweep_runs.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <mutex>
#include <sstream>
#include <thread>

#include <apd/core/error.hpp>
#include <apd/io/atomic_file.hpp>
#include <apd/training/progress_bar.hpp>
#include <apd/training/stop_on_interrupt.hpp>

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

results_file::results_file(std::filesystem::path path, const std::vector<std::string>& columns)
    : path_(std::move(path)), columns_(columns.size()) {
    std::string whole = "model;variant;seed";
    for (const auto& column : columns) whole += ';' + column;
    whole += '\n';
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string model, variant, seed;
        if (!std::getline(fields, model, ';') || !std::getline(fields, variant, ';') ||
            !std::getline(fields, seed, ';') || seed.find_first_not_of("0123456789") != std::string::npos)
            continue;  // the header
        numbers found;
        char separator = ';';
        for (double value = 0; separator == ';' && fields >> value; fields >> separator)
            found.push_back(value), separator = '\n';
        if (found.size() != columns_) continue;  // a line that was cut off
        done_[{model, variant, std::stoull(seed)}] = found;
        whole += line + '\n';
    }
    file.close();
    apd::write_file_atomically(path_, whole);
    out_.open(path_, std::ios::app);
}

bool results_file::has(const std::string& model, const std::string& variant, std::uint64_t seed) const {
    return done_.contains({model, variant, seed});
}

void results_file::add(const std::string& model, const std::string& variant, std::uint64_t seed, const numbers& found) {
    done_[{model, variant, seed}] = found;
    out_ << model << ';' << variant << ';' << seed;
    for (const double number : found) {
        char text[32];
        std::snprintf(text, sizeof text, ";%.6g", number);
        out_ << text;
    }
    out_ << std::endl;
    if (!out_)
        throw apd::error(path_.string(), "a line can't be written", "choose a folder on a disk that is not full");
}

std::vector<numbers> results_file::of(const std::string& model, const std::string& variant) const {
    std::vector<numbers> list;
    for (const auto& [key, found] : done_)
        if (std::get<0>(key) == model && std::get<1>(key) == variant) list.push_back(found);
    return list;
}

bool run_all(results_file& done, std::vector<job> jobs, std::size_t threads) {
    std::erase_if(jobs, [&](const job& each) { return done.has(each.model, each.variant, each.seed); });
    std::printf("%zu runs to do\n", jobs.size());
    const auto* const stop = apd::stop_on_interrupt();
    std::atomic<std::size_t> next = 0;
    std::mutex one_at_a_time;
    std::size_t finished = 0;
    std::exception_ptr failure;
    apd::progress_bar bar("runs");
    const auto start = std::chrono::steady_clock::now();
    const auto work = [&] {
        for (std::size_t i = next++; i < jobs.size() && !*stop; i = next++) try {
                const numbers found = jobs[i].run(stop);
                const std::lock_guard lock(one_at_a_time);
                if (*stop || failure) return;  // what was interrupted is done again
                done.add(jobs[i].model, jobs[i].variant, jobs[i].seed, found);
                const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
                bar({.step = ++finished,
                     .steps = jobs.size(),
                     .learning_rate = 0,
                     .seconds = seconds,
                     .total = 0,
                     .names = {},
                     .values = {}});
            } catch (...) {
                const std::lock_guard lock(one_at_a_time);
                failure = std::current_exception();
                return;
            }
    };
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) workers.emplace_back(work);
    workers.clear();
    if (failure) std::rethrow_exception(failure);
    return !*stop;
}

}  // namespace sweep
