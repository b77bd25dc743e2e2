// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace assay::rules {
namespace {

constexpr std::size_t kWindow = 160;  // bytes of a long line shown around the place
constexpr std::size_t kBefore = 60;   // of these, how many at most stand before it

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Control characters of a rule file must not reach the operator's terminal.
char Printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F ? '?' : c;
}

// The part of the line to show, and where in that part the place begins.
struct Window {
  std::string text;
  std::size_t at = 0;
};

Window CutAround(const std::string& line, std::size_t at) {
  if (line.size() <= kWindow) return {line, std::min(at, line.size())};
  std::size_t begin = at > kBefore ? at - kBefore : 0;
  begin = std::min(begin, line.size());
  std::size_t end = std::min(line.size(), begin + kWindow);
  while (begin > 0 && begin < line.size() && IsContinuation(line[begin])) --begin;
  while (end < line.size() && IsContinuation(line[end])) ++end;
  std::string text = line.substr(begin, end - begin);
  if (end < line.size()) text += "...";
  if (begin == 0) return {text, std::min(at, text.size())};
  return {"..." + text, std::min(at - begin + 3, text.size() + 3)};
}

// Blanks as wide as the text before the place: one a code point, tabs kept.
std::string Indent(std::string_view before) {
  std::string blanks;
  for (const char c : before) {
    if (!IsContinuation(c)) blanks += c == '\t' ? '\t' : ' ';
  }
  return blanks;
}

std::string Underline(const Window& window, int length) {
  const std::size_t wanted = static_cast<std::size_t>(std::max(length, 1));
  const std::string_view marked = std::string_view(window.text).substr(window.at, wanted);
  const auto width = std::ranges::count_if(marked, [](char c) { return !IsContinuation(c); });
  return "^" + std::string(width > 1 ? static_cast<std::size_t>(width) - 1 : 0, '~');
}

}  // namespace

std::string Format(const Diagnostic& diagnostic) {
  const char* severity = diagnostic.severity == Severity::kError ? "error" : "warning";
  std::string out = fmt::format("{}:{}:{}: {}: {}\n", diagnostic.file, diagnostic.line,
                                diagnostic.column, severity, diagnostic.message);
  if (!diagnostic.source_line.empty()) {
    const auto at =
        static_cast<std::size_t>(std::max(diagnostic.column - 1 - diagnostic.cut_before, 0));
    Window window = CutAround(diagnostic.source_line, at);
    std::ranges::transform(window.text, window.text.begin(), Printable);
    const std::string before = window.text.substr(0, window.at);
    out += fmt::format("    {}\n    {}{}\n", window.text, Indent(before),
                       Underline(window, diagnostic.length));
  }
  if (!diagnostic.suggestion.empty()) out += fmt::format("  {}\n", diagnostic.suggestion);
  for (const std::string& where : diagnostic.included_from) {
    out += fmt::format("  included from {}\n", where);
  }
  return out;
}

}  // namespace assay::rules
