#pragma once
// Runs of the published code of SPD and VPD, step by step: its draws go into ours, its numbers must come out.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/reference.hpp>
#include <support/small_problem.hpp>
#include <support/tested_backend.hpp>

#include <apd/apd.hpp>

namespace apd_test {

/// What the published code drew: that of a term is asked for by the name it has in the file.
struct published_draws {
    const apd::tensors* file;
    std::vector<std::string> sites;  // in the order of our network
    std::size_t step = 0;
    std::map<std::string, int> states;  // how many states have asked for the draws of a term
    std::string at(const std::string& term) const { return "step." + std::to_string(step) + "." + term; }
    std::vector<double> read(const std::string& name) const {
        const auto array = file->get<double>(name);
        return {array.begin(), array.end()};
    }
    /// [B, n_0], [B, n_1], … of the sites, side by side.
    std::vector<double> side_by_side(const std::string& prefix, std::size_t rows) const {
        std::vector<std::vector<double>> parts;
        for (const auto& site : sites)
            parts.push_back(file->contains(prefix + site) ? read(prefix + site) : std::vector<double>(rows));
        std::vector<double> all;
        for (std::size_t b = 0; b < rows; ++b)
            for (const auto& part : parts) {
                const std::size_t n = part.size() / rows;
                all.insert(all.end(), part.begin() + static_cast<long>(b * n),
                           part.begin() + static_cast<long>((b + 1) * n));
            }
        return all;
    }
};
/// Uploads numbers to an array of any scalar.
template <class T, class E>
void give(auto& device, const apd::ext::view<T, E>& to, const std::vector<double>& numbers) {
    std::vector<T> converted(numbers.begin(), numbers.end());
    device.upload(std::span<const T>(converted), to);
}

/// Its masks, those of sample 0, 1, … to the states that are made one after the other; or, of importances, its noise.
struct published_source : apd::ext::source_base {
    published_draws* draws;
    std::string term, numbers = "u";
    bool operator==(const published_source& other) const { return term == other.term && numbers == other.numbers; }
    std::string describe() const { return term; }

    template <class Problem>
    class state {
      public:
        state(const published_source& source, Problem&)
            : draws_(source.draws),
              term_(source.term),
              numbers_(source.numbers),
              sample_(draws_->states[term_ + numbers_]++) {}
        void draw(auto& step, const auto& r) { upload(step, numbers_, r); }
        void draw_delta(auto& step, const auto& r) { upload(step, numbers_ + "_delta", r); }

      private:
        void upload(auto& step, const std::string& what, const auto& r) {
            std::string of = draws_->at(term_) + ".";
            if (numbers_ == "u") of += "sample." + std::to_string(sample_) + ".";
            if (!what.empty()) of += what + ".";
            give(step.problem.device, r, draws_->side_by_side(of, r.batch));
        }
        published_draws* draws_;
        std::string term_, numbers_;
        int sample_;
    };
};
/// Where its ascents begin: numbers of the components of a site and, behind them, of its delta component; of one row if
/// they are shared by all.
struct published_start : apd::ext::source_base {
    published_draws* draws;
    std::string term;
    bool operator==(const published_start& other) const { return term == other.term; }
    std::string describe() const { return term; }

    template <class Problem>
    class state {
      public:
        state(const published_start& source, Problem&) : draws_(source.draws), term_(source.term) {}
        void draw(auto& step, const auto& r) { upload(step, false, r); }
        void draw_delta(auto& step, const auto& r) { upload(step, true, r); }

      private:
        template <class View>
        void upload(auto& step, bool deltas, const View& r) {
            std::vector<double> numbers;
            const std::size_t rows = View::shape::is_batched ? r.batch : 1;
            for (std::size_t b = 0; b < rows; ++b)
                Problem::for_each_site([&](auto site) {
                    const auto all = draws_->read(draws_->at(term_) + ".source_init." + draws_->sites[site.number]);
                    const auto row = all.begin() + static_cast<long>(b * (site.count + 1));
                    if (deltas) numbers.push_back(row[site.count]);
                    else numbers.insert(numbers.end(), row, row + site.count);
                });
            give(step.problem.device, r, numbers);
        }
        published_draws* draws_;
        std::string term_;
    };
};
/// Its routes: k of them and a number for each site, or, with a probability, a number for each site.
struct published_routing : apd::ext::routing_base {
    static constexpr bool has_routes = true;
    published_draws* draws;
    std::string term;
    bool has_samples = true;
    double probability = 0;
    int ascents = 0;  // whose routes come before those of the term itself
    bool operator==(const published_routing& other) const { return term == other.term; }
    std::string describe() const { return term; }

