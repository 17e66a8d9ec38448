#include "units.hpp"

using namespace apd::ext::literals;

void multiply_columns(apd::cpu& device, const matrix& x, const matrix& y) { device(y["ij"_i] = x["ki"_i] * x["kj"_i]); }
