// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <ostream>

#include "lib/mail/archive.h"
#include "lib/mail/charset.h"
#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string Little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
  return out;
}

// A ZIP file with these names, each with a few bytes of data.
std::string MakeZip(const std::vector<std::string>& names, unsigned flags = 0) {
  std::string zip;
  std::string directory;
  for (const std::string& name : names) {
    const std::string both = Little(20, 2) + Little(flags, 2) + Little(0, 2) + Little(0, 8) +
                             Little(4, 4) + Little(4, 4) + Little(name.size(), 2) + Little(0, 2);
    directory += "PK\x01\x02" + Little(20, 2) + both + Little(0, 10) + Little(zip.size(), 4) + name;
    zip += "PK\x03\x04" + both + name + "data";
  }
  const std::size_t begin = zip.size();
  return zip + directory + "PK\x05\x06" + Little(0, 4) + Little(names.size(), 2) +
         Little(names.size(), 2) + Little(directory.size(), 4) + Little(begin, 4) + Little(0, 2);
}

std::string MakeRar4(const std::string& name, unsigned file_flags, unsigned main_flags = 0) {
  const auto block = [](unsigned type, unsigned flags, const std::string& rest,
                        const std::string& data) {
    return Little(0, 2) + Little(type, 1) + Little(flags, 2) + Little(7 + rest.size(), 2) + rest +
           data;
  };
  const std::string file = Little(4, 4) + Little(4, 4) + Little(0, 1) + Little(0, 8) +
                           Little(29, 1) + Little(0x30, 1) + Little(name.size(), 2) + Little(0, 4) +
                           name;
  return "Rar!\x1a\x07\x00"s + block(0x73, main_flags, Little(0, 6), "") +
         block(0x74, 0x8000U | file_flags, file, "data") + block(0x7b, 0, "", "");
}

std::string MakeRar5(const std::string& name, bool encrypted) {
  const auto block = [](const std::string& header, const std::string& data) {
    return Little(0, 4) + Little(header.size(), 1) + header + data;
  };
  const std::string extra = encrypted ? Little(2, 1) + Little(1, 1) + Little(0, 1) : "";
  std::string file = Little(2, 1) + Little(encrypted ? 3 : 2, 1);
  if (encrypted) file += Little(extra.size(), 1);
  file += Little(4, 1) + Little(0, 1) + Little(4, 1) + Little(0, 1) + Little(0, 1) + Little(0, 1) +
          Little(name.size(), 1) + name + extra;
  return "Rar!\x1a\x07\x01\x00"s + block(Little(1, 1) + Little(0, 1) + Little(0, 1), "") +
         block(file, "data") + block(Little(5, 1) + Little(0, 1) + Little(0, 1), "");
}

struct TypeCase {
  const char* want;
  std::string_view head;
};

