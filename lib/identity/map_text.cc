// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/map_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "lib/base/text.h"

namespace assay::identity {
namespace {

constexpr std::size_t kMaxRepeatedKeysNamed = 20;

bool IsSpace(char c) { return IsFoldingSpace(c) || c == '\v' || c == '\f'; }

std::string_view TrimAll(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// An address that is listed twice belongs to fewer logins than its owner thinks.
void WarnOfRepeatedKeys(MapText& map) {
  const auto key = [&map](std::size_t entry) -> const std::string& {
    return map.entries[entry].first;
  };
  std::vector<std::size_t> order(map.entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, key);
  std::size_t repeated = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (key(order[i]) != key(order[i - 1])) continue;
    if (++repeated <= kMaxRepeatedKeysNamed) {
      map.warnings.push_back(
          fmt::format("{} stands there again: the first counts", EscapeForLog(key(order[i]), 80)));
    }
  }
  if (repeated > kMaxRepeatedKeysNamed) {
    map.warnings.push_back(
        fmt::format("{} more keys stand there again", repeated - kMaxRepeatedKeysNamed));
  }
}

}  // namespace

std::vector<LogicalLine> LogicalLines(std::string_view text) {
  std::vector<LogicalLine> lines;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string_view visible = TrimAll(line);
    if (visible.empty() || visible.front() == '#') continue;
    if (IsSpace(line.front()) && !lines.empty()) {
      lines.back().text.append(" ").append(visible);
    } else {
      lines.push_back({number, std::string(visible)});
    }
  }
  return lines;
}

MapText ParseMapText(std::string_view text) {
  MapText map;
  for (const LogicalLine& line : LogicalLines(text)) {
    std::size_t end = 0;
    while (end < line.text.size() && !IsSpace(line.text[end])) ++end;
    const std::string_view key = std::string_view(line.text).substr(0, end);
    const std::string_view value = TrimAll(std::string_view(line.text).substr(end));
    if (value.empty()) {
      map.warnings.push_back(fmt::format("line {}: is not \"key value\", left out", line.number));
      continue;
    }
    map.entries.emplace_back(ToLower(key), value);
  }
  WarnOfRepeatedKeys(map);
  return map;
}

Result<std::map<std::string, std::string, std::less<>>> ParseClientConfig(std::string_view text) {
  std::map<std::string, std::string, std::less<>> values;
  for (const LogicalLine& line : LogicalLines(text)) {
    const std::size_t equals = line.text.find('=');
    const std::string_view name = TrimAll(std::string_view(line.text).substr(0, equals));
    if (equals == std::string::npos || name.empty()) {
      return Permanent(fmt::format("line {}: is not \"name = value\"", line.number));
    }
    values.insert_or_assign(std::string(name),
                            std::string(TrimAll(std::string_view(line.text).substr(equals + 1))));
  }
  return values;
}

std::vector<std::string_view> SplitValue(std::string_view value) {
  const auto separates = [](char c) { return IsSpace(c) || c == ','; };
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  while (at < value.size()) {
    if (separates(value[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < value.size() && !separates(value[end])) ++end;
    parts.push_back(value.substr(at, end - at));
    at = end;
  }
  return parts;
}

}  // namespace assay::identity
