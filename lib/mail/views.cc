// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/views.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/body_words.h"
#include "lib/mail/charset.h"
#include "lib/mail/conditional_comments.h"
#include "lib/mail/distinct_texts.h"
#include "lib/mail/eight_bytes.h"
#include "lib/mail/entity_header.h"
#include "lib/mail/header_views.h"
#include "lib/mail/html_text.h"
#include "lib/mail/mime_tree.h"
#include "lib/mail/paragraphs.h"
#include "lib/mail/style_sheets.h"

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

// Back to the last line end, so that no character is cut in two whatever the character set; at an
// even length, for UTF-16.
void CutAtLineEnd(std::string& bytes) {
  const std::size_t end = bytes.find_last_of("\r\n");
  const bool near = end != std::string::npos && bytes.size() - end <= kCutSearch;
  bytes.resize((near ? end + 1 : bytes.size()) & ~std::size_t{1});
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

// What each text part may have of `room`, so that none is pushed out by those before it: the same
// for all, and what the shorter ones leave.
std::size_t FairShare(const std::vector<Part>& parts, bool other_readings, std::size_t room) {
  std::vector<std::size_t> sizes;
  for (const Part& part : parts) {
    if (!IsText(part.kind) || part.other_reading != other_readings) continue;
    sizes.push_back(std::min(part.body.size(), kMaxPartText));
  }
  std::ranges::sort(sizes);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t share = room / (sizes.size() - i);
    if (sizes[i] > share) return share;
    room -= sizes[i];
  }
  return kMaxPartText;
}

std::size_t CountCharacters(const Texts& texts) {
  std::size_t count = 0;
  for (const std::string& text : texts) {
    count += text.size();
    for (std::size_t at = 0; at < text.size(); at += 8) {
      const std::uint64_t bytes = EightBytes(text, at);
      count -= CountMarks(bytes & ~(bytes << 1) & kMarks);  // 10xxxxxx: goes on
    }
  }
  return count;
}

void Merge(const HtmlFindings& findings, HtmlFindings& all) {
  all.form |= findings.form;
  all.password |= findings.password;
  all.script |= findings.script;
  all.frame |= findings.frame;
  all.object |= findings.object;
  all.refresh |= findings.refresh;
  all.base |= findings.base;
}

