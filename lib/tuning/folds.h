// SPDX-License-Identifier: Apache-2.0
// Parts of the mail that are kept apart in turn.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/tuning/observations.h"

namespace assay::tuning {

inline constexpr std::size_t kMinFolds = 2;
inline constexpr std::size_t kMaxFolds = 20;

// For each sample the fold (0 … count-1) that it belongs to. All messages of a campaign are in the
// same fold, whatever set they stand in: what was learnt from one of them is no news about another.
// Within these bounds the folds of each set are about equally large. Depends on the content only,
// not on the order of the samples.
[[nodiscard]] std::vector<std::size_t> MakeFolds(const Observations& observations,
                                                 std::size_t count);

}  // namespace assay::tuning
