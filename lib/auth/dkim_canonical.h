// SPDX-License-Identifier: Apache-2.0
// Canonical forms of RFC 6376, 3.4, and signatures over their hashes: what ARC needs and
// libopendkim does not export. Everything is SHA-256; nothing else is accepted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "lib/auth/dkim_key.h"

namespace assay::auth {

enum class Canonicalization { kSimple, kRelaxed };

// One field without its final CRLF. `raw`: name, colon, value, folds as LF or CRLF and white space;
// `colon` is its place in there.
[[nodiscard]] std::string CanonicalField(std::string_view raw, std::size_t colon,
                                         Canonicalization canonicalization);

// A running SHA-256. A moved-from one must not be used.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Add(std::string_view bytes);
  // With `end` behind what has been added; this object goes on as if nothing had happened.
  [[nodiscard]] std::string DigestWith(std::string_view end) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The canonical body, hashed as it passes. Linear; constant memory.
class BodyDigest {
 public:
  explicit BodyDigest(Canonicalization canonicalization) : canonicalization_(canonicalization) {}

  void Add(std::string_view chunk);
  // Ends the body; a missing final CRLF counts as present. Once.
  [[nodiscard]] std::string Finish();
  // Canonical octets, after Finish().
  [[nodiscard]] std::uint64_t length() const { return length_; }

 private:
  void AddContent(char c);
  void EndLine();
  void Append(std::string_view text);

  Canonicalization canonicalization_;
  Sha256 hash_;
  std::string pending_;  // canonical bytes on their way into the hash
  std::uint64_t length_ = 0;
  std::uint64_t empty_lines_ = 0;  // they count only when something follows
  bool line_has_content_ = false;
  bool line_has_bytes_ = false;  // white space included
  bool after_cr_ = false;
  bool after_space_ = false;
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
