// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/window_scanner.h"

#include <cassert>

namespace assay::rules {

std::size_t WindowScanner::MemoryFor(std::span<const Window> windows) {
  std::size_t words = 0;
  std::size_t used = kBits;
  std::size_t tags = 0;
  for (const Window& window : windows) {
    if (used + window.sets.size() > kBits) {
      ++words;
      used = 0;
    }
    used += window.sets.size();
    tags += window.tags.size();
  }
  return words * sizeof(Word) + (tags + windows.size() + 1) * sizeof(std::uint32_t);
}

std::size_t WindowScanner::memory() const {
  return words_.size() * sizeof(Word) + (tags_.size() + ends_.size()) * sizeof(std::uint32_t);
}

// A bit that is shifted out of a window only comes to where another begins, and that bit is set
// anyway.
WindowScanner::WindowScanner(std::span<const Window> windows) {
  std::size_t used = kBits;
  for (const Window& window : windows) {
    const std::size_t size = window.sets.size();
    assert(size > 0 && size <= kMaxWindowBytes);
    if (size > kBits - used) {
      words_.emplace_back();
      used = 0;
    }
    Word& word = words_.back();
    word.first |= std::uint64_t{1} << used;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t bit = std::uint64_t{1} << (used + i);
      window.sets[i].ForEach([&](std::uint32_t byte) { word.sets[byte] |= bit; });
    }
    const std::size_t last = used + size - 1;
    word.last |= std::uint64_t{1} << last;
    word.windows[last] = static_cast<std::uint32_t>(ends_.size() - 1);
    used += size;
    tags_.insert(tags_.end(), window.tags.begin(), window.tags.end());
    ends_.push_back(static_cast<std::uint32_t>(tags_.size()));
  }
}

std::uint64_t WindowScanner::Run(const Word& word, std::string_view text) {
  std::array<std::uint64_t, kLanes> at{};
  std::uint64_t reached = 0;
  const auto step = [&](std::uint64_t& places, char c) {
    places = (places << 1U | word.first) & word.sets[static_cast<unsigned char>(c)];
    reached |= places;
  };
  if (text.size() >= kLanes * (kMinLaneBytes + kMaxWindowBytes)) {
    const std::size_t lane = (text.size() - kMaxWindowBytes) / kLanes;
    for (std::size_t i = 0; i < lane + kMaxWindowBytes; ++i) {
      for (std::size_t j = 0; j < kLanes; ++j) step(at[j], text[j * lane + i]);
    }
    text.remove_prefix(kLanes * lane + kMaxWindowBytes);
  }
  for (const char c : text) step(at.back(), c);
  return reached & word.last;
}

}  // namespace assay::rules
