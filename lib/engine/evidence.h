// SPDX-License-Identifier: Apache-2.0
// What the checks find out about one message: SPF for both identities, DKIM, DMARC and ARC. Each
// check runs as soon as what it needs is there, and never waits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/arc.h"
#include "lib/auth/dkim.h"
#include "lib/auth/dmarc.h"
#include "lib/auth/spf.h"
#include "lib/engine/asker.h"
#include "lib/engine/author_domains.h"
#include "lib/facts/fact.h"

namespace assay::engine {

inline constexpr int kMaxSpfPasses = 40;  // rounds of questions for one SPF evaluation

// Domains of a From field without a single author whose policies are looked up. No honest message
// has more; a sender's padding must not hide the one that counts, so beyond it the strictest policy
// is taken to be among them.
inline constexpr std::size_t kMaxClaimedAuthors = 4;
// Keys and policies of one message: 10 keys, a walk of 8 names and one existence check for each
// author domain, 8 names for each of 11 identifiers. So it never runs out, whatever a sender
// writes.
inline constexpr std::size_t kSignatureQuestions =
    10 + 9 * kMaxClaimedAuthors + std::size_t{8} * 11;
inline constexpr std::size_t kArcQuestions =
    auth::kMaxArcSets + 1;  // a key a seal, and the newest's

// A domain that stands in a From field which does not name exactly one author.
struct ClaimedAuthor {
  std::string domain;
  std::optional<auth::DmarcOutcome> outcome;
};

// One check_host() evaluation that is run again whenever an answer it lacked has come.
class SpfRun {
 public:
  SpfRun(auth::SpfCheck check, std::size_t questions)
      : check_(std::move(check)), purse_(questions) {}

  void Advance(Asker& asker);
  [[nodiscard]] bool done() const { return outcome_.has_value(); }
  [[nodiscard]] const auth::SpfCheck& check() const { return check_; }
  [[nodiscard]] const auth::SpfOutcome& outcome() const { return *outcome_; }  // once done()
  [[nodiscard]] bool over_limit() const { return over_limit_; }

 private:
  auth::SpfCheck check_;
  std::optional<auth::SpfOutcome> outcome_;
  Purse purse_;
  std::vector<dns::Question> lacking_;
  int passes_ = 0;
  bool over_limit_ = false;
};

// A value of one transaction, not thread-safe.
class Evidence {
 public:
  // The HELO and MAIL FROM identities are evaluated apart; for a null reverse-path MAIL FROM is
  // postmaster@HELO (RFC 7208, 2.4), which `mail_from` already says.
  // `questions`: how many each evaluation may ask.
  void StartSpf(auth::SpfCheck helo, auth::SpfCheck mail_from, std::size_t questions);
  // The HELO name is one that spf.skip_helo lists; `confirmed`: the client's verified name is the
  // same. Else it counts once SPF passes for it.
  void ListHelo(bool confirmed);
  // There is no telling which client to judge: SPF has no result, and neither does a DMARC fail
  // that an SPF pass could have turned.
  void WithoutClient() { without_client_ = true; }
  [[nodiscard]] bool without_client() const { return without_client_; }
  // DKIM, ARC and DMARC.
  void StartDkim(std::shared_ptr<const auth::DkimLibrary> library, WallTime now);
  void AddField(std::string_view name, std::string_view value);
  // Asks for the keys and the policies. `author_domain`: the one that From names; empty when it
  // does not name exactly one, and then `claimed` are the domains that it holds all the same.
  void EndFields(std::string author_domain, const AuthorDomains& claimed, Asker& asker);
  void AddBody(std::string_view chunk);
  void EndOfMessage() { body_complete_ = true; }

