#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

#include <apd/core/error.hpp>

TEST_CASE("an error is one sentence: where, what, what to do") {
    const apd::error failure("target.safetensors", "tensor 'W' is missing", "save it");
    CHECK(failure.what() == std::string("target.safetensors: tensor 'W' is missing; save it"));
}

TEST_CASE("an error without a remedy ends after the problem") {
    CHECK(apd::error("here", "it broke", "").what() == std::string("here: it broke"));
}

TEST_CASE("an error is caught as a std::runtime_error") {
    CHECK_THROWS_AS(throw apd::error("here", "it broke", ""), std::runtime_error);
}
