// SPDX-License-Identifier: Apache-2.0
// What one message's texts of one source may match: each text is looked at once for all patterns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/rules/prefilter.h"

namespace assay::rules {

// Some of a source's texts, in their order.
class TextChoice {
 public:
  [[nodiscard]] static TextChoice All(std::size_t count) { return {count, nullptr}; }
  // Refers to `texts`, which must live longer.
  [[nodiscard]] static TextChoice Of(std::span<const std::uint32_t> texts) {
    return {texts.size(), texts.data() == nullptr ? &kNone : texts.data()};
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  // The index of the i-th chosen text.
  [[nodiscard]] std::size_t operator[](std::size_t i) const {
    return texts_ == nullptr ? i : texts_[i];
  }

 private:
  static constexpr std::uint32_t kNone = 0;

  TextChoice(std::size_t size, const std::uint32_t* texts) : size_(size), texts_(texts) {}

  std::size_t size_;
  const std::uint32_t* texts_;  // null: all
};

class Screening {
 public:
  Screening(const Prefilter& prefilter, std::span<const std::string> texts);

  // The texts in which the pattern may match; none is left out in which it does. Valid as long as
  // this object.
  [[nodiscard]] TextChoice TextsFor(PatternSlot slot) const;
  // The filtered patterns that may match in some text, each once. Valid as long as this object.
  [[nodiscard]] std::span<const PatternSlot> found() const { return found_; }

 private:
  const Prefilter& prefilter_;
  std::size_t text_count_;
  std::vector<PatternSlot> found_;  // of a source's only text: ascending
  // Of several texts:
  std::vector<std::uint32_t> chosen_;  // by slot, then by text
  std::vector<std::uint32_t> ends_;    // by slot: where its part of chosen_ ends
};

}  // namespace assay::rules
