// SPDX-License-Identifier: Apache-2.0
// The parts of a message (RFC 2046), read in one pass over the body whatever its nesting. Nothing
// is decoded here but embedded messages that somebody encoded.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/message.h"
#include "lib/mail/mime_fields.h"
#include "lib/mail/transfer_encoding.h"

namespace assay::mail {

enum class PartKind {
  kMultipart,  // holds parts
  kMessage,    // message/rfc822 and message/global: holds the part that is the embedded message's
               // body
  kPlainText,  // shown as text: text/*, message/* that is not a message, a multipart without any
               // part, containers nested too deep
  kHtml,
  kOther,  // attachments
};

[[nodiscard]] constexpr bool IsLeaf(PartKind kind) {
  return kind != PartKind::kMultipart && kind != PartKind::kMessage;
}
[[nodiscard]] constexpr bool IsText(PartKind kind) {
  return kind == PartKind::kPlainText || kind == PartKind::kHtml;
}

struct Part {
  PartKind kind = PartKind::kOther;
  std::size_t depth = 0;     // how many multiparts and embedded messages it is in
  std::string content_type;  // as declared, lower case; the default of the context when absent or
                             // unreadable
  std::string charset;       // as declared, lower case; empty when absent
  std::optional<ParameterValue>
      file_name;  // of Content-Disposition, else of Content-Type; not decoded
  TransferEncoding encoding = TransferEncoding::kIdentity;
  std::string_view header;  // raw lines of the part's own header; empty for the message itself
  std::string_view body;    // encoded, without the line end that belongs to the boundary
  bool cut = false;         // more of it came than was kept
};

struct MimeTree {
  std::vector<Part> parts;  // in order of appearance, containers before what they hold; never empty
  std::deque<std::string> decoded;  // what parts inside encoded messages point into
  std::size_t decoded_bytes = 0;    // of all these together
  bool too_many_parts = false;      // kMaxParts was reached; the rest was not looked at
  bool too_deep = false;            // containers deeper than kMaxDepth, or encoded messages beyond
                                    // kMaxDecodedMessages, stand as text
  bool malformed = false;  // boundaries missing or repeated, fields unreadable or repeated, unknown
                           // transfer encoding
};

// The parts refer to `message`, which must outlive the tree and stay as it is. Linear in the body.
[[nodiscard]] MimeTree ReadMimeTree(const Message& message);

}  // namespace assay::mail
