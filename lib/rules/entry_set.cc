// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/entry_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/address.h"

namespace assay::rules {
namespace {

// The network's first address, so that equal networks compare equal.
IpNetwork Canonical(const IpAddress& address, int prefix) {
  auto bytes = address.bytes();
  for (int bit = prefix; bit < address.bits(); ++bit) {
    auto& byte = bytes[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte & ~(0x80U >> static_cast<unsigned>(bit % 8)));
  }
  if (!address.is_v4()) return {IpAddress::V6(bytes), prefix};
  return {IpAddress::V4({bytes[0], bytes[1], bytes[2], bytes[3]}), prefix};
}

// Spares the many domains of a long list the attempt.
bool MayBeAddress(std::string_view entry) {
  return !entry.empty() &&
         (IsAsciiDigit(entry.front()) || entry.find(':') != std::string_view::npos);
}

}  // namespace

void EntrySet::Add(std::string_view entry) {
  ++size_;
  const auto network = MayBeAddress(entry) ? IpNetwork::Parse(entry) : std::nullopt;
  if (network) {
    networks_.insert(Canonical(network->address(), network->prefix()));
    (network->address().is_v4() ? prefixes_v4_ : prefixes_v6_).insert(network->prefix());
  }
  texts_.insert(ToLower(entry));
  // .example.com and @example.com say the same as example.com.
  if (entry.size() > 1 && (entry.front() == '.' || entry.front() == '@')) {
    entry.remove_prefix(1);
    texts_.insert(ToLower(entry));
  }
  // Domain facts are in A-labels.
  if (std::ranges::all_of(entry, [](char c) { return (c & 0x80) == 0; })) return;
  const std::size_t at = entry.rfind('@');
  const std::size_t domain = at == std::string_view::npos ? 0 : at + 1;
  if (const auto labels = mail::NormalizeDomain(entry.substr(domain))) {
    texts_.insert(ToLower(entry.substr(0, domain)) + *labels);
  }
}

void EntrySet::SetPatterns(std::shared_ptr<const PatternTable> patterns) {
  patterns_ = std::move(patterns);
  pattern_weight_ = 0;
  for (PatternId id = 0; id < pattern_count(); ++id)
    pattern_weight_ += patterns_->CostOf(id).weight;
}

bool EntrySet::Matches(std::string_view text) const {
  for (PatternId id = 0; id < pattern_count(); ++id) {
    if (patterns_->Matches(id, text)) return true;
  }
  return false;
}

bool EntrySet::HasText(std::string_view text) const {
  return texts_.contains(ToLower(text)) || Matches(text);
}

bool EntrySet::HasDomain(std::string_view domain) const {
  return HasName(domain) || Matches(domain);
}

bool EntrySet::HasName(std::string_view domain) const {
  std::string name = ToLower(domain);
  if (name.ends_with('.')) name.pop_back();
  for (std::string_view rest = name; !rest.empty();) {
    // No entry is longer; a text of thousands of labels must not be copied for each of them.
    if (rest.size() <= kMaxEntryBytes && texts_.contains(std::string(rest))) return true;
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return false;
    rest.remove_prefix(dot + 1);
  }
  return false;
}

bool EntrySet::HasMailAddress(std::string_view address) const {
  if (HasText(address)) return true;
  const std::size_t at = address.rfind('@');
  return at != std::string_view::npos && HasName(address.substr(at + 1));
}

std::string EntrySet::Key() const {
  std::vector<std::string> entries(texts_.begin(), texts_.end());
  for (const IpNetwork& network : networks_) entries.push_back(network.ToString());
  std::ranges::sort(entries);
  std::string key = patterns_ ? fmt::format("{}", static_cast<const void*>(patterns_.get())) : "";
  for (const std::string& entry : entries) key += "\n" + entry;
  return key;
}

bool EntrySet::HasIp(const IpAddress& address) const {
  const auto& prefixes = address.is_v4() ? prefixes_v4_ : prefixes_v6_;
  return std::ranges::any_of(
      prefixes, [&](int prefix) { return networks_.contains(Canonical(address, prefix)); });
}

}  // namespace assay::rules
