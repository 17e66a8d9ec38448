#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/scratch_folder.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xview.hpp>

#include <apd/io/safetensors.hpp>
#include <apd/io/tensors.hpp>

namespace {

using shape = std::vector<std::size_t>;

template <class T, class E>
concept settable = requires(T contents, E values) {
    contents.set("W", values);
};

}  // namespace

TEST_CASE("tensors and texts come back as they were set") {
    // [example tensors]
    apd::tensors model;
    model.set("weight", xt::xarray<float>{{1, 2}, {3, 4}});
    model.set("scale", {}, std::vector{0.5});
    model.metadata()["kind"] = "tms";
    const xt::xarray<double> weight = model.get<double>("weight");
    // [/example]
    CHECK((weight == xt::xarray<double>{{1, 2}, {3, 4}}));
    CHECK(model.get<double>("scale")() == 0.5);
    CHECK(model.names() == std::vector<std::string>{"scale", "weight"});
    CHECK(model.contains("weight"));
    CHECK_FALSE(model.contains("kind"));
    CHECK(model.shape("weight") == shape{2, 2});
    CHECK(model.shape("scale").empty());
    CHECK(model.dtype("weight") == apd::ext::tensor_dtype::f32);
    CHECK(model.dtype("scale") == apd::ext::tensor_dtype::f64);
    CHECK(model.metadata().at("kind") == "tms");
    CHECK(model.source().empty());
    CHECK(apd::tensors("target.safetensors").source() == "target.safetensors");
}

TEMPLATE_TEST_CASE("each scalar has its dtype and its bytes", "", float, double, bool, std::int32_t, std::int64_t,
                   std::uint8_t) {
    const xt::xarray<TestType> values{{TestType{0}, TestType{1}, TestType{1}}};
    apd::tensors contents;
    contents.set("x", values);
    CHECK((contents.get<TestType>("x") == values));
    CHECK(contents.bytes("x").size() == 3 * sizeof(TestType));
    apd::tensors copy;
    copy.set_bytes("x", contents.dtype("x"), contents.shape("x"), contents.bytes("x"));
    CHECK((copy.get<TestType>("x") == values));
    CHECK(copy.dtype("x") == contents.dtype("x"));
}

TEST_CASE("expressions are evaluated and views are made row-major") {
    const xt::xarray<double, xt::layout_type::column_major> columns{{1, 2, 3}, {4, 5, 6}};
    apd::tensors contents;
    contents.set("sum", columns + 1.0);
    contents.set("view", xt::view(columns, xt::all(), 1));
    contents.set("span", {1, 2}, std::span<const float>(std::array{7.0F, 8.0F}));
    CHECK((contents.get<double>("sum") == xt::xarray<double>{{2, 3, 4}, {5, 6, 7}}));
    CHECK(*reinterpret_cast<const double*>(contents.bytes("sum").data() + sizeof(double)) == 3.0);
    CHECK((contents.get<double>("view") == xt::xarray<double>{2, 5}));
    CHECK((contents.get<float>("span") == xt::xarray<float>{{7.0F, 8.0F}}));
}

TEST_CASE("setting a name again replaces values, shape and dtype") {
    apd::tensors contents;
    contents.set("x", xt::xarray<float>{1, 2, 3});
    contents.set("x", {1, 1}, std::vector<std::int32_t>{4});
    CHECK(contents.get<int>("x")(0, 0) == 4);
    CHECK(contents.shape("x") == shape{1, 1});
    CHECK(contents.names().size() == 1);
}

TEST_CASE("tensors without elements and of no dimensions are tensors") {
    apd::tensors contents;
    contents.set("none", {3, 0, 2}, std::vector<double>{});
    contents.set("scalar", xt::xarray<std::int64_t>(7));
    CHECK(contents.shape("none") == shape{3, 0, 2});
    CHECK(contents.get<float>("none").size() == 0);
    CHECK(contents.get<int>("scalar")() == 7);
}

TEST_CASE("numbers are converted where the values stay what they are") {
    apd::tensors contents;
    contents.set("mask", xt::xarray<bool>{true, false});
    contents.set("count", xt::xarray<std::int64_t>{-3, 1 << 24});
    contents.set("weight", xt::xarray<double>{0.1, std::numeric_limits<double>::infinity()});
    CHECK((contents.get<float>("mask") == xt::xarray<float>{1, 0}));
    CHECK((contents.get<std::uint16_t>("mask") == xt::xarray<std::uint16_t>{1, 0}));
    CHECK((contents.get<float>("count") == xt::xarray<float>{-3, 1 << 24}));
    CHECK(contents.get<short>("mask").size() == 2);
    CHECK((contents.get<float>("weight") == xt::xarray<float>{0.1F, std::numeric_limits<float>::infinity()}));
}

