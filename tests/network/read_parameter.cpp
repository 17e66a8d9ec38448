// How files of other programs become the parameters of a network.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <xtensor/xarray.hpp>

#include <apd/io/safetensors.hpp>
#include <apd/network/parameters.hpp>

namespace {

using Catch::Matchers::Message;
using numbers = std::vector<float>;
const std::filesystem::path folder = APD_REFERENCE_DIR "/orientation";

using square = apd::network<apd::linear<"fc.weight", 3, 3>, apd::bias<"fc.bias", 3>>;
using rectangular = apd::network<apd::linear<"fc.weight", 4, 3>, apd::bias<"fc.bias", 3>>;
const numbers counted{0, 1, 2, 3, 4, 5, 6, 7, 8};  // fc.weight of square.safetensors, [out, in]
const numbers as_transpose{0, 3, 6, 1, 4, 7, 2, 5, 8};

template <apd::static_string Name, class Net>
numbers values(const apd::parameters<Net>& from) {
    const auto all = from.template get<Name>();
    return {all.begin(), all.end()};
}
template <class Net>
void check_refused(const apd::tensors& file, const std::string& problem) {
    CHECK_THROWS_MATCHES((apd::parameters<Net>(file)), apd::error, Message(file.source() + ": " + problem));
}

const std::string say_it =
    "; load the file with apd::load(path, apd::stored_out_in) if matrices are [out, in], as "
    "torch.nn.Linear stores them, else with apd::stored_in_out";

/// A file as another program writes it.
struct foreign_file {
    scratch_folder scratch;
    std::filesystem::path path = scratch.path / "model.safetensors";
    apd::tensors contents;
    apd::tensors load(auto... choices) const {
        apd::save(contents, path);
        return apd::load(path, choices...);
    }
};

}  // namespace

TEST_CASE("a square matrix of PyTorch is read the way that the user says, and not at all without a word") {
    const auto path = folder / "square.safetensors";
    check_refused<square>(apd::load(path),
                          "nothing says which way round matrix 'fc.weight' [3, 3] is, and another "
                          "program wrote it (format: pt)" +
                              say_it);
    const apd::parameters<square> torch = apd::load(path, apd::stored_out_in);
    CHECK(values<"fc.weight">(torch) == as_transpose);
    const apd::parameters<square> other = apd::load(path, apd::stored_in_out);
    CHECK(values<"fc.weight">(other) == counted);
    CHECK(values<"fc.bias">(torch) == values<"fc.bias">(other));
}

TEST_CASE("a rectangular matrix of PyTorch needs the word too, even where it fits") {
    foreign_file file;
    file.contents.set("fc.weight", {4, 3}, numbers(12, 1));
    file.contents.set("fc.bias", {3}, numbers(3, 1));
    CHECK_NOTHROW(apd::parameters<rectangular>(file.load()));  // nobody says that it is another program's
    for (const char* format : {"pt", "tf", "flax", "np", "mlx"}) {
        file.contents.metadata()["format"] = format;
        check_refused<rectangular>(file.load(),
                                   "nothing says which way round matrix 'fc.weight' [4, 3] is, and another "
                                   "program wrote it (format: " +
                                       std::string(format) + ")" + say_it);
        CHECK_NOTHROW(apd::parameters<rectangular>(file.load(apd::stored_in_out)));
    }
}

TEST_CASE("where all matrices are square and PyTorch names them, the word is needed whatever the metadata") {
    foreign_file file;
    file.contents.set("W", {2, 2}, numbers{1, 2, 3, 4});
    file.contents.set("fc.weight", {2, 2}, numbers{1, 2, 3, 4});
    using one = apd::network<apd::linear<"fc.weight", 2, 2>>;
    using two = apd::network<apd::linear<"fc.weight", 2, 2>, apd::linear<"V", 2, 3>>;
    using mine = apd::network<apd::linear<"W", 2, 2>>;
    check_refused<one>(file.load(), "nothing says which way round matrix 'fc.weight' [2, 2] is" + say_it);
    check_refused<mine>(file.load(apd::names({{"W", "V"}, {"fc.weight", "W"}})),
                        "nothing says which way round matrix 'fc.weight' [2, 2] is" + say_it);
    CHECK(values<"W">(apd::parameters<mine>(file.load())) == numbers{1, 2, 3, 4});
    file.contents.set("V", {2, 3}, numbers(6, 1));  // which fits [in, out] alone, and so shows it
    CHECK_NOTHROW(apd::parameters<two>(file.load()));
}

