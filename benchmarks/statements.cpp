// Where the time of a step of the toy models goes: the costliest statements, and what each reaches.
//
//   build/release/benchmarks/bench_statements [--case tms_5-2] [--threads 1] [--steps 10] [--rows 20]
//   build/release/benchmarks/bench_statements --counts        FLOP and bytes of a step alone, as CSV

#include "statements.hpp"

#include "toy_case.hpp"

int main(int argc, char** argv) {
    return counting::statement_report(argc, argv)
        .add<timed::tms_5_2>("tms_5-2")
        .add<timed::tms_40_10>("tms_40-10")
        .status();
}
