#pragma once
#include <apd/backend/cpu.hpp>

using matrix = apd::ext::array<apd::cpu, float, apd::extents<24, 24>>;

// y[i, j] = Σ_k x[i, k] x[j, k], and its transpose's product Σ_k x[k, i] x[k, j].
void multiply_rows(apd::cpu& device, const matrix& x, const matrix& y);
void multiply_columns(apd::cpu& device, const matrix& x, const matrix& y);
