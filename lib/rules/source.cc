// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "lib/base/text.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMaxQuoted = 60;        // bytes of a foreign text inside a message
constexpr std::size_t kMaxShown = 1024;       // bytes of a line kept on either side of a place
constexpr std::size_t kMaxCandidates = 5000;  // each costs an edit distance: no suggestion beyond

std::vector<std::uint32_t> LineStarts(std::string_view text) {
  std::vector<std::uint32_t> starts = {0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts.push_back(static_cast<std::uint32_t>(i + 1));
  }
  return starts;
}

}  // namespace

Place Span(const Place& first, const Place& last) {
  return {first.file, first.offset, last.offset + last.length - first.offset};
}

Sources::Sources(std::span<const SourceFile> files) {
  for (const SourceFile& file : files) Add(file, {});
}

std::uint32_t Sources::Add(SourceFile file, std::optional<Place> included_at) {
  std::vector<std::uint32_t> starts = LineStarts(file.text);
  files_.push_back({std::move(file), std::move(starts), included_at});
  return size() - 1;
}

std::uint32_t Sources::AddList(SourceFile file) {
  files_.push_back({std::move(file), {}, {}});
  return size() - 1;
}

void Sources::Drop(std::uint32_t file) {
  files_[file].file.text = std::string();
  files_[file].line_starts = std::vector<std::uint32_t>{0};
}

// About a long list there is mostly nothing to say: its lines are looked for when there is.
const std::vector<std::uint32_t>& Sources::LinesOf(std::uint32_t file) const {
  const Entry& entry = files_[file];
  if (entry.line_starts.empty()) entry.line_starts = LineStarts(entry.file.text);
  return entry.line_starts;
}

std::vector<std::uint32_t> Sources::IncludeChain(const Place& place) const {
  std::vector<std::uint32_t> chain = {place.file};
  while (const auto& outer = files_[chain.back()].included_at) chain.push_back(outer->file);
  return chain;
}

std::string_view Sources::Text(const Place& place) const {
  const std::string_view text = file(place).text;
  return text.substr(std::min<std::size_t>(place.offset, text.size()), place.length);
}

int Sources::Line(const Place& place) const {
  const auto& starts = LinesOf(place.file);
  return static_cast<int>(std::ranges::upper_bound(starts, place.offset) - starts.begin());
}

std::string Sources::Where(const Place& place) const {
  return fmt::format("{}:{}", file(place).name, Line(place));
}

Diagnostic Sources::Describe(const Place& place) const {
  Diagnostic result;
  const std::string_view text = file(place).text;
  result.file = file(place).name;
  result.line = Line(place);
  const auto& starts = LinesOf(place.file);
  const auto number = static_cast<std::size_t>(result.line);
  const std::size_t begin = starts[number - 1];
  const std::size_t end = number < starts.size() ? starts[number] - 1 : text.size();
  const std::size_t offset = std::min<std::size_t>(place.offset, end);
  result.column = static_cast<int>(place.offset - begin) + 1;
  result.length = static_cast<int>(
      std::clamp<std::size_t>(place.length, 1, std::max<std::size_t>(end - offset, 1)));
  // A file may be one line of megabytes.
  const std::size_t shown = offset - begin > kMaxShown ? offset - kMaxShown : begin;
  std::string_view line = text.substr(shown, std::min(end, offset + kMaxShown) - shown);
  if (line.ends_with('\r')) line.remove_suffix(1);
  result.source_line = std::string(line);
  result.cut_before = static_cast<int>(shown - begin);
  const Entry& entry = files_[place.file];
  for (auto at = entry.included_at; at; at = files_[at->file].included_at) {
    result.included_from.push_back(Where(*at));
  }
  return result;
}

std::string ResolvePath(std::string_view path, std::string_view source) {
  const std::filesystem::path named(path);
  if (named.is_absolute()) return named.lexically_normal().string();
  return (std::filesystem::path(source).parent_path() / named).lexically_normal().string();
}

void DiagnosticLog::Error(const Place& place, std::string message, std::string suggestion) {
  if (!Count(Severity::kError)) return;
  Diagnostic diagnostic = sources_.Describe(place);
  diagnostic.message = std::move(message);
  diagnostic.suggestion = std::move(suggestion);
  entries_.emplace_back(place, std::move(diagnostic));
}

void DiagnosticLog::Warn(const Place& place, std::string message, std::string suggestion) {
  if (!Count(Severity::kWarning)) return;
  Diagnostic diagnostic = sources_.Describe(place);
  diagnostic.severity = Severity::kWarning;
  diagnostic.message = std::move(message);
  diagnostic.suggestion = std::move(suggestion);
  entries_.emplace_back(place, std::move(diagnostic));
}

void DiagnosticLog::Add(const Place& anchor, Diagnostic diagnostic) {
  if (Count(diagnostic.severity)) entries_.emplace_back(anchor, std::move(diagnostic));
}

bool DiagnosticLog::Count(Severity severity) {
  const bool error = severity == Severity::kError;
  if (error) ++errors_;
  // The first error is always kept: a set that is refused must say why.
  if (!full() || (error && errors_ == 1)) return true;
  ++dropped_;
  return false;
}

std::vector<Diagnostic> DiagnosticLog::Take() {
  std::ranges::stable_sort(entries_, {}, [](const auto& entry) {
    return std::tuple(entry.first.file, entry.first.offset);
  });
  std::vector<Diagnostic> result;
  for (auto& [place, diagnostic] : entries_) result.push_back(std::move(diagnostic));
  if (dropped_ > 0) {
    Diagnostic last = result.back();
    last.severity = has_errors() ? Severity::kError : Severity::kWarning;
    last.message = fmt::format("{} more problems are not shown", dropped_);
    last.suggestion.clear();
    result.push_back(std::move(last));
  }
  entries_.clear();
  return result;
}

std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kMaxQuoted || candidates.size() > kMaxCandidates) return {};
  // Letters in another order are the commonest slip, and far away by edit distance.
  auto nearest = std::optional<std::string_view>();
  for (const std::string_view candidate : candidates) {
    if (std::ranges::is_permutation(word, candidate)) nearest = candidate;
  }
  if (!nearest) nearest = NearestName(word, candidates);
  return nearest ? fmt::format("did you mean '{}'?", *nearest) : std::string();
}

std::string Quote(std::string_view text) {
  std::size_t end = std::min(text.size(), kMaxQuoted);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  std::string quoted = "'";
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    quoted += byte < 0x20 || byte == 0x7F ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return quoted + (end < text.size() ? "...'" : "'");
}

}  // namespace assay::rules
