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
  kHtml,       // and files that a browser opens as HTML or SVG
  kOther,      // attachments
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
  std::vector<ParameterValue> other_names;  // that mail programs may take instead
  TransferEncoding encoding = TransferEncoding::kIdentity;
  std::string_view header;  // raw lines of the part's own header; empty for the message itself
  std::string_view body;    // encoded, without the line end that belongs to the boundary
  bool cut = false;         // more of it came than was kept
  // The body of a part that stands before it once more, as other mail programs read it; always
  // text, and no part of the structure.
  bool other_reading = false;
};

struct MimeTree {
  // In order of appearance, containers before what they hold; never empty, and the first one is the
  // message itself.
  std::vector<Part> parts;
  std::deque<std::string> decoded;  // what parts inside encoded messages point into
  std::size_t decoded_bytes = 0;    // of all these together
  std::size_t other_bytes = 0;      // of the bodies of other readings; they may overlap
  bool left_out = false;            // other readings, beyond kMaxOtherBytes or kMaxParts
  bool too_many_parts = false;      // kMaxParts was reached; the rest was not looked at
  bool too_deep = false;            // containers deeper than kMaxDepth, or encoded messages beyond
                                    // kMaxDecodedMessages, stand as text
  bool malformed = false;  // boundaries missing or repeated, fields unreadable, repeated or read in
                           // different ways, unknown transfer encoding
};

// The parts refer to `message`, which must outlive the tree and stay as it is. Linear in the body.
[[nodiscard]] MimeTree ReadMimeTree(const Message& message);

}  // namespace assay::mail
