// SPDX-License-Identifier: Apache-2.0
// Finds many short windows of byte sets in one pass: the shift-and method (Baeza-Yates and Gonnet,
// 1992), one bit for each place of a window, so that a step for all windows of a word is a shift,
// an or and an and.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lib/rules/byte_window.h"

namespace assay::rules {

// Immutable once built; safe to share between threads.
class WindowScanner {
 public:
  struct Window {
    ByteWindow sets;  // 1 to kMaxWindowBytes
    std::vector<std::uint32_t> tags;
  };

  WindowScanner() = default;
  explicit WindowScanner(std::span<const Window> windows);

  [[nodiscard]] static std::size_t MemoryFor(std::span<const Window> windows);

  // Calls `visit` with the tags of all windows in `text`, in no order, and once for each window.
  template <class Visit>
  void Scan(std::string_view text, const Visit& visit) const {
    for (const Word& word : words_) {
      for (std::uint64_t rest = Run(word, text); rest != 0; rest &= rest - 1) {
        const std::uint32_t window = word.windows[static_cast<std::size_t>(std::countr_zero(rest))];
        for (std::uint32_t i = ends_[window]; i < ends_[window + 1]; ++i) visit(tags_[i]);
      }
    }
  }

  // How often Scan() goes over the text.
  [[nodiscard]] std::size_t passes() const { return words_.size(); }
  [[nodiscard]] std::size_t memory() const;

 private:
  static constexpr std::size_t kBits = 64;
  // As in LiteralScanner.
  static constexpr std::size_t kLanes = 4;
  static constexpr std::size_t kMinLaneBytes = 32;

  // Windows whose places fit into one word.
  struct Word {
    std::array<std::uint64_t, 256> sets{};       // by byte: the places that take it
    std::uint64_t first = 0;                     // places where a window begins
    std::uint64_t last = 0;                      // and ends
    std::array<std::uint32_t, kBits> windows{};  // by place, the one that ends there
  };

  // The places of `word.last` that were reached.
  [[nodiscard]] static std::uint64_t Run(const Word& word, std::string_view text);

  std::vector<Word> words_;
  std::vector<std::uint32_t> tags_;
  std::vector<std::uint32_t> ends_ = {0};  // by window: where its tags begin; one more at the end
};

}  // namespace assay::rules
