// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/evidence.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assay::engine {
namespace {

bool AnyAnswered(const std::vector<dns::Question>& questions, const dns::Answers& answers) {
  return std::ranges::any_of(
      questions, [&](const auto& question) { return answers.Find(question) != nullptr; });
}

bool AllAnswered(const std::vector<dns::Question>& questions, const dns::Answers& answers) {
  return std::ranges::all_of(
      questions, [&](const auto& question) { return answers.Find(question) != nullptr; });
}

// Pass first, then what could still turn into one, then what is a statement of the signer, then
// what says nothing.
int Rank(auth::DkimResult result) {
  switch (result) {
    case auth::DkimResult::kPass:
      return 6;
    case auth::DkimResult::kPolicy:
      return 5;
    case auth::DkimResult::kTempError:
      return 4;
    case auth::DkimResult::kFail:
      return 3;
    case auth::DkimResult::kNeutral:
      return 2;
    case auth::DkimResult::kPermError:
      return 1;
    case auth::DkimResult::kNone:
      return 0;
  }
  return 0;
}

// Of "selector._domainkey.example.com": what the signature's d= says.
std::string SigningDomain(const dns::Question& key) {
  constexpr std::string_view kLabel = "._domainkey.";
  const std::size_t at = key.name.find(kLabel);
  return at == std::string::npos ? std::string() : key.name.substr(at + kLabel.size());
}

template <class Outcome>
std::string Word(const Outcome& result) {
  return std::string(ToWord(result));
}

void FillArcFacts(const auth::ArcEvidence& arc, facts::FactSet& facts) {
  using facts::Id;
  std::vector<std::string> sealers;
  if (arc.result == auth::ArcResult::kPass) {
    for (const auth::ArcSet& set : arc.sets) sealers.push_back(set.sealer);
    facts.Set(Id::kArcOldestPass, static_cast<double>(arc.oldest_pass));
  }
  facts.Set(Id::kArcResult, Word(arc.result));
  facts.Set(Id::kArcSets, static_cast<double>(arc.seals));
  facts.Set(Id::kArcSealers, std::move(sealers));
  facts.Set(Id::kLimitArc, arc.limited);
}

}  // namespace

void SpfRun::Advance(Asker& asker) {
  while (!done()) {
    if (!lacking_.empty()) {
      // Once given up, asking again turns what has not come into a time-out.
      if (asker.gave_up()) asker.Ask(purse_, lacking_);
      if (!AnyAnswered(lacking_, asker.answers())) return;
    }
    if (++passes_ > kMaxSpfPasses) {
      over_limit_ = true;
      outcome_.emplace();
      outcome_->result = auth::SpfResult::kTempError;
      outcome_->problem = "given up after too many rounds of DNS questions";
      return;
    }
    auto result = auth::CheckSpf(check_, asker.answers());
    if (auto* outcome = std::get_if<auth::SpfOutcome>(&result)) {
      outcome_ = std::move(*outcome);
      // Our limit, reached by what the domain publishes, is its error, not DNS trouble.
      if (purse_.overdrawn() && outcome_->result == auth::SpfResult::kTempError) {
        outcome_->result = auth::SpfResult::kPermError;
        outcome_->problem = "needs more DNS questions than one message may ask";
      }
      return;
    }
    auto& questions = std::get<dns::Questions>(result);
    asker.Ask(purse_, questions.needed, questions.prefetch);
    lacking_ = std::move(questions.needed);
  }
}

void Evidence::StartSpf(auth::SpfCheck helo, auth::SpfCheck mail_from, std::size_t questions) {
  // The same identity twice (a null reverse-path) is one evaluation.
  if (helo.domain != mail_from.domain || helo.sender != mail_from.sender) {
    helo_.emplace(std::move(helo), questions);
  }
  mail_from_.emplace(std::move(mail_from), questions);
}

void Evidence::ListHelo(bool confirmed) {
  helo_proof_ = confirmed ? HeloProof::kClientName : HeloProof::kSpf;
}

bool Evidence::SpfExcused() const {
  if (helo_proof_ != HeloProof::kSpf) return helo_proof_ == HeloProof::kClientName;
  const auto& helo = helo_ ? helo_ : mail_from_;  // one evaluation where both are the same
  return helo && helo->done() && helo->outcome().result == auth::SpfResult::kPass;
}

