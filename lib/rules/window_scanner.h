// SPDX-License-Identifier: Apache-2.0
// Finds many short windows of byte sets in one pass: the shift-and method (Baeza-Yates and Gonnet,
// 1992), one bit for each place of a window, so that a step for all windows of a block is a shift,
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
    std::uint32_t tag = 0;
  };

  WindowScanner() = default;
  explicit WindowScanner(std::span<const Window> windows);

  [[nodiscard]] static std::size_t MemoryFor(std::span<const Window> windows);

  // Calls `visit` with the tags of all windows in `text`, in no order and each once.
  template <class Visit>
  void Scan(std::string_view text, const Visit& visit) const {
    for (const Block& block : blocks_) {
      const Bits found = Run(block, text);
      for (std::size_t word = 0; word < found.size(); ++word) {
        for (std::uint64_t rest = found[word]; rest != 0; rest &= rest - 1) {
          visit(block.tags[word * kWordBits + static_cast<std::size_t>(std::countr_zero(rest))]);
        }
      }
    }
  }

  // How often Scan() goes over the text.
  [[nodiscard]] std::size_t passes() const { return blocks_.size(); }
  [[nodiscard]] std::size_t memory() const;

 private:
  static constexpr std::size_t kWords = 4;  // of a block: they do not wait for each other
  static constexpr std::size_t kWordBits = 64;
  using Bits = std::array<std::uint64_t, kWords>;

  struct Block {
    std::array<Bits, 256> sets{};  // by byte: the places that take it
    Bits first{};                  // places where a window begins
    Bits last{};                   // and ends
    std::array<std::uint32_t, kWords * kWordBits>
        tags{};  // by place, of the window that ends there
  };

  // The places of `block.last` that were reached.
  [[nodiscard]] static Bits Run(const Block& block, std::string_view text);

  std::vector<Block> blocks_;
};

}  // namespace assay::rules
