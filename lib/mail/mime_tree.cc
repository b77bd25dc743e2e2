// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/mime_tree.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/lines.h"
#include "lib/mail/views.h"

namespace assay::mail {
namespace {

constexpr std::string_view kLineEnds = "\r\n";
constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kMaxBoundaries = 4;  // of one multipart; honest ones have one
constexpr std::size_t kCutLineSearch =
    1024;  // bytes before a cut in which a line end is looked for

// The fields of a header that decide how its body is read; the first of each counts.
struct EntityHeader {
  std::optional<std::string> content_type;
  std::optional<std::string> disposition;
  std::optional<std::string> transfer_encoding;
  std::string_view text;  // all of it, raw
  bool malformed = false;

  void Add(std::string_view name, std::string_view value) {
    if (EqualsIgnoreCase(name, "Content-Type")) SetFirst(content_type, value);
    if (EqualsIgnoreCase(name, "Content-Disposition")) SetFirst(disposition, value);
    if (EqualsIgnoreCase(name, "Content-Transfer-Encoding")) SetFirst(transfer_encoding, value);
  }

 private:
  void SetFirst(std::optional<std::string>& field, std::string_view value) {
    if (field) {
      malformed = true;
    } else {
      field = value.substr(0, kMaxFieldBytes + 1);  // one more, so that the cut shows
    }
  }
};

// RFC 5322, 2.2: printable ASCII and a colon; white space before the colon as in its 4.5.
std::size_t FieldNameLength(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && line[end] > ' ' && line[end] < '\x7f' && line[end] != ':') ++end;
  const std::size_t colon = line.find_first_not_of(kBlanks, end);
  return end > 0 && colon != std::string_view::npos && line[colon] == ':' ? end : 0;
}

bool IsMessageType(std::string_view type) {
  return type == "message/rfc822" || type == "message/global" || type == "message/news";
}

PartKind KindOf(std::string_view type) {
  if (type.starts_with("multipart/")) return PartKind::kMultipart;
  if (IsMessageType(type)) return PartKind::kMessage;
  if (type == "text/html" || type == "text/x-amp-html" || type == "application/xhtml+xml") {
    return PartKind::kHtml;
  }
  const bool text = type.starts_with("text/") || type.starts_with("message/");
  return text ? PartKind::kPlainText : PartKind::kOther;
}

// `charset='utf-8' (comment)` and the like: the word alone.
std::string CharsetOf(const Parameters& parameters) {
  const std::optional<ParameterValue> value = parameters.Find("charset");
  if (!value) return {};
  std::string_view word = value->bytes;
  word.remove_prefix(std::min(word.find_first_not_of(" \t\"'"), word.size()));
  return ToLower(word.substr(0, word.find_first_of(" \t\"';,(")));
}

class MimeReader {
 public:
  MimeReader(MimeTree& tree, std::string_view text, bool cut, std::size_t depth)
      : tree_(tree), text_(text), lines_(text), cut_(cut), depth_(depth) {}

  // `text` is the body that belongs to `header`.
  void ReadBody(const EntityHeader& header) {
    Open(header);
    ReadToEnd();
  }
  // `text` begins with a header.
  void ReadMessage() {
    Open(ReadHeader());
    ReadToEnd();
  }

 private:
  // An entity whose end has not been found yet.
  struct Frame {
    std::size_t part = 0;                 // index in tree_.parts
    std::size_t begin = 0;                // of its body
    std::vector<std::string> boundaries;  // of a multipart: all that mail programs may take for it
    bool digest = false;  // RFC 2046, 5.1.5: its parts are messages unless they say otherwise
    bool has_parts = false;
    bool encoded_message = false;
  };
  struct Delimiter {
    std::size_t begin;  // of its line
    std::size_t next;   // behind its line
    std::size_t frame;
    bool closing;
  };

  void ReadToEnd();
  void Open(EntityHeader header);
  bool OpenPart(const EntityHeader& header);
  void OpenMultipart(const Parameters& parameters, Frame& frame);
  [[nodiscard]] EntityHeader ReadHeader();
  void CloseDownTo(std::size_t frames, std::size_t end);
  void CloseTop(std::size_t end, bool by_delimiter);
  [[nodiscard]] std::optional<Delimiter> FindDelimiter(std::size_t from) const;
  [[nodiscard]] std::optional<Delimiter> DelimiterAt(std::size_t at) const;
  [[nodiscard]] std::size_t BodyEnd(std::size_t begin, std::size_t delimiter) const;

