// SPDX-License-Identifier: Apache-2.0
// The texts that rules look at, derived from a Message on first use and kept. Every text is valid
// UTF-8: what cannot be decoded becomes U+FFFD and a limit or defect flag, never a failure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/attachments.h"
#include "lib/mail/header_facts.h"
#include "lib/mail/html_text.h"
#include "lib/mail/links.h"
#include "lib/mail/message.h"
#include "lib/mail/paragraphs.h"
#include "lib/mail/scripts.h"

namespace assay::mail {

using Texts = std::vector<std::string>;

// What was cut or wrong while the views were made; becomes the facts of the same names.
struct ViewDefects {
  // limit.mime_parts: more than kMaxParts parts, or other readings of parts beyond
  // kMaxOtherBytes; the rest was not looked at
  bool mime_parts = false;
  // limit.mime_depth: nested deeper than kMaxDepth, or more in encoded messages than
  // kMaxDecodedMessages
  bool mime_depth = false;
  // limit.text: decoded text was cut, or had more than kMaxParagraphs paragraphs
  bool text_bytes = false;
  // limit.links: more than kMaxLinks or kMaxUrlBytes
  bool links = false;
  // limit.archive: the names inside some archive could not be listed in full
  bool archive = false;
  // mime.malformed: no closing boundary, unreadable or repeated MIME fields, junk encodings,
  // undecodable bytes, NULs in text
  bool malformed = false;
};

// A part takes seven bytes and a level fifty: with a few hundred parts or twenty levels the text
// would stand behind them at no cost, and mail programs show it. Postfix, too, stops at 100 levels.
inline constexpr std::size_t kMaxParts = 10'000;  // of one message, all levels
inline constexpr std::size_t kMaxDepth = 100;     // of multipart and message/rfc822
// Of messages inside the message that somebody encoded, of all levels together.
inline constexpr std::size_t kMaxDecodedMessages = std::size_t{8} * 1024 * 1024;
// Bodies of parts that are read in a second way, which may overlap, and what is decoded of them.
inline constexpr std::size_t kMaxOtherBytes = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kMaxOtherText = std::size_t{256} * 1024;
inline constexpr std::size_t kMaxPartText = std::size_t{256} * 1024;  // decoded text of one part
inline constexpr std::size_t kMaxMessageText =
    std::size_t{1024} * 1024;                          // decoded text of all parts
inline constexpr std::size_t kMaxParagraphs = 20'000;  // more go on in the last one

// What the text parts are like, beyond what they say.
struct BodyFacts {
  HtmlFindings html;                 // of all HTML parts
  Invisibles invisibles;             // in Body()
  std::size_t length = 0;            // characters of Body()
  std::size_t hidden_length = 0;     // characters of HiddenText()
  std::size_t html_length = 0;       // bytes of HTML
  std::size_t html_text_length = 0;  // bytes of its visible text
  bool html_only = false;            // HTML, and no other text part without a file name
};

// How a field's values are read.
enum class HeaderForm : std::uint8_t {
  kText,       // unfolded, encoded words decoded
  kRaw,        // neither
  kAddresses,  // the addresses in it: From, To and the like
  kNames,      // their display names
  kDomains,    // their domains
};

// Lazy and caching; refers to the message, which must live longer and must not change any more.
// A value of one session, not thread-safe.
class Views {
 public:
  explicit Views(const Message& message);
  ~Views();
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  // All fields of that name: unfolded, encoded words (RFC 2047) decoded, white space at both ends
  // cut. What is not UTF-8 is taken for windows-1252.
  [[nodiscard]] const Texts& Header(std::string_view name) {
    return Header(name, HeaderForm::kText);
  }
  // All fields of that name in one of the forms. Raw ones have folds as LF and white space, and
  // U+FFFD for what is not UTF-8; addresses are those that ParseAddressField() makes out, names
  // only those that are there.
  [[nodiscard]] const Texts& Header(std::string_view name, HeaderForm form);
  // Fields of that name in the headers of all MIME parts, embedded messages included; the message's
  // own header belongs to the first part. kText or kRaw.
  [[nodiscard]] const Texts& MimeHeader(std::string_view name, HeaderForm form);
  // Header and body as they came and as far as they are held, as one text; what is not UTF-8 is
  // U+FFFD.
  [[nodiscard]] const Texts& Full();
  [[nodiscard]] const HeaderFacts& header_facts();
  // Scripts and disguised letters in the Subject fields, and in the display names of From.
  [[nodiscard]] const ScriptUse& SubjectScripts();
  [[nodiscard]] const Invisibles& SubjectInvisibles();
  [[nodiscard]] const ScriptUse& FromNameScripts();
  // Paragraphs of the visible text of all text parts, attached ones included: transfer encoding and
  // charset decoded, HTML rendered, white space runs (Unicode's White_Space) folded to one space,
  // NULs and invisible characters left out. Blank lines and block elements end a paragraph. The
  // decoded Subject is not part of it.
  [[nodiscard]] const Texts& Body();
  // Paragraphs of HTML text that no reader sees, as far as the style of elements says so and no
  // style sheet may show it.
  [[nodiscard]] const Texts& HiddenText();
  [[nodiscard]] const BodyFacts& body_facts();
  [[nodiscard]] const ScriptUse& BodyScripts();
  // Of the different words of the first plain text part, how many of 100 also stand in the first
  // HTML part; nothing unless the message has both. Attached ones do not count.
  [[nodiscard]] std::optional<double> AlternativeOverlap();
  // Each text part with transfer encoding and charset decoded, HTML kept; every line end is an LF.
  // Without a charset it is taken for UTF-8 when it is that, else for windows-1252. Parts that mail
  // programs read in several ways, and what Outlook reads in comments, stand there once more.
  [[nodiscard]] const Texts& RawBody();
  // Content types ("text/html") of all leaf parts, lower case, as declared: nothing is decoded for
  // them.
  [[nodiscard]] const Texts& ContentTypes();
  // Every file name that a part gives (Content-Disposition, the name of Content-Type), decoded.
  [[nodiscard]] const Texts& AttachmentNames();
  // One text: "multipart/mixed(text/plain,image/png)".
  [[nodiscard]] const Texts& MimeStructure();
  // Character sets and transfer encodings that text parts declare, lower case, without repetition;
  // an unknown encoding is "unknown".
  [[nodiscard]] const Texts& Charsets();
  [[nodiscard]] const Texts& TransferEncodings();
  // Looks into the files.
  [[nodiscard]] const AttachmentSummary& attachment_facts();
  // Links of all text parts, attached ones included, in order of appearance.
  [[nodiscard]] const std::vector<Link>& Links();
  // What they say.
  [[nodiscard]] const LinkSummary& LinkFacts();
  // limit.links: there were more than are looked at.
  [[nodiscard]] bool links_cut();
  // Of the MIME structure and all text: makes the body views if that has not happened yet. `links`
  // and `archive` belong to views of their own and are those of known_defects().
  [[nodiscard]] const ViewDefects& defects();
  // Of the views that were asked for so far: makes none.
  [[nodiscard]] ViewDefects known_defects() const;

 private:
  struct Parsed;
  [[nodiscard]] Parsed& parsed();

  // By name in lower case.
  using HeaderTexts = std::map<std::string, Texts, std::less<>>;

  const Message& message_;
  std::array<HeaderTexts, 5> headers_;       // by HeaderForm
  std::array<HeaderTexts, 2> mime_headers_;  // likewise
  std::optional<Texts> full_;
  std::optional<HeaderFacts> header_facts_;
  std::optional<ScriptUse> subject_scripts_;
  std::optional<Invisibles> subject_invisibles_;
  std::optional<ScriptUse> from_name_scripts_;
  std::unique_ptr<Parsed> parsed_;
};

// RFC 2047: decodes the encoded words of one field value, which may still be folded. Result is
// UTF-8; bytes that are not are taken for windows-1252.
[[nodiscard]] std::string DecodeHeaderText(std::string_view value);

}  // namespace assay::mail
