// SPDX-License-Identifier: Apache-2.0
// Input: a file. Whatever it is, its listing holds its limits and is valid UTF-8, and a file name
// has one reading.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/mail/archive.h"
#include "lib/mail/attachments.h"
#include "lib/mail/charset.h"

namespace {

using assay::mail::FileType;

void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken property: %s\n", what);
  std::abort();
}

void CheckListing(const assay::mail::ArchiveListing& listing) {
  Check(listing.names.size() <= assay::mail::kMaxArchiveNames, "kMaxArchiveNames");
  for (const std::string& name : listing.names) {
    Check(assay::mail::IsValidUtf8(name), "UTF-8");
    // Code page 437 takes up to three bytes of UTF-8 a byte.
    Check(name.size() <= 3 * assay::mail::kMaxArchiveName, "kMaxArchiveName");
    Check(assay::mail::ExtensionOf(name).size() <= name.size(), "extension");
    (void)assay::mail::IsDisguisedName(name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(!ToWord(assay::mail::DetectFileType(bytes)).empty(), "word");
  // Each lister gets it, whatever it begins with.
  for (const FileType type :
       {FileType::kZip, FileType::kRar, FileType::kGzip, FileType::kSevenZip}) {
    if (bytes.size() < 8) break;
    for (const bool whole : {false, true}) CheckListing(ListArchive(type, bytes, whole));
  }
  assay::mail::Part part;
  part.kind = assay::mail::PartKind::kOther;
  part.body = bytes;
  const assay::mail::Attachment attachment =
      InspectAttachment(part, {std::string(bytes.substr(0, 40))});
  Check(attachment.files.size() <= assay::mail::kMaxArchiveNames, "files");
  return 0;
}
