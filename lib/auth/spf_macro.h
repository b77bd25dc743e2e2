// SPDX-License-Identifier: Apache-2.0
// Macro strings and domain-specs of SPF (RFC 7208, 7): parsed strictly once, expanded as often as
// needed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/spf.h"
#include "lib/base/result.h"

namespace assay::auth::spf {

inline constexpr std::size_t kMaxNameLength =
    253;  // RFC 7208, 7.3: longer names lose labels on the left

// Where a macro string stands: c, r and t belong to explanation texts (7.2), and only these may
// hold spaces.
enum class MacroUse { kDomain, kModifier, kExplanation };

// One piece of a macro string. Views point into the text that was parsed.
struct MacroPart {
  enum class Kind { kText, kEscape, kMacro };
  Kind kind = Kind::kText;
  std::string_view text{};        // kText: itself; kEscape: "%%", "%_" or "%-"
  char letter = 0;                // kMacro: lower case
  bool escape = false;            // written in upper case: the value is URL-escaped
  bool reverse = false;           // "r"
  std::size_t keep = 0;           // that many parts from the right; 0 keeps all
  std::string_view delimiters{};  // empty stands for "."

  bool operator==(const MacroPart&) const = default;
};
using MacroString = std::vector<MacroPart>;

[[nodiscard]] Result<MacroString> ParseMacroString(std::string_view text, MacroUse use);
// domain-spec (7.1): a macro string that ends in a macro or in a toplabel behind a dot.
[[nodiscard]] Result<MacroString> ParseDomainSpec(std::string_view text);
// What the parser would read as the same macro string.
[[nodiscard]] std::string ToString(const MacroString& macro);

// Whether it is the same for every message.
[[nodiscard]] bool IsConstant(const MacroString& macro);
// Whether expanding it takes the client's validated name (%{p}), which costs DNS questions.
[[nodiscard]] bool UsesValidatedName(const MacroString& macro);

struct MacroValues {
  const SpfCheck& check;
  std::string_view domain;                      // %{d}: whose record is evaluated
  std::string_view validated_name = "unknown";  // %{p}
};

// The name to ask for: without trailing dot, cut to kMaxNameLength by whole labels (7.3). Takes
// time in proportion to the specification and one value, however many macros there are. The result
// may be no name that DNS knows.
[[nodiscard]] std::string ExpandName(const MacroString& macro, const MacroValues& values);
// The text, cut to `max` bytes.
[[nodiscard]] std::string ExpandText(const MacroString& macro, const MacroValues& values,
                                     std::size_t max);

}  // namespace assay::auth::spf
