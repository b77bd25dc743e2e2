// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dmarc.h"

#include <algorithm>
#include <optional>
#include <set>

#include "lib/auth/dmarc_record.h"
#include "lib/auth/dmarc_walk.h"
#include "lib/base/domain_list.h"
#include "lib/base/text.h"
#include "lib/mail/address.h"

namespace assay::auth {

namespace {

enum class Alignment { kNo, kYes, kUnknown };  // kUnknown: a temporary failure stands in the way

std::string NormalizeIdentifier(std::string_view domain) {
  return mail::NormalizeDomain(domain).value_or(ToLower(domain));
}

DmarcPolicy OneLevelDown(DmarcPolicy policy) {
  return policy == DmarcPolicy::kReject ? DmarcPolicy::kQuarantine : DmarcPolicy::kNone;
}

// Two domains with fewer than two labels in common hardly ever share an Organizational Domain.
bool ShareTwoLabels(std::string_view a, std::string_view b) {
  const std::size_t top = b.rfind('.');
  if (top == std::string_view::npos || top == 0) return false;
  const std::size_t second = b.rfind('.', top - 1);
  return IsSameDomainOrBelow(a, second == std::string_view::npos ? b : b.substr(second + 1));
}

class Evaluation {
 public:
  Evaluation(const DmarcCheck& check, const dns::Answers& answers)
      : answers_(answers), author_(check.author_domain) {
    if (check.spf_result == SpfResult::kPass && !check.spf_domain.empty()) {
      spf_domain_ = NormalizeIdentifier(check.spf_domain);
    }
    for (const DkimOutcome& signature : check.dkim) {
      if (dkim_domains_.size() == kMaxDkimSignatures) break;
      // Anybody can append to a body that l= leaves unsigned.
      if (signature.result != DkimResult::kPass || signature.body_partly_signed) continue;
      if (!signature.signing_domain.empty()) {
        dkim_domains_.insert(NormalizeIdentifier(signature.signing_domain));
      }
    }
  }

  std::variant<DmarcOutcome, dns::Questions> Run() {
    if (author_.empty()) {
      return Error(DmarcResult::kPermError, "no single author domain in the From field");
    }
    // No name to publish a record at.
    if (author_.front() == '[') return std::move(outcome_);
    walk_ = WalkTree(author_, answers_);
    if (!walk_.missing.empty()) return AskForWalk();
    if (walk_.certain) outcome_.organizational_domain = walk_.organizational_domain;
    const TreeWalk::Found* const found = FindPolicyRecord();
    if (found == nullptr && !PolicyIsKnown()) return ConcludeWithoutRecord();
    if (found != nullptr) outcome_.policy_domain = found->domain;
    if (found == nullptr || !found->record.applies) return std::move(outcome_);
    outcome_.record_policy = found->record.p;
    outcome_.test_mode = found->record.test_mode;
    return Conclude(*found);
  }

 private:
  [[nodiscard]] bool AuthorLookupFailed() const {
    return std::ranges::find(walk_.failed, author_) != walk_.failed.end();
  }

  [[nodiscard]] bool PolicyIsKnown() const {
    return !AuthorLookupFailed() && (walk_.Find(author_) != nullptr || walk_.certain);
  }

  // RFC 9989, 4.10.1: the Author Domain's own record, the Organizational Domain's, the Public
  // Suffix Domain's.
  [[nodiscard]] const TreeWalk::Found* FindPolicyRecord() const {
    if (!PolicyIsKnown()) return nullptr;
    if (const auto* own = walk_.Find(author_)) return own;
    if (const auto* organizational = walk_.Find(walk_.organizational_domain)) return organizational;
    if (walk_.records.empty() || walk_.records.back().record.psd != DmarcPsd::kYes) return nullptr;
    return &walk_.records.back();
  }

  dns::Questions AskForWalk() {
    dns::Questions questions{std::move(walk_.missing), {}};
    std::set<dns::Question> known(questions.needed.begin(), questions.needed.end());
    for (const std::string& domain : Identifiers()) {
      if (!ShareTwoLabels(domain, author_)) continue;
      for (const std::string& name : WalkNames(domain)) {
        dns::Question question = DmarcQuestion(name);
        if (answers_.Find(question) == nullptr && known.insert(question).second) {
          questions.prefetch.push_back(std::move(question));
        }
      }
    }
    return questions;
  }

  [[nodiscard]] std::set<std::string> Identifiers() const {
    std::set<std::string> identifiers = dkim_domains_;
    if (!spf_domain_.empty()) identifiers.insert(spf_domain_);
    return identifiers;
  }

  // RFC 9989, 4.10.2. Only a name at or below the Organizational Domain can share it, so that a
  // stranger's broken DNS cannot turn a fail into a temperror.
  Alignment Align(const std::string& domain, bool strict) {
    if (domain == author_) return Alignment::kYes;
    if (strict || !IsSameDomainOrBelow(domain, walk_.widest)) return Alignment::kNo;
    if (!walk_.certain) return Alignment::kUnknown;
    TreeWalk walk = WalkTree(domain, answers_);
    if (!walk.missing.empty()) {
      std::ranges::move(walk.missing, std::inserter(missing_, missing_.end()));
      return Alignment::kUnknown;
    }
    if (!walk.certain) return Alignment::kUnknown;
    return walk.organizational_domain == walk_.organizational_domain ? Alignment::kYes
                                                                     : Alignment::kNo;
  }

