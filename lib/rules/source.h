// SPDX-License-Identifier: Apache-2.0
// Places in rule files, and what is to be said about them.
#pragma once

#include <cstddef>
#include <cstdint>
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

// The rule files of one compilation. Refers to them; they must live longer.
class Sources {
 public:
  explicit Sources(std::span<const SourceFile> files);

  [[nodiscard]] const SourceFile& file(const Place& place) const { return files_[place.file]; }
  [[nodiscard]] std::string_view Text(const Place& place) const;
  [[nodiscard]] int Line(const Place& place) const;  // from 1
  // "file:line", as messages name the other place.
  [[nodiscard]] std::string Where(const Place& place) const;
  // A diagnostic at that place, with the line it stands in.
  [[nodiscard]] Diagnostic Describe(const Place& place) const;

 private:
  std::span<const SourceFile> files_;
  std::vector<std::vector<std::uint32_t>> line_starts_;  // per file: offset of each line
};

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
  [[nodiscard]] const Sources& sources() const { return sources_; }
  // All of them in the order of the files; the log is empty afterwards.
  [[nodiscard]] std::vector<Diagnostic> Take();

 private:
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
