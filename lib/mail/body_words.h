// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace assay::mail {

// Of the different words of `of` how many of 100 also stand in `in`; 100 when it has none. A word
// has at least three letters, case is ignored for ASCII; what looks like a URL or an address is no
// word. The first kMaxOverlapText bytes of each count.
[[nodiscard]] double WordOverlap(std::span<const std::string> of, std::span<const std::string> in);

inline constexpr std::size_t kMaxOverlapText = std::size_t{64} * 1024;

// Runs of at least three letters. All of UTF-8 beyond ASCII are letters but for spaces and
// punctuation that are in use around the world (U+0080 to U+00BF, U+2000 to U+206F, U+3000 to
// U+303F). Linear.
[[nodiscard]] std::size_t CountWords(std::span<const std::string> texts);

}  // namespace assay::mail
