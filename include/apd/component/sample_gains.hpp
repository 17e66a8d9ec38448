#pragma once
// What samples gain from which components are made: how many mechanisms the data show.

#include <vector>

namespace apd::ext {

/// What each sample adds to what is represented, as a share of all that is done, in the order of choice (see
/// `components_from_samples`). Where gains fall steeply and little is left, the mechanisms end.
struct sample_gains {
    std::vector<double> chosen;     ///< of those that components start from
    std::vector<double> left_over;  ///< of those that would be next
};

}  // namespace apd::ext
