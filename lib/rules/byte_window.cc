// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/byte_window.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace assay::rules {
namespace {

// What a pattern, or a piece of one, matches as a whole; may be empty.
using Run = std::vector<ByteSet>;
// Alternatives.
using Runs = std::vector<Run>;

constexpr std::size_t kMaxRuns = 64;       // alternatives that are put together with others
constexpr std::size_t kMaxRunBytes = 16;   // two windows: longer ones say no more
constexpr std::size_t kMaxWindows = 4096;  // of one pattern: about as many words fit into one
constexpr std::size_t kMaxFewChars = 8;    // of a set that is taken apart by the length of UTF-8
constexpr int kMaxSpread = 3;              // of a repetition whose counts become alternatives

// Costs are in candidates for nothing at each byte of text. A text is one candidate at most,
// however much in it looks like a match, and costs RE2 some 250 ns and 1 to 2 ns a byte; to find
// that it is one costs a tenth of that. Subjects and header fields are short: even a colon spares
// some.
constexpr double kMaxCost = 1.0 / 20;           // of all windows of a pattern
constexpr double kLiteralCost = 1.0 / 1e7;      // of one more literal, whose cost is memory
constexpr double kWindowCost = 1.0 / 10'000;    // of one more window that is none: about 0.1 ns
constexpr std::ptrdiff_t kMaxByteWindows = 50;  // of a pattern: as dear as RE2
constexpr double kNever = 2;                    // no sum of windows costs that

struct Windows {
  std::vector<ByteWindow> windows;
  double cost = kNever;
};

// What is known of a node.
struct Known {
  bool whole = true;  // `begin` is all that the node matches, and `end` is the same
  Runs begin;         // every match begins with one of these
  Runs end;           // and ends with one of these
  Windows best;       // every match holds one of these; when `whole`, unused
};

// English text and HTML; the order counts, not the last digit.
constexpr std::array<double, 256> ByteFrequencies() {
  std::array<double, 256> frequency{};
  const auto set = [&](std::size_t low, std::size_t high, double value) {
    for (std::size_t c = low; c <= high; ++c) frequency[c] = value;
  };
  set(0x00, 0x7F, 0.0005);
  set(0x80, 0xBF, 0.004);
  set(0xC0, 0xFF, 0.001);
  set('A', 'Z', 0.004);
  set('0', '9', 0.012);
  const auto set_all = [&](std::string_view bytes, double value) {
    for (const char c : bytes) frequency[static_cast<unsigned char>(c)] = value;
  };
  set_all("!\"#$%&'()*+,;?@[]_|", 0.003);
  set_all(".-:=/<>\n", 0.015);
  set_all(" e", 0.1);
  set_all("taoinsrh", 0.055);
  set_all("ldcump", 0.03);
  set_all("fgwybv", 0.015);
  set_all("kxjqz", 0.004);
  return frequency;
}
constexpr auto kByteFrequency = ByteFrequencies();

double CostOf(std::span<const ByteSet> window, std::span<const double> frequencies) {
  double frequency = 1;
  std::size_t literals = 1;
  for (std::size_t i = 0; i < window.size(); ++i) {
    frequency *= frequencies[i];
    literals = std::min(literals * window[i].Folded().size(), kMaxLiterals + 1);
  }
  return frequency +
         (literals > kMaxLiterals ? kWindowCost : kLiteralCost * static_cast<double>(literals));
}

// Adds the cheapest piece of `run`, at most kMaxWindowBytes long.
void AddBestWindow(const Run& run, Windows& windows) {
  std::vector<double> frequencies;
  for (const ByteSet& set : run) frequencies.push_back(Frequency(set));
  std::span<const ByteSet> best;
  double lowest = kNever;
  for (std::size_t begin = 0; begin < run.size(); ++begin) {
    const std::size_t longest = std::min(kMaxWindowBytes, run.size() - begin);
    for (std::size_t length = 1; length <= longest; ++length) {
      const auto window = std::span(run).subspan(begin, length);
      const double cost = CostOf(window, std::span(frequencies).subspan(begin));
      if (cost >= lowest) continue;
      lowest = cost;
      best = window;
    }
  }
  windows.cost += lowest;
  windows.windows.emplace_back(best.begin(), best.end());
}

Windows BestWindows(const Runs& runs) {
  const bool any_empty = std::ranges::any_of(runs, [](const Run& run) { return run.empty(); });
  if (runs.empty() || any_empty) return {};
  Windows result;
  result.cost = 0;
  for (const Run& run : runs) AddBestWindow(run, result);
  return result;
}

void KeepCheaper(Windows& kept, Windows other) {
  if (other.cost < kept.cost) kept = std::move(other);
}

// All of `left` before all of `right`; nothing when that gets too much.
std::optional<Runs> Join(const Runs& left, const Runs& right) {
  if (left.size() * right.size() > kMaxRuns) return {};
  Runs joined;
  for (const Run& head : left) {
    for (const Run& tail : right) {
      if (head.size() + tail.size() > kMaxRunBytes) return {};
      joined.push_back(head);
      joined.back().insert(joined.back().end(), tail.begin(), tail.end());
    }
  }
  return joined;
}

Known Whole(Runs runs) {
  Known known;
  known.begin = runs;
  known.end = std::move(runs);
  return known;
}

// Anything may stand there, as long as it holds one of `best`.
Known Unknown(Windows best = {}) {
  Known known = Whole({Run()});
  known.whole = false;
  known.best = std::move(best);
  return known;
}

Windows BestOf(Known known) {
  return known.whole ? BestWindows(known.begin) : std::move(known.best);
}

ByteSet BytesBetween(std::uint32_t low, std::uint32_t high) {
  ByteSet set;
  for (std::uint32_t byte = low; byte <= high; ++byte) set.Add(byte);
  return set;
}

// The code points of `range`, whose UTF-8 is `length` bytes long. The run may hold more than these.
Run Utf8Run(const CharRange& range, std::uint32_t length) {
  if (length == 1) return {BytesBetween(range.low, range.high)};
  constexpr std::uint32_t kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  Run run;
  for (std::uint32_t i = 0; i < length; ++i) {
    const std::uint32_t shift = 6 * (length - 1 - i);
    const std::uint32_t low = range.low >> shift;
    const std::uint32_t high = range.high >> shift;
    if (i == 0) {
      run.push_back(BytesBetween(kLead[length] | low, kLead[length] | high));
    } else if (low >> 6U == high >> 6U) {
      run.push_back(BytesBetween(0x80U | (low & 0x3FU), 0x80U | (high & 0x3FU)));
    } else {
      run.push_back(BytesBetween(0x80, 0xBF));
    }
  }
  return run;
}

// At most one run for each length of UTF-8.
Runs Utf8Runs(const CharSet& set) {
  constexpr CharRange kLengths[] = {
      {}, {0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xFFFF}, {0x10000, 0x10FFFF}};
  Runs runs;
  for (std::uint32_t length = 1; length <= 4; ++length) {
    Run all;
    for (const CharRange& range : set) {
      const CharRange cut = {std::max(range.low, kLengths[length].low),
                             std::min(range.high, kLengths[length].high)};
      if (cut.low > cut.high) continue;
      const Run run = Utf8Run(cut, length);
      all.resize(run.size());
      for (std::size_t i = 0; i < run.size(); ++i) all[i].Add(run[i]);
    }
    if (!all.empty()) runs.push_back(std::move(all));
  }
  return runs;
}

std::size_t CharsOf(const CharSet& set) {
  std::size_t count = 0;
  for (const CharRange& range : set) count += range.high - range.low + 1;
  return count;
}

class WindowFinder {
 public:
  explicit WindowFinder(bool bytes) : bytes_(bytes) {}

