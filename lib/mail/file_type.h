// SPDX-License-Identifier: Apache-2.0
// What a file is by its first bytes, and what its name says it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::mail {

enum class FileType : std::uint8_t {
  kEmpty,
  kData,  // none of the others
  kText,
  kHtml,
  kSvg,
  kXml,
  kPdf,
  kRtf,
  kOle,    // Word, Excel, PowerPoint before 2007, Outlook's .msg, Windows Installer
  kOoxml,  // the same since 2007
  kOdf,
  kOneNote,
  kImage,
  kMedia,  // sound and film
  kZip,
  kRar,
  kSevenZip,
  kGzip,
  kArchive,  // bzip2, xz, zstd, cab, arj, ace, lzh, tar
  kDisk,     // ISO 9660, UDF, VHD, VHDX
  kPe,       // programs for Windows and DOS
  kElf,
  kMachO,
  kJava,  // class files and jars, Android packages
  kScript,
  kShortcut,  // .lnk and .url of Windows
  kHelp,      // .chm
  kTnef,      // Outlook's winmail.dat
};

inline constexpr std::size_t kFileTypeBytes =
    std::size_t{34} * 1024;  // what DetectFileType() looks at: disk images say it at 32 KiB

// `head` is the beginning of the file. A ZIP file may turn out to be something else by what it
// holds (ListArchive()).
[[nodiscard]] FileType DetectFileType(std::string_view head);
// "empty", "data", "pe": the words of fact attachment.type.
[[nodiscard]] std::string_view ToWord(FileType type);

// In lower case without the dot, white space and dots at the end ignored as Windows does; empty
// when there is none.
[[nodiscard]] std::string ExtensionOf(std::string_view name);
// The name ends like a program's or script's behind the ending of a document, an image or an
// archive
// ("invoice.pdf.exe"), hides its end behind white space, or has characters that reorder what is
// shown of it.
[[nodiscard]] bool IsDisguisedName(std::string_view name);
// `type` cannot be what the file's name or, where that says nothing, its declared media type says.
[[nodiscard]] bool Contradicts(FileType type, std::string_view extension,
                               std::string_view media_type);

}  // namespace assay::mail
