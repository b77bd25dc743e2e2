// SPDX-License-Identifier: Apache-2.0
// The parts of messages as two other parsers read them: GMime and Python's email package. Of
// messages of ours they read the same. In the development corpus, what they read differently is
// explained by a table of reasons, each of which may be needed so often and no more; of real mail
// nothing may be left over, of messages that somebody broke on purpose little.
#include <fmt/format.h>
#include <gmime/gmime.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/c_ptr.h"
#include "lib/base/text.h"
#include "lib/mail/mime_tree.h"
#include "tests/mail/raw_message.h"
#include "tests/support/temporary_folder.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxRaw = std::size_t{2} * 1024 * 1024;  // more of a message is not held
constexpr int kMaxUnexplainedFixtures = 20;                    // of 1417

// A leaf part: its media type, and its decoded content with LF line ends, no white space before
// them and none at the end (RFC 2045, 6.7 (3) drops it in quoted-printable, some keep it).
struct Leaf {
  std::string type;
  std::size_t length = 0;
  std::uint32_t checksum = 0;  // Adler-32
  bool operator==(const Leaf&) const = default;
};
using Leaves = std::vector<Leaf>;

std::uint32_t Adler32(std::string_view text) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : text) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

Leaf MakeLeaf(std::string type, std::string_view content) {
  // What message/delivery-status and its kin hold is fields to some parsers, text to others.
  if (type.starts_with("message/")) return {std::move(type), 0, 1};
  std::string text;
  const auto trim = [&text] {
    while (text.ends_with(' ') || text.ends_with('\t')) text.pop_back();
  };
  LineReader lines(content);
  while (!lines.AtEnd()) {
    text += lines.Next().text;
    trim();
    text += '\n';
  }
  while (text.ends_with('\n')) text.pop_back();
  return {std::move(type), text.size(), Adler32(text)};
}

// What our tree says, and what a reason may ask for.
struct OurReading {
  Leaves leaves;
  bool malformed = false;
  bool bare_cr = false;
  bool empty_multipart = false;  // one without any part
  bool encoded_message = false;  // an embedded message in base64 or quoted-printable
};

OurReading ReadOurs(const std::string& raw) {
  const Message message = ReadRawMessage(raw);
  const MimeTree tree = ReadMimeTree(message);
  OurReading ours;
  ours.malformed = tree.malformed;
  for (std::size_t cr = raw.find('\r'); cr != std::string::npos; cr = raw.find('\r', cr + 1)) {
    ours.bare_cr |= cr + 1 == raw.size() || raw[cr + 1] != '\n';
  }
  for (const Part& part : tree.parts) {
    ours.encoded_message |=
        part.kind == PartKind::kMessage && part.encoding != TransferEncoding::kIdentity;
    if (!IsLeaf(part.kind) || part.other_reading) continue;
    ours.empty_multipart |= part.content_type.starts_with("multipart/");
    const DecodedBytes decoded = DecodeTransfer(part.encoding, part.body, part.body.size());
    ours.malformed |= decoded.malformed;
    ours.leaves.push_back(MakeLeaf(part.content_type, decoded.bytes));
  }
  return ours;
}

template <class T>
using GObject = CPtr<T, g_object_unref>;

void AddGmimeLeaves(GMimeObject* object, Leaves& leaves) {
  if (GMIME_IS_MULTIPART(object)) {
    GMimeMultipart* const multipart = GMIME_MULTIPART(object);
    for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i) {
      AddGmimeLeaves(g_mime_multipart_get_part(multipart, i), leaves);
    }
    return;
  }
  if (GMIME_IS_MESSAGE_PART(object)) {
    GMimeMessage* const message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    if (message != nullptr && message->mime_part != nullptr) {
      AddGmimeLeaves(message->mime_part, leaves);
    }
    return;
  }
  const CPtr<char, g_free> type(
      g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object)));
  const GObject<GMimeStream> stream(g_mime_stream_mem_new());
  if (GMIME_IS_PART(object)) {
    if (GMimeDataWrapper* const content = g_mime_part_get_content(GMIME_PART(object))) {
      g_mime_data_wrapper_write_to_stream(content, stream.get());
    }
  }
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  leaves.push_back(
      MakeLeaf(ToLower(type.get()),
               std::string_view(reinterpret_cast<const char*>(bytes->data), bytes->len)));
}

Leaves ReadWithGmime(const std::string& raw) {
  const GObject<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(raw.data(), raw.size()));
  const GObject<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const GObject<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  Leaves leaves;
  if (message && message->mime_part != nullptr) AddGmimeLeaves(message->mime_part, leaves);
  return leaves;
}

