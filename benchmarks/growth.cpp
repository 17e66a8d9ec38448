// How the time of a step grows with the batch, the number of components and the number of features, beside how its cost
// grows as it is counted: a model like TMS 40-10 with 50 components on 2048 samples, one of the three changed.
//
//   build/release/benchmarks/bench_growth [--threads 1] [--out growth.svg] [--csv growth.csv]
//   chromium --headless --window-size=720,870 --screenshot=docs/growth.png growth.svg

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <apd/apd.hpp>
#include <apd/report.hpp>

#include "counted.hpp"
#include "toy_case.hpp"

namespace {

/// A step at one size.
struct point {
    double size, milliseconds, gigaflop, megabytes;
};
struct growth {
    std::string title, size_name;
    std::vector<point> points{};
};

using counting_device = counting::counted<apd::cpu>;

/// The time of the fastest step, and the cost of one. The device counts in a step of its own: otherwise it is closed.
template <class Case>
point measure(std::size_t threads, std::size_t batch, double size) {
    using clock = std::chrono::steady_clock;
    counting_device device([threads] { return apd::cpu({.threads = threads}); });
    timed::run<Case, counting_device> run(device, 0, batch);
    run.step();  // memory is there
    device.costs().is_open = true;
    run.step();
    device.costs().is_open = false;
    std::vector<double> times;
    for (const auto start = clock::now(); times.size() < 5 || clock::now() - start < std::chrono::milliseconds(500);) {
        const auto begin = clock::now();
        run.step();
        times.push_back(std::chrono::duration<double, std::milli>(clock::now() - begin).count());
    }
    const double fastest = std::ranges::min(times);  // other programs of the machine can only slow a step
    const counting::work least = device.costs().total().done;
    std::fprintf(stderr, "batch %5zu, %3zu components, %2zu features: %8.3f ms\n", batch, Case::components,
                 Case::network::inputs, fastest);
    return {size, fastest, least.flop / 1e9, least.bytes / 1e6};
}

template <std::size_t Features, std::size_t Components>
using model = timed::toy<Features, Features / 4, Components, paper_40_10>;
constexpr std::size_t usual_batch = 2048, usual_components = 50, usual_features = 40;

std::vector<growth> measure_all(std::size_t threads) {
    growth batch{"The batch B", "B, samples"}, components{"The number of components C", "C, components"},
        features{"The size d of the model", "d, features, with d/4 hidden"};
    for (const std::size_t b : {256U, 512U, 1024U, 2048U, 4096U, 8192U})
        batch.points.push_back(measure<model<usual_features, usual_components>>(threads, b, static_cast<double>(b)));
    const auto with_components = [&]<std::size_t... C>(std::index_sequence<C...>) {
        (components.points.push_back(measure<model<usual_features, C>>(threads, usual_batch, C)), ...);
    };
    with_components(std::index_sequence<10, 50, 100, 200>{});
    const auto with_features = [&]<std::size_t... D>(std::index_sequence<D...>) {
        (features.points.push_back(measure<model<D, usual_components>>(threads, usual_batch, D)), ...);
    };
    with_features(std::index_sequence<10, 20, 40, 80>{});
    return {batch, components, features};
}

/// Both axes in powers of ten; a cost is scaled to the first time.
std::string drawn(const growth& one, double top, double height) {
    using namespace apd::ext;
    std::vector<line_series> series{{"ms a step", {}, {}}, {"FLOP, scaled", {}, {}}, {"bytes, scaled", {}, {}}};
    const point& first = one.points.front();
    detail::chart_frame frame{.x = {.log = true}, .y = {.log = true}, .right = 110, .top = top + 34};
    for (const point& p : one.points) {
        const double costs[] = {p.milliseconds, p.gigaflop / first.gigaflop * first.milliseconds,
                                p.megabytes / first.megabytes * first.milliseconds};
        for (std::size_t s = 0; s < series.size(); ++s) {
            series[s].x.push_back(p.size), series[s].y.push_back(costs[s]);
            frame.include(p.size, costs[s]);
        }
    }
    frame.x.pad(0.03), frame.y.pad(0.06);
    frame.bottom = top + height - detail::x_axis_height(one.size_name) - 20;
    const detail::chart_ticks x_ticks(frame.x), y_ticks(frame.y);
    frame.left = detail::room_for(y_ticks.names);
    std::string dots;
    for (const point& p : one.points)
        dots += svg::concatenate("<circle r=\"3.5\" cx=\"", svg::coordinate(frame.pixel_x(p.size)), "\" cy=\"",
                                 svg::coordinate(frame.pixel_y(p.milliseconds)), "\" style=\"fill:", svg::colour(0),
                                 "\"/>");
    return svg::concatenate(
        detail::chart_text("panel-name", 0, top + 16, one.title), detail::chart_y_axis(frame, y_ticks, ""),
        detail::chart_x_grid(frame, x_ticks), detail::chart_x_axis(frame, x_ticks, one.size_name),
        detail::chart_curves(series, {series[0].name, series[1].name, series[2].name}, frame), dots);
}

std::string picture(const std::vector<growth>& all) {
    constexpr double height = 290;
    std::string panels;
    for (std::size_t i = 0; i < all.size(); ++i) panels += drawn(all[i], static_cast<double>(i) * height, height);
    const std::string size = apd::ext::svg::coordinate(height * static_cast<double>(all.size()));
    return apd::ext::svg::concatenate("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"", size,
                                      "\" viewBox=\"-12 0 744 ", size, "\"><style>", apd::ext::detail::page_style,
                                      ".panel-name{font-size:14px;font-weight:600;fill:var(--ink)}</style>",
                                      "<rect x=\"-12\" width=\"744\" height=\"100%\" fill=\"var(--paper)\"/>", panels,
                                      "</svg>\n");
}

std::string table(const std::vector<growth>& all) {
    std::string text = "what grows,size,ms,GFLOP,MB\n";
    char line[160];
    for (const auto& each : all)
        for (const point& p : each.points) {
            std::snprintf(line, sizeof line, "%s,%g,%.5g,%.5g,%.5g\n", each.title.c_str(), p.size, p.milliseconds,
                          p.gigaflop, p.megabytes);
            text += line;
        }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t threads = 1;
    std::string out = "growth.svg", csv = "growth.csv";
    CLI::App app("How the time of a step grows with the batch, the components and the features.");
    app.option_defaults()->always_capture_default();
    app.add_option("--threads", threads, "Threads of the device")->check(CLI::PositiveNumber);
    app.add_option("--out", out, "The picture");
    app.add_option("--csv", csv, "The numbers");
    CLI11_PARSE(app, argc, argv);
    try {
        const auto all = measure_all(threads);
        apd::write_file_atomically(csv, table(all));
        apd::write_file_atomically(out, picture(all));
        std::printf("Wrote %s (open it in a browser) and %s.\n", out.c_str(), csv.c_str());
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "bench_growth: %s\n", failure.what());
        return 1;
    }
}
