// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/arc.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "lib/auth/arc_chain.h"
#include "lib/auth/dkim_body.h"
#include "lib/auth/dkim_candidate.h"
#include "lib/auth/dkim_canonical.h"
#include "lib/auth/dkim_fields.h"
#include "lib/auth/dkim_header.h"
#include "lib/auth/dkim_key_cache.h"
#include "lib/base/text.h"

namespace assay::auth {
namespace {

using Fields = std::vector<DkimFieldStore::Field>;

constexpr std::size_t kMaxArcFields = 3 * kMaxArcSets;
constexpr std::size_t kBookkeeping = 32;  // bytes for each field held

// One signature on its way to a verdict.
struct Signed {
  DkimCandidate candidate;  // its tags, and the key once it is looked up
  std::string bytes;
  std::string digest;
  std::string body_hash;
  Canonicalization body = Canonicalization::kSimple;

  Signed(ArcSignature signature, std::string header_digest)
      : bytes(std::move(signature.bytes)),
        digest(std::move(header_digest)),
        body_hash(std::move(signature.body_hash)),
        body(signature.body) {
    candidate.signature = std::move(signature.tags);
    candidate.decided = candidate.signature.problem;
  }
};

}  // namespace

std::string_view ToWord(ArcResult result) {
  switch (result) {
    case ArcResult::kNone:
      return "none";
    case ArcResult::kPass:
      return "pass";
    case ArcResult::kFail:
      return "fail";
    case ArcResult::kTempError:
      return "temperror";
  }
  return "none";
}

struct ArcVerifier::Impl {
  Impl(std::shared_ptr<const DkimLibrary> lib, WallTime time)
      : library(std::move(lib)), now(time) {}

  void Fail(std::string reason, ArcResult result = ArcResult::kFail);
  void ReadChain();
  void HashHeader(const Fields& fields, std::vector<ArcSetFields>& chain);
  void HashSeals(std::vector<ArcSetFields>& chain);
  [[nodiscard]] std::vector<dns::Question> KeyQuestions() const;
  void StartBodies();
  // Whether the signature verifies; if not, its candidate says why.
  [[nodiscard]] bool Verify(Signed& signature, const dns::Answers& answers);
  [[nodiscard]] bool VerifyMessage(Signed& signature, const dns::Answers& answers);
  void FailFor(const Signed& signature, std::string_view what);
  [[nodiscard]] std::size_t OldestPass(const dns::Answers& answers);

