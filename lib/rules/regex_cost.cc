// SPDX-License-Identifier: Apache-2.0
// What a pattern may cost RE2, seen from its tree.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "lib/rules/regex.h"

namespace assay::rules {
namespace {

// Instructions of RE2 for a class like \\pL, and for a range of code points beyond ASCII.
constexpr std::size_t kUnicodeClassSize = 600;
constexpr std::size_t kUtf8RangeSize = 6;
constexpr std::size_t kMaxSize = 1UL << 24U;  // no pattern of that size compiles
constexpr std::size_t kMaxUtf8Bytes = 4;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
// Counters whose states are all met soon and then kept: RE2 has room for so many instructions.
constexpr std::size_t kMaxKept = 64UL * 1024;
// `[a-z][a-z][a-z]` is a counter as `[a-z]{3}` is; a few do no harm.
constexpr std::size_t kMinWrittenOut = 8;

std::size_t SizeOfSet(const RegexNode& node, bool bytes) {
  if (bytes) return 1;
  if (node.open) return kUnicodeClassSize;
  std::size_t size = 0;
  for (const CharRange& range : node.set) size += range.high < 0x80 ? 1 : kUtf8RangeSize;
  return size;
}

std::size_t SizeOfNode(const RegexNode& node, bool bytes) {
  std::size_t size = 1;
  if (node.op == RegexOp::kSet) size = SizeOfSet(node, bytes);
  for (const RegexNode& child : node.children) size += SizeOfNode(child, bytes);
  if (node.op == RegexOp::kRepeat) {
    size *= static_cast<std::size_t>(std::max({node.min, node.max, 1}));
  }
  return std::min(size, kMaxSize);
}

bool Overlap(const CharSet& left, const CharSet& right) {
  for (auto l = left.begin(), r = right.begin(); l != left.end() && r != right.end();) {
    if (l->low <= r->high && r->low <= l->high) return true;
    (l->high < r->high ? l : r)++;
  }
  return false;
}

// The characters with which a piece of a pattern may end.
struct Last {
  CharSet set;
  bool any = false;           // the set does not say all
  bool maybe_nothing = true;  // the piece may be empty: what stands before it counts too

  void Add(const Last& other) {
    set.insert(set.end(), other.set.begin(), other.set.end());
    Normalize(set);
    any = any || other.any;
  }
  [[nodiscard]] bool MayBeIn(const RegexNode& node) const {
    return any || (node.open && !set.empty()) || Overlap(set, node.set);
  }
};

Last LastOf(const RegexNode& node) {
  Last last;
  switch (node.op) {
    case RegexOp::kEmpty:
    case RegexOp::kAssert:
      break;
    case RegexOp::kSet:
      last = {node.set, node.open, false};
      break;
    case RegexOp::kConcat:
      for (const RegexNode& child : node.children) {
        Last next = LastOf(child);
        if (next.maybe_nothing) next.Add(last);
        next.maybe_nothing = next.maybe_nothing && last.maybe_nothing;
        last = std::move(next);
      }
      break;
    case RegexOp::kAlternate:
      last.maybe_nothing = false;
      for (const RegexNode& child : node.children) {
        const Last next = LastOf(child);
        last.Add(next);
        last.maybe_nothing = last.maybe_nothing || next.maybe_nothing;
      }
      break;
    case RegexOp::kRepeat:
      last = LastOf(node.children.front());
      last.maybe_nothing = last.maybe_nothing || node.min == 0;
      break;
  }
  return last;
}

// Adds up what stands in counted repetitions that a hostile text can drive through many states.
class CounterCost {
 public:
  explicit CounterCost(bool bytes) : bytes_(bytes) {}

  // `before`: what may stand before the node within the pattern.
  void Add(const RegexNode& node, const Last& before) {
    switch (node.op) {
      case RegexOp::kEmpty:
      case RegexOp::kAssert:
      case RegexOp::kSet:
        return;
      case RegexOp::kConcat:
        return AddParts(node, before);
      case RegexOp::kAlternate:
        for (const RegexNode& child : node.children) Add(child, before);
        return;
      case RegexOp::kRepeat:
        return AddRepeat(node, before);
    }
  }

  [[nodiscard]] std::size_t size() const {
    return size_ + (states_ * simple_ > kMaxKept ? simple_ : 0);
  }

