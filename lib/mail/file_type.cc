// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/file_type.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "lib/base/text.h"
#include "lib/mail/charset.h"

namespace assay::mail {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  FileType type;
};

// The first one that matches counts.
constexpr Magic kMagics[] = {
    {0, "PK\x03\x04"sv, FileType::kZip},
    {0, "PK\x05\x06"sv, FileType::kZip},
    {0, "PK\x07\x08"sv, FileType::kZip},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, FileType::kOle},
    {0, "{\\rt"sv, FileType::kRtf},
    {0,
     "\x7f"
     "ELF"sv,
     FileType::kElf},
    {0, "Rar!\x1a\x07"sv, FileType::kRar},
    {0, "7z\xbc\xaf\x27\x1c"sv, FileType::kSevenZip},
    {0, "\x1f\x8b"sv, FileType::kGzip},
    {0, "BZh"sv, FileType::kArchive},
    {0,
     "\xfd"
     "7zXZ\x00"sv,
     FileType::kArchive},
    {0, "\x28\xb5\x2f\xfd"sv, FileType::kArchive},
    {0, "MSCF"sv, FileType::kArchive},
    {0, "\x60\xea"sv, FileType::kArchive},
    {7, "**ACE**"sv, FileType::kArchive},
    {2, "-lh"sv, FileType::kArchive},
    {257, "ustar"sv, FileType::kArchive},
    {0, "\x4c\x00\x00\x00\x01\x14\x02\x00"sv, FileType::kShortcut},
    {0, "[InternetShortcut]"sv, FileType::kShortcut},
    {0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d"sv, FileType::kOneNote},
    {0, "ITSF"sv, FileType::kHelp},
    {0, "\x78\x9f\x3e\x22"sv, FileType::kTnef},
    {0, "\x89PNG\r\n\x1a\n"sv, FileType::kImage},
    {0, "GIF8"sv, FileType::kImage},
    {0, "\xff\xd8\xff"sv, FileType::kImage},
    {0, "II*\x00"sv, FileType::kImage},
    {0, "MM\x00*"sv, FileType::kImage},
    {8, "WEBP"sv, FileType::kImage},
    {0, "\x00\x00\x01\x00"sv, FileType::kImage},
    {4, "ftyphei"sv, FileType::kImage},
    {4, "ftypavif"sv, FileType::kImage},
    {4, "ftyp"sv, FileType::kMedia},
    {0, "ID3"sv, FileType::kMedia},
    {8, "WAVE"sv, FileType::kMedia},
    {8, "AVI "sv, FileType::kMedia},
    {0, "OggS"sv, FileType::kMedia},
    {0, "\xca\xfe\xba\xbe"sv, FileType::kJava},
    {0, "dex\n"sv, FileType::kJava},
    {0, "\xfe\xed\xfa\xce"sv, FileType::kMachO},
    {0, "\xfe\xed\xfa\xcf"sv, FileType::kMachO},
    {0, "\xce\xfa\xed\xfe"sv, FileType::kMachO},
    {0, "\xcf\xfa\xed\xfe"sv, FileType::kMachO},
    {0, "#!"sv, FileType::kScript},
    {0, "conectix"sv, FileType::kDisk},
    {0, "vhdxfile"sv, FileType::kDisk},
    {0x8001, "CD001"sv, FileType::kDisk},
    {0x8001, "BEA01"sv, FileType::kDisk},
};

constexpr std::string_view kWords[] = {
    "empty", "data",    "text",  "html",  "svg",    "xml",      "pdf",  "rtf",  "ole",     "ooxml",
    "odf",   "onenote", "image", "media", "zip",    "rar",      "7z",   "gzip", "archive", "disk",
    "pe",    "elf",     "macho", "java",  "script", "shortcut", "help", "tnef"};

constexpr std::size_t kMarkupSearch = 1024;  // bytes in which markup or "%PDF-" begins

bool HasMagic(std::string_view head, const Magic& magic) {
  return head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes);
}

// "MZ" alone may begin a text.
bool IsDosProgram(std::string_view head) {
  return head.starts_with("MZ") && head.size() >= 64 &&
         head.substr(0, 64).find('\0') != std::string_view::npos;
}

bool IsBitmap(std::string_view head) {
  return head.starts_with("BM") && head.size() >= 14 && head.substr(6, 4) == "\0\0\0\0"sv;
}

FileType DetectMarkup(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  head = head.substr(0, kMarkupSearch);
  const std::size_t begin = head.find_first_not_of(" \t\r\n\f");
  if (begin == std::string_view::npos || head[begin] != '<') return FileType::kText;
  const std::string lower = ToLower(head.substr(begin));
  for (const std::string_view tag :
       {"<!doctype html", "<html", "<head", "<body", "<script", "<meta", "<title", "<table", "<div",
        "<iframe", "<form", "<style"}) {
    if (lower.starts_with(tag)) return FileType::kHtml;
  }
  const bool comment = lower.starts_with("<!--") || lower.starts_with("<?xml");
  if (lower.starts_with("<svg") || (comment && lower.find("<svg") != lower.npos)) {
    return FileType::kSvg;
  }
  if (comment && lower.find("<html") != lower.npos) return FileType::kHtml;
  return lower.starts_with("<?xml") ? FileType::kXml : FileType::kText;
}

bool IsPlainText(std::string_view head) {
  return std::ranges::none_of(head.substr(0, kMarkupSearch * 4), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\x1b';
  });
}

