// SPDX-License-Identifier: Apache-2.0
// ARC verification (RFC 8617). Two phases as with DKIM: fields and body stream through; Conclude()
// gives the chain's result once the keys are known. Nothing is sealed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim.h"
#include "lib/base/clock.h"
#include "lib/dns/answer.h"

namespace assay::auth {

// kTempError: DNS did not give a key that decides. RFC 8617 knows no such state: to others it is
// fail.
enum class ArcResult { kNone, kPass, kFail, kTempError };
[[nodiscard]] std::string_view ToWord(ArcResult result);

inline constexpr std::size_t kMaxArcSets = 50;  // RFC 8617, 4.2.1
// Longer chains and fields fail (limit.arc). Real sets take about 3 KB.
inline constexpr std::size_t kMaxArcFieldBytes = 16384;               // of one field
inline constexpr std::size_t kMaxArcBytes = std::size_t{512} * 1024;  // of all fields of the chain
// Other fields that are held until it is known which of them are signed; MTAs take less than that.
inline constexpr std::size_t kMaxArcHeaderBytes = std::size_t{1024} * 1024;
// Header bytes hashed for older message signatures, which only tell how far back the message is
// unchanged; those that are left over count as not passing.
inline constexpr std::size_t kMaxOlderHashedBytes = std::size_t{1024} * 1024;

// One ARC set: what an intermediary has recorded and sealed.
struct ArcSet {
  std::string sealer;                  // d= of its ARC-Seal, lower-case A-labels
  std::string selector;                // s=
  std::string authentication_results;  // its ARC-Authentication-Results behind "i=…;", verbatim
  bool covers_from = false;            // its ARC-Message-Signature signs the From field
  std::string signer = {};             // d= of its ARC-Message-Signature
};

struct ArcEvidence {
  ArcResult result = ArcResult::kNone;
  // By instance, from 1. Empty unless the chain is complete and every field of it could be read:
  // whether it is also true is for `result` to say.
  std::vector<ArcSet> sets;
  std::size_t seals = 0;  // ARC-Seal fields found, at most kMaxArcSets
  // For kPass: the lowest instance from which on every ARC-Message-Signature verifies; 0 when all
  // do (RFC 8617, 5.2, step 5).
  std::size_t oldest_pass = 0;
  std::string reason;    // one line; empty for kNone and kPass
  bool limited = false;  // more or longer fields than are evaluated
};

// One message. Not thread-safe, but any thread may hold it. Calls come in this order: AddField()*,
// EndFields() once, AddBody()*, Conclude() once. Destroying it at any point is fine. A message
// costs at most kMaxArcSets seals, as many message signatures and two body hashes, whatever it
// holds; evaluation stops at the first failure, the newest message signature first.
class ArcVerifier {
 public:
  ArcVerifier(std::shared_ptr<const DkimLibrary> library, WallTime now);
  ~ArcVerifier();
  ArcVerifier(ArcVerifier&&) noexcept;
  ArcVerifier& operator=(ArcVerifier&&) noexcept;

  // name and value as mail::Field.
  void AddField(std::string_view name, std::string_view value);
  // The key questions of the newest message signature and of every seal, without duplicates; none
  // when the chain has failed already.
  [[nodiscard]] std::vector<dns::Question> EndFields();
  // Body bytes with CRLF line ends, in chunks of any size. Nothing is kept.
  void AddBody(std::string_view chunk);
  // A key question without an answer counts as kTimeout.
  [[nodiscard]] ArcEvidence Conclude(const dns::Answers& answers);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::auth
