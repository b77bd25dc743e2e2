// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::rules {

enum class Severity : std::uint8_t { kWarning, kError };

// Something to say about a place in a rule file.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1, in bytes
  int length = 1;  // bytes to underline
  std::string message;
  std::string source_line;  // the line, or what is near the place; empty: there is none to show
  std::string suggestion;   // "did you mean …?"; empty when there is none
  // "file:line" of the `include` that brought the file in, and of those that brought that one in.
  std::vector<std::string> included_from = {};
  int cut_before = 0;  // bytes of the line that stand before source_line
};

// file:line:col: error: message
//     source line
//     ^~~~
//   did you mean ...?
//   included from file:line
[[nodiscard]] std::string Format(const Diagnostic& diagnostic);

}  // namespace assay::rules
