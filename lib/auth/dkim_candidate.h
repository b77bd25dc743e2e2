// SPDX-License-Identifier: Apache-2.0
// The DKIM-Signature fields of one message on their way to a result: what is decided before
// libopendkim sees any of them, what it gets to see, and what its verdict means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/auth/dkim.h"
#include "lib/auth/dkim_body.h"
#include "lib/auth/dkim_fields.h"
#include "lib/auth/dkim_international.h"
#include "lib/auth/dkim_key_cache.h"
#include "lib/auth/dkim_signature.h"
#include "lib/base/clock.h"
#include "lib/dns/answer.h"

namespace assay::auth {

struct DkimCandidate {
  DkimSignature signature;
  DkimFieldTrouble trouble;            // of the fields that it covers
  std::optional<DkimProblem> decided;  // set: libopendkim's verdict is not asked for
  std::optional<std::size_t>
      same_as;  // an earlier candidate with the very same field: its outcome counts
  std::optional<DkimInternational> international;  // verifies what libopendkim cannot read
  std::shared_ptr<const ParsedDkimKey> key;        // once looked up
  std::size_t body = 0;             // place of its form of the body in DkimBody::digests
  bool body_partly_signed = false;  // once there is a verdict

  [[nodiscard]] bool is_open() const { return !decided; }
  // libopendkim's verdict is to be asked for.
  [[nodiscard]] bool is_for_library() const { return is_open() && !signature.international; }
  // Decides unless that has happened before.
  void Decide(DkimResult result, std::string reason);
  // From the answer to the key question: sets the key, or decides.
  void TakeKey(const dns::Answers& answers, DkimKeyCache& cache);
};

// A DKIM-Signature or covered field for libopendkim.
struct DkimFedField {
  std::string text;                      // as in the message, without the final CRLF
  std::optional<std::size_t> candidate;  // for a DKIM-Signature: which one
};

struct DkimCandidates {
  std::vector<DkimCandidate> all;  // in order of the fields
  std::vector<DkimFedField> fed;   // in order; empty when nothing is for the library
  bool fields_cut = false;         // more fields than kMaxDkimFields or kMaxStoredFieldBytes

  [[nodiscard]] bool any_open() const;
  [[nodiscard]] bool any_for_library() const;
  void DecideAll(DkimResult result, const std::string& reason);
};

// Reads and pre-checks the signatures and picks the fields that those still open cover.
[[nodiscard]] DkimCandidates SelectDkimCandidates(const DkimFieldStore& store, WallTime now);

// What libopendkim found about b=, the signature over the header with bh=.
enum class DkimVerdict { kVerified, kBadSignature, kOther };

// Decides an open candidate by that and by the body, which is finished; `detail` explains kOther.
void TakeVerdict(DkimCandidate& candidate, DkimVerdict verdict, const std::string& detail,
                 const DkimBody& body);

// The outcomes of the candidates, which are all decided.
[[nodiscard]] std::vector<DkimOutcome> MakeOutcomes(const std::vector<DkimCandidate>& candidates);

}  // namespace assay::auth
