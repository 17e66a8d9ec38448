#pragma once
// A step of a case, statement by statement: what it costs at the least, and where its time goes.

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "case_run.hpp"
#include "counted.hpp"

namespace counting {

/// Steps of cases as the command line asks for, each counted on the CPU.
class statement_report {
  public:
    statement_report(int argc, char** argv) {
        app_.add_option("--case", only_, "The case, without which all are run");
        app_.add_option("--threads", threads_, "Threads of the device")->check(CLI::PositiveNumber);
        app_.add_option("--steps", steps_, "Steps to count")->check(CLI::PositiveNumber);
        app_.add_option("--rows", rows_, "Kinds of statements that are listed");
        app_.add_flag("--counts", counts_alone_, "Print what a step costs at the least alone, as CSV");
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError& stopped) {
            status_ = app_.exit(stopped);
            only_ = "none";
            return;
        }
        if (counts_alone_) std::printf("case,GFLOP,GFLOP in products,MB\n");
    }

    template <class Case>
    statement_report& add(const std::string& name) {
        if (!only_.empty() && only_ != name) return *this;
        counted<apd::cpu> device([this] { return apd::cpu({.threads = threads_}); });
        timed::run<Case, counted<apd::cpu>> run(device, 0);
        run.step(), run.step();  // memory is there
        device.costs().is_open = true;
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < steps_; ++i) run.step();
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
        print(name, device.costs(), passed.count());
        return *this;
    }
    int status() const { return status_; }

  private:
    void print(const std::string& name, const ledger& costs, double seconds) const {
        const auto steps = static_cast<double>(steps_);
        const work least = costs.total().done;
        const double gigaflop = least.flop / steps / 1e9, in_products = least.product_flop / steps / 1e9;
        const double megabytes = least.bytes / steps / 1e6;
        if (counts_alone_) {
            std::printf("%s,%.6g,%.6g,%.6g\n", name.c_str(), gigaflop, in_products, megabytes);
            return;
        }
        std::printf("\n### %s: %.3f ms a step while counting; %.4g GFLOP, %.4g of them in products; %.4g MB\n\n",
                    name.c_str(), 1e3 * seconds / steps, gigaflop, in_products, megabytes);
        print_table(costs, steps, seconds, rows_);
    }

    CLI::App app_{"Where the time of a step goes, statement by statement."};
    std::string only_;
    std::size_t threads_ = 1, steps_ = 10, rows_ = 20;
    bool counts_alone_ = false;
    int status_ = 0;
};

}  // namespace counting
