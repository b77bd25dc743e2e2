// SPDX-License-Identifier: Apache-2.0
// One DKIM-Signature field, read strictly (RFC 6376, 3.5 and 6.1.1; RFC 8301; RFC 8463; RFC 8616).
// libopendkim only sees fields that pass.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim.h"
#include "lib/auth/dkim_tags.h"
#include "lib/base/clock.h"
#include "lib/dns/answer.h"

namespace assay::auth {

enum class DkimAlgorithm { kRsaSha1, kRsaSha256, kEd25519Sha256 };
[[nodiscard]] std::string_view ToWord(DkimAlgorithm algorithm);  // "rsa-sha256"

struct DkimSignature {
  // Filled as far as they could be read, even when there is a problem.
  std::string signing_domain;  // d=, lower-case A-labels
  std::string selector;        // s=, A-labels
  std::string auid;            // i= decoded, or "@" + d=
  std::string auid_domain;     // lower-case A-labels
  std::string algorithm_word;  // a=, lower case
  std::string signature;       // b= without white space
  DkimAlgorithm algorithm = DkimAlgorithm::kRsaSha256;
  bool relaxed_header = false;               // c=
  bool relaxed_body = false;                 // c=
  std::string body_hash;                     // bh= decoded
  bool international = false;                // U-labels or UTF-8 in d=, s= or i= (RFC 8616)
  bool too_long = false;                     // the field or its h=: that is the problem
  std::vector<std::string> signed_fields;    // h=, lower case, in order
  std::optional<std::uint64_t> body_length;  // l=, in canonical octets
  std::optional<std::uint64_t> timestamp;    // t=, seconds since 1970
  std::optional<std::uint64_t> expiration;   // x=

  // Why the field must not reach libopendkim.
  std::optional<DkimProblem> problem;

  // TXT at selector._domainkey.signing_domain.
  [[nodiscard]] dns::Question KeyQuestion() const;
  // Whether h= names the field (lower case).
  [[nodiscard]] bool Covers(std::string_view field_name) const;
};

// `value` as mail::Field: after the colon, folds as LF + white space (or CRLF + white space).
[[nodiscard]] DkimSignature ParseDkimSignature(std::string_view value);

// Reads those tags that ARC has in common with DKIM (RFC 8617, 4.1) and `names` lists; the first
// thing that is wrong becomes the problem of the signature.
void ReadCommonTags(const DkimTagList& tags, std::span<const std::string_view> names,
                    DkimSignature& signature);

// What x= and t= say at `now`, with the clock drift that we grant.
[[nodiscard]] std::optional<DkimProblem> CheckTimes(const DkimSignature& signature, WallTime now);

}  // namespace assay::auth
