// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/mime_tree.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/entity_header.h"
#include "lib/mail/lines.h"
#include "lib/mail/views.h"

namespace assay::mail {
namespace {

constexpr std::string_view kLineEnds = "\r\n";
constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kNowhere = std::string_view::npos;
constexpr std::size_t kCutLineSearch =
    1024;  // bytes before a cut in which a line end is looked for
// Behind a line that is no field, where fields are looked for. Honest headers have no such line.
constexpr std::size_t kJunkSearch = std::size_t{16} * 1024;

struct FieldName {
  std::string_view text;
  std::size_t value = 0;  // where in the line it begins
};

// RFC 5322, 2.2: printable ASCII and a colon; white space before the colon as in its 4.5. White
// space before the name is passed over where no field is open that the line could belong to. Empty
// when there is none.
FieldName FieldNameIn(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(kBlanks), line.size());
  std::size_t end = begin;
  while (end < line.size() && line[end] > ' ' && line[end] < '\x7f' && line[end] != ':') ++end;
  const std::size_t colon = line.find_first_not_of(kBlanks, end);
  if (end == begin || colon == kNowhere || line[colon] != ':') return {};
  return {line.substr(begin, end - begin), colon + 1};
}

bool IsMboxLine(std::string_view line) {
  return line.starts_with("From ") || line.starts_with(">From ");
}

class MimeReader {
 public:
  MimeReader(MimeTree& tree, std::string_view text, std::size_t whole, std::size_t depth)
      : tree_(tree), text_(text), lines_(text), whole_(whole), depth_(depth) {}

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
    std::vector<Part> others;             // the body in other readings
    std::optional<std::size_t> junk;      // where the body begins for some programs, too
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
  void CheckBoundaries(const Frame& frame);
  [[nodiscard]] EntityHeader ReadHeader();
  void CloseDownTo(std::size_t frames, std::size_t end);
  [[nodiscard]] bool FieldFollows(std::size_t at) const;
  void CloseTop(std::size_t end, bool by_delimiter);
  void AddOtherReadings(const Frame& frame, std::size_t end);
  [[nodiscard]] std::optional<Delimiter> FindDelimiter(std::size_t from) const;
  [[nodiscard]] std::optional<Delimiter> DelimiterAt(std::size_t at) const;
  [[nodiscard]] std::size_t BodyEnd(std::size_t begin, std::size_t delimiter) const;

  MimeTree& tree_;
  std::string_view text_;
  LineReader lines_;
  std::size_t whole_;  // text_ up to there is all that was sent; kNowhere: so is the rest
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
  EntityReadings readings = header.Read(!frames_.empty() && frames_.back().digest);
  tree_.malformed |= readings.malformed;
  if (!frames_.empty()) frames_.back().has_parts = true;
  Part& part = readings.part;
  part.depth = depth_ + frames_.size();
  part.header = header.text;
  if (!IsLeaf(part.kind) && part.depth >= kMaxDepth) {
    tree_.too_deep = true;
    part.kind = PartKind::kPlainText;
  }

  Frame frame;
  frame.part = tree_.parts.size();
  frame.begin = lines_.position();
  frame.others = std::move(readings.others);
  frame.junk = header.junk;
  const bool message = part.kind == PartKind::kMessage;
  frame.encoded_message = message && part.encoding < TransferEncoding::kIdentity;
  if (part.kind == PartKind::kMultipart) {
    frame.digest = part.content_type == "multipart/digest";
    frame.boundaries = std::move(readings.boundaries);
    CheckBoundaries(frame);
  }
  const bool header_follows = message && !frame.encoded_message;
  tree_.parts.push_back(std::move(part));
  frames_.push_back(std::move(frame));
  return header_follows;
}

void MimeReader::CheckBoundaries(const Frame& frame) {
  tree_.malformed |= frame.boundaries.size() != 1 || frame.boundaries.front().empty();
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
    name = {};
  };
  while (!lines_.AtEnd() && !DelimiterAt(lines_.position())) {
    const std::size_t at = lines_.position();
    const LineReader::Line line = lines_.Peek();
    if (line.text.empty()) {
      lines_.Skip(line);
      break;
    }
    const bool continuation = !name.empty() && kBlanks.find(line.text.front()) != kNowhere;
    const FieldName field = continuation ? FieldName() : FieldNameIn(line.text);
    if (!field.text.empty()) {
      finish_field();
      name = field.text;
      value = at + field.value;
    } else if (!continuation && !(at == begin && IsMboxLine(line.text))) {
      header.malformed = true;
      // No blank line: the body begins here.
      if (!header.junk && !FieldFollows(at + line.text.size() + line.end.size())) break;
      if (!header.junk) header.junk = at;
      finish_field();
    }
    end = at + line.text.size();
    lines_.Skip(line);
  }
  finish_field();
  header.text = text_.substr(begin, end - begin);
  return header;
}

// Whether this header goes on with a field that says how to read the body.
bool MimeReader::FieldFollows(std::size_t at) const {
  LineReader lines(text_.substr(0, std::min(text_.size(), at + kJunkSearch)), at);
  while (!lines.AtEnd() && !DelimiterAt(lines.position())) {
    const std::string_view line = lines.Next().text;
    if (line.empty()) return false;
    if (IsEntityField(FieldNameIn(line).text)) return true;
  }
  return false;
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
  AddOtherReadings(frame, end);
  Part& part = tree_.parts[frame.part];
  part.body = text_.substr(frame.begin, BodyEnd(frame.begin, end) - frame.begin);
  part.cut = end >= whole_;
  // Bounces return messages without their bodies: that is no defect.
  const bool unclosed = !frame.boundaries.empty() && !by_delimiter && !Trim(part.body).empty();
  tree_.malformed |= unclosed && whole_ == kNowhere && !stopped_;
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
  const std::string& inside = tree_.decoded.back();
  MimeReader(tree_, inside, cut ? inside.size() : kNowhere, depth).ReadMessage();
  stopped_ = tree_.too_many_parts;
}

void MimeReader::AddOtherReadings(const Frame& frame, std::size_t end) {
  const auto add = [&](Part part, std::size_t begin) {
    part.depth = tree_.parts[frame.part].depth;
    part.body = text_.substr(begin, BodyEnd(begin, end) - begin);
    tree_.other_bytes += part.body.size();
    tree_.left_out |= tree_.parts.size() >= kMaxParts || tree_.other_bytes > kMaxOtherBytes;
    if (tree_.left_out) return;
    part.cut = end >= whole_;
    tree_.parts.push_back(std::move(part));
  };
  for (const Part& other : frame.others) add(other, frame.begin);
  if (!frame.junk) return;
  Part rest;
  rest.kind = PartKind::kPlainText;
  rest.content_type = "text/plain";
  rest.other_reading = true;
  add(std::move(rest), *frame.junk);
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
  const std::string_view lines = HeldLines(message);
  const std::size_t whole =
      message.body_cut() ? std::min(message.body_held(), lines.size()) : kNowhere;
  MimeReader(tree, lines, whole, 0).ReadBody(HeaderOf(message));
  return tree;
}

}  // namespace assay::mail
