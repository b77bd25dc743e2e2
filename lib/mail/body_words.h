// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

namespace assay::mail {

// Of the different words of `of` how many of 100 also stand in `in`; 100 when it has none. A word
// has at least three letters, case is ignored for ASCII; what looks like a URL or an address is no
// word. The first kMaxOverlapText bytes of each count.
[[nodiscard]] double WordOverlap(std::span<const std::string> of, std::span<const std::string> in);

inline constexpr std::size_t kMaxOverlapText = std::size_t{64} * 1024;

}  // namespace assay::mail