 private:
  void AddParts(const RegexNode& node, Last before) {
    std::size_t run = 0;       // parts behind each other that are a counter written out
    std::size_t run_size = 0;  // theirs together
    for (const RegexNode& child : node.children) {
      Add(child, before);
      const bool goes_on = IsStep(child) && before.MayBeIn(StepOf(child));
      run = goes_on ? run + 1 : 0;
      run_size = goes_on ? run_size + SizeOfNode(child, bytes_) : 0;
      if (run == kMinWrittenOut) size_ += run_size;
      if (run > kMinWrittenOut) size_ += SizeOfNode(child, bytes_);
      size_ = std::min(size_, kMaxSize);
      Last next = LastOf(child);
      if (next.maybe_nothing) next.Add(before);
      before = std::move(next);
    }
  }

  // `[ab]`, `[ab]?`: one of many is a step of a counter. A letter in both cases is none.
  static const RegexNode& StepOf(const RegexNode& node) {
    const bool optional = node.op == RegexOp::kRepeat && node.max == 1;
    return optional ? node.children.front() : node;
  }
  static bool IsStep(const RegexNode& node) {
    const RegexNode& step = StepOf(node);
    std::size_t characters = 0;
    for (const CharRange& range : step.set) characters += range.high - range.low + 1;
    const bool both_cases =
        step.set.size() == 2 && characters == 2 && step.set[0].low + ('a' - 'A') == step.set[1].low;
    return step.op == RegexOp::kSet && (step.open || (characters > 1 && !both_cases));
  }

  // `[a-z]{3,}` that begins the pattern, or `[a-z]{3,}` behind a "_", is in one state for each
  // count: within a run of its characters there is one place where it began, or every place is one.
  void AddRepeat(const RegexNode& node, const Last& before) {
    const RegexNode& child = node.children.front();
    const int most = std::max(node.min, node.max);
    if (most > 1 && (child.op != RegexOp::kSet || before.MayBeIn(child))) {
      size_ = std::min(size_ + SizeOfNode(node, bytes_), kMaxSize);
    } else if (most > 1) {
      simple_ = std::min(simple_ + SizeOfNode(node, bytes_), kMaxSize);
      states_ = std::min(states_ * (static_cast<std::size_t>(most) + 1), kMaxKept + 1);
    } else {
      Last again = LastOf(child);
      again.Add(before);
      Add(child, again);
    }
  }

  bool bytes_;
  std::size_t size_ = 0;
  std::size_t simple_ = 0;  // of those that take few states
  std::size_t states_ = 1;  // theirs together
};

std::size_t LongestOf(const RegexNode& node, bool bytes) {
  switch (node.op) {
    case RegexOp::kEmpty:
    case RegexOp::kAssert:
      return 0;
    case RegexOp::kSet:
      return bytes ? 1 : kMaxUtf8Bytes;
    case RegexOp::kConcat: {
      std::size_t sum = 0;
      for (const RegexNode& child : node.children) {
        const std::size_t longest = LongestOf(child, bytes);
        sum = longest < kNoLimit - sum ? sum + longest : kNoLimit;
      }
      return sum;
    }
    case RegexOp::kAlternate: {
      std::size_t most = 0;
      for (const RegexNode& child : node.children) most = std::max(most, LongestOf(child, bytes));
      return most;
    }
    case RegexOp::kRepeat: {
      const std::size_t longest = LongestOf(node.children.front(), bytes);
      if (longest == 0) return 0;
      if (node.max == kUnbounded) return kNoLimit;
      const auto times = static_cast<std::size_t>(node.max);
      return times == 0 || longest < kNoLimit / times ? longest * times : kNoLimit;
    }
  }
  return kNoLimit;
}

}  // namespace

PatternCost CostOf(const Regex& regex, bool bytes) {
  CounterCost counters(bytes);
  counters.Add(regex.root, Last());
  // Measured: 1 to 4 ns for each instruction.
  return {1 + counters.size() / 2, LongestOf(regex.root, bytes)};
}

std::size_t PatternCost::Match(std::size_t all, std::size_t seen) const {
  // One more byte, for an assertion.
  return weight * (longest < all && seen < all - longest ? std::min(all, seen + longest + 1) : all);
}

std::size_t SizeOf(const Regex& regex, bool bytes) { return SizeOfNode(regex.root, bytes); }

}  // namespace assay::rules
