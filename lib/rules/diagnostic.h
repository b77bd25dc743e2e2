// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

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
  std::string source_line;  // the whole line; empty when there is none to show
  std::string suggestion;   // "did you mean …?"; empty when there is none
};

// file:line:col: error: message
//     source line
//     ^~~~
//   did you mean ...?
[[nodiscard]] std::string Format(const Diagnostic& diagnostic);

}  // namespace assay::rules
