#pragma once
// The result of a decomposition: the target, its components, and how they were found.

#include <cstddef>
#include <string>
#include <vector>

#include <apd/component/decomposition_shape.hpp>
#include <apd/component/factors.hpp>
#include <apd/core/xtensor.hpp>
#include <apd/network/parameters.hpp>
#include <apd/training/run_record.hpp>

namespace apd::ext {

/// Components that sum to the weights of a trained network.
template <class Net, decomposition_shape Shape, class T = float>
struct decomposition : run_record {
    using network_type = Net;
    using shape_type = Shape;
    using scalar = T;
    /// C, the components of all sites.
    static constexpr std::size_t components = Shape::components(Net::sites.size());

    parameters<Net, T> target;
    factors<Net, Shape, T> learned;
    std::vector<named_numbers<T>> other_parts;  ///< what nodes of the method have learned

    /// P_c of a site, [count, d_in, d_out]. A compile error if the network has no site of that name.
    template <static_string Name>
    xt::xtensor<T, 3> component() const {
        return component_at<Net::template site_named<Name>>();
    }
    /// The same for site number S.
    template <std::size_t S>
    xt::xtensor<T, 3> component_at() const {
        constexpr auto site = site_in<Net, Shape, S>;
        xt::xtensor<T, 3> p(typename xt::xtensor<T, 3>::shape_type{site.count, site.in, site.out}, T{0});
        for (std::size_t c = 0; c < site.count; ++c)
            for (std::size_t i = 0; i < site.in; ++i)
                for (std::size_t r = 0; r < site.rank; ++r) {
                    const T u = learned.left[S][(c * site.in + i) * site.rank + r];
                    for (std::size_t o = 0; o < site.out; ++o)
                        p(c, i, o) += u * learned.right[S][(c * site.rank + r) * site.out + o];
                }
        return p;
    }

    /// For `save`: "components.W" [count, d_in, d_out], for every site, and `factors_to_tensors`. The same run gives
    /// the same bytes.
    tensors to_tensors() const {
        tensors file = factors_to_tensors();
        repeat<Net::sites.size()>(
            [&](auto s) { file.set("components." + std::string(Net::site_names[s]), component_at<s>()); });
        return file;
    }
    /// The same without the components multiplied out, which take C·d_in·d_out numbers for each site in the place of
    /// C·(d_in + d_out)·m: "target.W" for every parameter, the factors "U.W" [C, d_in, m] and "V.W" [C, m, d_out] for
    /// every site, "part.⟨name⟩" for what nodes have learned, and the "history" of the losses; objective, options,
    /// failure and version stand in the metadata.
    ///
    /// Example: `apd::save(result.factors_to_tensors(), "small.safetensors");`
    tensors factors_to_tensors() const {
        tensors file = target.to_tensors("target.");
        for_each_site<Net, Shape>([&]<class Site>(Site site) {
            const std::string name(Net::site_names[site.number]);
            file.set("U." + name, detail::shape_of<typename Site::left>(), learned.left[site.number]);
            file.set("V." + name, detail::shape_of<typename Site::right>(), learned.right[site.number]);
        });
        for (const auto& part : other_parts) file.set("part." + part.name, part.shape, part.values);
        detail::write_record(*this, file);
        return file;
    }

    /// A result that was saved, or a checkpoint of one.
    ///
    /// Errors: `apd::error` if a tensor is missing or has another shape, if something in the file is no number or word
    /// that a result is saved with, or if a factor is NaN or infinite though the run has no `failure`.
    /// Example: `auto result = apd::decomposition<tms, apd::shared_components<5,
    /// 3>>::from(apd::load("tms_components.safetensors"));`
    static decomposition from(const tensors& file) {
        decomposition result;
        static_cast<run_record&>(result) = detail::read_record(file);
        result.target = parameters<Net, T>(file, "target.");
        const auto read = [&](const std::string& name, const std::vector<std::size_t>& shape, std::vector<T>& values) {
            detail::read_tensor(file, name, shape, values, result.failure.empty());
        };
        for_each_site<Net, Shape>([&]<class Site>(Site site) {
            const std::string name(Net::site_names[site.number]);
            read("U." + name, detail::shape_of<typename Site::left>(), result.learned.left[site.number]);
            read("V." + name, detail::shape_of<typename Site::right>(), result.learned.right[site.number]);
        });
        for (const auto& name : file.names())
            if (name.starts_with("part.")) {
                auto& part = result.other_parts.emplace_back(named_numbers<T>{name.substr(5), file.shape(name), {}});
                read(name, part.shape, part.values);
            }
        return result;
    }
};

}  // namespace apd::ext

namespace apd {
using ext::decomposition;
}  // namespace apd
