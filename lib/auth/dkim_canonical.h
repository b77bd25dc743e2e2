// SPDX-License-Identifier: Apache-2.0
// Canonical header fields (RFC 6376, 3.4), hashes and signatures over them: what ARC and the body
// hashes of DKIM need and libopendkim does not export.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "lib/auth/dkim_key.h"

namespace assay::auth {

enum class Canonicalization { kSimple, kRelaxed };

[[nodiscard]] constexpr bool IsWsp(char c) { return c == ' ' || c == '\t'; }  // RFC 5234, B.1

// One field without its final CRLF. `raw`: name, colon, value, folds as LF or CRLF and white space;
// `colon` is its place in there.
[[nodiscard]] std::string CanonicalField(std::string_view raw, std::size_t colon,
                                         Canonicalization canonicalization);

// SHA-1 is for telling a broken rsa-sha1 signature from one that is merely not accepted.
enum class HashAlgorithm { kSha256, kSha1 };

// A running hash. A moved-from one must not be used.
class RunningDigest {
 public:
  explicit RunningDigest(HashAlgorithm algorithm = HashAlgorithm::kSha256);
  ~RunningDigest();
  RunningDigest(RunningDigest&&) noexcept;
  RunningDigest& operator=(RunningDigest&&) noexcept;

  void Add(std::string_view bytes);
  // With `end` behind what has been added; this object goes on as if nothing had happened.
  [[nodiscard]] std::string DigestWith(std::string_view end) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Public keys of one message. Reading a key costs more than verifying with it, so each is read
// once.
class KeyRing {
 public:
  KeyRing();
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  // RSA as PKCS #1 v1.5 (RFC 6376, 3.3.2), Ed25519 over the digest (RFC 8463, 3).
  [[nodiscard]] bool Verifies(const DkimKey& key, std::string_view digest,
                              std::string_view signature);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::auth
