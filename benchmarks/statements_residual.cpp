// Where the time of a step of the residual networks goes: the costliest statements, and what each reaches.
//
//   build/release/benchmarks/bench_statements_residual [--case resid_1] [--threads 1] [--steps 10] [--rows 20]
//   build/release/benchmarks/bench_statements_residual --counts        FLOP and bytes of a step alone, as CSV

#include "residual_case.hpp"
#include "statements.hpp"

int main(int argc, char** argv) {
    return counting::statement_report(argc, argv)
        .add<timed::resid_1>("resid_1")
        .add<timed::resid_2>("resid_2")
        .status();
}
