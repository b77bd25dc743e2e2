// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_candidate.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace assay::auth {
namespace {

constexpr std::size_t kSignatureStart = 8;  // RFC 6008: enough of b= to tell signatures apart

using Fields = std::vector<DkimFieldStore::Field>;
using TroubleByName = std::map<std::string, DkimFieldTrouble, std::less<>>;

std::set<std::string> CoveredNames(const std::vector<DkimCandidate>& candidates) {
  std::set<std::string> names;
  for (const DkimCandidate& candidate : candidates) {
    if (!candidate.is_for_library()) continue;
    names.insert(candidate.signature.signed_fields.begin(),
                 candidate.signature.signed_fields.end());
  }
  return names;
}

// The first candidate with the same d=, s= and b=, if it is not the last one itself.
std::optional<std::size_t> FindEarlier(const std::vector<DkimCandidate>& all) {
  const DkimSignature& last = all.back().signature;
  const auto found = std::find_if(all.begin(), all.end() - 1, [&last](const DkimCandidate& other) {
    return !other.signature.problem && other.signature.signing_domain == last.signing_domain &&
           other.signature.selector == last.selector && other.signature.signature == last.signature;
  });
  if (found == all.end() - 1) return {};
  return static_cast<std::size_t>(found - all.begin());
}

std::vector<DkimCandidate> ReadSignatures(const Fields& fields, WallTime now) {
  std::vector<DkimCandidate> all;
  std::vector<std::string_view> values;
  for (const DkimFieldStore::Field& field : fields) {
    if (!field.is_signature) continue;
    DkimCandidate& candidate = all.emplace_back();
    values.push_back(field.value());
    candidate.signature = ParseDkimSignature(field.value());
    candidate.decided = candidate.signature.problem;
    if (!candidate.is_open()) continue;
    // Evaluating a signature once more would only cost time.
    if (const auto earlier = FindEarlier(all)) {
      candidate.Decide(DkimResult::kNeutral, "repeats an earlier signature with other tags");
      if (values[*earlier] == values.back()) candidate.same_as = earlier;
    }
    if (auto problem = CheckTimes(candidate.signature, now)) {
      candidate.Decide(problem->result, problem->reason);
    }
  }
  return all;
}

// libopendkim parses every DKIM-Signature field that it gets. A signature that covers such fields
// can only be verified when all of them are harmless.
void DecideCoverage(DkimCandidates& candidates, bool signatures_cut) {
  const bool some_refused =
      signatures_cut ||
      std::any_of(candidates.all.begin(), candidates.all.end(), [](const DkimCandidate& c) {
        return c.signature.problem || c.signature.international;
      });
  if (!some_refused) return;
  for (DkimCandidate& candidate : candidates.all) {
    if (!candidate.signature.Covers(kDkimSignatureName)) continue;
    candidate.Decide(DkimResult::kNeutral, "covers a DKIM-Signature field that is not evaluated");
  }
}

void DecideTrouble(DkimCandidates& candidates, const Fields& fields) {
  TroubleByName by_name;
  const std::set<std::string> covered = CoveredNames(candidates.all);
  for (const DkimFieldStore::Field& field : fields) {
    if (covered.contains(field.name)) by_name[field.name] |= FindTrouble(field);
  }
  for (DkimCandidate& candidate : candidates.all) {
    for (const std::string& name : candidate.signature.signed_fields) {
      const auto found = by_name.find(name);
      if (found != by_name.end()) candidate.trouble |= found->second;
    }
    if (candidate.trouble.unreadable) {
      candidate.Decide(DkimResult::kPermError,
                       "a signed header field holds a NUL or a tab in its name");
    }
  }
}

// These are few: what makes them more work than the plain ones is left out.
void StartInternational(DkimCandidates& candidates, const Fields& fields) {
  std::size_t next = 0;
  for (const DkimFieldStore::Field& field : fields) {
    if (!field.is_signature) continue;
    DkimCandidate& candidate = candidates.all[next++];
    if (!candidate.is_open() || !candidate.signature.international) continue;
    if (candidate.signature.algorithm == DkimAlgorithm::kRsaSha1 ||
        candidate.signature.body_length) {
      candidate.Decide(DkimResult::kNeutral,
                       "rsa-sha1 or l= in an internationalized signature is not evaluated");
      continue;
    }
    candidate.international.emplace(candidate.signature, field, fields);
  }
}

void PickFields(DkimCandidates& candidates, const Fields& fields) {
  const std::set<std::string> covered = CoveredNames(candidates.all);
  const bool covers_signatures = covered.contains(std::string(kDkimSignatureName));
  std::size_t next = 0;
  for (const DkimFieldStore::Field& field : fields) {
    DkimFedField fed;
    if (field.is_signature) {
      fed.candidate = next++;
      const DkimCandidate& candidate = candidates.all[*fed.candidate];
      if (candidate.signature.problem || candidate.signature.international) continue;
      if (!candidate.is_open() && !covers_signatures) continue;
    } else if (field.name == kDkimSignatureName || !covered.contains(field.name)) {
      continue;
    }
    if (candidates.fed.size() == kMaxDkimFields) {
      candidates.fields_cut = true;
      candidates.fed.clear();
      return candidates.DecideAll(DkimResult::kNeutral, "too many header fields are signed");
    }
    fed.text = ToMessageForm(field.raw);
    candidates.fed.push_back(std::move(fed));
  }
}

bool IsSha1(const DkimCandidate& candidate) {
  return candidate.signature.algorithm == DkimAlgorithm::kRsaSha1;
}

// In which way a signature that verifies is still not one to trust; "" when it is.
std::string PolicyReason(const DkimCandidate& candidate, const DkimBody& body) {
  std::string reason;
  const auto add = [&reason](std::string_view text) {
    if (!reason.empty()) reason += "; ";
    reason += text;
  };
  if (IsSha1(candidate)) add("rsa-sha1 is not accepted");
  if ((*candidate.key)->is_short()) {
    add("the key of " + std::to_string((*candidate.key)->bits) + " bits is too short");
  }
  if (candidate.body_partly_signed) add("l= leaves part of the body unsigned");
  if (candidate.trouble.odd_space) add("a signed header field holds a bare CR or LF");
  if (body.bare_line_ends.found()) add("the body holds a bare CR or LF");
  return reason;
}

DkimOutcome MakeOutcome(const DkimCandidate& candidate) {
  const DkimSignature& signature = candidate.signature;
  DkimOutcome outcome;
  outcome.signing_domain = signature.signing_domain;
  outcome.selector = signature.selector;
  outcome.auid = signature.auid;
  outcome.algorithm = signature.algorithm_word;
  outcome.signature_start = signature.signature.substr(0, kSignatureStart);
  if (candidate.decided) {
    outcome.result = candidate.decided->result;
    outcome.reason = candidate.decided->reason;
  }
  outcome.body_partly_signed = candidate.body_partly_signed;
  if (candidate.key != nullptr && *candidate.key) {
    outcome.key_bits = (*candidate.key)->bits;
    outcome.key_in_test_mode = (*candidate.key)->test_mode;
    const bool policy = outcome.result == DkimResult::kPolicy;
    outcome.sha1 = policy && IsSha1(candidate);
    outcome.short_key = policy && (*candidate.key)->is_short();
  }
  return outcome;
}

}  // namespace

