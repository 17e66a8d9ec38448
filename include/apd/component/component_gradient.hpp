#pragma once
// A gradient with respect to numbers of all components, to which losses and passes add.

#include <cstddef>
#include <type_traits>
#include <utility>

#include <apd/array/elementwise.hpp>
#include <apd/backend/array.hpp>
#include <apd/component/gradient_beginnings.hpp>
#include <apd/component/shared_gradient.hpp>

namespace apd::ext {

/// A `shared_gradient` with respect to numbers of all components, [B, C], for the rows of the piece that is at hand;
/// each site has a beginning of its own.
template <class Problem>
class component_gradient {
    using device_type = typename Problem::device_type;
    using T = typename Problem::scalar;
    using array_type = array<device_type, T, extents<dynamic, Problem::components>>;

  public:
    component_gradient() = default;
    explicit component_gradient(Problem& p) : problem_(&p), sum_(p.device, p.rows.capacity) {}
    bool is_made() const { return (*sum_).data != nullptr; }
    void resize(std::size_t rows) { sum_.resize(rows); }
    /// Nobody has added anything.
    void begin() { has_begun_.clear(); }
    /// From now on those add whose rows are the piece that is at hand.
    void begin_piece() { has_begun_.begin_piece(problem_->piece.begin == 0); }
    template <class Site>
    auto at(Site site) {
        const auto of_site = rows().template slice<Site::count>(site.first);
        return shared_gradient<std::remove_const_t<decltype(of_site)>>{of_site, &has_begun_[site.number]};
    }
    /// An expression in b and c at all sites.
    void add(device_type& device, const auto& gradient) {
        if (has_begun_.any()) device(complete(device)["bc"_i] += gradient);
        else device(rows()["bc"_i] = gradient);
        has_begun_.set();
    }
    /// All of it, zero where nobody has added.
    auto complete(device_type& device) {
        Problem::for_each_site([&](auto site) {
            if (!std::exchange(has_begun_[site.number], true)) device(at(site).array["bc"_i] = T(0));
        });
        return rows();
    }

  private:
    auto rows() const { return problem_->of_piece(*sum_); }

    const Problem* problem_ = nullptr;
    array_type sum_;
    gradient_beginnings<Problem::network_type::sites.size()> has_begun_;
};

}  // namespace apd::ext
