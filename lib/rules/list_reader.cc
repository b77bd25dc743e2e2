// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/list_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

// What is wrong with an entry that cannot be meant. Empty when it is good.
std::string EntryProblem(std::string_view entry) {
  if (entry.empty()) return "an empty entry";
  if (entry.size() > kMaxEntryBytes)
    return fmt::format("an entry has at most {} bytes", kMaxEntryBytes);
  if (entry.starts_with('*')) return "entries have no wildcards";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(entry, control)) return "an entry holds no control characters";
  return {};
}

std::string EntryHint(std::string_view entry) {
  return entry.starts_with('*') ? "example.com also means all names below it" : "";
}

// What stands before a # that begins the line or follows a blank.
std::string_view WithoutComment(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || IsFoldingSpace(line[at - 1])) return line.substr(0, at);
  }
  return line;
}

Place PartOf(std::string_view line, std::string_view part, const Place& begin) {
  return {begin.file, begin.offset + static_cast<std::uint32_t>(part.data() - line.data()),
          static_cast<std::uint32_t>(std::max<std::size_t>(part.size(), 1))};
}

// Where the pattern that begins `text` has its second slash; npos without one.
std::size_t ClosingSlash(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '/') return at;
    if (text[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

}  // namespace

bool ListReader::Count(const Place& place) {
  if (++budget_.entries <= kMaxListEntries) return true;
  if (budget_.entries == kMaxListEntries + 1) {
    log_.Error(place, fmt::format("all lists together have at most {} entries", kMaxListEntries));
  }
  return false;
}

void ListReader::AddText(std::string_view entry, const Place& place) {
  if (!Count(place)) return;
  const std::string problem = EntryProblem(entry);
  if (problem.empty()) {
    set_.Add(entry);
  } else {
    log_.Error(place, problem, EntryHint(entry));
  }
}

void ListReader::AddPattern(const PatternText& pattern) {
  if (!Count(pattern.place)) return;
  if (++budget_.patterns > kMaxListPatterns) {
    if (budget_.patterns == kMaxListPatterns + 1) {
      log_.Error(pattern.place,
                 fmt::format("all lists together have at most {} patterns", kMaxListPatterns),
                 "write domains and addresses as they are");
    }
    return;
  }
  if (patterns_.Add(pattern)) ++pattern_count_;
}

void ListReader::AddValue(const ValueSyntax& value) {
  if (value.kind == ValueSyntax::Kind::kPattern) {
    AddPattern({value.text, value.flags, value.place});
  } else {
    AddText(value.text, value.place);
  }
}

void ListReader::AddFile(std::uint32_t file) {
  const std::string_view text = log_.sources().file({file}).text;
  for (std::size_t begin = 0; begin < text.size() && budget_.entries <= kMaxListEntries;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    AddLine(text.substr(begin, end - begin), {file, static_cast<std::uint32_t>(begin), 1});
    begin = end + 1;
  }
}

void ListReader::AddLine(std::string_view line, const Place& begin) {
  const std::string_view entry = Trim(line);
  if (entry.starts_with('/')) {
    AddPatternLine(line, begin);
    return;
  }
  const std::string_view bare = Trim(WithoutComment(line));
  if (!bare.empty()) AddText(bare, PartOf(line, bare, begin));
}

// /pattern/flags, and a comment behind a blank
void ListReader::AddPatternLine(std::string_view line, const Place& begin) {
  const std::string_view entry = Trim(line);
  const std::size_t close = ClosingSlash(entry);
  if (close == std::string_view::npos) {
    log_.Error(PartOf(line, entry.substr(0, 1), begin), "this pattern has no closing slash",
               "an entry that begins with a slash is a pattern");
    return;
  }
  std::size_t end = close + 1;
  while (end < entry.size() && IsAsciiAlnum(entry[end])) ++end;
  const std::string_view rest = entry.substr(end);
  if (!Trim(WithoutComment(rest)).empty() || rest.starts_with('#')) {
    log_.Error(PartOf(line, rest, begin), "text behind a pattern",
               "a slash inside a pattern is written \\/");
    return;
  }
  const std::string_view whole = entry.substr(0, end);
  const Place place = PartOf(line, whole, begin);
  if (!mail::IsValidUtf8(whole)) {
    log_.Error(place, "a pattern is UTF-8: bad byte", "write a byte as \\xHH, with flag b");
    return;
  }
  AddPattern(
      {std::string(whole.substr(1, close - 1)), std::string(whole.substr(close + 1)), place});
}

EntrySet ListReader::Finish() {
  if (pattern_count_ > 0) {
    set_.SetPatterns(patterns_.Build(pattern_count_ * kListPatternMemory));
  }
  return std::move(set_);
}

ListContents ReadListText(std::string path, std::string text) {
  Sources sources({});
  (void)sources.AddList({std::move(path), std::move(text), false});
  DiagnosticLog log(sources);
  ListBudget budget;
  ListReader reader(log, budget);
  reader.AddFile(0);
  EntrySet set = reader.Finish();
  ListContents contents;
  if (!log.has_errors()) contents.entries = std::make_shared<const EntrySet>(std::move(set));
  contents.diagnostics = log.Take();
  return contents;
}

}  // namespace assay::rules
