// SPDX-License-Identifier: Apache-2.0
// How the header of a message or of a part says that its body is to be read. Where a field stands
// twice, or in a form that few expect, mail programs do not agree; a sender may choose the form
// that his reader's program takes. So each such reading is told, and none of them is the right one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/mime_tree.h"

namespace assay::mail {

inline constexpr std::size_t kMaxRepeats = 4;     // of one field; honest headers have one
inline constexpr std::size_t kMaxBoundaries = 4;  // of one multipart, likewise
inline constexpr std::size_t kMaxOtherReadings = 4;

struct EntityReadings {
  // What shows most: parts before HTML, HTML before plain text, that before a file; decoded before
  // as it stands. `header` and `body` are left empty.
  Part part;
  // The body as text in other ways, so that nothing is seen only by some. At most
  // kMaxOtherReadings.
  std::vector<Part> others;
  std::vector<std::string> boundaries;  // of a multipart: all that may be meant
  bool malformed = false;               // fields unreadable, repeated, or read in different ways
};

struct EntityHeader {
  std::vector<std::string> content_types;
  std::vector<std::string> dispositions;
  std::vector<std::string> transfer_encodings;
  std::string_view text;  // all of it, raw
  // Where a line that is no field stands among fields: some programs take it for the first line of
  // the body, some pass over it.
  std::optional<std::size_t> junk;
  bool malformed = false;

  // Fields of other names are passed over.
  void Add(std::string_view name, std::string_view value);
  // In a digest a part is a message unless it says otherwise (RFC 2046, 5.1.5).
  [[nodiscard]] EntityReadings Read(bool in_digest) const;
};

// A field that Add() keeps.
[[nodiscard]] bool IsEntityField(std::string_view name);

// Encoded words and character sets resolved: UTF-8.
[[nodiscard]] std::string DecodeFileName(const ParameterValue& name);

}  // namespace assay::mail