void Evidence::StartDkim(std::shared_ptr<const auth::DkimLibrary> library, WallTime now) {
  arc_verifier_.emplace(library, now);
  verifier_.emplace(std::move(library), now);
}

void Evidence::AddField(std::string_view name, std::string_view value) {
  if (verifier_) verifier_->AddField(name, value);
  if (arc_verifier_) arc_verifier_->AddField(name, value);
}

void Evidence::EndFields(std::string author_domain, const AuthorDomains& claimed, Asker& asker) {
  if (!verifier_) return;
  author_domain_ = std::move(author_domain);
  if (author_domain_.empty()) {
    too_many_authors_ = claimed.cut || claimed.names.size() > kMaxClaimedAuthors;
    for (const std::string& domain : claimed.names) {
      if (claimed_.size() < kMaxClaimedAuthors) claimed_.push_back({domain, {}});
    }
  }
  keys_ = verifier_->EndFields();
  arc_keys_ = arc_verifier_->EndFields();
  // The author's policy first, and not as a mere prefetch: nothing else of the message may displace
  // it. Whether the domain exists, for np=, must not wait until slow records of the sender's own
  // have used up the time.
  const auto ask_for = [&](const std::string& author) {
    asker.Ask(purse_, auth::DmarcPrefetch(author));
    asker.Ask(purse_, std::array{dns::Question(author, dns::RrType::kA)});
  };
  if (!author_domain_.empty()) ask_for(author_domain_);
  for (const ClaimedAuthor& author : claimed_) ask_for(author.domain);
  asker.Ask(purse_, keys_);
  asker.Ask(arc_purse_, arc_keys_);
  if (author_domain_.empty()) return;
  std::vector<std::string> identifiers;
  if (mail_from_) identifiers.push_back(mail_from_->check().domain);
  for (const dns::Question& key : keys_) identifiers.push_back(SigningDomain(key));
  asker.Ask(purse_, {}, auth::DmarcPrefetch(author_domain_, identifiers));
}

void Evidence::AddBody(std::string_view chunk) {
  if (verifier_) verifier_->AddBody(chunk);
  if (arc_verifier_) arc_verifier_->AddBody(chunk);
}

void Evidence::Advance(Asker& asker) {
  asker.Take();
  if (mail_from_) mail_from_->Advance(asker);
  if (helo_) helo_->Advance(asker);
  if (!body_complete_ || !verifier_) return;
  AdvanceDkim(asker);
  AdvanceArc(asker);
  AdvanceDmarc(asker);
}

void Evidence::AdvanceDkim(Asker& asker) {
  if (dkim_) return;
  if (asker.gave_up()) asker.Ask(purse_, keys_);
  if (AllAnswered(keys_, asker.answers())) dkim_ = verifier_->Conclude(asker.answers());
}

void Evidence::AdvanceArc(Asker& asker) {
  if (arc_) return;
  if (asker.gave_up()) asker.Ask(arc_purse_, arc_keys_);
  if (AllAnswered(arc_keys_, asker.answers())) arc_ = arc_verifier_->Conclude(asker.answers());
}

auth::DmarcCheck Evidence::MakeDmarcCheck(const std::string& author_domain) const {
  auth::DmarcCheck check;
  check.author_domain = author_domain;
  if (mail_from_) {
    check.spf_result = mail_from_->outcome().result;
    check.spf_domain = mail_from_->check().domain;
  }
  check.dkim = dkim_->signatures;
  return check;
}

std::optional<auth::DmarcOutcome> Evidence::RunDmarc(const std::string& author_domain,
                                                     Asker& asker) {
  const auth::DmarcCheck check = MakeDmarcCheck(author_domain);
  while (true) {
    auto result = auth::CheckDmarc(check, asker.answers());
    if (auto* outcome = std::get_if<auth::DmarcOutcome>(&result)) {
      if (without_client_ && outcome->result == auth::DmarcResult::kFail) {
        outcome->result = auth::DmarcResult::kTempError;
        outcome->problem = "the client that SPF is about is not known";
      }
      return std::move(*outcome);
    }
    const auto& questions = std::get<dns::Questions>(result);
    asker.Ask(purse_, questions.needed, questions.prefetch);
    if (!AnyAnswered(questions.needed, asker.answers())) return {};
  }
}