void DkimCandidate::Decide(DkimResult result, std::string reason) {
  if (!decided) decided = DkimProblem{result, std::move(reason)};
}

void DkimCandidate::TakeKey(const dns::Answers& answers, DkimKeyCache& cache) {
  const dns::Answer* const answer = answers.Find(signature.KeyQuestion());
  const dns::Status status = answer == nullptr ? dns::Status::kTimeout : answer->status;
  if (dns::IsTemporary(status)) {
    return Decide(DkimResult::kTempError,
                  "the key could not be fetched: " + std::string(dns::ToWord(status)));
  }
  if (status != dns::Status::kSuccess || answer->texts.empty()) {
    return Decide(DkimResult::kPermError, "there is no key");
  }
  // RFC 6376, 3.6.2.2: the results are undefined.
  if (answer->texts.size() > 1) {
    return Decide(DkimResult::kPermError, "there are several key records");
  }
  key = cache.Parse(answer->texts.front());
  if (!*key) return Decide(key->error().result, key->error().reason);
  if (auto problem = CheckKeyFits(**key, signature)) Decide(problem->result, problem->reason);
}

bool DkimCandidates::any_open() const {
  return std::any_of(all.begin(), all.end(), [](const DkimCandidate& c) { return c.is_open(); });
}

bool DkimCandidates::any_for_library() const {
  return std::any_of(all.begin(), all.end(),
                     [](const DkimCandidate& c) { return c.is_for_library(); });
}

void DkimCandidates::DecideAll(DkimResult result, const std::string& reason) {
  for (DkimCandidate& candidate : all) candidate.Decide(result, reason);
}

DkimCandidates SelectDkimCandidates(const DkimFieldStore& store, WallTime now) {
  DkimCandidates candidates;
  candidates.fields_cut = store.cut();
  if (!store.has_signatures()) return candidates;
  const Fields fields = store.Fields();
  candidates.all = ReadSignatures(fields, now);
  // A field that we dropped could be one that a signature covers, or promises not to be there.
  if (store.cut()) candidates.DecideAll(DkimResult::kNeutral, "the header is too long");
  DecideCoverage(candidates, store.signatures_cut());
  DecideTrouble(candidates, fields);
  StartInternational(candidates, fields);
  if (!candidates.any_for_library()) return candidates;
  PickFields(candidates, fields);
  return candidates;
}

void TakeVerdict(DkimCandidate& candidate, DkimVerdict verdict, const std::string& detail,
                 const DkimBody& body) {
  const std::uint64_t length = body.digests.length(candidate.body);
  const std::uint64_t covered = candidate.signature.body_length.value_or(length);
  if (covered > length) {
    return candidate.Decide(DkimResult::kPermError, "l= is longer than the body");
  }
  candidate.body_partly_signed = covered < length;
  if (verdict == DkimVerdict::kOther) return candidate.Decide(DkimResult::kPermError, detail);
  if (verdict == DkimVerdict::kBadSignature) {
    return candidate.Decide(DkimResult::kFail, "the signature does not match");
  }
  if (body.digests.hash(candidate.body) != candidate.signature.body_hash) {
    return candidate.Decide(DkimResult::kFail, "the body hash does not match");
  }
  std::string reason = PolicyReason(candidate, body);
  const DkimResult result = reason.empty() ? DkimResult::kPass : DkimResult::kPolicy;
  candidate.Decide(result, std::move(reason));
}

std::vector<DkimOutcome> MakeOutcomes(const std::vector<DkimCandidate>& candidates) {
  std::vector<DkimOutcome> outcomes;
  outcomes.reserve(candidates.size());
  for (const DkimCandidate& candidate : candidates) {
    outcomes.push_back(candidate.same_as ? outcomes[*candidate.same_as] : MakeOutcome(candidate));
  }
  return outcomes;
}

}  // namespace assay::auth
