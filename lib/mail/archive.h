// SPDX-License-Identifier: Apache-2.0
// The names of files inside archives, read from directories and headers alone: nothing is unpacked,
// so nothing can blow up. (libarchive was looked at: its streaming readers inflate what they skip.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/file_type.h"

namespace assay::mail {

inline constexpr std::size_t kMaxArchiveNames = 1000;  // of one archive
inline constexpr std::size_t kMaxArchiveName = 512;    // bytes of each that are kept

struct ArchiveListing {
  std::vector<std::string> names;  // as stored, UTF-8; what is not is taken for code page 437
  bool encrypted = false;          // a file in it, or the list itself
  bool cut = false;  // more names than kMaxArchiveNames, or bytes are missing or broken
};

// `data` is an archive of that type or its beginning (`whole` is false then). Listed are ZIP by its
// central directory or, where that is missing, by its local headers, RAR 4 and 5, and the name in a
// GZIP header; of 7z, whose directory is packed, it is told only whether it is encrypted. Linear.
[[nodiscard]] ArchiveListing ListArchive(FileType type, std::string_view data, bool whole);

// What a ZIP file is by the names in it: kZip, kOoxml, kOdf or kJava.
[[nodiscard]] FileType TypeOfZip(const ArchiveListing& listing);

}  // namespace assay::mail
