// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/attachments.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/archive.h"
#include "lib/mail/distinct_texts.h"
#include "lib/mail/transfer_encoding.h"

namespace assay::mail {
namespace {

using namespace std::string_view_literals;

// Names of streams in an OLE file, in UTF-16.
constexpr std::string_view kVbaProject = "V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"sv;
constexpr std::string_view kEncryptedPackage = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv;

bool NeedsAllBytes(FileType type) {
  return type == FileType::kZip || type == FileType::kRar || type == FileType::kSevenZip ||
         type == FileType::kGzip || type == FileType::kOle;
}

void InspectOle(std::string_view data, Attachment& attachment) {
  attachment.macros = data.find(kVbaProject) != std::string_view::npos;
  attachment.encrypted = data.find(kEncryptedPackage) != std::string_view::npos;
}

void InspectArchive(std::string_view data, bool whole, Attachment& attachment) {
  ArchiveListing listing = ListArchive(attachment.type, data, whole);
  if (attachment.type == FileType::kZip) attachment.type = TypeOfZip(listing);
  attachment.encrypted = listing.encrypted;
  attachment.listing_cut = listing.cut;
  attachment.macros = std::ranges::any_of(listing.names, [](const std::string& name) {
    return EndsWithIgnoreCase(name, "vbaProject.bin");
  });
  // What is inside an Office document is nobody's choice.
  const bool document = attachment.type == FileType::kOoxml || attachment.type == FileType::kOdf;
  if (!document) attachment.files = std::move(listing.names);
}

// Any of its names.
bool Contradicts(const Attachment& attachment) {
  const auto contradicts = [&](std::string_view name) {
    return Contradicts(attachment.type, ExtensionOf(name), attachment.media_type);
  };
  if (attachment.names.empty()) return contradicts("");
  return std::ranges::any_of(attachment.names, contradicts);
}

}  // namespace

bool IsAttachment(const Part& part) {
  return IsLeaf(part.kind) && (part.file_name.has_value() || !IsText(part.kind));
}

Attachment InspectAttachment(const Part& part, std::vector<std::string> names) {
  Attachment attachment;
  attachment.names = std::move(names);
  attachment.media_type = part.content_type;
  DecodedBytes head = DecodeTransfer(part.encoding, part.body, kFileTypeBytes);
  attachment.type = DetectFileType(head.bytes);
  if (NeedsAllBytes(attachment.type)) {
    if (head.cut) head = DecodeTransfer(part.encoding, part.body, kMaxArchiveBytes);
    if (attachment.type == FileType::kOle) {
      InspectOle(head.bytes, attachment);
    } else {
      InspectArchive(head.bytes, !part.cut && !head.cut, attachment);
    }
  }
  attachment.contradicts = Contradicts(attachment);
  attachment.disguised_name = std::ranges::any_of(attachment.names, IsDisguisedName) ||
                              std::ranges::any_of(attachment.files, IsDisguisedName);
  return attachment;
}

AttachmentSummary Summarize(const std::vector<Attachment>& attachments) {
  AttachmentSummary summary;
  DistinctTexts types(summary.types);
  DistinctTexts extensions(summary.extensions);
  DistinctTexts files(summary.files);
  DistinctTexts file_extensions(summary.file_extensions);
  for (const Attachment& attachment : attachments) {
    ++summary.count;
    types.Add(std::string(ToWord(attachment.type)));
    for (const std::string& name : attachment.names) extensions.Add(ExtensionOf(name));
    for (const std::string& file : attachment.files) {
      files.Add(file);
      file_extensions.Add(ExtensionOf(file));
    }
    summary.contradicts |= attachment.contradicts;
    summary.disguised_name |= attachment.disguised_name;
    summary.macros |= attachment.macros;
    summary.encrypted |= attachment.encrypted;
    summary.listing_cut |= attachment.listing_cut;
  }
  return summary;
}

}  // namespace assay::mail
