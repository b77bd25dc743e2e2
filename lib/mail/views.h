// SPDX-License-Identifier: Apache-2.0
// The texts that rules look at, derived from a Message on first use and kept. Every text is valid
// UTF-8: what cannot be decoded becomes U+FFFD and a limit or defect flag, never a failure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/links.h"
#include "lib/mail/message.h"

namespace assay::mail {

using Texts = std::vector<std::string>;

// What was cut or wrong while the views were made; becomes the facts of the same names.
struct ViewDefects {
  // limit.mime_parts: more than kMaxParts parts; the rest was not looked at
  bool mime_parts = false;
  // limit.mime_depth: nested deeper than kMaxDepth
  bool mime_depth = false;
  // limit.text: decoded text was cut, or had more than kMaxParagraphs paragraphs
  bool text_bytes = false;
  // mime.malformed: no closing boundary, unreadable or repeated MIME fields, junk encodings,
  // undecodable bytes, NULs in text
  bool malformed = false;
};

inline constexpr std::size_t kMaxParts = 200;  // of one message, all levels
inline constexpr std::size_t kMaxDepth = 20;   // of multipart and message/rfc822
inline constexpr std::size_t kMaxPartText = std::size_t{256} * 1024;  // decoded text of one part
inline constexpr std::size_t kMaxMessageText =
    std::size_t{1024} * 1024;                          // decoded text of all parts
inline constexpr std::size_t kMaxParagraphs = 20'000;  // more go on in the last one

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
  [[nodiscard]] const Texts& Header(std::string_view name);
  // The same, neither unfolded nor decoded: folds are LF and white space, other bytes are U+FFFD.
  [[nodiscard]] const Texts& HeaderRaw(std::string_view name);
  // Paragraphs of the visible text of all text parts, attached ones included: transfer encoding and
  // charset decoded, HTML rendered, white space runs (Unicode's White_Space) folded to one space,
  // NULs left out. Blank lines and block elements end a paragraph. The decoded Subject is not part
  // of it.
  [[nodiscard]] const Texts& Body();
  // Each text part with transfer encoding and charset decoded, HTML kept; every line end is an LF.
  // Without a charset it is taken for UTF-8 when it is that, else for windows-1252.
  [[nodiscard]] const Texts& RawBody();
  // Content types ("text/html") of all leaf parts, lower case, as declared: nothing is decoded for
  // them.
  [[nodiscard]] const Texts& ContentTypes();
  // File names of all parts that have one (Content-Disposition, else the name of Content-Type),
  // decoded.
  [[nodiscard]] const Texts& AttachmentNames();
  // Links of all text parts, attached ones included, in order of appearance.
  [[nodiscard]] const std::vector<Link>& Links();
  // What they say. Its lists are the ones that follow: web links that a reader can follow, hosts
  // (lower-case A-labels or IP addresses) and registrable domains, without repetition, links before
  // hosts that only stand in the text.
  [[nodiscard]] const LinkSummary& LinkFacts();
  [[nodiscard]] const Texts& LinkUrls() { return LinkFacts().urls; }
  [[nodiscard]] const Texts& LinkHosts() { return LinkFacts().hosts; }
  [[nodiscard]] const Texts& LinkDomains() { return LinkFacts().domains; }
  // limit.links: there were more than are looked at.
  [[nodiscard]] bool links_cut();
  // Of the whole message: makes the body views if that has not happened yet.
  [[nodiscard]] const ViewDefects& defects();

 private:
  struct Parsed;
  [[nodiscard]] Parsed& parsed();

  const Message& message_;
  std::map<std::string, Texts, std::less<>> headers_;
  std::map<std::string, Texts, std::less<>> raw_headers_;
  std::unique_ptr<Parsed> parsed_;
};

// RFC 2047: decodes the encoded words of one field value, which may still be folded. Result is
// UTF-8; bytes that are not are taken for windows-1252.
[[nodiscard]] std::string DecodeHeaderText(std::string_view value);

}  // namespace assay::mail
