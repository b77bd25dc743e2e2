// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "lib/base/text.h"
#include "lib/identity/map_text.h"
#include "lib/identity/pattern_table.h"

namespace assay::identity {
namespace {

constexpr std::size_t kMaxLines = 20'000;  // each is tried for each address
constexpr std::size_t kMaxNesting = 32;    // of if

tl::unexpected<Error> LineError(int number, std::string_view what) {
  return Permanent(fmt::format("line {}: {}", number, what));
}

std::string_view SkipSpace(std::string_view text) { return Trim(text); }

// [!]/pattern/flags; what follows is left in `rest`.
Result<void> TakePattern(std::string_view& rest, PatternLine& line) {
  rest = SkipSpace(rest);
  while (rest.starts_with('!')) {
    line.negated = !line.negated;
    rest = SkipSpace(rest.substr(1));
  }
  if (rest.empty() || IsAsciiAlnum(rest.front()) || rest.front() == '\\') {
    return LineError(line.number, "has no /pattern/");
  }
  const char delimiter = rest.front();
  std::size_t end = 1;
  while (end < rest.size() && rest[end] != delimiter) end += rest[end] == '\\' ? 2 : 1;
  if (end >= rest.size()) return LineError(line.number, "has no end of its pattern");
  line.pattern = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  std::size_t flags = 0;
  while (flags < rest.size() && !IsFoldingSpace(rest[flags])) ++flags;
  line.flags = rest.substr(0, flags);
  rest = SkipSpace(rest.substr(flags));
  return {};
}

bool IsWord(std::string_view text, std::string_view word) {
  return StartsWithIgnoreCase(text, word) &&
         (text.size() == word.size() || !IsAsciiAlnum(text[word.size()]));
}

Result<PatternLine> ParseLine(const LogicalLine& source) {
  PatternLine line;
  line.number = source.number;
  std::string_view rest = source.text;
  if (IsWord(rest, "endif")) {
    line.kind = PatternLine::Kind::kEndIf;
    if (!SkipSpace(rest.substr(5)).empty()) return LineError(line.number, "has text after endif");
    return line;
  }
  if (IsWord(rest, "if")) {
    line.kind = PatternLine::Kind::kIf;
    rest.remove_prefix(2);
  }
  if (auto taken = TakePattern(rest, line); !taken) return tl::unexpected(taken.error());
  if (line.kind == PatternLine::Kind::kIf && !rest.empty()) {
    return LineError(line.number, "has text after the pattern of its if");
  }
  if (line.kind == PatternLine::Kind::kMatch && rest.empty()) {
    return LineError(line.number, "has no result after its pattern");
  }
  line.result = rest;
  return line;
}

// "1", "{1}" or "(1)" behind a $.
std::optional<int> TakeGroup(std::string_view& rest) {
  const char close = rest.starts_with('{') ? '}' : rest.starts_with('(') ? ')' : '\0';
  std::string_view at = rest.substr(close == '\0' ? 0 : 1);
  std::size_t digits = 0;
  while (digits < at.size() && digits < 2 && IsAsciiDigit(at[digits])) ++digits;
  const auto number = ParseNumber(at.substr(0, digits));
  at.remove_prefix(digits);
  if (!number || (close != '\0' && !at.starts_with(close))) return {};
  if (close != '\0') at.remove_prefix(1);
  rest = at;
  return static_cast<int>(*number);
}

}  // namespace

Result<std::vector<PatternLine>> ParsePatternLines(std::string_view text) {
  std::vector<PatternLine> lines;
  std::vector<std::size_t> open;
  for (const LogicalLine& source : LogicalLines(text)) {
    auto line = ParseLine(source);
    if (!line) return tl::unexpected(line.error());
    if (lines.size() == kMaxLines) return LineError(source.number, "is one line too many");
    if (line->kind == PatternLine::Kind::kIf) {
      if (open.size() == kMaxNesting) return LineError(source.number, "is nested too deeply");
      open.push_back(lines.size());
    } else if (line->kind == PatternLine::Kind::kEndIf) {
      if (open.empty()) return LineError(source.number, "ends no if");
      lines[open.back()].end = lines.size();
      open.pop_back();
    }
    lines.push_back(std::move(*line));
  }
  if (!open.empty()) return LineError(lines[open.back()].number, "has no endif");
  return lines;
}

Result<std::vector<ResultPart>> ParseResultText(std::string_view result) {
  std::vector<ResultPart> parts;
  const auto add = [&](std::string_view text) {
    if (parts.empty() || parts.back().group >= 0) parts.emplace_back();
    parts.back().text += text;
  };
  while (!result.empty()) {
    const std::size_t dollar = result.find('$');
    if (dollar != 0) add(result.substr(0, dollar));
    if (dollar == std::string_view::npos) break;
    result.remove_prefix(dollar + 1);
    if (result.starts_with('$')) {
      add("$");
      result.remove_prefix(1);
    } else if (const auto group = TakeGroup(result)) {
      parts.push_back({{}, *group});
    } else {
      return Permanent("its result has a $ that is neither $$ nor the number of a group");
    }
  }
  return parts;
}

}  // namespace assay::identity
