// SPDX-License-Identifier: Apache-2.0
// DKIM key records (RFC 6376, 3.6.1; RFC 8301; RFC 8463), read strictly and written again in one
// normal form: the only form that libopendkim gets.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "lib/auth/dkim_signature.h"
#include "lib/auth/dkim_tags.h"

namespace assay::auth {

inline constexpr std::size_t kMaxKeyRecordBytes =
    16384;                                // longest RSA keys need 1.5 KB; n= may add to that
inline constexpr int kMaxRsaBits = 4096;  // RFC 8301, 3.2; libopendkim's buffer takes no longer key

struct DkimKey {
  enum class Type { kRsa, kEd25519 };

  Type type = Type::kRsa;
  int bits = 0;             // of the RSA modulus; 256 for ed25519
  bool allows_sha1 = true;  // h=
  bool allows_sha256 = true;
  bool test_mode = false;      // t=y
  bool no_subdomains = false;  // t=s: the domain of i= must be d=
  // RFC 8301, 3.2. Such a key verifies, but is not trusted.
  [[nodiscard]] bool is_short() const { return type == Type::kRsa && bits < kMinRsaBits; }
  // "v=DKIM1; k=…; h=…; t=…; p=…": h= and t= only when the record had them and only with values
  // that are known; p= is the SubjectPublicKeyInfo of an RSA key, the bare key of ed25519. Parsing
  // it again gives the same key and text.
  std::string record;
};

// `record`: the joined strings of one TXT record. Revoked keys, keys that are not for mail and
// unknown key types or hashes are problems, too; short RSA keys are not.
[[nodiscard]] tl::expected<DkimKey, DkimProblem> ParseDkimKey(std::string_view record);

// Why the key must not be used for this signature: wrong type, hash not allowed, t=s and a
// subdomain in i=.
[[nodiscard]] std::optional<DkimProblem> CheckKeyFits(const DkimKey& key,
                                                      const DkimSignature& signature);

}  // namespace assay::auth