  MimeTree& tree_;
  std::string_view text_;
  LineReader lines_;
  bool cut_;           // more than `text_` was sent
  std::size_t depth_;  // of the entity that `text_` is
  std::vector<Frame> frames_;
  bool stopped_ = false;
};

void MimeReader::ReadToEnd() {
  while (!stopped_) {
    const std::optional<Delimiter> delimiter = FindDelimiter(lines_.position());
    if (!delimiter) break;
    CloseDownTo(delimiter->frame + 1, delimiter->begin);
    lines_.MoveTo(delimiter->next);
    if (delimiter->closing) {
      CloseTop(delimiter->begin, true);
    } else {
      Open(ReadHeader());
    }
  }
  CloseDownTo(0, text_.size());
}

// Opens the entity and, where it is a message, the one inside, which begins at once.
void MimeReader::Open(EntityHeader header) {
  while (OpenPart(header)) header = ReadHeader();
}

// Returns whether a header follows.
bool MimeReader::OpenPart(const EntityHeader& header) {
  if (tree_.parts.size() >= kMaxParts) {
    tree_.too_many_parts = true;
    stopped_ = true;
    return false;
  }
  const bool digest = !frames_.empty() && frames_.back().digest;
  if (!frames_.empty()) frames_.back().has_parts = true;
  Part part;
  part.depth = depth_ + frames_.size();
  part.header = header.text;
  part.encoding = ParseTransferEncoding(header.transfer_encoding.value_or(""));
  MimeField type;
  if (header.content_type) type = ParseContentType(*header.content_type);
  part.content_type = !type.value.empty() ? type.value : digest ? "message/rfc822" : "text/plain";
  part.charset = CharsetOf(type.parameters);
  MimeField disposition;
  if (header.disposition) disposition = ParseContentDisposition(*header.disposition);
  part.file_name = disposition.parameters.Find("filename");
  if (!part.file_name) part.file_name = type.parameters.Find("name");
  part.kind = KindOf(part.content_type);
  tree_.malformed |= header.malformed || type.malformed || disposition.malformed ||
                     part.encoding == TransferEncoding::kUnknown;

  Frame frame;
  frame.part = tree_.parts.size();
  frame.begin = lines_.position();
  if (!IsLeaf(part.kind) && part.depth >= kMaxDepth) {
    tree_.too_deep = true;
    part.kind = PartKind::kPlainText;
  }
  const bool encoded = part.encoding == TransferEncoding::kBase64 ||
                       part.encoding == TransferEncoding::kQuotedPrintable;
  const bool message = part.kind == PartKind::kMessage;
  frame.encoded_message = message && encoded;
  const bool multipart = part.kind == PartKind::kMultipart;
  tree_.parts.push_back(std::move(part));
  if (multipart) OpenMultipart(type.parameters, frame);
  frames_.push_back(std::move(frame));
  return message && !encoded;
}

void MimeReader::OpenMultipart(const Parameters& parameters, Frame& frame) {
  Part& part = tree_.parts[frame.part];
  frame.digest = part.content_type == "multipart/digest";
  for (std::string& boundary : parameters.FindAll("boundary")) {
    // RFC 2046, 5.1.1: it does not end in white space; what looks like it came with the line.
    boundary.erase(boundary.find_last_not_of(" \t\r\n") + 1);
    if (!boundary.empty() && frame.boundaries.size() < kMaxBoundaries) {
      frame.boundaries.push_back(std::move(boundary));
    }
  }
  tree_.malformed |= frame.boundaries.size() != 1;
  for (const Frame& outer : frames_) {
    if (!frame.boundaries.empty() && outer.boundaries == frame.boundaries) tree_.malformed = true;
  }
}

EntityHeader MimeReader::ReadHeader() {
  EntityHeader header;
  const std::size_t begin = lines_.position();
  std::string_view name;  // of the field being read
  std::size_t value = 0;  // where its value begins
  std::size_t end = begin;
  const auto finish_field = [&] {
    if (!name.empty()) header.Add(name, text_.substr(value, end - value));
  };
  while (!lines_.AtEnd() && !DelimiterAt(lines_.position())) {
    const std::size_t at = lines_.position();
    const LineReader::Line line = lines_.Peek();
    const bool continuation = !name.empty() && !line.text.empty() &&
                              kBlanks.find(line.text.front()) != std::string_view::npos;
    if (line.text.empty()) {
      lines_.Skip(line);
      break;
    }
    if (const std::size_t length = FieldNameLength(line.text); !continuation && length > 0) {
      finish_field();
      name = line.text.substr(0, length);
      value = at + line.text.find(':', length) + 1;
    } else if (!continuation && !(at == begin && (line.text.starts_with("From ") ||
                                                  line.text.starts_with(">From ")))) {
      header.malformed = true;  // no blank line: the body begins here
      break;
    }
    end = at + line.text.size();
    lines_.Skip(line);
  }
  finish_field();
  header.text = text_.substr(begin, end - begin);
  return header;
}

// Ends whatever is open above the first `frames` ones.
void MimeReader::CloseDownTo(std::size_t frames, std::size_t end) {
  while (frames_.size() > frames) {
    CloseTop(end, false);
  }
}

void MimeReader::CloseTop(std::size_t end, bool by_delimiter) {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  Part& part = tree_.parts[frame.part];
  part.body = text_.substr(frame.begin, BodyEnd(frame.begin, end) - frame.begin);
  part.cut = cut_ && end == text_.size();
  // Bounces return messages without their bodies: that is no defect.
  const bool unclosed = !frame.boundaries.empty() && !by_delimiter && !Trim(part.body).empty();
  tree_.malformed |= unclosed && !cut_ && !stopped_;
  // Nothing in it that could be shown as parts: what is there is shown as it stands.
  if (part.kind == PartKind::kMultipart && !frame.has_parts) part.kind = PartKind::kPlainText;
  if (!frame.encoded_message || stopped_) return;
  if (tree_.decoded_bytes + part.body.size() > kMaxDecodedMessages) {
    tree_.too_deep = true;
    part.kind = PartKind::kPlainText;
    return;
  }
  DecodedBytes decoded = DecodeTransfer(part.encoding, part.body, part.body.size());
  tree_.malformed |= decoded.malformed;
  tree_.decoded_bytes += decoded.bytes.size();
  const bool cut = part.cut;
  const std::size_t depth = part.depth + 1;
  tree_.decoded.push_back(std::move(decoded.bytes));
  MimeReader(tree_, tree_.decoded.back(), cut, depth).ReadMessage();
  stopped_ = tree_.too_many_parts;
}

std::optional<MimeReader::Delimiter> MimeReader::FindDelimiter(std::size_t from) const {
  const bool any = std::any_of(frames_.begin(), frames_.end(),
                               [](const Frame& frame) { return !frame.boundaries.empty(); });
  if (!any) return {};
  std::size_t at = text_.find('-', from);
  while (at != std::string_view::npos) {
    if (at == 0 || kLineEnds.find(text_[at - 1]) != std::string_view::npos) {
      if (std::optional<Delimiter> delimiter = DelimiterAt(at)) return delimiter;
    }
    while (at < text_.size() && text_[at] == '-') ++at;
    at = text_.find('-', at);
  }
  return {};
}

// RFC 2046, 5.1.1, with the innermost multipart first. A line counts only when it holds nothing but
// the delimiter and white space: a boundary may be the beginning of another one.
std::optional<MimeReader::Delimiter> MimeReader::DelimiterAt(std::size_t at) const {
  if (text_.substr(at, 2) != "--") return {};
  std::size_t end = std::min(text_.find_first_of(kLineEnds, at), text_.size());
  std::string_view word = text_.substr(at + 2, end - at - 2);
  word = word.substr(0, word.find_last_not_of(kBlanks) + 1);
  if (text_.substr(end, 2) == kLineEnds) ++end;
  for (std::size_t i = frames_.size(); i-- > 0;) {
    for (const std::string& boundary : frames_[i].boundaries) {
      const bool closing = word.size() == boundary.size() + 2 && word.ends_with("--");
      if (!closing && word.size() != boundary.size()) continue;
      if (!word.starts_with(boundary)) continue;
      return Delimiter{at, std::min(end + 1, text_.size()), i, closing};
    }
  }
  return {};
}

// The line end before a delimiter belongs to the delimiter.
std::size_t MimeReader::BodyEnd(std::size_t begin, std::size_t delimiter) const {
  if (delimiter <= begin || delimiter == text_.size()) return std::max(begin, delimiter);
  const std::string_view body = text_.substr(begin, delimiter - begin);
  if (body.ends_with(kLineEnds)) return delimiter - 2;
  return kLineEnds.find(body.back()) == std::string_view::npos ? delimiter : delimiter - 1;
}

EntityHeader HeaderOf(const Message& message) {
  EntityHeader header;
  for (const char* name : {"Content-Type", "Content-Disposition", "Content-Transfer-Encoding"}) {
    for (const Field* field : message.Find(name)) header.Add(name, field->value);
  }
  return header;
}

// Without the last line when more was sent: a line that was cut decodes to junk.
std::string_view HeldLines(const Message& message) {
  const std::string_view body = message.body();
  if (!message.body_cut()) return body;
  const std::size_t end = body.find_last_of(kLineEnds);
  return end != std::string_view::npos && body.size() - end <= kCutLineSearch
             ? body.substr(0, end + 1)
             : body;
}

}  // namespace

MimeTree ReadMimeTree(const Message& message) {
  MimeTree tree;
  MimeReader(tree, HeldLines(message), message.body_cut(), 0).ReadBody(HeaderOf(message));
  return tree;
}

}  // namespace assay::mail
