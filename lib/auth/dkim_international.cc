// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_international.h"

#include <map>

#include "lib/auth/dkim_base64.h"
#include "lib/auth/dkim_tags.h"
#include "lib/base/text.h"

namespace assay::auth {
namespace {

using Fields = std::vector<DkimFieldStore::Field>;

// RFC 6376, 3.7: with the value of b= and the white space around it taken out.
std::string WithoutSignature(std::string_view raw, const DkimTag& b) {
  auto begin = static_cast<std::size_t>(b.value.data() - raw.data());
  std::size_t end = begin + b.value.size();
  while (begin > 0 && IsFoldingSpace(raw[begin - 1])) --begin;
  while (end < raw.size() && IsFoldingSpace(raw[end])) ++end;
  return std::string(raw.substr(0, begin)).append(raw.substr(end));
}

// RFC 6376, 5.4.2: fields of a name that is signed several times count from the bottom up; beyond
// the last one there is nothing.
std::string HashHeader(const DkimSignature& signature, const DkimFieldStore::Field& own,
                       const Fields& fields) {
  const auto form =
      signature.relaxed_header ? Canonicalization::kRelaxed : Canonicalization::kSimple;
  std::map<std::string_view, std::vector<const DkimFieldStore::Field*>> by_name;
  for (const DkimFieldStore::Field& field : fields) {
    if (&field != &own) by_name[field.name].push_back(&field);
  }
  RunningDigest hash;
  for (const std::string& name : signature.signed_fields) {
    const auto found = by_name.find(name);
    if (found == by_name.end() || found->second.empty()) continue;
    const DkimFieldStore::Field& field = *found->second.back();
    found->second.pop_back();
    hash.Add(CanonicalField(field.raw, field.colon, form) + "\r\n");
  }
  const auto tags = DkimTagList::Parse(own.value(), TagBytes::kAny);
  const DkimTag* const b = tags ? tags->Find("b") : nullptr;
  if (b == nullptr) return {};
  return hash.DigestWith(CanonicalField(WithoutSignature(own.raw, *b), own.colon, form));
}

}  // namespace

DkimInternational::DkimInternational(const DkimSignature& signature,
                                     const DkimFieldStore::Field& field, const Fields& fields)
    : header_digest_(HashHeader(signature, field, fields)),
      signature_(
          DecodeBase64(signature.signature, Base64Padding::kOptional).value_or(std::string())) {}

bool DkimInternational::Verifies(const DkimKey& key) const {
  return KeyRing().Verifies(key, header_digest_, signature_);
}

}  // namespace assay::auth
