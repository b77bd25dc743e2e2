// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/date.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxDate = 200;  // bytes looked at
constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};

struct Zone {
  std::string_view name;
  int hours;
};
// RFC 5322, 4.3.
constexpr Zone kZones[] = {{"ut", 0},   {"gmt", 0},  {"utc", 0},  {"z", 0},
                           {"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5},
                           {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};

std::optional<int> ParseInt(std::string_view digits, int most) {
  const auto value = digits.size() > 4 ? std::nullopt : ParseNumber(digits);
  if (!value || *value > static_cast<std::uint64_t>(most)) return {};
  return static_cast<int>(*value);
}

std::optional<int> ParseMonth(std::string_view word) {
  if (word.size() < 3) return {};
  const auto* const found = std::ranges::find_if(
      kMonths, [&](std::string_view month) { return EqualsIgnoreCase(word.substr(0, 3), month); });
  if (found == std::end(kMonths)) return {};
  return static_cast<int>(found - std::begin(kMonths)) + 1;
}

std::optional<int> ParseYear(std::string_view digits) {
  auto year = ParseInt(digits, 9999);
  if (!year) return {};
  if (digits.size() == 2) *year += *year < 50 ? 2000 : 1900;  // RFC 5322, 4.3
  if (digits.size() == 3) *year += 1900;
  return *year >= 1900 ? year : std::nullopt;
}

// Minutes east of Greenwich.
std::optional<int> ParseZone(std::string_view zone) {
  if (zone.starts_with('+') || zone.starts_with('-')) {
    const auto hours = zone.size() == 5 ? ParseInt(zone.substr(1, 2), 99) : std::nullopt;
    const auto minutes = hours ? ParseInt(zone.substr(3), 59) : std::nullopt;
    if (!minutes) return {};
    return (zone.front() == '-' ? -1 : 1) * (*hours * 60 + *minutes);
  }
  for (const Zone& known : kZones) {
    if (EqualsIgnoreCase(zone, known.name)) return known.hours * 60;
  }
  return {};
}

std::optional<std::chrono::seconds> ParseTime(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) return {};
  const auto hours = ParseInt(parts[0], 23);
  const auto minutes = ParseInt(parts[1], 59);
  const auto seconds = parts.size() == 3 ? ParseInt(parts[2], 60) : std::optional<int>(0);
  if (!hours || !minutes || !seconds) return {};
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

std::vector<std::string_view> Words(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n,";
  std::vector<std::string_view> words;
  std::size_t at = text.find_first_not_of(kBlank);
  while (at != std::string_view::npos && text[at] != '(') {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n,(", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return words;
}

}  // namespace

std::optional<std::int64_t> ParseDate(std::string_view text) {
  std::vector<std::string_view> words = Words(text.substr(0, kMaxDate));
  if (!words.empty() && IsAsciiAlpha(words.front().front())) words.erase(words.begin());
  if (words.size() < 4) return {};
  const auto day = ParseInt(words[0], 31);
  const auto month = ParseMonth(words[1]);
  const auto year = ParseYear(words[2]);
  const auto time = ParseTime(words[3]);
  // Without a zone nobody knows which one is meant: most who leave it out mean UTC.
  const auto zone = words.size() > 4 ? ParseZone(words[4]) : std::optional<int>(0);
  if (!day || !month || !year || !time || !zone) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return {};
  const auto at = std::chrono::sys_days(date) + *time - std::chrono::minutes(*zone);
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace assay::mail
