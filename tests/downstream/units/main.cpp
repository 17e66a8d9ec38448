// Both units get the same of a symmetric matrix, of whole numbers, so that the order of a sum does not matter.
#include <algorithm>
#include <vector>

#include "units.hpp"

int main() {
    apd::cpu device;
    const matrix x(device), y(device), z(device);
    std::vector<float> numbers(24 * 24), rows(24 * 24), columns(24 * 24);
    for (std::size_t i = 0; i < 24; ++i)
        for (std::size_t j = 0; j < 24; ++j) numbers[i * 24 + j] = static_cast<float>((i * j) % 5 + (i + j) % 3);
    device.upload(std::span<const float>(numbers), *x);
    multiply_rows(device, x, y);
    multiply_columns(device, x, z);
    device.download(*y, std::span(rows));
    device.download(*z, std::span(columns));
    float first = 0;
    for (std::size_t k = 0; k < 24; ++k) first += numbers[24 + k] * numbers[48 + k];
    return rows == columns && rows[24 + 2] == first ? 0 : 1;
}
