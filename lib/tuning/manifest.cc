// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.h"

namespace assay::tuning {
namespace {

enum Column : std::size_t {
  kLabel,
  kSet,
  kFile,
  kCampaign,
  kClientIp,
  kHelo,
  kMailFrom,
  kReceiverBytes,
  kColumns,
};
constexpr std::array<std::string_view, kColumns> kColumnNames = {
    "label", "set", "file", "ckey", "client_ip", "helo", "mail_from", "smtp_off"};
constexpr std::size_t kRequiredColumns = kCampaign;  // those before it

using Columns = std::array<std::optional<std::size_t>, kColumns>;

// Takes one line off the front of `rest`, without its line end.
std::string_view NextLine(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Result<Columns> ParseColumnNames(std::string_view line) {
  Columns columns;
  const std::vector<std::string_view> names = Split(line, '\t');
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto* known = std::ranges::find(kColumnNames, names[i]);
    if (known == kColumnNames.end()) continue;
    columns[static_cast<std::size_t>(known - kColumnNames.begin())] = i;
  }
  for (std::size_t i = 0; i < kRequiredColumns; ++i) {
    if (!columns[i]) return Permanent(fmt::format("1: there is no column \"{}\"", kColumnNames[i]));
  }
  return columns;
}

// A file outside of the folder is nobody's mail to measure with.
bool StaysInside(std::string_view path) {
  if (path.starts_with('/')) return false;
  return std::ranges::none_of(Split(path, '/'), [](auto part) { return part == ".."; });
}

Result<ManifestEntry> ParseEntry(std::string_view line, const Columns& columns,
                                 std::size_t number) {
  const std::vector<std::string_view> values = Split(line, '\t');
  const auto value = [&](Column column) {
    const auto& index = columns[column];
    return index && *index < values.size() ? values[*index] : std::string_view();
  };
  ManifestEntry entry;
  entry.label = value(kLabel);
  entry.set = value(kSet);
  entry.file = value(kFile);
  entry.campaign = value(kCampaign);
  if (entry.campaign.empty()) entry.campaign = fmt::format("line {}", number);
  if (entry.label.empty() || entry.set.empty() || entry.file.empty())
    return Permanent(fmt::format("{}: label, set and file must not be empty", number));
  if (!StaysInside(entry.file))
    return Permanent(fmt::format("{}: the file is not inside the folder", number));
  if (const auto bytes = value(kReceiverBytes); !bytes.empty()) {
    const auto parsed = ParseNumber(bytes);
    if (!parsed) return Permanent(fmt::format("{}: smtp_off is not a number", number));
    entry.receiver_bytes = *parsed;
  }
  if (const auto ip = value(kClientIp); !ip.empty()) entry.client_ip = IpAddress::Parse(ip);
  if (const auto helo = value(kHelo); !helo.empty()) entry.helo = helo;
  if (const auto path = value(kMailFrom); !path.empty())
    entry.mail_from = path == "<>" ? std::string() : std::string(path);
  return entry;
}

}  // namespace

Side ManifestEntry::side() const {
  if (label == "ham") return Side::kHam;
  return label == "spam" || label == "phish" ? Side::kSpam : Side::kOther;
}

Result<std::vector<ManifestEntry>> ParseManifest(std::string_view text) {
  const auto columns = ParseColumnNames(NextLine(text));
  if (!columns) return tl::unexpected(columns.error());
  std::vector<ManifestEntry> entries;
  for (std::size_t number = 2; !text.empty(); ++number) {
    const std::string_view line = NextLine(text);
    if (line.empty()) continue;
    if (entries.size() >= kMaxManifestEntries)
      return Permanent(fmt::format("{}: more than {} messages", number, kMaxManifestEntries));
    auto entry = ParseEntry(line, *columns, number);
    if (!entry) return tl::unexpected(entry.error());
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace assay::tuning
