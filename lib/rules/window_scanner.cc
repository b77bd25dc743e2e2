// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/window_scanner.h"

#include <cassert>

namespace assay::rules {

std::size_t WindowScanner::MemoryFor(std::span<const Window> windows) {
  std::size_t words = 0;
  std::size_t used = kWordBits;
  for (const Window& window : windows) {
    if (used + window.sets.size() > kWordBits) {
      ++words;
      used = 0;
    }
    used += window.sets.size();
  }
  return (words + kWords - 1) / kWords * sizeof(Block);
}

std::size_t WindowScanner::memory() const { return blocks_.size() * sizeof(Block); }

// A window stands in one word: a bit that is shifted out of a window only comes to where another
// begins, and that bit is set anyway.
WindowScanner::WindowScanner(std::span<const Window> windows) {
  std::size_t word = kWords;
  std::size_t used = kWordBits;
  for (const Window& window : windows) {
    const std::size_t size = window.sets.size();
    assert(size > 0 && size <= kWordBits);
    if (size > kWordBits - used) {
      used = 0;
      if (blocks_.empty() || ++word == kWords) {
        blocks_.emplace_back();
        word = 0;
      }
    }
    Block& block = blocks_.back();
    block.first[word] |= std::uint64_t{1} << used;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t bit = std::uint64_t{1} << (used + i);
      window.sets[i].ForEach([&](std::uint32_t byte) { block.sets[byte][word] |= bit; });
    }
    const std::size_t last = used + size - 1;
    block.last[word] |= std::uint64_t{1} << last;
    block.tags[word * kWordBits + last] = window.tag;
    used += size;
  }
}

WindowScanner::Bits WindowScanner::Run(const Block& block, std::string_view text) {
  Bits at{};
  Bits reached{};
  for (const char c : text) {
    const Bits& sets = block.sets[static_cast<unsigned char>(c)];
    for (std::size_t i = 0; i < kWords; ++i) {
      at[i] = (at[i] << 1U | block.first[i]) & sets[i];
      reached[i] |= at[i];
    }
  }
  for (std::size_t i = 0; i < kWords; ++i) reached[i] &= block.last[i];
  return reached;
}

}  // namespace assay::rules
