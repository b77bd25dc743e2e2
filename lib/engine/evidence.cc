// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/evidence.h"

#include <algorithm>
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
  verifier_.emplace(std::move(library), now);
}

void Evidence::AddField(std::string_view name, std::string_view value) {
  if (verifier_) verifier_->AddField(name, value);
}

void Evidence::EndFields(std::string author_domain, Asker& asker) {
  if (!verifier_) return;
  author_domain_ = std::move(author_domain);
  keys_ = verifier_->EndFields();
  // The author's policy first, and not as a mere prefetch: nothing else of the message may displace
  // it.
  if (!author_domain_.empty()) asker.Ask(purse_, auth::DmarcPrefetch(author_domain_));
  asker.Ask(purse_, keys_);
  if (author_domain_.empty()) return;
  std::vector<std::string> identifiers;
  if (mail_from_) identifiers.push_back(mail_from_->check().domain);
  for (const dns::Question& key : keys_) identifiers.push_back(SigningDomain(key));
  asker.Ask(purse_, {}, auth::DmarcPrefetch(author_domain_, identifiers));
}

void Evidence::AddBody(std::string_view chunk) {
  if (verifier_) verifier_->AddBody(chunk);
}

void Evidence::Advance(Asker& asker) {
  asker.Take();
  if (mail_from_) mail_from_->Advance(asker);
  if (helo_) helo_->Advance(asker);
  if (!body_complete_ || !verifier_) return;
  AdvanceDkim(asker);
  AdvanceDmarc(asker);
}

void Evidence::AdvanceDkim(Asker& asker) {
  if (dkim_) return;
  if (asker.gave_up()) asker.Ask(purse_, keys_);
  if (AllAnswered(keys_, asker.answers())) dkim_ = verifier_->Conclude(asker.answers());
}

auth::DmarcCheck Evidence::MakeDmarcCheck() const {
  auth::DmarcCheck check;
  check.author_domain = author_domain_;
  if (mail_from_) {
    check.spf_result = mail_from_->outcome().result;
    check.spf_domain = mail_from_->check().domain;
  }
  check.dkim = dkim_->signatures;
  return check;
}

void Evidence::AdvanceDmarc(Asker& asker) {
  if (dmarc_ || !dkim_ || !SpfDone()) return;
  const auth::DmarcCheck check = MakeDmarcCheck();
  while (true) {
    auto result = auth::CheckDmarc(check, asker.answers());
    if (auto* outcome = std::get_if<auth::DmarcOutcome>(&result)) {
      dmarc_ = std::move(*outcome);
      if (without_client_ && dmarc_->result == auth::DmarcResult::kFail) {
        dmarc_->result = auth::DmarcResult::kTempError;
        dmarc_->problem = "the client that SPF is about is not known";
      }
      return;
    }
    const auto& questions = std::get<dns::Questions>(result);
    asker.Ask(purse_, questions.needed, questions.prefetch);
    if (!AnyAnswered(questions.needed, asker.answers())) return;
  }
}

bool Evidence::SpfDone() const {
  return (!helo_ || helo_->done()) && (!mail_from_ || mail_from_->done());
}

bool Evidence::Done() const { return SpfDone() && (!verifier_ || dmarc_.has_value()); }

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
  }
  if (dmarc_) {
    facts.Set(Id::kDmarc, Word(dmarc_->result));
    facts.Set(Id::kDkimAligned, dmarc_->dkim_aligned);
    if (!dmarc_->policy_domain.empty()) facts.Set(Id::kDmarcPolicy, Word(dmarc_->policy));
  }
}

}  // namespace assay::engine
