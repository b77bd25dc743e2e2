// SPDX-License-Identifier: Apache-2.0
// Base64 as DKIM uses it (RFC 6376, 2.10): RFC 2045 alphabet, folding white space anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::auth {

enum class Base64Padding { kRequired, kOptional };

// `text` without any folding white space.
[[nodiscard]] std::string WithoutFoldingSpace(std::string_view text);

// The bytes that `text` stands for; it must hold no white space. Nothing for a byte outside the
// alphabet, padding where none belongs, a lone last character or bits left over: two texts never
// mean the same bytes, padding aside.
[[nodiscard]] std::optional<std::string> DecodeBase64(std::string_view text, Base64Padding padding);

// With padding, without line breaks.
[[nodiscard]] std::string EncodeBase64(std::string_view bytes);

}  // namespace assay::auth