TEST_CASE("a missing tensor is an error that lists those there are") {
    apd::tensors contents("target.safetensors");
    CHECK_THROWS_MATCHES(contents.shape("W"), apd::error,
                         Catch::Message("target.safetensors: tensor 'W' is missing; there are no tensors"));
    contents.set("b", xt::xarray<float>{1});
    contents.set("embed.W", xt::xarray<float>{1});
    CHECK_THROWS_MATCHES(contents.get<float>("W"), apd::error,
                         Catch::Message("target.safetensors: tensor 'W' is missing; there are 'b', 'embed.W'"));
    for (char letter = 'c'; letter < 'z'; ++letter) contents.set(std::string(1, letter), xt::xarray<float>{1});
    CHECK_THROWS_MATCHES(contents.dtype("W"), apd::error,
                         Catch::Message("target.safetensors: tensor 'W' is missing; there are 'b', 'c', 'd', 'e', "
                                        "'embed.W', 'f', 'g', 'h' and 17 more"));
    CHECK_THROWS_MATCHES(apd::tensors().bytes("W"), apd::error,
                         Catch::Message("tensors: tensor 'W' is missing; there are no tensors"));
}

TEST_CASE("reading as another kind of number is an error that names the dtype") {
    apd::tensors contents("a.safetensors");
    contents.set("W", xt::xarray<double>{1});
    contents.set("n", xt::xarray<std::int32_t>{1});
    CHECK_THROWS_MATCHES(contents.get<int>("W"), apd::error,
                         Catch::Message("a.safetensors: tensor 'W' is stored as F64; read it as float or double"));
    CHECK_THROWS_MATCHES(contents.get<bool>("n"), apd::error,
                         Catch::Message("a.safetensors: tensor 'n' is stored as I32; read it as integers"));
}

TEST_CASE("a value that the asked type can't hold is an error that names it") {
    apd::tensors contents("a.safetensors");
    contents.set("n", xt::xarray<std::int64_t>{1, 300});
    contents.set("W", xt::xarray<double>{-1e39});
    CHECK_THROWS_MATCHES(contents.get<std::uint8_t>("n"), apd::error,
                         Catch::Message("a.safetensors: tensor 'n' holds 300, which the asked type can't; read it as "
                                        "the dtype it is stored in, I64"));
    CHECK_THROWS_MATCHES(contents.get<float>("W"), apd::error,
                         Catch::Message("a.safetensors: tensor 'W' holds -1e+39, which is too large for float; read it "
                                        "as double"));
}

TEST_CASE("values that do not fill the shape are an error") {
    apd::tensors contents;
    const std::string expected =
        "tensors: tensor 'W' has 3 values, which do not fill its shape; give one value for each element";
    CHECK_THROWS_MATCHES(contents.set("W", {2, 2}, std::vector{1.0, 2.0, 3.0}), apd::error, Catch::Message(expected));
    const std::array<std::byte, 25> bytes{};
    CHECK_THROWS_MATCHES(contents.set_bytes("W", apd::ext::tensor_dtype::f64, {3}, bytes), apd::error,
                         Catch::Message(expected));
    const std::size_t huge = std::size_t{1} << 62U;
    CHECK_THROWS_MATCHES(contents.set("W", {huge, 4, 0}, std::vector<float>{}), apd::error,
                         Catch::Message("tensors: tensor 'W' has 0 values, which do not fill its shape; give one value "
                                        "for each element"));
    CHECK_FALSE(contents.contains("W"));
}

TEST_CASE("BOOL bytes other than 0 and 1 are an error") {
    apd::tensors contents;
    const std::array bytes{std::byte{1}, std::byte{2}};
    CHECK_THROWS_MATCHES(contents.set_bytes("mask", apd::ext::tensor_dtype::boolean, {2}, bytes), apd::error,
                         Catch::Message("tensors: tensor 'mask' is BOOL and holds a byte that is neither 0 nor 1; save "
                                        "it as U8"));
}

TEST_CASE("the name that files keep for metadata is an error") {
    apd::tensors contents;
    CHECK_THROWS_MATCHES(contents.set("__metadata__", xt::xarray<float>{1}), apd::error,
                         Catch::Message("tensors: tensor '__metadata__' has the name that files keep for metadata; "
                                        "choose another name"));
}

TEST_CASE("names in errors stay on one line and short") {
    const apd::tensors contents;
    CHECK_THROWS_MATCHES(contents.shape("a\nb"), apd::error,
                         Catch::Message("tensors: tensor 'a?b' is missing; there are no tensors"));
    std::string umlauts = "x";
    std::string kept = "x";
    for (int i = 0; i < 60; ++i) umlauts += "ä";
    for (int i = 0; i < 39; ++i) kept += "ä";  // the 80 bytes end within the next
    CHECK_THROWS_MATCHES(contents.shape(umlauts), apd::error,
                         Catch::Message("tensors: tensor '" + kept + "…' is missing; there are no tensors"));
}

