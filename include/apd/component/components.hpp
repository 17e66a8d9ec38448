#pragma once
// The node of the components: S = Σ_c P_c and, where they are asked for, P_c = U_c V_c; it carries gradients back to
// the factors.

#include <array>
#include <cstddef>
#include <tuple>

#include <apd/backend/team.hpp>
#include <apd/component/problem.hpp>

namespace apd::ext {

/// Σ_c P_c of every site, and P_c.
struct components {
    static constexpr bool unaffected_by_zero_rows = true;
    bool operator==(const components&) const = default;
    static constexpr std::tuple<> dependencies() { return {}; }

    template <class Problem>
    class state {
        using device_type = typename Problem::device_type;
        using T = typename Problem::scalar;
        static constexpr std::size_t sites = Problem::network_type::sites.size();

      public:
        state(const components&, Problem& p) : problem_(p) {
            p.for_each_site([&](auto site) {
                sum_.make(p.device, site);
                sum_gradient_.make(p.device, site);
            });
        }

        /// P [count, d_in, d_out] of a site: large, and multiplied out when it is first asked for in a step.
        template <class Site>
        auto component_matrices(Site site) {
            const auto p = each_.ensure(problem_.device, site);
            if (!multiplied_[site.number])
                problem_.device(p["cio"_i] =
                                    problem_.factors.left(site)["cir"_i] * problem_.factors.right(site)["cro"_i]);
            multiplied_[site.number] = true;
            return p;
        }
        /// P of K neighbouring components from c on, of all or none of which the site is: a view without data for none.
        template <std::size_t K, class Site>
        view<const T, extents<K, Site::in, Site::out>> matrices_of(Site site, std::size_t c) {
            if (!site.has(c)) return {};
            return component_matrices(site).template slice<K>(c - site.first);
        }
        /// P of all sites, so that threads may ask for them.
        void multiply_out() {
            problem_.for_each_site([&](auto site) { component_matrices(site); });
        }
        /// The sum S = Σ_c P_c [d_in, d_out] of a site, and the gradient with respect to it.
        auto weight_sum(auto site) const { return sum_.at(site); }
        auto weight_sum_gradient(auto site) const { return sum_gradient_.at(site); }
        /// The gradient with respect to P; asking for it says that it will be added to in this step.
        auto component_gradients(device_type& device, auto site) {
            if (!each_gradient_.has(site)) each_gradient_.make(device, site);
            else if (!differentiated_[site.number]) device(each_gradient_.at(site)["cio"_i] = T(0));
            differentiated_[site.number] = true;
            return each_gradient_.at(site);
        }

        void evaluate(auto& step) {
            auto& p = step.problem;
            p.for_each_site([&](auto site) {
                detail::compute_dealt(p.device, multiplied_out(p, site));
                p.device(weight_sum_gradient(site)["io"_i] = T(0));
            });
            differentiated_ = {};
            multiplied_ = {};
        }
        void pullback(auto& step) {
            auto& p = step.problem;
            p.for_each_site([&](auto site) {
                const auto u = p.factors.left(site), du = p.gradients.left(site);
                const auto v = p.factors.right(site), dv = p.gradients.right(site);
                const auto sum = weight_sum_gradient(site);
                // Whether a slice of a batch asks for gradients of P is its own affair: what a team does together is
                // not.
                const bool is_in_team = detail::team_of(p.device) != nullptr;
                if (differentiated_[site.number]) {
                    const auto gradient = each_gradient_.at(site);
                    if (!is_in_team) p.device(gradient["cio"_i] += sum["io"_i]);
                    p.device(du["cir"_i] += gradient["cio"_i] * v["cro"_i]);
                    p.device(dv["cro"_i] += u["cir"_i] * gradient["cio"_i]);
                }
                if (is_in_team || !differentiated_[site.number])
                    detail::add_dealt_gradients(p.device, multiplied_out(p, site), sum,
                                                du["cir"_i] += sum["io"_i] * v["cro"_i],
                                                dv["cro"_i] += u["cir"_i] * sum["io"_i]);
            });
        }

      private:
        auto multiplied_out(Problem& p, auto site) const {
            return weight_sum(site)["io"_i] = p.factors.left(site)["cir"_i] * p.factors.right(site)["cro"_i];
        }
        template <class Site>
        using component_shape = typename Site::components;
        template <class Site>
        using sum_shape = typename Site::sum;
        array_table<device_type, T, component_shape, sites> each_, each_gradient_;
        array_table<device_type, T, sum_shape, sites> sum_, sum_gradient_;
        std::array<bool, sites> differentiated_{}, multiplied_{};
        Problem& problem_;
    };
};

}  // namespace apd::ext