TEST_CASE("what apd wrote needs no word, whatever its names") {
    const scratch_folder scratch;
    const apd::parameters<square> target = apd::load(folder / "square.safetensors", apd::stored_out_in);
    apd::save(target, scratch.path / "mine");
    const apd::parameters<square> again = apd::load(scratch.path / "mine");
    CHECK(values<"fc.weight">(again) == as_transpose);
}

TEST_CASE("a matrix that fits the other way only is an error that says how to choose it") {
    const auto path = folder / "rect.safetensors";
    check_refused<rectangular>(apd::load(path),
                               "tensor 'fc.weight' has shape [3, 4], expected [4, 3]; it fits [out, in], as "
                               "torch.nn.Linear stores it: apd::load(path, apd::stored_out_in)");
    CHECK_NOTHROW(apd::parameters<rectangular>(apd::load(path, apd::stored_out_in)));
    using other = apd::network<apd::linear<"fc.weight", 3, 4>>;
    check_refused<other>(apd::load(path, apd::stored_out_in),
                         "tensor 'fc.weight' has shape [3, 4], expected [4, 3]; it fits [in, out]: load the file with "
                         "apd::stored_in_out, or say so of this tensor with a rule of apd::names");
    CHECK_NOTHROW(apd::parameters<other>(
        apd::load(path, apd::stored_out_in, apd::names({{"fc.weight", "fc.weight", apd::stored_in_out}}))));
    using neither = apd::network<apd::linear<"fc.weight", 5, 3>>;
    check_refused<neither>(apd::load(path, apd::stored_out_in),
                           "tensor 'fc.weight' has shape [3, 4], expected [3, 5]; declare the network of the file");
}

TEST_CASE("names may have a prefix in the file, and others beside them") {
    const apd::parameters<square> prefixed =
        apd::load(folder / "prefixed.safetensors", apd::stored_out_in, apd::names({{"model.", ""}}));
    CHECK(values<"fc.bias">(prefixed).size() == 3);
    using own_names = apd::network<apd::linear<"W", 3, 3>, apd::bias<"b", 3>>;
    const apd::parameters<own_names> renamed = apd::load(folder / "square.safetensors", apd::stored_out_in,
                                                         apd::names({{"fc.weight", "W"}, {"fc.bias", "b"}}));
    CHECK(values<"W">(renamed) == as_transpose);
    CHECK_NOTHROW(apd::parameters<square>(apd::load(folder / "extra.safetensors", apd::stored_out_in)));
}

TEST_CASE("a bias of another shape and a matrix of NaN are errors that say so") {
    check_refused<square>(apd::load(folder / "bias13.safetensors", apd::stored_out_in),
                          "tensor 'fc.bias' has shape [1, 3], expected [3]; save it in the shape that the network "
                          "declares, or declare the network of the file");
    check_refused<square>(apd::load(folder / "nan.safetensors", apd::stored_out_in),
                          "tensor 'fc.weight' holds NaN or infinity; take what was saved before its training diverged, "
                          "or train it again at a lower learning rate");
}

TEST_CASE("a number that is too large for float is an error with the right remedy") {
    const auto path = std::filesystem::path(APD_REFERENCE_DIR "/files/29_f64_overflow.safetensors");
    using one = apd::network<apd::linear<"V", 1, 1>, apd::bias<"W", 1>>;
    apd::tensors file = apd::load(path);
    file.set("V", {1, 1}, numbers{1});
    check_refused<one>(file, "tensor 'W' holds 1e+300, which is too large for float; read it as double");
    CHECK(apd::parameters<one, double>(file).get<"W">()[0] == 1e300);
}

