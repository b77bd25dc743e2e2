// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_fields.h"

#include "lib/base/text.h"

namespace assay::auth {
namespace {

// RFC 5322, 4.5: white space may stand between a field name and its colon.
std::string_view CutSpaceAtEnd(std::string_view name) {
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  return name;
}

bool IsFold(std::string_view text, std::size_t lf) {
  return lf + 1 < text.size() && (text[lf + 1] == ' ' || text[lf + 1] == '\t');
}

}  // namespace

DkimFieldTrouble& DkimFieldTrouble::operator|=(const DkimFieldTrouble& other) {
  unreadable = unreadable || other.unreadable;
  odd_space = odd_space || other.odd_space;
  return *this;
}

void DkimFieldStore::Add(std::string_view name, std::string_view value) {
  bool is_signature = EqualsIgnoreCase(CutSpaceAtEnd(name), kDkimSignatureName);
  if (is_signature && signatures_ == kMaxDkimSignatures) {
    signatures_cut_ = true;
    is_signature = false;
  }
  const std::size_t size = name.size() + 1 + value.size();
  if (is_signature) {
    ++signatures_;
    // One byte more than is read shows that the field is too long.
    if (value.size() > kMaxDkimSignatureBytes) value = value.substr(0, kMaxDkimSignatureBytes + 1);
  } else if (text_.size() + size + entries_.size() * sizeof(Entry) > kMaxStoredFieldBytes) {
    cut_ = true;
    return;
  }
  entries_.push_back({text_.size(), name.size(), name.size() + 1 + value.size(), is_signature});
  text_ += name;
  text_ += ':';
  text_ += value;
}

std::vector<DkimFieldStore::Field> DkimFieldStore::Fields() const {
  std::vector<Field> fields;
  fields.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    const std::string_view raw = std::string_view(text_).substr(entry.begin, entry.size);
    fields.push_back(
        {ToLower(CutSpaceAtEnd(raw.substr(0, entry.colon))), raw, entry.colon, entry.is_signature});
  }
  return fields;
}

std::string ToMessageForm(std::string_view raw_field) {
  std::string text;
  text.reserve(raw_field.size() + 16);
  for (std::size_t i = 0; i < raw_field.size(); ++i) {
    const char c = raw_field[i];
    if (c == '\n' && IsFold(raw_field, i) && (i == 0 || raw_field[i - 1] != '\r')) text += '\r';
    text += c;
  }
  return text;
}

DkimFieldTrouble FindTrouble(const DkimFieldStore::Field& field) {
  DkimFieldTrouble trouble;
  trouble.unreadable = field.raw.substr(0, field.colon).find('\t') != std::string_view::npos;
  const std::string_view value = field.value();
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\0') trouble.unreadable = true;
    if (c == '\v' || c == '\f') trouble.odd_space = true;
    if (c == '\n' && !IsFold(value, i)) trouble.odd_space = true;
    if (c == '\r' && (i + 1 == value.size() || value[i + 1] != '\n')) trouble.odd_space = true;
  }
  return trouble;
}

}  // namespace assay::auth