    template <class Problem>
    class state {
        using T = typename Problem::scalar;

      public:
        state(const published_routing& routing, Problem& p)
            : draws_(routing.draws),
              probability_(routing.probability),
              of_(routing.term + "."),
              wanted_(p.device, p.rows.capacity),
              noise_(p.device, p.rows.capacity) {
            const int number = draws_->states[of_]++;
            if (number < routing.ascents) of_ += "warm." + std::to_string(number) + ".";
            else if (routing.has_samples) of_ += "sample." + std::to_string(number) + ".";
        }
        void draw(auto& step, const auto& route) {
            const std::string of = draws_->at(of_);
            const std::size_t rows = route.batch;
            auto& device = step.problem.device;
            if (probability_ > 0) {
                std::vector<double> routes = draws_->side_by_side(of + "route_u.", rows);
                for (double& each : routes) each = each < probability_ ? 1 : 0;
                return give(device, route, routes);
            }
            give(device, *wanted_, draws_->read(of + "route_k"));
            give(device, *noise_, draws_->side_by_side(of + "route_noise.", rows));
            using random_sites = apd::ext::random_sites_routing::state<Problem>;
            random_sites::route_by_order(device, *noise_, *wanted_, route);
        }

      private:
        published_draws* draws_;
        double probability_;
        std::string of_;
        apd::ext::array<typename Problem::device_type, T, apd::extents<apd::dynamic, 1>> wanted_;
        apd::ext::array<typename Problem::device_type, T,
                        apd::extents<apd::dynamic, Problem::network_type::sites.size()>>
            noise_;
    };
};

/// All steps of a file, and its faithful start. `objective(draws)` is its objective, whose terms have these names
/// there.
template <class T, class Net, class Shape, class Device = tested_backend>
void agrees_with_published(const std::string& name, const std::vector<std::string>& terms, auto objective,
                           const apd::schedule& rates, const apd::ext::gradient_limits& limits = {}) {
    const auto file = apd::load(APD_REFERENCE_DIR "/" + name + ".safetensors");
    published_draws draws{&file, {}, 0, {}};
    for (const auto site : Net::site_names)  // target.⟨site⟩.weight
        draws.sites.emplace_back(site.substr(7, site.size() - 14));
    const auto batches = draws.read("batches");
    const std::size_t steps = file.shape("batches")[0], batch = batches.size() / steps / Net::inputs;  // in rows

    Device device;
    using problem_type = apd::ext::problem<Device, T, Net, Shape>;
    problem_type problem(device, apd::parameters<Net, T>(file), batch);
    using faithfulness = apd::ext::objective<apd::ext::faithfulness_loss<false>>;
    apd::ext::decomposition_run<problem_type, faithfulness> faithful(problem, 1.0 * apd::faithfulness(), {},
                                                                     apd::adam{.weight_decay = 0.1});
    const auto sum = objective(draws);
    apd::ext::decomposition_run<problem_type, std::remove_const_t<decltype(sum)>> run(problem, sum, {}, {}, limits);

    // The name that a part has in the file: those of two branches, which count layers differently.
    const auto name_of = [&](const std::string& part) -> std::string {
        for (std::size_t s = 0; s < draws.sites.size(); ++s) {
            const std::string of_net(Net::site_names[s]), importance = "importance." + of_net + ".";
            if (part == "U." + of_net) return draws.sites[s] + ".U";
            if (part == "V." + of_net) return draws.sites[s] + ".V";
            if (part.starts_with(importance)) {
                const std::string layer = part.substr(importance.size());
                const std::string main = "ci." + draws.sites[s] + "." + layer;
                if (file.contains("init." + main)) return main;
                std::string dashes = draws.sites[s];
                for (char& c : dashes) c = c == '.' ? '-' : c;
                return "ci._ci_fns." + dashes + ".layers." + std::to_string(2 * (layer[0] - '0')) + layer.substr(1);
            }
        }
        const std::string layer = part.substr(std::string("importance.").size());
        const std::string of_all = "ci._global_ci_fn.";
        if (layer.starts_with("in.")) return of_all + "_input_projector." + layer.back();
        if (layer.starts_with("out.")) return of_all + "_output_head." + layer.back();
        if (file.contains("init." + of_all + "_input_projector.W")) {  // ⟨block⟩.q, ⟨block⟩.⟨layer⟩.W
            const std::string of_block = of_all + "_blocks." + layer.substr(0, 2), what = layer.substr(2);
            if (what.size() == 1) return of_block + "attn." + (what == "o" ? "out" : what) + "_proj.weight";
            return of_block + "mlp." + std::to_string(2 * (what[0] - '0')) + what.substr(1);
        }
        return of_all + "layers." + std::to_string(2 * (layer[0] - '0')) + layer.substr(1);
    };
    // torch keeps the matrices of attention as [d_out, d_in].
    const auto read = [&](const std::string& at, const auto& part) {
        const std::string there = name_of(part.name);
        auto numbers = draws.read(at + there);
        if (there.starts_with("ci.") && there.ends_with("_proj.weight")) {
            const auto stored = numbers;
            const std::size_t in = part.shape[0], out = part.shape[1];
            for (std::size_t i = 0; i < in; ++i)
                for (std::size_t o = 0; o < out; ++o) numbers[i * out + o] = stored[o * in + i];
        }
        return numbers;
    };
    // What persistent adversaries begin with: the numbers of sites, their delta components last, row after row.
    for (const auto& kept : problem.parts.kept()) {
        const bool deltas = kept.name.ends_with(".deltas");
        if (!deltas && !kept.name.ends_with(".components")) continue;
        std::vector<double> numbers(kept.value.batch);
        std::size_t c = 0;
        for (const auto& site : draws.sites) {
            const auto all = draws.read("ppgd.source_init." + site);
            const std::size_t width = file.shape("ppgd.source_init." + site).back(), rows = all.size() / width;
            for (std::size_t i = deltas ? width - 1 : 0; i < (deltas ? width : width - 1); ++i, ++c)
                for (std::size_t b = 0; b < rows; ++b) numbers[c * kept.shape[1] + b] = all[b * width + i];
        }
        give(device, kept.value, numbers);
    }
    for (const auto& part : problem.parts) give(device, part.value, read("init.", part));
    const auto compare = [&](const std::string& at, auto member) {
        for (const auto& part : problem.parts) {
            if (!file.contains(at + name_of(part.name))) continue;
            INFO(at << " of " << part.name);
            CHECK(distance(on_host(device, part.*member), read(at, part)) < tolerance<T>);
        }
    };
    using part_type = typename apd::ext::trainable_parts<Device, T>::part;
    const auto step_of_start = [](int i) { return "warmup." + std::to_string(i) + ".after."; };
    for (int i = 0; file.contains(step_of_start(i) + draws.sites[0] + ".U"); ++i) {
        faithful.differentiate();
        faithful.update(apd::schedule{.learning_rate = 0.01}.over(1));
        compare(step_of_start(i), &part_type::value);
    }
    const std::uint32_t first = 0;
    device.upload(std::span(&first, 1), *problem.step);

    for (draws.step = 0; draws.step < steps; ++draws.step) {
        INFO(name << ", step " << draws.step);
        const auto from = batches.begin() + static_cast<long>(draws.step * batch * Net::inputs);
        give(device, *problem.x, {from, from + static_cast<long>(batch * Net::inputs)});
        run.differentiate();
        const auto values = run.objective().values();
        for (std::size_t i = 0; i < terms.size(); ++i) {
            INFO(terms[i]);
            const double expected = draws.read(draws.at("loss." + terms[i]))[0];
            CHECK(values[i] == Approx(expected).epsilon(tolerance<T>).margin(tolerance<T> * 1e-3));
        }
        compare(draws.at("grad."), &part_type::gradient);
        CHECK(rates.at(draws.step, steps) == Approx(draws.read(draws.at("lr"))[0]).epsilon(1e-12));
        run.update(rates.over(steps));
        compare(draws.at("after."), &part_type::value);
    }
}

}  // namespace apd_test
