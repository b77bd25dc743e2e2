// SPDX-License-Identifier: Apache-2.0
// Collects what is wrong with one configuration file and prints it as diagnostics.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/config/document.h"

namespace assay::config {

// Printed per file; a file with more has one cause, and nobody reads on.
inline constexpr std::size_t kMaxProblems = 100;

class Problems {
 public:
  // Both must live longer than this object.
  Problems(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  // `hint` is a line of its own below the source: "did you mean …?". May be empty.
  void Error(const Place& place, std::string_view message, std::string_view hint = {});
  void Warn(const Place& place, std::string_view message, std::string_view hint = {});

  [[nodiscard]] bool has_errors() const { return !errors_.empty(); }
  // In the order of the file, at most kMaxProblems each:
  //   file:line:col: error: message
  //       source line
  //       ^~~~
  //     hint
  [[nodiscard]] std::vector<std::string> Errors() const { return Print(errors_, "error"); }
  [[nodiscard]] std::vector<std::string> Warnings() const { return Print(warnings_, "warning"); }

 private:
  struct Problem {
    Place place;
    std::string message;
    std::string hint;
  };
  [[nodiscard]] std::vector<std::string> Print(std::vector<Problem> problems,
                                               std::string_view severity) const;
  [[nodiscard]] std::string Format(const Problem& problem, std::string_view severity,
                                   std::string_view source_line) const;

  std::string_view text_;
  std::string_view file_;
  std::vector<Problem> errors_;
  std::vector<Problem> warnings_;
};

// The text in double quotes, escaped and cut, for use in a message.
[[nodiscard]] std::string Quoted(std::string_view text);

// "did you mean \"…\"?", or nothing when no candidate is near.
[[nodiscard]] std::string DidYouMean(std::string_view word,
                                     const std::vector<std::string_view>& candidates);

}  // namespace assay::config
