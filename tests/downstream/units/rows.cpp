#include "units.hpp"

using namespace apd::ext::literals;

void multiply_rows(apd::cpu& device, const matrix& x, const matrix& y) { device(y["ij"_i] = x["ik"_i] * x["jk"_i]); }
