// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_international.h"

#include "lib/auth/dkim_base64.h"
#include "lib/auth/dkim_header.h"
#include "lib/auth/dkim_tags.h"

namespace assay::auth {
namespace {

using Fields = std::vector<DkimFieldStore::Field>;

std::string HashHeader(const DkimSignature& signature, const DkimFieldStore::Field& own,
                       const Fields& fields) {
  const auto form =
      signature.relaxed_header ? Canonicalization::kRelaxed : Canonicalization::kSimple;
  const auto tags = DkimTagList::Parse(own.value(), TagBytes::kAny);
  const DkimTag* const b = tags ? tags->Find("b") : nullptr;
  if (b == nullptr) return {};
  std::size_t bytes = 0;
  return SignedFields(fields).Digest(signature.signed_fields, form, {&own},
                                     HashedForm(own, *b, form), bytes);
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