using Types = std::initializer_list<FileType>;
struct Allowed {
  std::string_view names;  // of extensions, each between blanks
  std::array<FileType, 6> types;
};
constexpr Allowed kAllowed[] = {
    {" pdf ", {FileType::kPdf}},
    {" jpg jpeg png gif bmp tif tiff webp ico heic avif ", {FileType::kImage}},
    {" doc dot xls xlt ppt pps ",
     {FileType::kOle, FileType::kRtf, FileType::kOoxml, FileType::kHtml, FileType::kXml,
      FileType::kText}},
    {" docx xlsx pptx docm xlsm pptm dotm xlam ppam potm ",
     {FileType::kOoxml, FileType::kZip, FileType::kOle}},
    {" odt ods odp ", {FileType::kOdf, FileType::kZip}},
    {" rtf ", {FileType::kRtf, FileType::kText}},
    {" htm html xhtml shtml mht ",
     {FileType::kHtml, FileType::kXml, FileType::kText, FileType::kSvg}},
    {" txt csv log ics vcf ", {FileType::kText, FileType::kXml}},
    {" zip ", {FileType::kZip, FileType::kOoxml, FileType::kOdf, FileType::kJava}},
    {" rar ", {FileType::kRar}},
    {" 7z ", {FileType::kSevenZip}},
    {" gz tgz ", {FileType::kGzip}},
    {" iso img vhd vhdx ", {FileType::kDisk}},
    {" exe scr com pif dll cpl ", {FileType::kPe, FileType::kScript}},
    {" mp3 mp4 m4a wav avi mov ogg ", {FileType::kMedia}},
};

// The extension that a media type stands for.
struct MediaType {
  std::string_view prefix;
  std::string_view extension;
};
constexpr MediaType kMediaTypes[] = {
    {"application/pdf", "pdf"},
    {"image/jp", "jpg"},
    {"image/png", "jpg"},
    {"image/gif", "jpg"},
    {"text/plain", "txt"},
    {"text/html", "html"},
    {"application/msword", "doc"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.openxmlformats", "docx"},
    {"application/zip", "zip"},
    {"application/x-zip", "zip"},
    {"application/rtf", "rtf"},
    {"audio/", "mp3"},
    {"video/", "mp3"},
};

bool HasWord(std::string_view words, std::string_view word) {
  if (word.empty() || word.size() > 16 || word.find(' ') != std::string_view::npos) return false;
  return words.find(" " + std::string(word) + " ") != std::string_view::npos;
}

constexpr std::string_view kPrograms =
    " exe scr pif com bat cmd vbs vbe js jse wsf wsh ps1 hta lnk url msi jar cpl dll reg chm iso "
    "img vhd vhdx one xll html htm svg ";
constexpr std::string_view kDocuments =
    " pdf doc docx xls xlsx ppt pptx rtf txt csv odt jpg jpeg png gif bmp tif tiff zip rar 7z mp3 "
    "mp4 wav eml msg ";

}  // namespace

FileType DetectFileType(std::string_view head) {
  if (head.empty()) return FileType::kEmpty;
  for (const Magic& magic : kMagics) {
    if (HasMagic(head, magic)) return magic.type;
  }
  if (IsDosProgram(head)) return FileType::kPe;
  if (IsBitmap(head)) return FileType::kImage;
  if (head.substr(0, kMarkupSearch).find("%PDF-") != head.npos) return FileType::kPdf;
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {  // UTF-16
    return DetectMarkup(ToUtf8(head.substr(0, 2 * kMarkupSearch), "utf-16"));
  }
  return IsPlainText(head) ? DetectMarkup(head) : FileType::kData;
}

std::string_view ToWord(FileType type) { return kWords[static_cast<std::size_t>(type)]; }

std::string ExtensionOf(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || IsFoldingSpace(name.back()))) {
    name.remove_suffix(1);
  }
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view extension = name.substr(dot + 1);
  constexpr std::size_t kMaxExtension = 16;  // bytes; longer is the end of a sentence
  if (extension.empty() || extension.size() > kMaxExtension ||
      extension.find_first_of(" /\\") != extension.npos) {
    return {};
  }
  return ToLower(extension);
}

bool IsDisguisedName(std::string_view name) {
  for (const std::string_view reorders :
       {"\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8"}) {
    if (name.find(reorders) != name.npos) return true;
  }
  const std::string last = ExtensionOf(name);
  if (!HasWord(kPrograms, last)) return false;
  std::string_view before = name.substr(0, name.rfind('.'));
  if (before.ends_with("    ") || before.ends_with("____")) return true;
  // An HTML page saved from the web keeps the name of what it was.
  const bool page = last == "html" || last == "htm" || last == "svg";
  const std::string first = ExtensionOf(before);
  return HasWord(kDocuments, first) && !(page && (first == "txt" || first == "eml"));
}

bool Contradicts(FileType type, std::string_view extension, std::string_view media_type) {
  if (type == FileType::kData || type == FileType::kEmpty) return false;
  const auto allowed_for = [](std::string_view name) {
    return std::ranges::find_if(kAllowed,
                                [&](const Allowed& row) { return HasWord(row.names, name); });
  };
  const auto* row = allowed_for(extension);
  if (row == std::end(kAllowed)) {
    // A name that says something else says nothing about the media type.
    if (!extension.empty()) return false;
    for (const MediaType& media : kMediaTypes) {
      if (media_type.starts_with(media.prefix)) row = allowed_for(media.extension);
    }
  }
  if (row == std::end(kAllowed)) return false;
  return std::ranges::find(row->types, type) == row->types.end();
}

}  // namespace assay::mail
