// SPDX-License-Identifier: Apache-2.0
// Parts that are files: what they are by their bytes, whatever is said of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lib/mail/file_type.h"
#include "lib/mail/mime_tree.h"

namespace assay::mail {

struct Attachment {
  std::vector<std::string> names;  // decoded: the one it has, then those that it may be taken for
  std::string media_type;          // as declared
  FileType type = FileType::kEmpty;
  bool contradicts = false;  // the type is not what name or media type say
  bool disguised_name = false;
  bool macros = false;             // Office document with VBA code
  bool encrypted = false;          // archive or Office document that asks for a password
  std::vector<std::string> files;  // names inside an archive
  bool listing_cut = false;        // not all of them
};

// A leaf part with a file name, or that is neither text nor HTML.
[[nodiscard]] bool IsAttachment(const Part& part);

// Decodes at most kFileTypeBytes of the part, and kMaxArchiveBytes of archives and Office
// documents. Linear.
[[nodiscard]] Attachment InspectAttachment(const Part& part, std::vector<std::string> names);

// Of all attachments; texts without repetition, in order.
struct AttachmentSummary {
  std::size_t count = 0;
  std::vector<std::string> types;       // ToWord()
  std::vector<std::string> extensions;  // of names, lower case
  std::vector<std::string> files;       // in archives
  std::vector<std::string> file_extensions;
  bool contradicts = false;
  bool disguised_name = false;
  bool macros = false;
  bool encrypted = false;
  bool listing_cut = false;  // an archive could not be listed in full
};
[[nodiscard]] AttachmentSummary Summarize(const std::vector<Attachment>& attachments);

inline constexpr std::size_t kMaxArchiveBytes =
    std::size_t{2} * 1024 * 1024;  // as much as is held of a message

}  // namespace assay::mail
