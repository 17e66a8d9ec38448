// expect: apd: the network has no site of that name
// expect: site_exists<apd::ext::named<'b'>
#include <apd/analysis/column_match.hpp>

using network = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;

double match(const apd::parameters<network>& target,
             const apd::decomposition<network, apd::shared_components<5, 3>, float>& result) {
#ifdef APD_COMPILE_FAIL_FIXED
    return apd::column_match<"W">(target, result).mmcs;
#else
    return apd::column_match<"b">(target, result).mmcs;
#endif
}
