// SPDX-License-Identifier: Apache-2.0
// The fields of an Authenticated Received Chain, read and put in order (RFC 8617, 4 and 5.2): no
// cryptography.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "lib/auth/dkim_canonical.h"
#include "lib/auth/dkim_fields.h"
#include "lib/auth/dkim_signature.h"

namespace assay::auth {

enum class ArcField { kAuthenticationResults, kMessageSignature, kSeal };

// `name` without white space at its end, in any case; nothing for other fields.
[[nodiscard]] std::optional<ArcField> ArcFieldOf(std::string_view name);

// ARC-Message-Signature or ARC-Seal.
struct ArcSignature {
  DkimSignature tags;  // signed_fields: h= of a message signature; `problem` is set when it is bad
  Canonicalization header = Canonicalization::kSimple;  // c=; a seal is always relaxed
  Canonicalization body = Canonicalization::kSimple;
  std::string bytes;      // b= decoded
  std::string body_hash;  // bh= decoded
  // The field as it is hashed: canonical, with an empty b=, without its CRLF.
  std::string hashed_form;
};

struct ArcSetFields {
  const DkimFieldStore::Field* authentication_results = nullptr;
  const DkimFieldStore::Field* message_signature = nullptr;
  const DkimFieldStore::Field* seal = nullptr;
  std::string payload;  // of the results, behind the instance
  ArcSignature message;
  ArcSignature sealing;
};

// The sets in order of their instances. An error says what keeps the fields from being a chain: an
// instance that cannot be read, is repeated or missing, a set that lacks a field, a seal that is
// malformed or whose cv= does not fit its place. A malformed ARC-Message-Signature is no error
// here: only the newest has to be good.
[[nodiscard]] tl::expected<std::vector<ArcSetFields>, std::string> ReadArcChain(
    const std::vector<DkimFieldStore::Field>& fields);

}  // namespace assay::auth