  // Runs every check that can go on.
  void Advance(Asker& asker);
  [[nodiscard]] bool SpfDone() const;
  // All that decides what SPF asks for is there.
  [[nodiscard]] bool MailFromDone() const {
    return (!mail_from_ || mail_from_->done()) && (helo_proof_ != HeloProof::kSpf || SpfDone());
  }
  // The client greets with a listed name that is its own: SPF asks for nothing. Once SPF is done.
  [[nodiscard]] bool SpfExcused() const;
  [[nodiscard]] bool Done() const;  // all that was started has come to its end

  // Null while not done, or when the check was not started.
  [[nodiscard]] const auth::SpfOutcome* spf_helo() const { return Outcome(helo_); }
  [[nodiscard]] const auth::SpfOutcome* spf_mail_from() const { return Outcome(mail_from_); }
  [[nodiscard]] const auth::SpfCheck* spf_helo_check() const {
    return helo_ ? &helo_->check() : nullptr;
  }
  [[nodiscard]] const auth::SpfCheck* spf_mail_from_check() const {
    return mail_from_ ? &mail_from_->check() : nullptr;
  }
  [[nodiscard]] const auth::DkimEvidence* dkim() const { return dkim_ ? &*dkim_ : nullptr; }
  // Without a single author: kPermError with the strictest policy of those that the claimed authors
  // fail.
  [[nodiscard]] const auth::DmarcOutcome* dmarc() const { return dmarc_ ? &*dmarc_ : nullptr; }
  [[nodiscard]] const auth::ArcEvidence* arc() const { return arc_ ? &*arc_ : nullptr; }

  // The one author domain; empty when From names none or several.
  [[nodiscard]] const std::string& author_domain() const { return author_domain_; }
  // Empty while author_domain() is not; at most kMaxClaimedAuthors.
  [[nodiscard]] const std::vector<ClaimedAuthor>& claimed_authors() const { return claimed_; }
  // There were more.
  [[nodiscard]] bool too_many_authors() const { return too_many_authors_; }
  // Best result of all signatures.
  [[nodiscard]] auth::DkimResult DkimSummary() const;
  // Domains that an SPF pass for MAIL FROM or a passing signature stands behind.
  [[nodiscard]] std::vector<std::string> VerifiedDomains() const;
  // Domains that might have been among these, had SPF or a signature not ended in a temporary
  // error.
  [[nodiscard]] std::vector<std::string> TroubledDomains() const;
  // Writes what is known into the facts, results and limits alike.
  void FillFacts(facts::FactSet& facts) const;

 private:
  static const auth::SpfOutcome* Outcome(const std::optional<SpfRun>& run) {
    return run && run->done() ? &run->outcome() : nullptr;
  }
  void AdvanceDkim(Asker& asker);
  void AdvanceArc(Asker& asker);
  void AdvanceDmarc(Asker& asker);
  [[nodiscard]] std::optional<auth::DmarcOutcome> RunDmarc(const std::string& author_domain,
                                                           Asker& asker);
  [[nodiscard]] auth::DmarcOutcome WithoutAuthor() const;
  [[nodiscard]] auth::DmarcCheck MakeDmarcCheck(const std::string& author_domain) const;

  enum class HeloProof { kNotListed, kClientName, kSpf };
  HeloProof helo_proof_ = HeloProof::kNotListed;
  bool without_client_ = false;
  std::optional<SpfRun> helo_;
  std::optional<SpfRun> mail_from_;
  Purse purse_{kSignatureQuestions};
  std::optional<auth::DkimVerifier> verifier_;
  std::vector<dns::Question> keys_;
  std::optional<auth::DkimEvidence> dkim_;
  std::optional<auth::DmarcOutcome> dmarc_;
  Purse arc_purse_{kArcQuestions};
  std::optional<auth::ArcVerifier> arc_verifier_;
  std::vector<dns::Question> arc_keys_;
  std::optional<auth::ArcEvidence> arc_;
  std::string author_domain_;
  std::vector<ClaimedAuthor> claimed_;
  bool too_many_authors_ = false;
  bool body_complete_ = false;
};

}  // namespace assay::engine