TEST_CASE("a tied matrix may be held once, or twice and equal, each use in its own way") {
    using tied = apd::network<apd::linear<"W", 3, 2>, apd::transposed<"W">>;
    const numbers w{1, 2, 3, 4, 5, 6};  // [in, out] = [3, 2]
    foreign_file file;
    file.contents.metadata()["format"] = "pt";
    file.contents.set("encoder.weight", {2, 3}, numbers{1, 3, 5, 2, 4, 6});
    CHECK(values<"W">(apd::parameters<tied>(file.load(apd::stored_out_in, apd::names({{"encoder.weight", "W"}})))) ==
          w);
    // The weight of the layer z = x Wᵀ, [3, 2] for PyTorch, is W as it is.
    const apd::names both({{"encoder.weight", "W"}, {"decoder.weight", "W", apd::stored_in_out}});
    file.contents.set("decoder.weight", {3, 2}, w);
    CHECK(values<"W">(apd::parameters<tied>(file.load(apd::stored_out_in, both))) == w);
    file.contents.set("decoder.weight", {3, 2}, numbers{1, 2, 3, 4, 5, 7});
    check_refused<tied>(file.load(apd::stored_out_in, both),
                        "tensor 'W' is there twice, and not the same; give the two different names");
    // The same tensor under two names, as an embedding and what is tied to it.
    const apd::names same({{"embed.weight", "W"}, {"head.weight", "W"}});
    file.contents.set("embed.weight", {3, 2}, w);
    file.contents.set("head.weight", {3, 2}, w);
    CHECK(values<"W">(apd::parameters<tied>(file.load(apd::stored_in_out, same))) == w);
}

TEST_CASE("the bias of an affine layer is its last row, or the tensor beside its matrix") {
    using named = apd::network<apd::affine<"fc.weight", 3, 2>>;
    using own = apd::network<apd::affine<"W", 3, 2>>;
    const numbers rows{1, 2, 3, 4, 5, 6, 10, 20};
    foreign_file file;
    file.contents.set("fc.weight", {2, 3}, numbers{1, 3, 5, 2, 4, 6});
    file.contents.set("fc.bias", {2}, numbers{10, 20});
    CHECK(values<"fc.weight">(apd::parameters<named>(file.load(apd::stored_out_in))) == rows);
    const apd::names renamed({{"fc.weight", "W"}, {"fc.bias", "W.bias"}});
    CHECK(values<"W">(apd::parameters<own>(file.load(apd::stored_out_in, renamed))) == rows);
    file.contents.set("fc.weight", {2, 4}, numbers{1, 3, 5, 10, 2, 4, 6, 20});  // whole, transposed
    CHECK(values<"fc.weight">(apd::parameters<named>(file.load(apd::stored_out_in))) == rows);
    file.contents.set("fc.weight", {4, 2}, rows);
    CHECK(values<"fc.weight">(apd::parameters<named>(file.load())) == rows);
    file.contents.set("fc.weight", {3, 2}, numbers{1, 2, 3, 4, 5, 6});
    CHECK(values<"fc.weight">(apd::parameters<named>(file.load())) == rows);
    file.contents.set("fc.bias", {3}, numbers{10, 20, 30});
    check_refused<named>(file.load(),
                         "tensor 'fc.bias' has shape [3], expected [2]; save it in the shape that the "
                         "network declares, or declare the network of the file");
    check_refused<own>(file.load(apd::names({{"fc.weight", "W"}})),
                       "tensor 'W.bias' is missing; there are 'W', 'fc.bias'");
    using square_affine = apd::network<apd::affine<"fc.weight", 2, 2>>;
    file.contents.set("fc.weight", {2, 2}, numbers{1, 2, 3, 4});
    check_refused<square_affine>(file.load(), "nothing says which way round matrix 'fc.weight' [2, 2] is" + say_it);
}

