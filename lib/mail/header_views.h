// SPDX-License-Identifier: Apache-2.0
// What Views shares between its header and its body.
#pragma once

#include <string>
#include <string_view>

#include "lib/mail/mime_tree.h"
#include "lib/mail/views.h"

namespace assay::mail {

// What is not UTF-8 is taken for windows-1252.
[[nodiscard]] std::string ToUtf8OrWindows1252(std::string_view bytes);

// CRLF and bare CR become LF, in place.
void NormalizeLineEnds(std::string& text);

// Appends the fields of that name in the raw header of a part, at most kMaxPartFields of them.
// `form` is kText or kRaw.
void AddPartFields(std::string_view header, std::string_view name, HeaderForm form, Texts& out);

inline constexpr std::size_t kMaxPartFields = 1000;

// "multipart/mixed(text/plain,image/png)"; cut at kMaxStructure bytes.
[[nodiscard]] std::string DescribeStructure(const MimeTree& tree);

inline constexpr std::size_t kMaxStructure = std::size_t{16} * 1024;

}  // namespace assay::mail