  // As deep as groups may be nested.
  [[nodiscard]] Known Analyse(const RegexNode& node) const;

 private:
  [[nodiscard]] Known Set(const RegexNode& node) const;
  [[nodiscard]] Known Concat(std::span<const RegexNode> parts) const;
  [[nodiscard]] Known Alternate(std::span<const RegexNode> branches) const;
  [[nodiscard]] Known Repeat(const RegexNode& node) const;

  bool bytes_;
};

Known WindowFinder::Analyse(const RegexNode& node) const {
  switch (node.op) {
    case RegexOp::kEmpty:
    case RegexOp::kAssert:
      return Whole({Run()});
    case RegexOp::kSet:
      return Set(node);
    case RegexOp::kConcat:
      return Concat(node.children);
    case RegexOp::kAlternate:
      return Alternate(node.children);
    case RegexOp::kRepeat:
      return Repeat(node);
  }
  return Unknown();
}

Known WindowFinder::Set(const RegexNode& node) const {
  if (node.open || node.set.empty()) return Unknown();
  if (bytes_) {
    ByteSet set;
    for (const CharRange& range : node.set) set.Add(BytesBetween(range.low, range.high));
    return Whole({{set}});
  }
  Runs runs = Utf8Runs(node.set);
  const bool ascii = node.set.front().low < 0x80;  // ranges are ascending
  if (ascii && runs.size() > 1 && CharsOf(node.set) > kMaxFewChars) return Unknown();
  return Whole(std::move(runs));
}

// Puts together what stands behind each other. Where that gets too much, what was collected is a
// candidate and a new run begins.
Known WindowFinder::Concat(std::span<const RegexNode> parts) const {
  Known known = Whole({Run()});
  const auto begin_anew = [&](Runs next) {
    KeepCheaper(known.best, BestWindows(known.end));
    if (known.whole) known.begin = known.end;
    known.whole = false;
    known.end = std::move(next);
  };
  for (const RegexNode& part : parts) {
    Known next = Analyse(part);
    if (auto joined = Join(known.end, next.begin)) {
      known.end = *std::move(joined);
    } else {
      begin_anew(std::move(next.begin));
    }
    if (next.whole) continue;
    KeepCheaper(known.best, std::move(next.best));
    begin_anew(std::move(next.end));
  }
  if (known.whole) {
    known.begin = known.end;
  } else {
    KeepCheaper(known.best, BestWindows(known.end));
  }
  return known;
}

Known WindowFinder::Alternate(std::span<const RegexNode> branches) const {
  Known known;
  Windows best;
  best.cost = 0;
  for (const RegexNode& branch : branches) {
    Known next = Analyse(branch);
    known.whole = known.whole && next.whole;
    known.begin.insert(known.begin.end(), next.begin.begin(), next.begin.end());
    known.end.insert(known.end.end(), next.end.begin(), next.end.end());
    Windows windows = BestOf(std::move(next));
    best.cost += windows.cost;  // of a branch without any: kNever
    std::ranges::move(windows.windows, std::back_inserter(best.windows));
  }
  if (std::max(known.begin.size(), known.end.size()) > kMaxRuns) return Unknown(std::move(best));
  known.best = std::move(best);
  return known;
}

Known WindowFinder::Repeat(const RegexNode& node) const {
  Known child = Analyse(node.children.front());
  if (!child.whole) return node.min == 0 ? Unknown() : child;
  Runs times = {Run()};  // the child as often as it must stand there
  int count = 0;
  while (count < node.min) {
    auto more = Join(times, child.begin);
    if (!more) break;
    times = *std::move(more);
    ++count;
  }
  const bool few = node.max != kUnbounded && node.max - node.min <= kMaxSpread;
  if (count == node.min && few) {
    Runs all = times;
    Runs more = times;
    for (; count < node.max && !more.empty(); ++count) {
      more = Join(more, child.begin).value_or(Runs());
      all.insert(all.end(), more.begin(), more.end());
    }
    if (count == node.max && all.size() <= kMaxRuns) return Whole(std::move(all));
  }
  Known known = Whole(std::move(times));
  known.whole = false;
  known.best = BestWindows(known.begin);
  return known;
}

// Whether whatever holds `longer` holds `shorter`, too.
bool Implies(const ByteWindow& longer, const ByteWindow& shorter) {
  for (std::size_t at = 0; at + shorter.size() <= longer.size(); ++at) {
    std::size_t i = 0;
    while (i < shorter.size() && longer[at + i].IsIn(shorter[i])) ++i;
    if (i == shorter.size()) return true;
  }
  return false;
}

// Of alternatives like "US$ 5" and "$ 5" the second says it all. The windows are different ones.
void DropImplied(std::vector<ByteWindow>& windows) {
  if (windows.size() > kMaxRuns) return;
  std::vector<ByteWindow> kept;
  for (const ByteWindow& window : windows) {
    const bool implied = std::ranges::any_of(windows, [&](const ByteWindow& other) {
      return &other != &window && Implies(window, other);
    });
    if (!implied) kept.push_back(window);
  }
  windows = std::move(kept);
}

}  // namespace

