#pragma once
// What the programs of several ranks check with.

#include <iostream>
#include <string>

#include <apd/io/safetensors.hpp>

inline int faults = 0;
inline void check(bool holds, const std::string& what) {
    if (holds) return;
    std::cerr << "not so: " << what << std::endl;
    ++faults;
}
/// All that a run gives, to be compared bit for bit.
std::string bytes_of(const auto& result) { return apd::to_safetensors(result.to_tensors()); }
/// f() on rank 0, for which all wait.
void wait_for_rank_0(const auto& world, const auto& f) {
    if (world.rank() == 0) f();
    for (int rank = 1; rank < world.size(); ++rank) {
        if (world.rank() == 0) world.send("", rank);
        else if (world.rank() == rank) world.receive(0);
    }
}
