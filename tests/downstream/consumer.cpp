#include <iostream>

#include <apd/core/error.hpp>

int main() {
    const apd::error error("consumer", "nothing to decompose", "name a network");
    std::cout << error.what() << '\n';
}