double Frequency(const ByteSet& set) {
  double sum = 0;
  set.ForEach([&](std::uint32_t byte) { sum += kByteFrequency[byte]; });
  return std::min(sum, 1.0);
}

std::optional<std::vector<ByteWindow>> MandatoryWindows(const Regex& regex, bool bytes) {
  Windows best = BestOf(WindowFinder(bytes).Analyse(regex.root));
  if (best.cost > kMaxCost || best.windows.size() > kMaxWindows) return {};
  const auto is_literal = [](const ByteWindow& window) {
    return FoldedLiterals(window).has_value();
  };
  const auto literals = std::ranges::count_if(best.windows, is_literal);
  if (std::ssize(best.windows) - literals > kMaxByteWindows) return {};
  std::ranges::sort(best.windows);
  best.windows.erase(std::unique(best.windows.begin(), best.windows.end()), best.windows.end());
  DropImplied(best.windows);
  return std::move(best.windows);
}

std::optional<std::vector<std::string>> FoldedLiterals(const ByteWindow& window) {
  std::vector<std::string> literals = {""};
  for (const ByteSet& set : window) {
    const ByteSet folded = set.Folded();
    if (literals.size() * folded.size() > kMaxLiterals) return {};
    std::vector<std::string> longer;
    for (const std::string& literal : literals) {
      folded.ForEach(
          [&](std::uint32_t byte) { longer.push_back(literal + static_cast<char>(byte)); });
    }
    literals = std::move(longer);
  }
  return literals;
}

}  // namespace assay::rules
