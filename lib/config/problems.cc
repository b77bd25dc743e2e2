// SPDX-License-Identifier: Apache-2.0
#include "lib/config/problems.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"

namespace assay::config {
namespace {

constexpr std::size_t kMaxSourceLine =
    160;  // characters shown of a line; the caret is always among them
constexpr std::size_t kMaxQuoted = 64;  // bytes of a value shown in a message
constexpr std::size_t kMaxGuessed =
    64;  // a longer word is no misspelt name, and comparing it costs time

// One printable ASCII character for each character, so that the caret stands where it
// should and nothing from the file can speak to the terminal.
std::string Printable(std::string_view line) {
  std::string shown;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0U) == 0x80U) continue;  // the rest of a UTF-8 sequence
    shown += c == '\t' ? ' ' : (byte >= 0x20 && byte < 0x7f ? c : '?');
  }
  return shown;
}

}  // namespace

void Problems::Error(const Place& place, std::string_view message, std::string_view hint) {
  errors_.push_back({place, Printable(message), Printable(hint)});
}

void Problems::Warn(const Place& place, std::string_view message, std::string_view hint) {
  warnings_.push_back({place, Printable(message), Printable(hint)});
}

std::vector<std::string> Problems::Print(std::vector<Problem> problems,
                                         std::string_view severity) const {
  std::ranges::stable_sort(problems, {}, &Problem::place);
  std::vector<std::string> printed;
  std::size_t begin = 0;
  int line = 1;
  for (const Problem& problem : problems) {
    if (printed.size() == kMaxProblems) {
      printed.push_back(fmt::format("{}: {}: {} more of these are not shown", file_, severity,
                                    problems.size() - kMaxProblems));
      break;
    }
    for (; line < problem.place.line; ++line) {
      begin = std::min(text_.find('\n', begin), text_.size() - 1) + 1;
    }
    const std::string_view rest = text_.substr(begin);
    printed.push_back(Format(problem, severity, rest.substr(0, rest.find('\n'))));
  }
  return printed;
}

std::string Problems::Format(const Problem& problem, std::string_view severity,
                             std::string_view source_line) const {
  const Place& place = problem.place;
  std::string out = place.line == 0 ? fmt::format("{}: {}: {}", file_, severity, problem.message)
                                    : fmt::format("{}:{}:{}: {}: {}", file_, place.line,
                                                  place.column, severity, problem.message);
  std::string shown = Printable(source_line);
  while (!shown.empty() && shown.back() == ' ') shown.pop_back();
  const auto column = static_cast<std::size_t>(std::max(place.column - 1, 0));
  if (place.line > 0 && !shown.empty() && column <= shown.size()) {
    const std::size_t from = column < kMaxSourceLine / 2 ? 0 : column - kMaxSourceLine / 2;
    const std::string part = shown.substr(from, kMaxSourceLine);
    const std::size_t at = column - from;
    const std::size_t room = part.size() > at ? part.size() - at : 1;
    const std::size_t length =
        std::clamp<std::size_t>(static_cast<std::size_t>(place.length), 1, room);
    out += fmt::format("\n    {}\n    {:>{}}{}", part, '^', at + 1, std::string(length - 1, '~'));
  }
  if (!problem.hint.empty()) out += "\n  " + problem.hint;
  return out;
}

std::string Quoted(std::string_view text) { return '"' + EscapeForLog(text, kMaxQuoted) + '"'; }

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kMaxGuessed) return {};
  const auto near = NearestName(word, candidates);
  return near ? fmt::format("did you mean \"{}\"?", *near) : std::string();
}

}  // namespace assay::config
