// Training a target, with and without samples of zeros, instantiated by nvcc: compiled, never run.

#include <apd/analysis/score.hpp>
#include <apd/backend/cuda.hpp>
#include <apd/data/labelled_samples.hpp>
#include <apd/data/sparse_features.hpp>
#include <apd/data/stored_data.hpp>
#include <apd/network/elementwise.hpp>
#include <apd/training/train.hpp>

using without_zeros = apd::network<apd::residual<apd::linear<"in", 6, 4>, apd::relu, apd::linear<"out", 4, 6>>>;
using with_zeros = apd::network<apd::linear<"W", 5, 2>, apd::transposed<"W">, apd::bias<"b", 5>, apd::relu>;

auto learn(apd::cuda& device) { return apd::train<without_zeros>(device, apd::sparse_features<6>{}); }
auto learn_stored(apd::cuda& device, const apd::labelled_samples<6, apd::class_labels<6>>& data) {
    return apd::train<without_zeros>(device, apd::stored_on(device, data));
}
auto score_stored(apd::cuda& device, const apd::parameters<without_zeros>& target,
                  const apd::labelled_samples<6, apd::class_labels<6>>& data) {
    return apd::score(device, target, apd::stored_on(device, data));
}
auto learn_all(apd::cuda& device) { return apd::train<with_zeros>(device, apd::sparse_features<5>{}); }
