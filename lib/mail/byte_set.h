// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace assay::mail {

// Bytes to look for; find_first_of() is several times slower.
class ByteSet {
 public:
  constexpr explicit ByteSet(std::string_view bytes) {
    for (const char c : bytes) in_[static_cast<unsigned char>(c)] = true;
  }
  [[nodiscard]] constexpr bool Has(char c) const { return in_[static_cast<unsigned char>(c)]; }
  // The first byte from `at` on that is (is not) in the set; text.size() when there is none.
  [[nodiscard]] std::size_t Find(std::string_view text, std::size_t at) const {
    while (at < text.size() && !Has(text[at])) ++at;
    return std::min(at, text.size());
  }
  [[nodiscard]] std::size_t FindOther(std::string_view text, std::size_t at) const {
    while (at < text.size() && Has(text[at])) ++at;
    return std::min(at, text.size());
  }

 private:
  std::array<bool, 256> in_{};
};

}  // namespace assay::mail