// By file; read_parts.py says what its lines mean.
std::map<std::string, Leaves> ReadWithPython(const std::string& root) {
  std::map<std::string, Leaves> found;
  const std::string command =
      "python3 '" ASSAY_SOURCE_DIR "/tests/mail/read_parts.py' '" + root + "'";
  const CPtr<FILE, pclose> pipe(popen(command.c_str(), "r"));
  std::string output;
  std::array<char, 65536> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), got);
  }
  for (const std::string_view line : Split(output, '\n')) {
    const std::vector<std::string_view> words = Split(line, '\t');
    Leaves& leaves = found[std::string(words.front())];
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::vector<std::string_view> fields = Split(words[i], ':');
      if (fields.size() < 3) continue;
      leaves.push_back(
          {std::string(fields[0]), ParseNumber(fields[1]).value_or(0),
           static_cast<std::uint32_t>(std::strtoul(std::string(fields[2]).c_str(), nullptr, 16))});
    }
  }
  return found;
}

Leaves WithoutEmpty(Leaves leaves) {
  std::erase_if(leaves, [](const Leaf& leaf) { return leaf.length == 0; });
  return leaves;
}

bool SameBut(const Leaves& a, const Leaves& b, bool (*same)(const Leaf&, const Leaf&)) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

struct Reason {
  const char* what;
  int most;  // messages of the corpus, beside either parser
  bool (*holds)(const OurReading& ours, const Leaves& theirs);
};

// The first one that holds counts.
constexpr Reason kReasons[] = {
    {"broken, and we say so (mime.malformed)", 78,
     [](const OurReading& ours, const Leaves&) { return ours.malformed; }},
    {"a bare CR ends a line for us, as for mail readers", 32,
     [](const OurReading& ours, const Leaves&) { return ours.bare_cr; }},
    {"a multipart without parts is shown as text, not dropped", 13,
     [](const OurReading& ours, const Leaves&) { return ours.empty_multipart; }},
    {"encoded embedded messages are opened, though RFC 2046 forbids the encoding", 6,
     [](const OurReading& ours, const Leaves&) { return ours.encoded_message; }},
    {"empty parts, of which they drop some", 6,
     [](const OurReading& ours, const Leaves& theirs) {
       return WithoutEmpty(ours.leaves) == WithoutEmpty(theirs);
     }},
    {"junk behind the media type, which they keep", 1,
     [](const OurReading& ours, const Leaves& theirs) {
       return SameBut(ours.leaves, theirs, [](const Leaf& a, const Leaf& b) {
         return b.type.starts_with(a.type) && a.checksum == b.checksum;
       });
     }},
    {"at most two bytes at the end, where base64 stops in the middle", 3,
     [](const OurReading& ours, const Leaves& theirs) {
       return SameBut(ours.leaves, theirs, [](const Leaf& a, const Leaf& b) {
         return a.type == b.type && a.length <= b.length + 2 && b.length <= a.length + 2;
       });
     }},
};

// How often each reason was needed; the last one counts what none explains.
class Comparison {
 public:
  explicit Comparison(std::string parser) : parser_(std::move(parser)) {}

  void Add(const std::string& path, const OurReading& ours, const Leaves& theirs) {
    ++messages_;
    if (ours.leaves == theirs) return;
    for (std::size_t i = 0; i < std::size(kReasons); ++i) {
      if (!kReasons[i].holds(ours, theirs)) continue;
      ++explained_[i];
      return;
    }
    const bool fixture = path.find("/none/") != std::string::npos;
    ++(fixture ? fixtures_ : real_mail_);
    if (!fixture) ADD_FAILURE() << parser_ << " reads other parts in " << path;
  }

  void Report() const {
    std::cout << messages_ << " messages beside " << parser_ << "\n";
    for (std::size_t i = 0; i < std::size(kReasons); ++i) {
      std::cout << "  " << explained_[i] << "  " << kReasons[i].what << "\n";
      EXPECT_LE(explained_[i], kReasons[i].most) << parser_ << ": " << kReasons[i].what;
    }
    std::cout << "  " << fixtures_ << "  made to be broken: none of these reasons\n";
    EXPECT_GT(messages_, 0) << "an empty folder proves nothing";
    EXPECT_EQ(real_mail_, 0) << parser_;
    EXPECT_LE(fixtures_, kMaxUnexplainedFixtures) << parser_;
  }

 private:
  std::string parser_;
  int messages_ = 0;
  std::array<int, std::size(kReasons)> explained_{};
  int real_mail_ = 0;
  int fixtures_ = 0;
};