  std::shared_ptr<const DkimLibrary> library;
  WallTime now;
  DkimFieldStore store;
  std::size_t arc_fields = 0;
  std::size_t arc_bytes = 0;
  std::size_t other_bytes = 0;  // of all other fields, held or not
  bool fields_ended = false;
  bool open = false;             // the chain may still pass
  std::vector<Signed> messages;  // newest first; older ones only as far as they are evaluated
  std::vector<Signed> seals;     // newest first
  BodyDigests bodies;
  KeyRing keys;
  ArcEvidence evidence;
};

void ArcVerifier::Impl::Fail(std::string reason, ArcResult result) {
  open = false;
  evidence.result = result;
  evidence.reason = std::move(reason);
  messages.clear();
  seals.clear();
  bodies = BodyDigests();
}

void ArcVerifier::Impl::ReadChain() {
  if (evidence.limited || other_bytes > kMaxArcHeaderBytes) {
    evidence.limited = true;
    return Fail("more or longer ARC fields than are evaluated");
  }
  const Fields fields = store.Fields();
  auto chain = ReadArcChain(fields);
  if (!chain) return Fail(std::move(chain.error()));
  for (const ArcSetFields& set : *chain) {
    evidence.sets.push_back({set.sealing.tags.signing_domain, set.sealing.tags.selector,
                             set.payload, set.message.tags.Covers("from"),
                             set.message.tags.signing_domain});
  }
  const DkimSignature& newest = chain->back().message.tags;
  auto problem = newest.problem;
  if (!problem) problem = CheckTimes(newest, now);
  if (problem) return Fail("ARC-Message-Signature: " + problem->reason);
  open = true;
  HashHeader(fields, *chain);
  HashSeals(*chain);
  StartBodies();
}

void ArcVerifier::Impl::HashHeader(const Fields& fields, std::vector<ArcSetFields>& chain) {
  const SignedFields signed_fields(fields);
  SignedFields::Hidden later;
  std::size_t bytes = 0;
  for (std::size_t i = chain.size(); i-- > 0;) {
    ArcSetFields& set = chain[i];
    later.insert(set.message_signature);
    std::string digest = signed_fields.Digest(set.message.tags.signed_fields, set.message.header,
                                              later, set.message.hashed_form, bytes);
    if (i + 1 == chain.size()) bytes = 0;
    messages.emplace_back(std::move(set.message), std::move(digest));
    if (messages.back().candidate.decided || bytes > kMaxOlderHashedBytes) break;
    later.insert(set.authentication_results);
    later.insert(set.seal);
  }
}

// RFC 8617, 5.1.1: a seal covers all sets up to its own in ascending order: results, message
// signature, seal. Every seal goes on with the hash of the sets before it.
void ArcVerifier::Impl::HashSeals(std::vector<ArcSetFields>& chain) {
  RunningDigest hash;
  const auto add = [&hash](const DkimFieldStore::Field& field) {
    hash.Add(CanonicalField(field.raw, field.colon, Canonicalization::kRelaxed));
    hash.Add("\r\n");
  };
  for (ArcSetFields& set : chain) {
    add(*set.authentication_results);
    add(*set.message_signature);
    std::string digest = hash.DigestWith(set.sealing.hashed_form);
    seals.emplace_back(std::move(set.sealing), std::move(digest));
    add(*set.seal);
  }
  std::reverse(seals.begin(), seals.end());
}

std::vector<dns::Question> ArcVerifier::Impl::KeyQuestions() const {
  std::vector<dns::Question> questions;
  const auto add = [&questions](const Signed& signature) {
    dns::Question question = signature.candidate.signature.KeyQuestion();
    if (std::ranges::find(questions, question) == questions.end()) {
      questions.push_back(std::move(question));
    }
  };
  if (!open) return questions;
  add(messages.front());
  for (const Signed& seal : seals) add(seal);
  return questions;
}

void ArcVerifier::Impl::StartBodies() {
  for (Signed& message : messages) {
    if (!message.candidate.decided) message.candidate.body = bodies.Need({message.body});
  }
}

bool ArcVerifier::Impl::Verify(Signed& signature, const dns::Answers& answers) {
  DkimCandidate& candidate = signature.candidate;
  if (candidate.is_open()) candidate.TakeKey(answers, library->keys());
  if (!candidate.is_open()) return false;
  const DkimKey& key = **candidate.key;
  if (key.is_short()) {
    candidate.Decide(DkimResult::kPolicy,
                     "the key of " + std::to_string(key.bits) + " bits is too short");
  } else if (!keys.Verifies(key, signature.digest, signature.bytes)) {
    candidate.Decide(DkimResult::kFail, "the signature does not match");
  }
  return candidate.is_open();
}

bool ArcVerifier::Impl::VerifyMessage(Signed& signature, const dns::Answers& answers) {
  if (signature.candidate.is_open() &&
      signature.body_hash != bodies.hash(signature.candidate.body)) {
    signature.candidate.Decide(DkimResult::kFail, "the body hash does not match");
  }
  return Verify(signature, answers);
}

void ArcVerifier::Impl::FailFor(const Signed& signature, std::string_view what) {
  const DkimProblem problem = signature.candidate.decided.value_or(DkimProblem());
  Fail(std::string(what) + ": " + problem.reason,
       problem.result == DkimResult::kTempError ? ArcResult::kTempError : ArcResult::kFail);
}

// RFC 8617, 5.2, step 5. Keys that nothing else needed were not asked for.
std::size_t ArcVerifier::Impl::OldestPass(const dns::Answers& answers) {
  const std::size_t newest = evidence.sets.size();
  for (std::size_t i = 1; i < messages.size(); ++i) {
    if (!VerifyMessage(messages[i], answers)) return newest - i + 1;
  }
  return messages.size() == newest ? 0 : newest - messages.size() + 1;
}

ArcVerifier::ArcVerifier(std::shared_ptr<const DkimLibrary> library, WallTime now)
    : impl_(std::make_unique<Impl>(std::move(library), now)) {}
ArcVerifier::~ArcVerifier() = default;
ArcVerifier::ArcVerifier(ArcVerifier&&) noexcept = default;
ArcVerifier& ArcVerifier::operator=(ArcVerifier&&) noexcept = default;

void ArcVerifier::AddField(std::string_view name, std::string_view value) {
  if (impl_->fields_ended) return;
  if (const auto kind = ArcFieldOf(name)) {
    ++impl_->arc_fields;
    impl_->arc_bytes += value.size();
    if (*kind == ArcField::kSeal && impl_->evidence.seals < kMaxArcSets) ++impl_->evidence.seals;
    if (impl_->arc_fields > kMaxArcFields || value.size() > kMaxArcFieldBytes ||
        impl_->arc_bytes > kMaxArcBytes) {
      impl_->evidence.limited = true;
      return;
    }
  } else {
    impl_->other_bytes += name.size() + value.size() + kBookkeeping;
    if (impl_->other_bytes > kMaxArcHeaderBytes) return;
  }
  impl_->store.Add(name, value);
}

std::vector<dns::Question> ArcVerifier::EndFields() {
  if (!std::exchange(impl_->fields_ended, true)) {
    if (impl_->arc_fields > 0) impl_->ReadChain();
    impl_->store = DkimFieldStore();
  }
  return impl_->KeyQuestions();
}

void ArcVerifier::AddBody(std::string_view chunk) { impl_->bodies.Add(chunk); }

ArcEvidence ArcVerifier::Conclude(const dns::Answers& answers) {
  (void)EndFields();
  Impl& impl = *impl_;
  if (!impl.open) return std::move(impl.evidence);
  impl.bodies.Finish();
  if (!impl.VerifyMessage(impl.messages.front(), answers)) {
    impl.FailFor(impl.messages.front(), "ARC-Message-Signature");
    return std::move(impl.evidence);
  }
  for (Signed& seal : impl.seals) {
    if (impl.Verify(seal, answers)) continue;
    impl.FailFor(seal, "ARC-Seal of " + seal.candidate.signature.signing_domain);
    return std::move(impl.evidence);
  }
  impl.evidence.result = ArcResult::kPass;
  impl.evidence.oldest_pass = impl.OldestPass(answers);
  impl.open = false;
  return std::move(impl.evidence);
}

}  // namespace assay::auth
