// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_header.h"

#include "lib/base/text.h"

namespace assay::auth {

std::string HashedForm(const DkimFieldStore::Field& field, const DkimTag& b,
                       Canonicalization canonicalization) {
  std::size_t begin = static_cast<std::size_t>(b.value.data() - field.raw.data());
  std::size_t end = begin + b.value.size();
  while (begin > 0 && IsFoldingSpace(field.raw[begin - 1])) --begin;
  while (end < field.raw.size() && IsFoldingSpace(field.raw[end])) ++end;
  std::string text(field.raw.substr(0, begin));
  text += field.raw.substr(end);
  return CanonicalField(text, field.colon, canonicalization);
}

SignedFields::SignedFields(const Fields& fields) : fields_(fields) {
  for (std::size_t i = fields.size(); i-- > 0;) by_name_[fields[i].name].push_back(i);
}

std::string SignedFields::Digest(const std::vector<std::string>& names,
                                 Canonicalization canonicalization, const Hidden& hidden,
                                 std::string_view hashed_form, std::size_t& bytes) const {
  RunningDigest hash;
  std::map<std::string_view, std::size_t> taken;
  for (const std::string& name : names) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) continue;
    std::size_t& next = taken[found->first];
    while (next < found->second.size() && hidden.contains(&fields_[found->second[next]])) ++next;
    if (next == found->second.size()) continue;
    const DkimFieldStore::Field& field = fields_[found->second[next++]];
    std::string text = CanonicalField(field.raw, field.colon, canonicalization);
    text += "\r\n";
    hash.Add(text);
    bytes += text.size();
  }
  bytes += hashed_form.size();
  return hash.DigestWith(hashed_form);
}

}  // namespace assay::auth