struct OurMessage {
  const char* name;
  const char* text;
  std::size_t leaves;
};

constexpr OurMessage kOurMessages[] = {
    {"no_mime", "Subject: a\n\nOne line.\nAnother one.\n", 1},
    {"no_body", "Subject: a\n", 1},
    {"base64",
     "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nT25lIGxp\nbmUuCg==\n", 1},
    {"quoted_printable",
     "Content-Type: TEXT/Html; charset=utf-8\nContent-Transfer-Encoding: Quoted-Printable\n\n"
     "<p>caf=C3=A9=\n and more  \n=3Dend\n",
     1},
    {"alternative",
     "Content-Type: multipart/alternative; boundary=\"a b\"\n\npreamble\n--a b\n"
     "Content-Type: text/plain\n\none\n--a b\nContent-Type: text/html\n\n<p>one\n--a b--\n"
     "epilogue\n--a b\n\nno part\n",
     2},
    {"nested",
     "Content-Type: multipart/mixed; boundary=x\n\n--x\n"
     "Content-Type: multipart/related; boundary=xy\n\n--xy\nContent-Type: text/html\n\n<p>a\n"
     "--xy\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw==\n--xy--\n"
     "--x\nContent-Type: application/pdf; name=\"a.pdf\"\n\n%PDF-1.4\n--x--\n",
     3},
    {"boundary_in_pieces",
     "Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\n\n--abcd\n\none\n--abcd\n\n"
     "two\n--abcd--\n",
     2},
    {"embedded_message",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
     "Subject: in\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner\n--c--\n--b\n\n"
     "outer\n--b--\n",
     2},
    {"digest",
     "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nfirst\n--b\n\n"
     "Subject: two\n\nsecond\n--b--\n",
     2},
    {"folded_fields",
     "Content-Type:\n multipart/mixed;\n\tboundary=\"b\"\n\n--b\nContent-Type: text/plain;\n"
     "  charset=\"us-ascii\"\n\none\n--b--  \n",
     1},
    {"looks_like_a_boundary",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n --b\n- --b\n--\n--b--\n", 1},
    {"report",
     "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n"
     "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
     "Final-Recipient: rfc822; a@example.com\nAction: failed\n--b\nContent-Type: message/rfc822\n\n"
     "Subject: in\n\nwhat was sent\n--b--\n",
     3},
};

std::string WithCrlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

TEST(OutsideParsers, ReadOurMessagesAlike) {
  g_mime_init();
  const test::TemporaryFolder folder;
  for (const OurMessage& message : kOurMessages) {
    folder.Write(std::string(message.name) + ".lf.eml", message.text);
    folder.Write(std::string(message.name) + ".crlf.eml", WithCrlf(message.text));
  }
  const std::string root = folder.Path(".");
  const std::map<std::string, Leaves> python = ReadWithPython(root);
  for (const OurMessage& message : kOurMessages) {
    for (const char* line_ends : {"lf", "crlf"}) {
      const std::string name = fmt::format("{}.{}.eml", message.name, line_ends);
      const std::string raw =
          line_ends == std::string_view("lf") ? message.text : WithCrlf(message.text);
      const OurReading ours = ReadOurs(raw);
      EXPECT_EQ(ours.leaves.size(), message.leaves) << name;
      EXPECT_FALSE(ours.malformed) << name;
      EXPECT_EQ(ours.leaves, ReadWithGmime(raw)) << name;
      const auto theirs = python.find(root + "/" + name);
      ASSERT_NE(theirs, python.end()) << name;
      EXPECT_EQ(ours.leaves, theirs->second) << name;
    }
  }
}

TEST(OutsideParsers, ReadTheSamePartsOfTheCorpus) {
  const char* root = std::getenv("ASSAY_CORPUS");
  if (root == nullptr) GTEST_SKIP() << "ASSAY_CORPUS is not set; see ReadOurMessagesAlike";
  g_mime_init();
  const std::map<std::string, Leaves> python = ReadWithPython(root);
  Comparison beside_gmime("GMime");
  Comparison beside_python("Python's email");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".eml" || entry.file_size() > kMaxRaw) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string raw{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const OurReading ours = ReadOurs(raw);
    const std::string path = entry.path().string();
    beside_gmime.Add(path, ours, ReadWithGmime(raw));
    const auto found = python.find(path);
    ASSERT_NE(found, python.end()) << path;
    beside_python.Add(path, ours, found->second);
  }
  beside_gmime.Report();
  beside_python.Report();
}

}  // namespace
}  // namespace assay::mail
