// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/views.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/mail/encoded_words.h"
#include "lib/mail/html_text.h"
#include "lib/mail/lines.h"
#include "lib/mail/mime_tree.h"
#include "lib/mail/paragraphs.h"

namespace assay::mail {
namespace {

constexpr std::size_t kCutSearch = 1024;  // bytes before a cut in which a line end is looked for

// Nothing says which character set it is, or what is said cannot be true of bytes above 0x7F.
bool SaysNothing(std::string_view charset) { return charset.empty() || charset == "us-ascii"; }

bool IsAscii(std::string_view bytes) {
  unsigned char all = 0;
  for (const char c : bytes) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80;
}

// Character sets in which ASCII means ASCII, of those that most mail uses. Opening a converter
// costs more than most texts.
bool ExtendsAscii(std::string_view charset) {
  return SaysNothing(charset) || charset == "utf-8" || charset.starts_with("iso-8859-") ||
         charset.starts_with("windows-125");
}

std::string ToUtf8OrWindows1252(std::string_view bytes) {
  if (IsValidUtf8(bytes)) return std::string(bytes);
  return ToUtf8(bytes, "windows-1252");
}

// Back to the last line end, so that no character is cut in two whatever the character set; at an
// even length, for UTF-16.
void CutAtLineEnd(std::string& bytes) {
  const std::size_t end = bytes.find_last_of("\r\n");
  const bool near = end != std::string::npos && bytes.size() - end <= kCutSearch;
  bytes.resize((near ? end + 1 : bytes.size()) & ~std::size_t{1});
}

// CRLF and bare CR become LF, in place.
void NormalizeLineEnds(std::string& text) {
  std::size_t cr = text.find('\r');
  if (cr == std::string::npos) return;
  std::size_t out = cr;
  while (cr < text.size()) {
    text[out++] = '\n';
    std::size_t from = cr + 1;
    if (from < text.size() && text[from] == '\n') ++from;
    cr = std::min(text.find('\r', from), text.size());
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(from),
              text.begin() + static_cast<std::ptrdiff_t>(cr),
              text.begin() + static_cast<std::ptrdiff_t>(out));
    out += cr - from;
  }
  text.resize(out);
}

// At most `max` bytes of what the part says, as UTF-8 with LF line ends.
std::string DecodeText(const Part& part, std::size_t max, ViewDefects& defects) {
  DecodedBytes decoded = DecodeTransfer(part.encoding, part.body, max);
  defects.malformed |= decoded.malformed;
  defects.text_bytes |= decoded.cut || part.cut;
  if (decoded.cut) CutAtLineEnd(decoded.bytes);
  std::string text = std::move(decoded.bytes);
  if (!ExtendsAscii(part.charset) || !IsAscii(text)) {
    text = SaysNothing(part.charset) ? ToUtf8OrWindows1252(text)
                                     : ToUtf8(text, part.charset, &defects.malformed);
  }
  NormalizeLineEnds(text);
  if (text.size() > max) {
    defects.text_bytes = true;
    text.resize(Utf8Prefix(text, max).size());
  }
  defects.malformed |= text.find('\0') != std::string::npos;
  return text;
}

std::string DecodeFileName(const ParameterValue& name) {
  if (name.charset.empty()) return DecodeHeaderText(name.bytes);
  return ToUtf8(name.bytes, name.charset);
}

}  // namespace

// Made in steps, each on first use: the tree, the decoded text, the paragraphs.
struct Views::Parsed {
  explicit Parsed(const Message& message) : tree(ReadMimeTree(message)) {
    defects.mime_parts = tree.too_many_parts;
    defects.mime_depth = tree.too_deep;
    defects.malformed = tree.malformed;
    for (const Part& part : tree.parts) {
      if (IsLeaf(part.kind)) content_types.push_back(part.content_type);
      if (part.file_name) attachment_names.push_back(DecodeFileName(*part.file_name));
    }
  }

  const Texts& DecodeTexts() {
    if (raw_body) return *raw_body;
    raw_body.emplace();
    std::size_t room = kMaxMessageText;
    for (const Part& part : tree.parts) {
      if (!IsText(part.kind)) continue;
      raw_body->push_back(DecodeText(part, std::min(room, kMaxPartText), defects));
      room -= raw_body->back().size();
    }
    return *raw_body;
  }

  const Texts& RenderTexts() {
    if (body) return *body;
    DecodeTexts();
    body.emplace();
    Paragraphs paragraphs(*body, kMaxParagraphs);
    auto text = raw_body->begin();
    for (const Part& part : tree.parts) {
      if (!IsText(part.kind)) continue;
      if (part.kind == PartKind::kHtml) {
        AddHtmlText(*text++, paragraphs);
      } else {
        paragraphs.AddLines(*text++);
      }
      paragraphs.EndParagraph();
    }
    defects.text_bytes |= paragraphs.joined();
    return *body;
  }

  const LinkCollector& CollectLinks() {
    if (links) return *links;
    links.emplace();
    auto text = DecodeTexts().begin();
    for (const Part& part : tree.parts) {
      if (!IsText(part.kind)) continue;
      if (part.kind == PartKind::kHtml) {
        links->AddHtml(*text++);
      } else {
        links->AddText(*text++);
      }
    }
    return *links;
  }

  MimeTree tree;
  ViewDefects defects;
  Texts content_types;
  Texts attachment_names;
  std::optional<Texts> raw_body;  // of the text parts, in order
  std::optional<Texts> body;
  std::optional<LinkCollector> links;
  std::optional<LinkSummary> link_summary;
};

Views::Views(const Message& message) : message_(message) {}
Views::~Views() = default;

Views::Parsed& Views::parsed() {
  if (!parsed_) parsed_ = std::make_unique<Parsed>(message_);
  return *parsed_;
}

const Texts& Views::Header(std::string_view name) {
  const std::string key = ToLower(name);
  const auto [entry, added] = headers_.try_emplace(key);
  if (added) {
    for (const Field* field : message_.Find(key)) {
      entry->second.emplace_back(Trim(DecodeHeaderText(field->value)));
    }
  }
  return entry->second;
}

const Texts& Views::HeaderRaw(std::string_view name) {
  const std::string key = ToLower(name);
  const auto [entry, added] = raw_headers_.try_emplace(key);
  if (added) {
    for (const Field* field : message_.Find(key)) {
      entry->second.push_back(ToUtf8(Trim(field->value), "utf-8"));
    }
  }
  return entry->second;
}

const Texts& Views::Body() { return parsed().RenderTexts(); }
const Texts& Views::RawBody() { return parsed().DecodeTexts(); }
const Texts& Views::ContentTypes() { return parsed().content_types; }
const Texts& Views::AttachmentNames() { return parsed().attachment_names; }
const std::vector<Link>& Views::Links() { return parsed().CollectLinks().links(); }
bool Views::links_cut() { return parsed().CollectLinks().too_many(); }

const LinkSummary& Views::LinkFacts() {
  std::optional<LinkSummary>& summary = parsed().link_summary;
  if (!summary) summary = Summarize(Links());
  return *summary;
}

const ViewDefects& Views::defects() {
  (void)parsed().RenderTexts();
  return parsed().defects;
}

std::string DecodeHeaderText(std::string_view value) {
  return DecodeEncodedWords(ToUtf8OrWindows1252(Unfold(value)));
}

}  // namespace assay::mail
