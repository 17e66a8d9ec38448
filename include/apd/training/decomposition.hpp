#pragma once
// The result of a decomposition: the target, its components, and how they were found.

#include <cstddef>
#include <string>
#include <vector>

#include <apd/component/factors.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/network/parameters.hpp>
#include <apd/training/run_record.hpp>

namespace apd {

/// C components that sum to the weights of a trained network.
template <class Net, std::size_t C, std::size_t Rank = full_rank, class T = float>
struct decomposition : run_record {
    using network_type = Net;
    using scalar = T;
    static constexpr std::size_t components = C;

    parameters<Net, T> target;
    factors<Net, C, Rank, T> learned;

    /// P_c of a site, [C, d_in, d_out]. A compile error if the network has no site of that name.
    template <static_string Name>
    xt::xtensor<T, 3> component() const {
        return component_at<Net::template site_named<Name>>();
    }
    /// The same for site number S.
    template <std::size_t S>
    xt::xtensor<T, 3> component_at() const {
        using shapes = factor_shapes<Net, C, Rank, S>;
        xt::xtensor<T, 3> p(typename xt::xtensor<T, 3>::shape_type{C, shapes::in, shapes::out}, T{0});
        for (std::size_t c = 0; c < C; ++c)
            for (std::size_t i = 0; i < shapes::in; ++i)
                for (std::size_t r = 0; r < shapes::rank; ++r) {
                    const T u = learned.left[S][(c * shapes::in + i) * shapes::rank + r];
                    for (std::size_t o = 0; o < shapes::out; ++o)
                        p(c, i, o) += u * learned.right[S][(c * shapes::rank + r) * shapes::out + o];
                }
        return p;
    }

    /// For `save`: "components.W" [C, d_in, d_out], for every site, and `factors_to_tensors`. The same run gives the
    /// same bytes.
    tensors to_tensors() const {
        tensors file = factors_to_tensors();
        repeat<Net::sites.size()>([&](auto s) {
            file.set("components." + std::string(Net::template site_at<s>::name.view()), component_at<s>());
        });
        return file;
    }
    /// The same without the components multiplied out, which take C·d_in·d_out numbers for each site in the place of
    /// C·(d_in + d_out)·m: "target.W" for every parameter, the factors "U.W" [C, d_in, m] and "V.W" [C, m, d_out] for
    /// every site, and the "history" of the losses; objective, options, failure and version stand in the metadata.
    ///
    /// Example: `apd::save(result.factors_to_tensors(), "small.safetensors");`
    tensors factors_to_tensors() const {
        tensors file;
        const tensors trained = target.to_tensors();
        for (const auto& name : trained.names())
            file.set_bytes("target." + name, trained.dtype(name), trained.shape(name), trained.bytes(name));
        repeat<Net::sites.size()>([&](auto s) {
            using shapes = factor_shapes<Net, C, Rank, s>;
            const std::string name(Net::template site_at<s>::name.view());
            file.set("U." + name, {C, shapes::in, shapes::rank}, learned.left[s]);
            file.set("V." + name, {C, shapes::rank, shapes::out}, learned.right[s]);
        });
        detail::write_record(*this, file);
        return file;
    }

    /// A result that was saved, or a checkpoint of one.
    ///
    /// Errors: `apd::error` if a tensor is missing or has another shape, if something in the file is no number or word
    /// that a result is saved with, or if a factor is NaN or infinite though the run has no `failure`.
    /// Example: `auto result = apd::decomposition<tms, 5, 3>::from(apd::load("tms_components.safetensors"));`
    static decomposition from(const tensors& file) {
        decomposition result;
        static_cast<run_record&>(result) = detail::read_record(file);
        result.target = parameters<Net, T>(file, "target.");
        const auto read = [&](const std::string& name, const std::vector<std::size_t>& shape, std::vector<T>& values) {
            detail::read_tensor(file, name, shape, values, result.failure.empty());
        };
        repeat<Net::sites.size()>([&](auto s) {
            using shapes = factor_shapes<Net, C, Rank, s>;
            const std::string name(Net::template site_at<s>::name.view());
            read("U." + name, detail::shape_of<typename shapes::left>(), result.learned.left[s]);
            read("V." + name, detail::shape_of<typename shapes::right>(), result.learned.right[s]);
        });
        return result;
    }
};

}  // namespace apd
