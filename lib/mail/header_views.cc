// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/header_views.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/charset.h"
#include "lib/mail/encoded_words.h"
#include "lib/mail/lines.h"

namespace assay::mail {
namespace {

std::string ReadText(std::string_view value, HeaderForm form) {
  if (form == HeaderForm::kRaw) return ToUtf8(Trim(value), "utf-8");
  return std::string(Trim(DecodeHeaderText(value)));
}

void AddMailboxes(std::string_view value, HeaderForm form, Texts& out) {
  for (Mailbox& mailbox : ParseAddressField(value).mailboxes) {
    if (form == HeaderForm::kAddresses) {
      out.push_back(mailbox.address.ToString());
    } else if (form == HeaderForm::kDomains) {
      if (mailbox.address.has_domain()) out.push_back(std::move(mailbox.address.domain));
    } else if (!mailbox.display_name.empty()) {
      out.push_back(std::move(mailbox.display_name));
    }
  }
}

}  // namespace

std::string ToUtf8OrWindows1252(std::string_view bytes) {
  if (IsValidUtf8(bytes)) return std::string(bytes);
  return ToUtf8(bytes, "windows-1252");
}

std::string DecodeHeaderText(std::string_view value) {
  return DecodeEncodedWords(ToUtf8OrWindows1252(Unfold(value)));
}

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

const Texts& Views::Header(std::string_view name, HeaderForm form) {
  const std::string key = ToLower(name);
  const auto [entry, added] = headers_[static_cast<std::size_t>(form)].try_emplace(key);
  if (added) {
    for (const Field* field : message_.Find(key)) {
      if (form == HeaderForm::kText || form == HeaderForm::kRaw) {
        entry->second.push_back(ReadText(field->value, form));
      } else {
        AddMailboxes(field->value, form, entry->second);
      }
    }
  }
  return entry->second;
}

const Texts& Views::Full() {
  if (!full_) {
    std::string text;
    for (const Field& field : message_.fields()) {
      text.append(field.name).append(":").append(field.value).append("\n");
    }
    text.append("\n").append(message_.body());
    NormalizeLineEnds(text);
    full_ = Texts{ToUtf8(text, "utf-8")};
  }
  return *full_;
}

const HeaderFacts& Views::header_facts() {
  if (!header_facts_) header_facts_ = ReadHeaderFacts(message_);
  return *header_facts_;
}

const ScriptUse& Views::SubjectScripts() {
  if (!subject_scripts_) {
    subject_scripts_.emplace();
    for (const std::string& text : Header("subject")) subject_scripts_->Add(text);
  }
  return *subject_scripts_;
}

const Invisibles& Views::SubjectInvisibles() {
  if (!subject_invisibles_) {
    Texts folded;
    Paragraphs paragraphs(folded, 1);
    for (const std::string& text : Header("subject")) paragraphs.AddFlowing(text);
    subject_invisibles_ = paragraphs.invisibles();
  }
  return *subject_invisibles_;
}

const ScriptUse& Views::FromNameScripts() {
  if (!from_name_scripts_) {
    from_name_scripts_.emplace();
    for (const std::string& name : Header("from", HeaderForm::kNames)) {
      from_name_scripts_->Add(name);
    }
  }
  return *from_name_scripts_;
}

void AddPartFields(std::string_view header, std::string_view name, HeaderForm form, Texts& out) {
  std::optional<std::string> value;
  const auto finish = [&] {
    if (value && out.size() < kMaxPartFields) out.push_back(ReadText(*value, form));
    value.reset();
  };
  LineReader lines(header);
  while (!lines.AtEnd()) {
    const std::string_view line = lines.Next().text;
    if (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
      if (value && value->size() < kMaxFieldBytes) value->append("\n").append(line);
      continue;
    }
    finish();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !EqualsIgnoreCase(Trim(line.substr(0, colon)), name)) {
      continue;
    }
    value = std::string(line.substr(colon + 1, kMaxFieldBytes));
  }
  finish();
}

std::string DescribeStructure(const MimeTree& tree) {
  std::string text;
  std::size_t depth = 0;
  for (const Part& part : tree.parts) {
    if (text.size() > kMaxStructure) break;
    if (part.other_reading) continue;
    if (!text.empty() && part.depth > depth) text += '(';
    text.append(depth - std::min(depth, part.depth), ')');
    if (!text.empty() && part.depth <= depth) text += ',';
    depth = part.depth;
    text += part.content_type;
  }
  text.append(depth, ')');
  text.resize(std::min(text.size(), kMaxStructure));
  return ToUtf8(text, "utf-8");
}

}  // namespace assay::mail