  void AlignAll(bool strict_dkim, bool strict_spf) {
    if (!spf_domain_.empty()) Note(Align(spf_domain_, strict_spf), outcome_.spf_aligned);
    for (const std::string& domain : dkim_domains_) {
      Note(Align(domain, strict_dkim), outcome_.dkim_aligned);
    }
  }

  void Note(Alignment alignment, bool& aligned) {
    if (alignment == Alignment::kYes) aligned = true;
    if (alignment == Alignment::kUnknown) undecided_ = true;
  }

  [[nodiscard]] bool Passes() const { return outcome_.spf_aligned || outcome_.dkim_aligned; }

  // A record may exist and may ask for anything, but an identifier equal to the author domain
  // satisfies all of it.
  DmarcOutcome ConcludeWithoutRecord() {
    AlignAll(/*strict_dkim=*/true, /*strict_spf=*/true);
    if (!Passes()) return LookupFailed(DmarcQuestion(walk_.failed.front()));
    outcome_.result = DmarcResult::kPass;
    return std::move(outcome_);
  }

  std::variant<DmarcOutcome, dns::Questions> Conclude(const TreeWalk::Found& found) {
    const DmarcRecord& record = found.record;
    AlignAll(record.strict_dkim, record.strict_spf);
    if (!missing_.empty()) return dns::Questions{{missing_.begin(), missing_.end()}, {}};
    if (!Passes() && undecided_) {
      return Error(DmarcResult::kTempError, "DNS failure while an identifier was aligned");
    }
    outcome_.result = Passes() ? DmarcResult::kPass : DmarcResult::kFail;
    DmarcPolicy policy = record.p;
    if (found.domain != author_) {
      policy = record.sp.value_or(record.p);
      if (!Passes() && record.np.value_or(policy) != policy) {
        const dns::Question exists(author_, dns::RrType::kA);
        const dns::Answer* const answer = answers_.Find(exists);
        if (answer == nullptr) return dns::Questions{{exists}, {}};
        if (dns::IsTemporary(answer->status)) return LookupFailed(exists);
        // RFC 9989, 3.2.13: NXDOMAIN, and nothing else, means that a domain does not exist.
        if (answer->status == dns::Status::kNxDomain) policy = *record.np;
      }
    }
    outcome_.policy = record.test_mode ? OneLevelDown(policy) : policy;
    return std::move(outcome_);
  }

  DmarcOutcome LookupFailed(const dns::Question& question) {
    const dns::Answer* const answer = answers_.Find(question);
    return Error(DmarcResult::kTempError, std::string(dns::ToWord(answer->status)) + " for " +
                                              question.name + " " +
                                              std::string(dns::ToWord(question.type)));
  }

  DmarcOutcome Error(DmarcResult result, std::string problem) {
    outcome_.result = result;
    outcome_.problem = std::move(problem);
    return std::move(outcome_);
  }

  const dns::Answers& answers_;
  std::string author_;
  std::string spf_domain_;              // of a pass, else empty
  std::set<std::string> dkim_domains_;  // of passes
  TreeWalk walk_;                       // from the author domain
  std::set<dns::Question> missing_;     // for the walks from identifiers
  bool undecided_ = false;
  DmarcOutcome outcome_;
};

}  // namespace

std::string_view ToWord(DmarcResult result) {
  switch (result) {
    case DmarcResult::kNone:
      return "none";
    case DmarcResult::kPass:
      return "pass";
    case DmarcResult::kFail:
      return "fail";
    case DmarcResult::kTempError:
      return "temperror";
    case DmarcResult::kPermError:
      return "permerror";
  }
  return "none";
}

std::string_view ToWord(DmarcPolicy policy) {
  switch (policy) {
    case DmarcPolicy::kNone:
      return "none";
    case DmarcPolicy::kQuarantine:
      return "quarantine";
    case DmarcPolicy::kReject:
      return "reject";
  }
  return "none";
}

std::variant<DmarcOutcome, dns::Questions> CheckDmarc(const DmarcCheck& check,
                                                      const dns::Answers& answers) {
  return Evaluation(check, answers).Run();
}

std::vector<dns::Question> DmarcPrefetch(std::string_view author_domain,
                                         std::span<const std::string> identifiers) {
  std::vector<dns::Question> questions;
  const auto add = [&questions](std::string_view domain) {
    for (const std::string& name : WalkNames(domain)) {
      const dns::Question question = DmarcQuestion(name);
      if (std::ranges::find(questions, question) == questions.end()) questions.push_back(question);
    }
  };
  add(author_domain);
  std::size_t walks = 0;
  for (const std::string& identifier : identifiers) {
    const std::string domain = NormalizeIdentifier(identifier);
    if (domain == author_domain || !ShareTwoLabels(domain, author_domain)) continue;
    if (++walks > kMaxDkimSignatures) break;
    add(domain);
  }
  return questions;
}

}  // namespace assay::auth
