// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/entity_header.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/mail/file_type.h"
#include "lib/mail/views.h"

namespace assay::mail {
namespace {

bool IsMessageType(std::string_view type) {
  return type == "message/rfc822" || type == "message/global" || type == "message/news";
}

bool IsHtmlType(std::string_view type) {
  return type == "text/html" || type == "text/x-amp-html" || type == "application/xhtml+xml" ||
         type == "image/svg+xml";
}

PartKind KindOf(std::string_view type) {
  if (type.starts_with("multipart/")) return PartKind::kMultipart;
  if (IsMessageType(type)) return PartKind::kMessage;
  if (IsHtmlType(type)) return PartKind::kHtml;
  const bool text = type.starts_with("text/") || type.starts_with("message/");
  return text ? PartKind::kPlainText : PartKind::kOther;
}

// What shows most has the lowest one.
int Rank(PartKind kind) {
  switch (kind) {
    case PartKind::kMultipart:
      return 0;
    case PartKind::kMessage:
      return 1;
    case PartKind::kHtml:
      return 2;
    case PartKind::kPlainText:
      return 3;
    case PartKind::kOther:
      break;
  }
  return 4;
}

// A browser opens it by its name, whatever type it has been sent as.
bool IsHtmlFile(const ParameterValue& name) {
  constexpr std::string_view kExtensions[] = {"htm", "html", "shtml", "xht", "xhtml", "svg"};
  return std::ranges::find(kExtensions, ExtensionOf(DecodeFileName(name))) != std::end(kExtensions);
}

// `charset='utf-8' (comment)` and the like: the word alone.
std::string CharsetOf(const Parameters& parameters) {
  const std::optional<ParameterValue> value = parameters.Find("charset");
  if (!value) return {};
  std::string_view word = value->bytes;
  word.remove_prefix(std::min(word.find_first_not_of(" \t\"'"), word.size()));
  return ToLower(word.substr(0, word.find_first_of(" \t\"';,(")));
}

// The values of all fields of a name, and those that leave comments out of their type or boundary.
std::vector<MimeField> ReadTypes(const std::vector<std::string>& values) {
  std::vector<MimeField> types;
  for (const std::string& value : values) {
    types.push_back(ParseContentType(value));
    if (value.find('(') == std::string::npos) continue;
    MimeField bare = ParseContentType(WithoutComments(value));
    const MimeField& full = types.back();
    if (bare.value != full.value ||
        bare.parameters.FindAll("boundary") != full.parameters.FindAll("boundary")) {
      types.push_back(std::move(bare));
    }
  }
  if (types.empty()) types.emplace_back();
  return types;
}

// `names` grows by each text once, whatever its character set.
void AddNames(const Parameters& parameters, std::string_view parameter,
              std::vector<ParameterValue>& names) {
  const auto add = [&](ParameterValue name) {
    if (std::ranges::find(names, name.bytes, &ParameterValue::bytes) == names.end()) {
      names.push_back(std::move(name));
    }
  };
  if (auto name = parameters.Find(parameter)) add(std::move(*name));
  for (std::string& bytes : parameters.FindAll(parameter)) add({std::move(bytes), {}});
}

void AddBoundary(std::string boundary, std::vector<std::string>& boundaries) {
  // RFC 2046, 5.1.1: it does not end in white space; what looks like it came with the line.
  boundary.erase(boundary.find_last_not_of(" \t\r\n") + 1);
  if (boundaries.size() < kMaxBoundaries &&
      std::ranges::find(boundaries, boundary) == boundaries.end()) {
    boundaries.push_back(std::move(boundary));
  }
}

std::string WithoutBackslashes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

// As written, and as programs read it that take quoted pairs (RFC 5322, 3.2.1) or encoded words
// (against RFC 2047, 5) for what they stand for.
void AddBoundaries(const Parameters& parameters, std::vector<std::string>& boundaries) {
  for (const std::string& boundary : parameters.FindAll("boundary")) {
    AddBoundary(boundary, boundaries);
    if (boundary.find('\\') != std::string::npos) {
      AddBoundary(WithoutBackslashes(boundary), boundaries);
    }
    if (boundary.find("=?") != std::string::npos) {
      AddBoundary(DecodeHeaderText(boundary), boundaries);
    }
  }
}

// Of all fields together, the one that hides most first.
std::vector<TransferEncoding> ReadEncodings(const std::vector<std::string>& values) {
  std::vector<TransferEncoding> all;
  for (const std::string& value : values) {
    for (const TransferEncoding encoding : ParseTransferEncoding(value)) {
      if (std::ranges::find(all, encoding) == all.end()) all.push_back(encoding);
    }
  }
  if (all.empty()) all.push_back(TransferEncoding::kIdentity);
  std::ranges::sort(all);
  if (all.size() > 1 && all.back() == TransferEncoding::kUnknown) {
    all.back() = TransferEncoding::kIdentity;  // which is how it is shown
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }
  return all;
}

class Reader {
 public:
  Reader(const EntityHeader& header, bool in_digest)
      : types_(ReadTypes(header.content_types)),
        encodings_(ReadEncodings(header.transfer_encodings)),
        default_type_(in_digest ? "message/rfc822" : "text/plain") {}