TEST_CASE("only the scalars of files can be set, and only numbers got") {
    STATIC_REQUIRE(settable<apd::tensors, xt::xarray<float>>);
    STATIC_REQUIRE(settable<apd::tensors, xt::xarray<short>>);
    STATIC_REQUIRE_FALSE(settable<apd::tensors, xt::xarray<long double>>);
    STATIC_REQUIRE_FALSE(settable<apd::tensors, std::vector<float>>);
    STATIC_REQUIRE_FALSE(apd::ext::tensor_number<std::string>);
    STATIC_REQUIRE_FALSE(apd::ext::tensor_values<std::vector<bool>>);
}

TEST_CASE("what is there twice is read where the two are equal, whatever they are stored as") {
    const auto stored = [](apd::tensors from) { return from.copies("W").front(); };
    apd::tensors floats, doubles, other;
    floats.set("W", xt::xarray<float>{1, std::numeric_limits<float>::quiet_NaN()});
    doubles.set("W", xt::xarray<double>{1, std::numeric_limits<double>::quiet_NaN()});
    other.set("W", xt::xarray<float>{1, 2});
    apd::tensors contents("a.safetensors");
    contents.add("W", stored(floats));
    contents.add("W", stored(doubles));
    CHECK(contents.get<float>("W")(0) == 1);
    CHECK(contents.names() == std::vector<std::string>{"W"});
    const auto refused =
        Catch::Message("a.safetensors: tensor 'W' is there twice, and not the same; give the two different names");
    CHECK_THROWS_MATCHES(contents.bytes("W"), apd::error, refused);  // the bytes are not the same
    contents.add("W", stored(other));
    CHECK_THROWS_MATCHES(contents.get<float>("W"), apd::error, refused);
    contents.set("W", xt::xarray<float>{3});  // in place of all
    CHECK(contents.get<float>("W")(0) == 3);
    other.set("W", {1, 1}, std::vector{3.0F});
    contents.add("W", stored(other));
    CHECK_THROWS_MATCHES(contents.get<float>("W"), apd::error, refused);  // of another shape
}

TEST_CASE("tensors of more numbers than are converted at once come back whole") {
    const std::size_t count = 3 * apd::ext::detail::numbers_at_once + 5;
    std::vector<double> numbers(count);
    for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<double>(i);
    apd::tensors contents;
    contents.set("W", {count}, numbers);
    const auto floats = contents.get<float>("W");
    for (std::size_t i = 0; i < count; ++i) REQUIRE(floats(i) == static_cast<float>(i));
    const auto doubles = contents.get<double>("W");
    CHECK(std::ranges::equal(doubles, numbers));
}

TEST_CASE("tensors that lie elsewhere are copied when they are asked for, a piece at a time") {
    constexpr std::size_t count = 300'000;  // more than a piece
    std::size_t most = 0;
    apd::tensors contents;
    contents.set_later("n", apd::ext::tensor_dtype::i64, {count}, [&](std::size_t begin, std::span<std::byte> to) {
        most = std::max(most, to.size());
        for (std::size_t i = 0; i < to.size() / 8; ++i) {
            const auto number = static_cast<std::int64_t>(begin / 8 + i);
            std::memcpy(to.data() + 8 * i, &number, 8);
        }
    });
    CHECK(most == 0);
    const scratch_folder folder;
    apd::save(contents, folder.path / "numbers.safetensors");
    CHECK(most == std::size_t{1} << 20U);
    const auto numbers = apd::load(folder.path / "numbers.safetensors").get<std::int64_t>("n");
    for (std::size_t i = 0; i < count; ++i) REQUIRE(numbers(i) == static_cast<std::int64_t>(i));
    CHECK(apd::read_file(folder.path / "numbers.safetensors") == apd::to_safetensors(contents));

    contents.set_later("n", apd::ext::tensor_dtype::f32, {2}, [](std::size_t, std::span<std::byte>) {
        throw apd::error("test", "it is not there any more", "");
    });
    CHECK_THROWS_AS(apd::save(contents, folder.path / "numbers.safetensors"), apd::error);
    CHECK(apd::load(folder.path / "numbers.safetensors").get<std::int64_t>("n")(7) == 7);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);  // nothing half written
    CHECK_THROWS_AS(contents.set_later("n", apd::ext::tensor_dtype::f32, {~std::size_t{0}}, {}), apd::error);
}
