// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assay::mail {

struct CharacterReference {
  std::size_t length = 0;  // of the reference in the text, "&" included
  char32_t code_point = 0;
};

// The character reference at the front of `text`, which begins with "&" (HTML Living
// Standard, 13.2.5.72): numbers in decimal and hexadecimal with the standard's replacements
// (windows-1252 for 0x80 to 0x9F, U+FFFD for what is no character), and the names for Latin, Greek
// and Cyrillic letters, letter-like signs, ASCII and general punctuation and what else HTML 4 has.
// The semicolon may be missing where the standard says so.
[[nodiscard]] std::optional<CharacterReference> ParseCharacterReference(std::string_view text);

// `text` with all its character references resolved. In an attribute's value a name without
// semicolon stands for itself where "=" or a letter or digit follows it (13.2.5.73): "?a=1&copy=2".
[[nodiscard]] std::string ResolveReferences(std::string_view text, bool in_attribute);

// Likewise: `text` itself where it has none, else `buffer`.
[[nodiscard]] std::string_view WithoutReferences(std::string_view text, bool in_attribute,
                                                 std::string& buffer);

// `code_point` must be a Unicode scalar value.
void AppendUtf8(char32_t code_point, std::string& out);

}  // namespace assay::mail
