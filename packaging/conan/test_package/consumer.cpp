#include <iostream>

#include <apd/backend/cpu.hpp>
#include <apd/core/version.hpp>
#include <apd/io/tensors.hpp>
#include <apd/network/network.hpp>

int main() { std::cout << "apd " << apd::version << ": " << apd::tensors().names().size() << " tensors\n"; }