TEST_CASE("kernels of a convolution are [out, in, width] in PyTorch and [width · in, out] here") {
    // Kernel o sees channel i at position w with weight 100 o + 10 i + w.
    using net = apd::network<apd::convolution<"conv.weight", 5, 2, 2, 3>>;
    numbers torch, rows;
    for (const int o : {0, 1})
        for (const int i : {0, 1})
            for (const int w : {0, 1, 2}) torch.push_back(static_cast<float>(100 * o + 10 * i + w));
    for (const int w : {0, 1, 2})
        for (const int i : {0, 1})
            for (const int o : {0, 1}) rows.push_back(static_cast<float>(100 * o + 10 * i + w));
    foreign_file file;
    file.contents.set("conv.weight", {2, 2, 3}, torch);
    CHECK(values<"conv.weight">(apd::parameters<net>(file.load(apd::stored_out_in))) == rows);
    file.contents.set("conv.weight", {3, 2, 2}, rows);  // as Flax has them
    CHECK(values<"conv.weight">(apd::parameters<net>(file.load(apd::stored_in_out))) == rows);
    file.contents.set("conv.weight", {6, 2}, rows);
    CHECK(values<"conv.weight">(apd::parameters<net>(file.load())) == rows);
    file.contents.set("conv.weight", {3, 2, 3}, numbers(18, 1));
    check_refused<net>(file.load(apd::stored_out_in),
                       "tensor 'conv.weight' has shape [3, 2, 3], expected [2, 6]; declare the network of the file");
}

TEST_CASE("kernels of an image are [out, in, height, width] in PyTorch") {
    // Kernel o sees channel i of pixel (m, n) with weight 1000 o + 100 i + 10 m + n.
    using net = apd::network<apd::image_convolution<"conv.weight", 4, 4, 2, 2, 2, 3>>;
    numbers torch, rows;
    for (const int o : {0, 1})
        for (const int i : {0, 1})
            for (const int m : {0, 1})
                for (const int n : {0, 1, 2}) torch.push_back(static_cast<float>(1000 * o + 100 * i + 10 * m + n));
    for (const int m : {0, 1})
        for (const int n : {0, 1, 2})
            for (const int i : {0, 1})
                for (const int o : {0, 1}) rows.push_back(static_cast<float>(1000 * o + 100 * i + 10 * m + n));
    foreign_file file;
    file.contents.set("conv.weight", {2, 2, 2, 3}, torch);
    CHECK(values<"conv.weight">(apd::parameters<net>(file.load(apd::stored_out_in))) == rows);
    file.contents.set("conv.weight", {2, 3, 2, 2}, rows);  // as Flax has them
    CHECK(values<"conv.weight">(apd::parameters<net>(file.load(apd::stored_in_out))) == rows);
    file.contents.set("conv.weight", {2, 2, 3, 2}, torch);
    check_refused<net>(
        file.load(apd::stored_out_in),
        "tensor 'conv.weight' has shape [2, 2, 3, 2], expected [2, 12]; declare the network of the file");
}

TEST_CASE("matrices of more numbers than are read at once are turned whole") {
    constexpr std::size_t in = 300, out = 200;
    using net = apd::network<apd::linear<"fc.weight", in, out>>;
    numbers torch(in * out);
    for (std::size_t o = 0; o < out; ++o)
        for (std::size_t i = 0; i < in; ++i) torch[o * in + i] = static_cast<float>(1000 * o + i);
    foreign_file file;
    file.contents.set("fc.weight", {out, in}, torch);
    const auto read = values<"fc.weight">(apd::parameters<net>(file.load(apd::stored_out_in)));
    for (std::size_t o = 0; o < out; ++o)
        for (std::size_t i = 0; i < in; ++i) REQUIRE(read[i * out + o] == static_cast<float>(1000 * o + i));
}

TEST_CASE("half precision of a file is read as the numbers of the network") {
    foreign_file file;
    const std::vector<std::uint16_t> halves{0x3C00, 0xC000, 0x3555, 0x7BFF};  // 1, -2, 0.33325195, 65504
    file.contents.add("W", {"F16", {2, 2}, apd::ext::detail::stored_bytes([&] {
                                const auto bytes = std::as_bytes(std::span(halves));
                                return std::vector<std::byte>(bytes.begin(), bytes.end());
                            }())});
    using net = apd::network<apd::linear<"W", 2, 2>>;
    CHECK(values<"W">(apd::parameters<net>(file.load(apd::stored_out_in))) == numbers{1, 0.333251953125F, -2, 65504});
}