TEST(FileTypes, ByContent) {
  const std::string iso = std::string(0x8001, '\0') + "CD001";
  const std::string pe = "MZ" + std::string(100, '\0');
  const TypeCase rows[] = {
      {"empty", ""},
      {"text", "Hello, world\r\n"},
      {"text", "MZ is how it begins, and it goes on for more than sixty-four bytes of text here."},
      {"data", "\x01\x02\x03"sv},
      {"html", "\xef\xbb\xbf\r\n <!DOCTYPE HTML><p>"},
      {"html", "<script>x</script>"},
      {"html", "\xff\xfe<\0h\0t\0m\0l\0>\0"sv},
      {"svg", "<svg xmlns='x'>"},
      {"svg", "<?xml version='1.0'?><!-- x --><svg>"},
      {"xml", "<?xml version='1.0'?><a>"},
      {"pdf", "%PDF-1.4"},
      {"pdf", "junk\n%PDF-1.4"},
      {"rtf", "{\\rtf1"},
      {"ole", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
      {"zip", "PK\x03\x04"},
      {"rar", "Rar!\x1a\x07\x00"sv},
      {"7z", "7z\xbc\xaf\x27\x1c"},
      {"gzip", "\x1f\x8b\x08"},
      {"archive", "MSCF"},
      {"disk", iso},
      {"pe", pe},
      {"elf",
       "\x7f"
       "ELF\x02"},
      {"java", "\xca\xfe\xba\xbe"},
      {"script", "#!/bin/sh\n"},
      {"shortcut", "\x4c\x00\x00\x00\x01\x14\x02\x00"sv},
      {"shortcut", "[InternetShortcut]\r\nURL="},
      {"image", "\x89PNG\r\n\x1a\n"},
      {"image", "\xff\xd8\xff\xe0"},
      {"image", "RIFF0000WEBP"},
      {"media", "RIFF0000WAVE"},
      {"tnef", "\x78\x9f\x3e\x22"},
  };
  for (const TypeCase& row : rows) {
    EXPECT_EQ(ToWord(DetectFileType(row.head)), row.want) << row.head.substr(0, 20);
  }
}

TEST(FileNames, Extensions) {
  EXPECT_EQ(ExtensionOf("a.PDF"), "pdf");
  EXPECT_EQ(ExtensionOf("a.tar.gz"), "gz");
  EXPECT_EQ(ExtensionOf("a.exe. . "), "exe");
  EXPECT_EQ(ExtensionOf(".profile"), "profile");
  EXPECT_EQ(ExtensionOf("a"), "");
  EXPECT_EQ(ExtensionOf("a.b/c"), "");
  EXPECT_EQ(ExtensionOf("Dear all. This is it"), "");
  EXPECT_EQ(ExtensionOf(""), "");
}

TEST(FileNames, Disguises) {
  for (const char* name : {"invoice.pdf.exe", "a.jpg.SCR", "a.doc      .js", "scan.pdf.html",
                           "invoice____.exe", "photo\xe2\x80\xaegpj.exe", "a.zip.lnk"}) {
    EXPECT_TRUE(IsDisguisedName(name)) << name;
  }
  for (const char* name : {"setup.exe", "a.tar.gz", "invoice.pdf", "v1.2.exe", "mail.txt.html",
                           "index.php.html", "archive.2020.zip", ""}) {
    EXPECT_FALSE(IsDisguisedName(name)) << name;
  }
}

struct MismatchCase {
  FileType type;
  const char* extension;
  const char* media_type;
  bool want;
};

TEST(FileTypes, Contradictions) {
  constexpr MismatchCase kRows[] = {
      {FileType::kPdf, "pdf", "application/pdf", false},
      {FileType::kHtml, "pdf", "application/pdf", true},
      {FileType::kPe, "jpg", "image/jpeg", true},
      {FileType::kPe, "exe", "application/octet-stream", false},
      {FileType::kRtf, "doc", "application/msword", false},
      {FileType::kPe, "doc", "application/msword", true},
      {FileType::kZip, "zip", "application/zip", false},
      {FileType::kRar, "zip", "application/zip", true},
      {FileType::kImage, "", "image/png", false},
      {FileType::kPe, "", "image/png", true},
      {FileType::kPe, "unheard-of", "image/png", false},
      {FileType::kData, "pdf", "application/pdf", false},
      {FileType::kText, "", "application/pgp-signature", false},
  };
  for (const MismatchCase& row : kRows) {
    EXPECT_EQ(Contradicts(row.type, row.extension, row.media_type), row.want)
        << ToWord(row.type) << " " << row.extension << " " << row.media_type;
  }
}

TEST(Archives, ZipByDirectory) {
  const ArchiveListing listing =
      ListArchive(FileType::kZip, MakeZip({"a.txt", "dir\\b.exe", "\x84.txt"}), true);
  EXPECT_THAT(listing.names, ElementsAre("a.txt", "dir/b.exe", "\xc3\xa4.txt"));
  EXPECT_FALSE(listing.encrypted);
  EXPECT_FALSE(listing.cut);
}

TEST(Archives, ZipBehindAProgram) {
  const ArchiveListing listing =
      ListArchive(FileType::kZip, "PK\x03\x04 no header" + MakeZip({"a.txt"}), true);
  EXPECT_THAT(listing.names, ElementsAre("a.txt"));
}

TEST(Archives, ZipThatIsCut) {
  const std::string zip = MakeZip({"a.txt", "b.txt"});
  const ArchiveListing listing =
      ListArchive(FileType::kZip, zip.substr(0, zip.find("PK\x01\x02")), false);
  EXPECT_THAT(listing.names, ElementsAre("a.txt", "b.txt"));
  EXPECT_TRUE(listing.cut);
}

TEST(Archives, Encryption) {
  EXPECT_TRUE(ListArchive(FileType::kZip, MakeZip({"a"}, 1), true).encrypted);
  EXPECT_TRUE(ListArchive(FileType::kRar, MakeRar4("a", 4), true).encrypted);
  EXPECT_TRUE(ListArchive(FileType::kRar, MakeRar4("a", 0, 0x80), true).encrypted);
  EXPECT_TRUE(ListArchive(FileType::kRar, MakeRar5("a", true), true).encrypted);
  EXPECT_TRUE(
      ListArchive(FileType::kSevenZip, "7z\xbc\xaf\x27\x1c...\x06\xf1\x07\x01"sv, true).encrypted);
  EXPECT_FALSE(ListArchive(FileType::kSevenZip, "7z\xbc\xaf\x27\x1c..."sv, true).encrypted);
}

TEST(Archives, RarAndGzip) {
  const ArchiveListing rar4 = ListArchive(FileType::kRar, MakeRar4("a.exe", 0), true);
  EXPECT_THAT(rar4.names, ElementsAre("a.exe"));
  EXPECT_FALSE(rar4.encrypted || rar4.cut);
  const ArchiveListing rar5 = ListArchive(FileType::kRar, MakeRar5("b.exe", false), true);
  EXPECT_THAT(rar5.names, ElementsAre("b.exe"));
  EXPECT_FALSE(rar5.encrypted || rar5.cut);
  const auto gzip = "\x1f\x8b\x08\x08\0\0\0\0\0\3c.tar\0data"sv;
  EXPECT_THAT(ListArchive(FileType::kGzip, gzip, true).names, ElementsAre("c.tar"));
}

TEST(Archives, EveryCutIsRead) {
  for (const std::string& whole : {MakeZip({"a.txt", "b.txt"}), MakeRar4("a.txt", 0x100),
                                   MakeRar5("a.txt", true), "\x1f\x8b\x08\x0c\0\0\0\0\0\3abc"s}) {
    const FileType type = DetectFileType(whole);
    for (std::size_t length = 8; length < whole.size(); ++length) {
      for (const bool all : {false, true}) {
        const auto listing = ListArchive(type, std::string_view(whole).substr(0, length), all);
        EXPECT_LE(listing.names.size(), 2U);
      }
    }
  }
}

TEST(Archives, ManyNamesAreCut) {
  const ArchiveListing many =
      ListArchive(FileType::kZip, MakeZip(std::vector<std::string>(5000, "a")), true);
  EXPECT_EQ(many.names.size(), kMaxArchiveNames);
  EXPECT_TRUE(many.cut);
  const ArchiveListing lengthy =
      ListArchive(FileType::kZip, MakeZip({std::string(60'000, 'a')}), true);
  EXPECT_LE(lengthy.names[0].size(), kMaxArchiveName);
  EXPECT_TRUE(IsValidUtf8(lengthy.names[0]));
}

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
  }
  return out;
}

Message WithAttachment(std::string_view type, std::string_view name, std::string_view bytes) {
  std::string raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n";
  raw.append("Content-Type: ").append(type).append("\r\n");
  raw.append("Content-Disposition: attachment; filename=\"").append(name).append("\"\r\n");
  raw.append("Content-Transfer-Encoding: base64\r\n\r\n").append(Base64(bytes));
  return ReadRawMessage(raw + "\r\n--b--\r\n");
}

TEST(ViewAttachments, LooksIntoThem) {
  const Message message =
      WithAttachment("application/pdf", "invoice.pdf", MakeZip({"invoice.pdf.exe"}));
  Views views(message);
  const AttachmentSummary& summary = views.attachment_facts();
  EXPECT_EQ(summary.count, 1U);
  EXPECT_THAT(summary.types, ElementsAre("zip"));
  EXPECT_THAT(summary.extensions, ElementsAre("pdf"));
  EXPECT_THAT(summary.files, ElementsAre("invoice.pdf.exe"));
  EXPECT_THAT(summary.file_extensions, ElementsAre("exe"));
  EXPECT_TRUE(summary.contradicts && summary.disguised_name);
  EXPECT_FALSE(summary.macros || summary.encrypted || summary.listing_cut);
}

TEST(ViewAttachments, OfficeDocuments) {
  const Message modern = WithAttachment("application/octet-stream", "a.docm",
                                        MakeZip({"[Content_Types].xml", "word/vbaProject.bin"}));
  Views views(modern);
  EXPECT_THAT(views.attachment_facts().types, ElementsAre("ooxml"));
  EXPECT_THAT(views.attachment_facts().files, IsEmpty());
  EXPECT_TRUE(views.attachment_facts().macros);
  const Message old =
      WithAttachment("application/msword", "a.doc",
                     "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 _\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"sv);
  Views old_views(old);
  EXPECT_THAT(old_views.attachment_facts().types, ElementsAre("ole"));
  EXPECT_TRUE(old_views.attachment_facts().macros);
  EXPECT_FALSE(old_views.attachment_facts().contradicts);
}

TEST(ViewAttachments, TextWithoutANameIsNone) {
  const Message message = ReadRawMessage("Content-Type: text/html\r\n\r\n<p>x");
  Views views(message);
  EXPECT_EQ(views.attachment_facts().count, 0U);
}

}  // namespace
}  // namespace assay::mail
