#pragma once
// The result of a decomposition: the target, its components, and how they were found.

#include <cmath>
#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

#include <xtensor/xtensor.hpp>

#include <apd/component/factors.hpp>
#include <apd/core/version.hpp>
#include <apd/network/parameters.hpp>
#include <apd/training/options.hpp>
#include <apd/training/saved_options.hpp>

namespace apd {

/// The values of all terms at one step.
struct history_entry {
    std::size_t step;
    double learning_rate, total;
    std::vector<double> values;
};

/// C components that sum to the weights of a trained network.
template <class Net, std::size_t C, std::size_t Rank = full_rank, class T = float>
struct decomposition {
    using network_type = Net;
    using scalar = T;
    static constexpr std::size_t components = C;

    parameters<Net, T> target;
    factors<Net, C, Rank, T> learned;
    decompose_options options;
    std::string objective;             ///< in words
    std::vector<std::string> terms;    ///< names of the losses
    std::vector<double> coefficients;  ///< theirs
    std::vector<history_entry> history;
    std::size_t completed_steps = 0;
    double seconds = 0;
    std::string failure = {};  ///< of one among several plans, why it ended early; not saved

    /// P_c of a site, [C, d_in, d_out]. A compile error if the network has no site of that name.
    template <static_string Name>
    xt::xtensor<T, 3> component() const {
        return component_at<Net::template site_named<Name>>();
    }
    /// The same for site number S.
    template <std::size_t S>
    xt::xtensor<T, 3> component_at() const {
        using shapes = factor_shapes<Net, C, Rank, S>;
        xt::xtensor<T, 3> p = xt::zeros<T>({C, shapes::in, shapes::out});
        for (std::size_t c = 0; c < C; ++c)
            for (std::size_t i = 0; i < shapes::in; ++i)
                for (std::size_t r = 0; r < shapes::rank; ++r) {
                    const T u = learned.left[S][(c * shapes::in + i) * shapes::rank + r];
                    for (std::size_t o = 0; o < shapes::out; ++o)
                        p(c, i, o) += u * learned.right[S][(c * shapes::rank + r) * shapes::out + o];
                }
        return p;
    }

    /// For `save`: "target.W" for every parameter, "components.W" [C, d_in, d_out] and its factors "U.W" [C, d_in, m]
    /// and "V.W" [C, m, d_out] for every site, and the "history" of the losses; objective, options and version stand in
    /// the metadata.
    tensors to_tensors() const {
        tensors file;
        const tensors trained = target.to_tensors();
        for (const auto& name : trained.names())
            file.set_bytes("target." + name, trained.dtype(name), trained.shape(name), trained.bytes(name));
        repeat<Net::sites.size()>([&](auto s) {
            using shapes = factor_shapes<Net, C, Rank, s>;
            const std::string name(Net::template site_at<s>::name.view());
            file.set("components." + name, component_at<s>());
            file.set("U." + name, {C, shapes::in, shapes::rank}, learned.left[s]);
            file.set("V." + name, {C, shapes::rank, shapes::out}, learned.right[s]);
        });
        // A row for each record: step, learning rate, total, then the terms.
        std::vector<double> records;
        for (const auto& entry : history) {
            records.insert(records.end(), {static_cast<double>(entry.step), entry.learning_rate, entry.total});
            records.insert(records.end(), entry.values.begin(), entry.values.end());
        }
        file.set("history", {history.size(), 3 + terms.size()}, records);
        file.set("coefficients", {coefficients.size()}, coefficients);
        auto& metadata = file.metadata();
        detail::write_options(options, metadata);
        metadata["apd"] = version, metadata["objective"] = objective;
        metadata["steps"] = std::to_string(completed_steps), metadata["seconds"] = detail::written(seconds);
        for (const auto& term : terms) metadata["terms"] += term + "\n";
        return file;
    }

    /// A result that was saved, or a checkpoint of one.
    ///
    /// Errors: `apd::error` if a tensor is missing or has another shape, or if something in the file is no number or
    /// word that a result is saved with.
    /// Example: `auto result = apd::decomposition<tms, 5, 3>::from(apd::load("tms_components.safetensors"));`
    static decomposition from(const tensors& file) {
        decomposition result{};
        result.target = parameters<Net, T>(file, "target.");
        repeat<Net::sites.size()>([&](auto s) {
            using shapes = factor_shapes<Net, C, Rank, s>;
            const std::string name(Net::template site_at<s>::name.view());
            detail::read_tensor<typename shapes::left>(file, "U." + name, result.learned.left[s]);
            detail::read_tensor<typename shapes::right>(file, "V." + name, result.learned.right[s]);
        });
        const auto& metadata = file.metadata();
        result.options = detail::read_options(metadata);
        detail::read(metadata, "steps", result.completed_steps);
        detail::read(metadata, "seconds", result.seconds);
        const auto text = [&](const char* name) {
            const auto found = metadata.find(name);
            return found == metadata.end() ? std::string() : found->second;
        };
        result.objective = text("objective");
        std::istringstream names(text("terms"));
        for (std::string term; std::getline(names, term);) result.terms.push_back(term);
        const auto weights = file.get<double>("coefficients"), records = file.get<double>("history");
        result.coefficients.assign(weights.begin(), weights.end());
        const std::size_t width = 3 + result.terms.size();
        if (records.dimension() != 2 || records.shape(1) != width || weights.size() != result.terms.size())
            throw error("saved result", "its history and coefficients do not fit its terms", "save it again");
        // Every number finite, and steps such as there can be.
        for (std::size_t i = 0; i < records.size(); ++i) {
            const double number = records.data()[i];
            if (!std::isfinite(number) || (i % width == 0 && !(number >= 0 && number < 1e15)))
                throw error("saved result", "its history holds what no run records", "save it again");
        }
        for (const double* row = records.data(); row != records.data() + records.size(); row += width)
            result.history.push_back({static_cast<std::size_t>(row[0]), row[1], row[2], {row + 3, row + width}});
        return result;
    }
};

}  // namespace apd