  EntityReadings Read(const EntityHeader& header) {
    readings_.malformed =
        header.malformed || types_.size() > std::max<std::size_t>(1, header.content_types.size());
    ReadNames(header);
    ReadPart();
    for (const MimeField& type : types_) {
      readings_.malformed |= type.malformed;
      if (KindOf(type.value) == PartKind::kMultipart) {
        AddBoundaries(type.parameters, readings_.boundaries);
      }
      AddOther(KindOf(TypeOf(type)), CharsetOf(type.parameters), readings_.part.encoding);
    }
    const PartKind kind = readings_.part.kind;
    for (const TransferEncoding encoding : encodings_) {
      if (kind != PartKind::kMultipart) AddOther(kind, readings_.part.charset, encoding);
    }
    std::vector<std::string>& boundaries = readings_.boundaries;
    if (boundaries.size() > 1) std::erase(boundaries, "");
    readings_.malformed |=
        encodings_.size() > 1 || encodings_.front() == TransferEncoding::kUnknown;
    return std::move(readings_);
  }

 private:
  [[nodiscard]] std::string TypeOf(const MimeField& type) const {
    return type.value.empty() ? default_type_ : type.value;
  }

  void ReadNames(const EntityHeader& header) {
    std::vector<ParameterValue> names;
    for (const std::string& value : header.dispositions) {
      const MimeField disposition = ParseContentDisposition(value);
      readings_.malformed |= disposition.malformed;
      AddNames(disposition.parameters, "filename", names);
    }
    for (const MimeField& type : types_) AddNames(type.parameters, "name", names);
    if (names.empty()) return;
    readings_.part.file_name = std::move(names.front());
    readings_.part.other_names.assign(std::next(names.begin()), names.end());
  }

  void ReadPart() {
    const auto rank = [this](const MimeField& type) { return Rank(KindOf(TypeOf(type))); };
    const MimeField& type = *std::ranges::min_element(types_, {}, rank);
    Part& part = readings_.part;
    part.content_type = TypeOf(type);
    part.kind = KindOf(part.content_type);
    part.charset = CharsetOf(type.parameters);
    part.encoding = encodings_.front();
    const bool file = part.kind == PartKind::kOther && part.file_name;
    if (file &&
        (IsHtmlFile(*part.file_name) || std::ranges::any_of(part.other_names, IsHtmlFile))) {
      part.kind = PartKind::kHtml;
    }
  }

  void AddOther(PartKind kind, std::string charset, TransferEncoding encoding) {
    const auto same = [&](const Part& part) {
      return part.kind == kind && part.charset == charset && part.encoding == encoding;
    };
    if (kind == PartKind::kOther || same(readings_.part)) return;
    if (!IsLeaf(kind)) kind = PartKind::kPlainText;
    std::vector<Part>& others = readings_.others;
    if (others.size() == kMaxOtherReadings || std::ranges::any_of(others, same)) return;
    Part part;
    part.kind = kind;
    part.content_type = kind == PartKind::kHtml ? "text/html" : "text/plain";
    part.charset = std::move(charset);
    part.encoding = encoding;
    part.other_reading = true;
    others.push_back(std::move(part));
  }

  std::vector<MimeField> types_;  // never empty
  std::vector<TransferEncoding> encodings_;
  std::string default_type_;
  EntityReadings readings_;
};

// Keeps the first ones; returns whether it is the only one.
bool AddRepeat(std::vector<std::string>& values, std::string_view value) {
  // One byte more than is read, so that the cut shows.
  if (values.size() < kMaxRepeats) values.emplace_back(value.substr(0, kMaxFieldBytes + 1));
  return values.size() == 1;
}

}  // namespace

bool IsEntityField(std::string_view name) {
  return EqualsIgnoreCase(name, "Content-Type") || EqualsIgnoreCase(name, "Content-Disposition") ||
         EqualsIgnoreCase(name, "Content-Transfer-Encoding");
}

void EntityHeader::Add(std::string_view name, std::string_view value) {
  bool only = true;
  if (EqualsIgnoreCase(name, "Content-Type")) only = AddRepeat(content_types, value);
  if (EqualsIgnoreCase(name, "Content-Disposition")) only = AddRepeat(dispositions, value);
  if (EqualsIgnoreCase(name, "Content-Transfer-Encoding")) {
    only = AddRepeat(transfer_encodings, value);
  }
  malformed |= !only;
}

EntityReadings EntityHeader::Read(bool in_digest) const {
  return Reader(*this, in_digest).Read(*this);
}

std::string DecodeFileName(const ParameterValue& name) {
  if (name.charset.empty()) return DecodeHeaderText(name.bytes);
  return ToUtf8(name.bytes, name.charset);
}

}  // namespace assay::mail
