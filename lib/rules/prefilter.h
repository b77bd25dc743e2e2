// SPDX-License-Identifier: Apache-2.0
// What may match in a text, found in one pass for all patterns that are asked of it. Behind this
// interface stands a scanner for windows of bytes; another engine may take its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/rules/regex.h"

namespace assay::rules {

// The number of a pattern within one prefilter.
using PatternSlot = std::uint32_t;

// Immutable once built; safe to share between threads.
class Prefilter {
 public:
  // Valid while the prefilter is built.
  struct Pattern {
    std::string_view text;  // as written
    RegexFlags flags;
    const Regex* regex = nullptr;
  };
  // What one thread needs for its scans; belongs to the prefilter that made it.
  class Scratch {
   public:
    Scratch() = default;
    virtual ~Scratch() = default;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
  };

  Prefilter() = default;
  virtual ~Prefilter() = default;
  Prefilter(const Prefilter&) = delete;
  Prefilter& operator=(const Prefilter&) = delete;

  // Whether Scan() has anything to say about the pattern. One without may match in any text.
  [[nodiscard]] virtual bool Filters(PatternSlot slot) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Scratch> NewScratch() const = 0;
  // Puts the filtered patterns that may match into `found`, each once and in no order, in the place
  // of what was there. Never leaves out one that matches. Linear in the text.
  virtual void Scan(std::string_view text, Scratch& scratch,
                    std::vector<PatternSlot>& found) const = 0;
  // How often Scan() goes over the text.
  [[nodiscard]] virtual std::size_t passes() const = 0;
  [[nodiscard]] virtual std::size_t memory() const = 0;  // bytes of its tables
};

// Makes a prefilter of at most `memory` bytes, in which each pattern has its index as slot. Null
// when none would pay.
using PrefilterFactory = std::function<std::unique_ptr<const Prefilter>(
    std::span<const Prefilter::Pattern> patterns, std::size_t memory)>;

// Looks for the patterns' mandatory windows: literals with one automaton, others bit by bit.
[[nodiscard]] std::unique_ptr<const Prefilter> MakeWindowPrefilter(
    std::span<const Prefilter::Pattern> patterns, std::size_t memory);

}  // namespace assay::rules
