// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/prefilter.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/rules/byte_window.h"
#include "lib/rules/literal_scanner.h"
#include "lib/rules/window_scanner.h"

namespace assay::rules {
namespace {

using Literal = LiteralScanner::Literal;

constexpr std::size_t kMinFiltered = 2;       // one pattern is as fast without
constexpr std::size_t kShortWindowBytes = 4;  // when the tables of longer ones get too large
// The tag of a rare partner: every pattern that knows them may match then.
constexpr std::uint32_t kRareTag = 0xFFFFFFFF;

using Window = WindowScanner::Window;

// What is to be looked for.
struct Wanted {
  std::vector<Literal> literals;
  std::vector<Window> windows;
  std::vector<bool> filters;      // by slot
  std::vector<PatternSlot> rare;  // patterns with rare partners

  [[nodiscard]] std::size_t memory() const {
    return LiteralScanner::MemoryFor(literals) + WindowScanner::MemoryFor(windows);
  }
};

void AddWindow(const ByteWindow& window, PatternSlot slot, Wanted& wanted) {
  if (auto literals = FoldedLiterals(window)) {
    for (std::string& literal : *literals) wanted.literals.push_back({std::move(literal), slot});
  } else {
    wanted.windows.push_back({window, {slot}});
  }
}

// Patterns for sums of money, say, look for the same.
void Unite(std::vector<Window>& windows) {
  std::ranges::stable_sort(windows, {}, &Window::sets);
  std::vector<Window> united;
  for (Window& window : windows) {
    if (!united.empty() && united.back().sets == window.sets) {
      united.back().tags.push_back(window.tags.front());
    } else {
      united.push_back(std::move(window));
    }
  }
  windows = std::move(united);
}

Wanted FindWanted(std::span<const Prefilter::Pattern> patterns, std::size_t longest) {
  Wanted wanted;
  for (PatternSlot slot = 0; slot < patterns.size(); ++slot) {
    const Prefilter::Pattern& pattern = patterns[slot];
    auto windows = MandatoryWindows(*pattern.regex, pattern.flags.bytes);
    wanted.filters.push_back(windows.has_value());
    if (!windows) continue;
    for (ByteWindow& window : *windows) {
      if (window.size() > longest) window.resize(longest);
      AddWindow(window, slot, wanted);
    }
    if (pattern.regex->rare_partners) wanted.rare.push_back(slot);
  }
  Unite(wanted.windows);
  if (!wanted.rare.empty()) {
    for (const std::uint32_t c : RarePartners()) wanted.literals.push_back({ToUtf8(c), kRareTag});
  }
  return wanted;
}

class WindowPrefilter : public Prefilter {
 public:
  explicit WindowPrefilter(Wanted wanted)
      : literals_(wanted.literals),
        windows_(wanted.windows),
        filters_(std::move(wanted.filters)),
        rare_(std::move(wanted.rare)) {}

  [[nodiscard]] bool Filters(PatternSlot slot) const override { return filters_[slot]; }

  [[nodiscard]] std::unique_ptr<Scratch> NewScratch() const override {
    return std::make_unique<Rounds>(literals_.tags(), filters_.size());
  }

  void Scan(std::string_view text, Scratch& scratch,
            std::vector<PatternSlot>& found) const override {
    auto& rounds = static_cast<Rounds&>(scratch);
    found.clear();
    rounds.Begin();
    const auto add = [&](PatternSlot slot) {
      if (std::exchange(rounds.slots[slot], rounds.round) != rounds.round) found.push_back(slot);
    };
    const auto add_all = [&](std::uint32_t tag) {
      if (tag != kRareTag) {
        add(tag);
      } else {
        std::ranges::for_each(rare_, add);
      }
    };
    literals_.Scan(text, rounds.tags, rounds.round, add_all);
    windows_.Scan(text, add);
  }

  [[nodiscard]] std::size_t passes() const override {
    return windows_.passes() + (literals_.empty() ? 0 : 1);
  }

  [[nodiscard]] std::size_t memory() const override {
    return literals_.memory() + windows_.memory();
  }

 private:
  // In which of the last texts something was found.
  struct Rounds : Scratch {
    Rounds(std::size_t tag_count, std::size_t slot_count)
        : all(tag_count + slot_count),
          tags(std::span(all).first(tag_count)),
          slots(std::span(all).subspan(tag_count)) {}

    void Begin() {
      if (++round != 0) return;
      std::ranges::fill(all, std::uint8_t{0});
      round = 1;
    }

    std::uint8_t round = 0;
    std::vector<std::uint8_t> all;
    std::span<std::uint8_t> tags;
    std::span<std::uint8_t> slots;
  };

  LiteralScanner literals_;
  WindowScanner windows_;
  std::vector<bool> filters_;
  std::vector<PatternSlot> rare_;
};

}  // namespace

std::unique_ptr<const Prefilter> MakeWindowPrefilter(std::span<const Prefilter::Pattern> patterns,
                                                     std::size_t memory) {
  for (const std::size_t longest : {kMaxWindowBytes, kShortWindowBytes}) {
    Wanted wanted = FindWanted(patterns, longest);
    const auto filtered = static_cast<std::size_t>(std::ranges::count(wanted.filters, true));
    if (filtered < kMinFiltered) return nullptr;
    if (wanted.memory() <= memory) return std::make_unique<WindowPrefilter>(std::move(wanted));
  }
  return nullptr;
}

}  // namespace assay::rules
