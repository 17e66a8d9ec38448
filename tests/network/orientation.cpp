#include <string>
#include <type_traits>

#include <catch2/catch.hpp>

#include <apd/network/orientation.hpp>

namespace {

/// Weights that record who calls, and with what.
struct recorder {
    std::string& calls;
    template <class Use>
    static constexpr char letter = std::is_same_v<Use, apd::ext::as_declared> ? 's' : 't';

    template <class Use>
    void forward(char device, Use, int x, int y) const {
        calls += std::string{device, letter<Use>} + " forward " + std::to_string(x) + std::to_string(y);
    }
    template <class Use>
    void pushforward(char device, Use, int x, int tx, int ty) const {
        calls +=
            std::string{device, letter<Use>} + " push " + std::to_string(x) + std::to_string(tx) + std::to_string(ty);
    }
    template <class Use>
    void pullback(char device, Use, int x, int gy, int gx) const {
        calls +=
            std::string{device, letter<Use>} + " pull " + std::to_string(x) + std::to_string(gy) + std::to_string(gx);
    }
};

template <class Use>
std::string calls_of_a_layer() {
    std::string calls;
    const recorder weights{calls};
    char device = 'd';
    apd::ext::matrix_layer<Use>::forward(device, weights, 1, 2);
    apd::ext::matrix_layer<Use>::pushforward(device, weights, 3, 4, 5);
    apd::ext::matrix_layer<Use>::pullback(device, weights, 6, 7, 8);
    return calls;
}

}  // namespace

TEST_CASE("turned subscripts are the straight ones with rows and columns exchanged, and U and V") {
    const auto exchanged = [](std::string letters, char a, char b) {
        for (char& letter : letters) letter = letter == a ? b : letter == b ? a : letter;
        return letters;
    };
    const auto text = []<char... Letters>(apd::ext::axes<Letters...>) { return std::string{Letters...}; };
    using apd::ext::as_declared, apd::ext::as_transpose;
    CHECK(text(as_declared::matrix) == "io");
    CHECK(text(as_transpose::matrix) == exchanged(text(as_declared::matrix), 'i', 'o'));
    CHECK(text(as_transpose::directions) == exchanged(text(as_declared::directions), 'i', 'o'));
    CHECK(text(as_transpose::components) == exchanged(text(as_declared::components), 'i', 'o'));
    // x U V: U is [C, in, m], V is [C, m, out]; x V^T U^T: the first factor is stored [C, m, in].
    CHECK(text(as_declared::left_factor) == "cir");
    CHECK(text(as_declared::right_factor) == "cro");
    CHECK(text(as_transpose::left_factor) == "cri");
    CHECK(text(as_transpose::right_factor) == "cor");
    CHECK(as_declared::left('U', 'V') == 'U');
    CHECK(as_declared::right('U', 'V') == 'V');
    CHECK(as_transpose::left('U', 'V') == 'V');
    CHECK(as_transpose::right('U', 'V') == 'U');
}
TEST_CASE("a matrix layer leaves its arithmetic to the weights") {
    CHECK(calls_of_a_layer<apd::ext::as_declared>() == "ds forward 12ds push 345ds pull 678");
    CHECK(calls_of_a_layer<apd::ext::as_transpose>() == "dt forward 12dt push 345dt pull 678");
}
