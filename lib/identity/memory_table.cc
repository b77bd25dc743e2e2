// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/memory_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"

namespace assay::identity {
namespace {

std::string_view WithoutNul(std::string_view text) {
  if (text.ends_with('\0')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<void> MemoryTable::Builder::Add(std::string_view key, std::string_view value) {
  key = WithoutNul(key);
  value = WithoutNul(value);
  if (entries_.size() == kMaxTableEntries) {
    return Permanent(fmt::format("has more than {} entries", kMaxTableEntries));
  }
  if (key.size() + value.size() > kMaxTableBytes - texts_.size()) {
    return Permanent(fmt::format("has more than {} MiB of text", kMaxTableBytes >> 20U));
  }
  const auto at = static_cast<std::uint32_t>(texts_.size());
  const auto key_size = static_cast<std::uint32_t>(key.size());
  texts_.append(key).append(value);
  entries_.push_back({at, key_size, at + key_size, static_cast<std::uint32_t>(value.size())});
  return {};
}

TablePtr MemoryTable::Builder::Finish() && { return TablePtr(new MemoryTable(std::move(*this))); }

MemoryTable::MemoryTable(Builder builder)
    : texts_(std::move(builder.texts_)), entries_(std::move(builder.entries_)) {
  texts_.shrink_to_fit();
  entries_.shrink_to_fit();
  std::ranges::stable_sort(entries_, {}, [this](const auto& entry) { return KeyOf(entry); });
}

Result<std::optional<std::string>> MemoryTable::Lookup(std::string_view key,
                                                       Deadline /*until*/) const {
  const std::string folded = ToLower(key);
  const auto found = std::ranges::lower_bound(entries_, std::string_view(folded), {},
                                              [this](const auto& entry) { return KeyOf(entry); });
  if (found == entries_.end() || KeyOf(*found) != folded) return std::optional<std::string>();
  return std::optional<std::string>(texts_.substr(found->value, found->value_size));
}

}  // namespace assay::identity
