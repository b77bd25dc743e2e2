// SPDX-License-Identifier: Apache-2.0
// Finds many literals in one pass, ASCII letters of either case alike: the automaton of Aho and
// Corasick (1975) as one dense table over classes of bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::rules {

// Immutable once built; safe to share between threads.
class LiteralScanner {
 public:
  struct Literal {
    std::string text;  // at least one byte; no capital ASCII letters
    std::uint32_t tag = 0;
  };

  LiteralScanner() = default;
  explicit LiteralScanner(std::span<const Literal> literals);

  // At most so many bytes; the cells of a scanner must be fewer than 2^31.
  [[nodiscard]] static std::size_t MemoryFor(std::span<const Literal> literals);

  // Calls `visit` with the tags of all literals in `text`, in no order. `seen` keeps a literal that
  // stands there a hundred times from being reported as often: tags() numbers, of which those that
  // are not `round` are taken for unseen.
  template <class Visit>
  void Scan(std::string_view text, std::span<std::uint8_t> seen, std::uint8_t round,
            const Visit& visit) const {
    if (cells_.empty()) return;
    const auto report = [&](std::uint32_t& state) {
      if ((state & kFound) == 0) return;
      state &= ~kFound;
      Report(state / stride_, seen, round, visit);
    };
    std::array<std::uint32_t, kLanes> states{};
    if (text.size() >= kLanes * (kMinLaneBytes + longest_)) {
      const std::size_t lane = (text.size() - longest_) / kLanes;
      for (std::size_t i = 0; i < lane + longest_; ++i) {
        std::uint32_t any = 0;
        for (std::size_t j = 0; j < kLanes; ++j)
          any |= states[j] = Next(states[j], text[j * lane + i]);
        if ((any & kFound) != 0) [[unlikely]]
          std::ranges::for_each(states, report);
      }
      text.remove_prefix(kLanes * lane + longest_);
    }
    for (const char c : text) {
      states.back() = Next(states.back(), c);
      report(states.back());
    }
  }

  [[nodiscard]] bool empty() const { return cells_.empty(); }
  [[nodiscard]] std::size_t tags() const { return tags_.size(); }
  [[nodiscard]] std::size_t memory() const;

 private:
  static constexpr std::uint32_t kFound = 1U << 31U;  // a literal ends in the state
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  // A step waits for the one before it: pieces of a text that are scanned side by side do not wait
  // for each other. They overlap, so that what stands across two of them is found in the first.
  static constexpr std::size_t kLanes = 4;
  static constexpr std::size_t kMinLaneBytes = 32;

  struct State {
    std::uint32_t first_tag = 0;  // into tags_
    std::uint32_t last_tag = 0;
    std::uint32_t shorter = kNone;  // the state of the longest literal that ends here too
  };

  [[nodiscard]] std::uint32_t Next(std::uint32_t state, char c) const {
    return cells_[state + classes_[static_cast<unsigned char>(c)]];
  }
  void MakeClasses(std::span<const Literal> literals);
  void MakeTrie(std::span<const Literal> literals);
  void MakeLinks();

  template <class Visit>
  void Report(std::uint32_t state, std::span<std::uint8_t> seen, std::uint8_t round,
              const Visit& visit) const {
    for (; state != kNone; state = states_[state].shorter) {
      const State& at = states_[state];
      if (at.first_tag == at.last_tag) continue;
      if (seen[at.first_tag] == round) return;  // and with it all shorter ones
      seen[at.first_tag] = round;
      for (std::uint32_t i = at.first_tag; i < at.last_tag; ++i) visit(tags_[i]);
    }
  }

  std::array<std::uint8_t, 256> classes_{};  // 0: stands in no literal
  std::uint32_t stride_ = 1;                 // classes
  std::size_t longest_ = 0;                  // bytes of a literal
  // By state and class: the next state times stride_, and kFound.
  std::vector<std::uint32_t> cells_;
  std::vector<State> states_;
  std::vector<std::uint32_t> tags_;
};

}  // namespace assay::rules
