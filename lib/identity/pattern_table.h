// SPDX-License-Identifier: Apache-2.0
// The lines of pcre_table(5) and regexp_table(5), before any pattern is compiled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace assay::identity {

struct PatternLine {
  enum class Kind { kMatch, kIf, kEndIf };
  Kind kind = Kind::kMatch;
  int number = 0;
  bool negated = false;  // !/pattern/
  std::string pattern;
  std::string flags;
  std::string result;   // with its $1, ${1}, $(1) and $$
  std::size_t end = 0;  // of kIf: index of its kEndIf
};

// An Error names the line. if and endif are balanced in what is returned.
[[nodiscard]] Result<std::vector<PatternLine>> ParsePatternLines(std::string_view text);

// One piece of a result: literal text, or the group of that number.
struct ResultPart {
  std::string text;
  int group = -1;  // -1: text
};
// An Error where a $ stands alone.
[[nodiscard]] Result<std::vector<ResultPart>> ParseResultText(std::string_view result);

}  // namespace assay::identity
