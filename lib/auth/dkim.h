// SPDX-License-Identifier: Apache-2.0
// DKIM verification (RFC 6376, 8301, 8463, 8616) by libopendkim behind a strict wrapper. Two
// phases: fields and body stream through; Conclude() gives every signature's result once the keys
// are known.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/dns/answer.h"

namespace assay::auth {

class DkimKeyCache;

// RFC 8601 2.7.1. kPolicy: the signature verifies, but not in a way that we accept (rsa-sha1, short
// key, partial l=).
enum class DkimResult { kNone, kPass, kFail, kPolicy, kNeutral, kTempError, kPermError };
[[nodiscard]] std::string_view ToWord(DkimResult result);

inline constexpr std::size_t kMaxDkimSignatures =
    10;  // further ones are not evaluated (limit.dkim_signatures)
inline constexpr std::size_t kMaxDkimSignatureBytes = 16384;  // of one DKIM-Signature field
inline constexpr int kMinRsaBits = 1024;                      // RFC 8301 3.2

// One DKIM-Signature field.
struct DkimOutcome {
  DkimResult result = DkimResult::kNone;
  std::string signing_domain;       // d=, lower-case A-labels; empty when the field did not parse
  std::string selector;             // s=
  std::string auid;                 // i=, or "@" + d= when absent
  std::string algorithm;            // a=: "rsa-sha256"
  std::string signature_start;      // first 8 characters of b=, for header.b (RFC 6008)
  int key_bits = 0;                 // RSA modulus; 256 for ed25519; 0 when no key was read
  bool body_partly_signed = false;  // l= leaves body unsigned
  bool sha1 = false;                // kPolicy: among the reasons is rsa-sha1
  bool short_key = false;           // kPolicy: among the reasons is the length of the key
  bool key_in_test_mode = false;    // t=y
  std::string reason;               // one line; empty for a plain pass
};

struct DkimEvidence {
  std::vector<DkimOutcome> signatures;  // in order of the fields, at most kMaxDkimSignatures
  bool signatures_cut = false;          // there were more
  bool fields_cut = false;              // more header fields than are fed to the library
  // That, a longer signature field or h=, or a longer line of the body than is looked at.
  bool limited = false;
};

// libopendkim's library handle with our options. Create once at start, before any thread verifies;
// immutable after that and shared by all of them.
class DkimLibrary {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const DkimLibrary>> Create();
  ~DkimLibrary();
  DkimLibrary(const DkimLibrary&) = delete;
  DkimLibrary& operator=(const DkimLibrary&) = delete;

  // The key records that were parsed lately, for all verifiers of DKIM and ARC. It locks itself.
  [[nodiscard]] DkimKeyCache& keys() const;

 private:
  friend class DkimVerifier;
  struct Impl;
  explicit DkimLibrary(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One message. Not thread-safe, but any thread may hold it. Calls come in this order: AddField()*,
// EndFields() once, AddBody()*, Conclude() once. Destroying it at any point is fine.
class DkimVerifier {
 public:
  explicit DkimVerifier(std::shared_ptr<const DkimLibrary> library, WallTime now);
  ~DkimVerifier();
  DkimVerifier(DkimVerifier&&) noexcept;
  DkimVerifier& operator=(DkimVerifier&&) noexcept;

  // name and value as mail::Field: the value verbatim after the colon, folds as LF + white space.
  void AddField(std::string_view name, std::string_view value);
  // The key questions (TXT at selector._domainkey.domain) of every signature worth one, without
  // duplicates.
  [[nodiscard]] std::vector<dns::Question> EndFields();
  // Body bytes with CRLF line ends, in chunks of any size. Nothing is kept; the hash goes on.
  void AddBody(std::string_view chunk);
  // Gives each signature its result. A key question without an answer counts as kTimeout.
  [[nodiscard]] DkimEvidence Conclude(const dns::Answers& answers);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::auth
