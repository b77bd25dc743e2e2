// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/literal_scanner.h"

#include <algorithm>
#include <numeric>
#include <queue>

#include "lib/base/text.h"

namespace assay::rules {
namespace {

std::size_t CountClasses(std::span<const LiteralScanner::Literal> literals) {
  std::array<bool, 256> used{};
  for (const auto& literal : literals) {
    for (const char c : literal.text) used[static_cast<unsigned char>(c)] = true;
  }
  return 1 + static_cast<std::size_t>(std::ranges::count(used, true));
}

}  // namespace

std::size_t LiteralScanner::MemoryFor(std::span<const Literal> literals) {
  std::size_t states = 1;
  for (const Literal& literal : literals) states += literal.text.size();
  return states * (CountClasses(literals) * sizeof(std::uint32_t) + sizeof(State)) +
         literals.size() * sizeof(std::uint32_t);
}

std::size_t LiteralScanner::memory() const {
  return (cells_.size() + tags_.size()) * sizeof(std::uint32_t) + states_.size() * sizeof(State);
}

LiteralScanner::LiteralScanner(std::span<const Literal> literals) {
  if (literals.empty()) return;
  MakeClasses(literals);
  MakeTrie(literals);
  MakeLinks();
  cells_.shrink_to_fit();
}

void LiteralScanner::MakeClasses(std::span<const Literal> literals) {
  for (const Literal& literal : literals) {
    longest_ = std::max(longest_, literal.text.size());
    for (const char c : literal.text) {
      std::uint8_t& number = classes_[static_cast<unsigned char>(c)];
      if (number == 0) number = static_cast<std::uint8_t>(stride_++);
    }
  }
  for (unsigned char c = 'A'; c <= 'Z'; ++c) {
    classes_[c] = classes_[static_cast<unsigned char>(AsciiLower(static_cast<char>(c)))];
  }
}

// Cells hold plain numbers of states here; 0 is the root, and stands for none.
void LiteralScanner::MakeTrie(std::span<const Literal> literals) {
  std::vector<std::uint32_t> ends;
  states_.emplace_back();
  cells_.resize(stride_);
  for (const Literal& literal : literals) {
    std::uint32_t state = 0;
    for (const char c : literal.text) {
      const std::size_t at = std::size_t{state} * stride_ + classes_[static_cast<unsigned char>(c)];
      if (cells_[at] == 0) {
        cells_[at] = static_cast<std::uint32_t>(states_.size());
        states_.emplace_back();
        cells_.resize(cells_.size() + stride_);
      }
      state = cells_[at];
    }
    ends.push_back(state);
  }
  std::vector<std::uint32_t> order(literals.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return ends[i]; });
  for (const std::uint32_t i : order) {
    State& state = states_[ends[i]];
    if (state.first_tag == state.last_tag) {
      state.first_tag = state.last_tag = static_cast<std::uint32_t>(tags_.size());
    }
    tags_.push_back(literals[i].tag);
    ++state.last_tag;
  }
}

// Breadth first: where a state has no child, it goes where the longest proper end of what led to it
// goes.
void LiteralScanner::MakeLinks() {
  const auto ends_here = [&](std::uint32_t state) {
    return states_[state].first_tag != states_[state].last_tag;
  };
  std::vector<std::uint32_t> fallback(states_.size());
  std::queue<std::uint32_t> open;
  open.push(0);
  for (; !open.empty(); open.pop()) {
    const std::uint32_t state = open.front();
    const std::uint32_t back = fallback[state];
    for (std::uint32_t c = 0; c < stride_; ++c) {
      std::uint32_t& next = cells_[std::size_t{state} * stride_ + c];
      const std::uint32_t other = state == 0 ? 0 : cells_[std::size_t{back} * stride_ + c];
      if (next == 0) {
        next = other;
        continue;
      }
      fallback[next] = other;
      states_[next].shorter = ends_here(other) ? other : states_[other].shorter;
      open.push(next);
    }
  }
  for (std::uint32_t& cell : cells_) {
    const bool found = ends_here(cell) || states_[cell].shorter != kNone;
    cell = cell * stride_ | (found ? kFound : 0);
  }
}

}  // namespace assay::rules
