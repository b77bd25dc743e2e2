// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/screening.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace assay::rules {
namespace {

// Of one pattern: one that may match in more texts is asked of all, so that a message of 20,000
// paragraphs that look like everything takes no more memory than this.
constexpr std::uint32_t kMaxChosen = 64;

}  // namespace

Screening::Screening(const Prefilter& prefilter, std::span<const std::string> texts)
    : prefilter_(prefilter), text_count_(texts.size()) {
  if (texts.empty()) return;
  const auto scratch = prefilter.NewScratch();
  if (texts.size() == 1) {
    prefilter.Scan(texts.front(), *scratch, found_);
    std::ranges::sort(found_);
    return;
  }
  std::vector<std::pair<PatternSlot, std::uint32_t>> found;
  std::vector<PatternSlot> slots;
  std::vector<std::uint32_t> counts;  // by slot
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    prefilter.Scan(texts[i], *scratch, slots);
    for (const PatternSlot slot : slots) {
      if (counts.size() <= slot) counts.resize(slot + 1);
      if (counts[slot] == 0) found_.push_back(slot);
      if (counts[slot] > kMaxChosen) continue;
      ++counts[slot];
      found.emplace_back(slot, i);
    }
  }
  ends_.resize(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), ends_.begin(), 0U);
  chosen_.resize(found.size());
  for (const auto& [slot, text] : found) chosen_[ends_[slot]++] = text;
}

TextChoice Screening::TextsFor(PatternSlot slot) const {
  if (!prefilter_.Filters(slot)) return TextChoice::All(text_count_);
  if (text_count_ == 1) {
    return std::ranges::binary_search(found_, slot) ? TextChoice::All(1) : TextChoice::Of({});
  }
  if (slot >= ends_.size()) return TextChoice::Of({});
  const std::size_t begin = slot == 0 ? 0 : ends_[slot - 1];
  const auto texts = std::span(chosen_).subspan(begin, ends_[slot] - begin);
  return texts.size() > kMaxChosen ? TextChoice::All(text_count_) : TextChoice::Of(texts);
}

}  // namespace assay::rules
