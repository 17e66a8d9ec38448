// The headers of every library are found.
#include <apd/backend/cpu.hpp>
#include <apd/io/tensors.hpp>
#include <apd/network/network.hpp>

int main() { return apd::tensors().names().empty() ? 0 : 1; }
