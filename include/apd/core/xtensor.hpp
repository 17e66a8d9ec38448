#pragma once
// xtensor's arrays. This is the one place where it is included: from 0.26 on, its headers lie in folders.

#include <cstddef>
#include <exception>  // which xtl leaves out, and newer C++ libraries need

#include <apd/core/requirements.hpp>

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/generators/xbuilder.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xtensor.hpp>
#if defined(__clang__) && defined(__cpp_template_template_args)
// From 19 on, clang finds two templates for this type, neither the better.
template <>
struct xt::rebind_container<std::ptrdiff_t, xt::svector<std::size_t>> {
    using type = xt::svector<std::ptrdiff_t>;
};
#endif
#endif