// The first one is what we take for its name.
Texts DecodeFileNames(const Part& part) {
  Texts names;
  if (part.file_name) names.push_back(DecodeFileName(*part.file_name));
  for (const ParameterValue& other : part.other_names) {
    std::string name = DecodeFileName(other);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

// Made in steps, each on first use: the tree, the decoded text, the paragraphs.
struct Views::Parsed {
  explicit Parsed(const Message& message) : tree(ReadMimeTree(message)) {
    defects.mime_parts = tree.too_many_parts || tree.left_out;
    defects.mime_depth = tree.too_deep;
    defects.malformed = tree.malformed;
    DistinctTexts distinct_charsets(charsets);
    DistinctTexts distinct_encodings(encodings);
    for (const Part& part : tree.parts) {
      if (IsLeaf(part.kind) && !part.other_reading) content_types.push_back(part.content_type);
      const Texts names = DecodeFileNames(part);
      attachment_names.insert(attachment_names.end(), names.begin(), names.end());
      if (!IsText(part.kind)) continue;
      distinct_charsets.Add(ToUtf8(part.charset, "utf-8"));
      distinct_encodings.Add(std::string(ToWord(part.encoding)));
    }
  }

  const Texts& DecodeTexts() {
    if (raw_body) return *raw_body;
    raw_body.emplace();
    // Other readings have room of their own: however many there are, they take none from the parts.
    struct Room {
      std::size_t left = 0;
      std::size_t share = 0;
    };
    const auto room_for = [this](bool other_readings, std::size_t size) {
      return Room{size, std::min(kMaxPartText, FairShare(tree.parts, other_readings, size))};
    };
    Room parts = room_for(false, kMaxMessageText);
    Room others = room_for(true, kMaxOtherText);
    for (const Part& part : tree.parts) {
      if (!IsText(part.kind)) continue;
      Room& room = part.other_reading ? others : parts;
      raw_body->push_back(DecodeText(part, std::min(room.left, room.share), defects));
      room.left -= raw_body->back().size();
    }
    AddConditionalTexts(others.left);
    return *raw_body;
  }

  // As other readings of the HTML parts they stand in, in at most `room` bytes.
  void AddConditionalTexts(std::size_t room) {
    Texts all;
    auto text = raw_body->begin();
    for (const Part& part : tree.parts) {
      if (!IsText(part.kind)) continue;
      Texts texts;
      if (part.kind == PartKind::kHtml) texts = ConditionalComments(*text);
      std::ranges::move(texts, std::back_inserter(all));
      ++text;
    }
    Part reading;
    reading.kind = PartKind::kHtml;
    reading.content_type = "text/html";
    reading.other_reading = true;
    for (std::string& conditional : all) {
      const bool fits = conditional.size() <= room && tree.parts.size() < kMaxParts;
      defects.text_bytes |= !fits;
      if (!fits) continue;
      room -= conditional.size();
      tree.parts.push_back(reading);
      raw_body->push_back(std::move(conditional));
    }
  }

  // With the links: both need every tag of the HTML.
  const Texts& RenderTexts() {
    if (body) return *body;
    DecodeTexts();
    body.emplace();
    Paragraphs visible(*body, kMaxParagraphs);
    Paragraphs hidden(hidden_text, kMaxParagraphs);
    auto text = raw_body->begin();
    for (const Part& part : tree.parts) {
      if (!IsText(part.kind)) continue;
      const std::size_t before = body->size();
      if (part.kind == PartKind::kHtml) {
        Paragraphs& unseen = StyleSheetsMayShow(*text) ? visible : hidden;
        Merge(AddHtmlText(*text, visible, unseen, &links), facts.html);
        if (!part.other_reading) facts.html_length += text->size();
      } else {
        visible.AddLines(*text);
        links.AddText(*text);
      }
      ++text;
      visible.EndParagraph();
      hidden.EndParagraph();
      rendered.push_back({before, body->size()});
    }
    defects.text_bytes |= visible.joined();
    facts.invisibles = visible.invisibles();
    MeasureTexts();
    return *body;
  }

  // Paragraphs of one text part in *body.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  [[nodiscard]] std::span<const std::string> Rendered(const Range& range) const {
    return std::span(*body).subspan(range.begin, range.end - range.begin);
  }

  void MeasureTexts() {
    facts.length = CountCharacters(*body);
    facts.hidden_length = CountCharacters(hidden_text);
    std::size_t i = 0;
    for (const Part& part : tree.parts) {
      if (!IsText(part.kind)) continue;
      const Range range = rendered[i++];
      const bool html = part.kind == PartKind::kHtml;
      if (html && !part.other_reading) {
        for (const std::string& paragraph : Rendered(range)) {
          facts.html_text_length += paragraph.size();
        }
      }
      if (part.file_name || part.other_reading) continue;
      std::optional<Range>& alternative = html ? html_alternative : plain_alternative;
      if (!alternative) alternative = range;
    }
    facts.html_only = html_alternative && !plain_alternative;
  }

  const AttachmentSummary& Inspect() {
    if (attachments) return *attachments;
    std::vector<Attachment> files;
    for (const Part& part : tree.parts) {
      if (!IsAttachment(part)) continue;
      files.push_back(InspectAttachment(part, DecodeFileNames(part)));
    }
    attachments = Summarize(files);
    defects.archive = attachments->listing_cut;
    return *attachments;
  }

  const LinkCollector& CollectLinks() {
    RenderTexts();
    defects.links = links.too_many();
    return links;
  }

  MimeTree tree;
  ViewDefects defects;
  Texts content_types;
  Texts attachment_names;
  std::optional<Texts> raw_body;  // of the text parts, in order
  std::optional<Texts> body;
  Texts hidden_text;            // from here on: made with body
  std::vector<Range> rendered;  // by text part
  BodyFacts facts;
  std::optional<Range> plain_alternative;  // of the first part of its kind without a file name
  std::optional<Range> html_alternative;
  Texts charsets;  // made with the tree
  Texts encodings;
  std::optional<Texts> structure;
  std::optional<ScriptUse> scripts;  // of body
  std::optional<AttachmentSummary> attachments;
  LinkCollector links;
  std::optional<LinkSummary> link_summary;
};

Views::Views(const Message& message) : message_(message) {}
Views::~Views() = default;

Views::Parsed& Views::parsed() {
  if (!parsed_) parsed_ = std::make_unique<Parsed>(message_);
  return *parsed_;
}

const Texts& Views::Body() { return parsed().RenderTexts(); }
const Texts& Views::RawBody() { return parsed().DecodeTexts(); }
const Texts& Views::ContentTypes() { return parsed().content_types; }
const Texts& Views::AttachmentNames() { return parsed().attachment_names; }
const Texts& Views::Charsets() { return parsed().charsets; }
const Texts& Views::TransferEncodings() { return parsed().encodings; }
const AttachmentSummary& Views::attachment_facts() { return parsed().Inspect(); }

const Texts& Views::MimeStructure() {
  std::optional<Texts>& structure = parsed().structure;
  if (!structure) structure = Texts{DescribeStructure(parsed().tree)};
  return *structure;
}

const Texts& Views::HiddenText() {
  (void)parsed().RenderTexts();
  return parsed().hidden_text;
}

const BodyFacts& Views::body_facts() {
  (void)parsed().RenderTexts();
  return parsed().facts;
}

const ScriptUse& Views::BodyScripts() {
  std::optional<ScriptUse>& scripts = parsed().scripts;
  if (!scripts) {
    scripts.emplace();
    for (const std::string& text : Body()) scripts->Add(text);
  }
  return *scripts;
}

std::optional<double> Views::AlternativeOverlap() {
  (void)parsed().RenderTexts();
  const Parsed& all = parsed();
  if (!all.plain_alternative || !all.html_alternative) return {};
  return WordOverlap(all.Rendered(*all.plain_alternative), all.Rendered(*all.html_alternative));
}

const Texts& Views::MimeHeader(std::string_view name, HeaderForm form) {
  const auto [entry, added] =
      mime_headers_[form == HeaderForm::kRaw ? 1 : 0].try_emplace(ToLower(name));
  if (added) {
    for (const Part& part : parsed().tree.parts) {
      if (&part == &parsed().tree.parts.front()) {
        const Texts& own = Header(name, form);
        entry->second.insert(entry->second.end(), own.begin(), own.end());
      } else {
        AddPartFields(part.header, name, form, entry->second);
      }
    }
  }
  return entry->second;
}
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

ViewDefects Views::known_defects() const {
  return parsed_ == nullptr ? ViewDefects() : parsed_->defects;
}

}  // namespace assay::mail
