// SPDX-License-Identifier: Apache-2.0
// Places in rule files, and what is to be said about them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/rules/diagnostic.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {

// A stretch of one rule file, in bytes.
struct Place {
  std::uint32_t file = 0;  // index into Sources
  std::uint32_t offset = 0;
  std::uint32_t length = 1;
};

// From the beginning of `first` to the end of `last`, which stands in the same file.
[[nodiscard]] Place Span(const Place& first, const Place& last);

// The texts of one compilation: rule files, those that they include, and list files. Any thread may
// read them once all lists are dropped.
class Sources {
 public:
  explicit Sources(std::span<const SourceFile> files);
  // Another file, with the place that asked for it; gives its number. References stay valid.
  std::uint32_t Add(SourceFile file, std::optional<Place> included_at);
  // A list's text, which may be long: its lines are counted when something is said about it.
  std::uint32_t AddList(SourceFile file);
  // Frees a text about which nothing more is to be said.
  void Drop(std::uint32_t file);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(files_.size()); }
  [[nodiscard]] const SourceFile& file(const Place& place) const { return files_[place.file].file; }
  [[nodiscard]] std::string_view Text(const Place& place) const;
  [[nodiscard]] int Line(const Place& place) const;  // from 1
  // "file:line", as messages name the other place.
  [[nodiscard]] std::string Where(const Place& place) const;
  // A diagnostic at that place, with the line it stands in (of a long one what is near the place)
  // and the files that include it.
  [[nodiscard]] Diagnostic Describe(const Place& place) const;
  // The file of the place and those that include it, the outermost last.
  [[nodiscard]] std::vector<std::uint32_t> IncludeChain(const Place& place) const;

 private:
  [[nodiscard]] const std::vector<std::uint32_t>& LinesOf(std::uint32_t file) const;

  struct Entry {
    SourceFile file;
    mutable std::vector<std::uint32_t> line_starts;  // offset of each line; empty: not known yet
    std::optional<Place> included_at;
  };

  std::deque<Entry> files_;
};

// The path that a file means which stands in `source`: relative ones begin beside it.
[[nodiscard]] std::string ResolvePath(std::string_view path, std::string_view source);

inline constexpr std::size_t kMaxDiagnostics = 100;  // kept; beyond it nobody reads on

// Collects what is wrong. A file of garbage gives kMaxDiagnostics of them and a last one that
// counts the rest.
class DiagnosticLog {
 public:
  explicit DiagnosticLog(const Sources& sources) : sources_(sources) {}

  void Error(const Place& place, std::string message, std::string suggestion = {});
  void Warn(const Place& place, std::string message, std::string suggestion = {});
  // About a place outside the rule files (a list's file); sorted as if it stood at `anchor`.
  void Add(const Place& anchor, Diagnostic diagnostic);

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  [[nodiscard]] std::size_t errors() const { return errors_; }
  // What comes now is only counted.
  [[nodiscard]] bool full() const { return entries_.size() >= kMaxDiagnostics; }
  [[nodiscard]] const Sources& sources() const { return sources_; }
  // All of them in the order of the files; the log is empty afterwards.
  [[nodiscard]] std::vector<Diagnostic> Take();

 private:
  // Whether it is to be kept.
  [[nodiscard]] bool Count(Severity severity);

  const Sources& sources_;
  std::vector<std::pair<Place, Diagnostic>> entries_;
  std::size_t errors_ = 0;
  std::size_t dropped_ = 0;
};

// "did you mean 'x'?" when one of the candidates is near, else empty.
[[nodiscard]] std::string DidYouMean(std::string_view word,
                                     std::span<const std::string_view> candidates);
// 'x' with control characters escaped and cut to a readable length.
[[nodiscard]] std::string Quote(std::string_view text);

}  // namespace assay::rules