// RFC 9989 leaves it to the receiver: each domain is checked, and the strictest policy of
// those that fail is the one to report.
auth::DmarcOutcome Evidence::WithoutAuthor() const {
  auth::DmarcOutcome outcome;
  outcome.result = auth::DmarcResult::kPermError;
  outcome.problem = "no single author domain in the From field";
  if (too_many_authors_) outcome.policy = auth::DmarcPolicy::kReject;
  for (const ClaimedAuthor& author : claimed_) {
    if (author.outcome->result != auth::DmarcResult::kFail) continue;
    if (!outcome.policy_domain.empty() && author.outcome->policy <= outcome.policy) continue;
    outcome.policy = std::max(outcome.policy, author.outcome->policy);
    outcome.policy_domain = author.outcome->policy_domain;
  }
  return outcome;
}

void Evidence::AdvanceDmarc(Asker& asker) {
  if (dmarc_ || !dkim_ || !SpfDone()) return;
  if (!author_domain_.empty()) {
    dmarc_ = RunDmarc(author_domain_, asker);
    return;
  }
  bool done = true;
  for (ClaimedAuthor& author : claimed_) {
    if (!author.outcome) author.outcome = RunDmarc(author.domain, asker);
    done = done && author.outcome;
  }
  if (done) dmarc_ = WithoutAuthor();
}

bool Evidence::SpfDone() const {
  return (!helo_ || helo_->done()) && (!mail_from_ || mail_from_->done());
}

bool Evidence::Done() const { return SpfDone() && (!verifier_ || (dmarc_ && arc_)); }

auth::DkimResult Evidence::DkimSummary() const {
  auth::DkimResult best = auth::DkimResult::kNone;
  if (!dkim_) return best;
  for (const auth::DkimOutcome& signature : dkim_->signatures) {
    if (Rank(signature.result) > Rank(best)) best = signature.result;
  }
  return best;
}

std::vector<std::string> Evidence::VerifiedDomains() const {
  std::vector<std::string> domains;
  const auth::SpfOutcome* spf = spf_mail_from();
  if (spf != nullptr && spf->result == auth::SpfResult::kPass) {
    domains.push_back(mail_from_->check().domain);
  }
  if (dkim_) {
    for (const auth::DkimOutcome& signature : dkim_->signatures) {
      if (signature.result == auth::DkimResult::kPass) domains.push_back(signature.signing_domain);
    }
  }
  return domains;
}

std::vector<std::string> Evidence::TroubledDomains() const {
  std::vector<std::string> domains;
  const auth::SpfOutcome* spf = spf_mail_from();
  if (spf != nullptr && spf->result == auth::SpfResult::kTempError) {
    domains.push_back(mail_from_->check().domain);
  }
  if (dkim_) {
    for (const auth::DkimOutcome& signature : dkim_->signatures) {
      if (signature.result == auth::DkimResult::kTempError) {
        domains.push_back(signature.signing_domain);
      }
    }
  }
  return domains;
}

void Evidence::FillFacts(facts::FactSet& facts) const {
  using facts::Id;
  const auth::SpfOutcome* mail_from = spf_mail_from();
  const auth::SpfOutcome* helo = helo_ ? spf_helo() : mail_from;
  if (mail_from != nullptr) facts.Set(Id::kSpfMailFrom, Word(mail_from->result));
  if (helo != nullptr) facts.Set(Id::kSpfHelo, Word(helo->result));
  facts.Set(Id::kLimitSpfPasses,
            (helo_ && helo_->over_limit()) || (mail_from_ && mail_from_->over_limit()));
  if (dkim_) {
    std::vector<std::string> passing;
    for (const auth::DkimOutcome& signature : dkim_->signatures) {
      if (signature.result == auth::DkimResult::kPass) passing.push_back(signature.signing_domain);
    }
    facts.Set(Id::kDkim, Word(DkimSummary()));
    facts.Set(Id::kDkimDomain, std::move(passing));
    facts.Set(Id::kDkimSignatures, static_cast<double>(dkim_->signatures.size()));
    facts.Set(Id::kLimitDkimSignatures, dkim_->signatures_cut);
    facts.Set(Id::kLimitDkimSize, dkim_->limited);
  }
  if (dmarc_) {
    facts.Set(Id::kDmarc, Word(dmarc_->result));
    facts.Set(Id::kDkimAligned, dmarc_->dkim_aligned);
    if (!dmarc_->policy_domain.empty()) facts.Set(Id::kDmarcPolicy, Word(dmarc_->policy));
  }
  if (arc_) FillArcFacts(*arc_, facts);
}

}  // namespace assay::engine
