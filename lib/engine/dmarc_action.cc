// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/dmarc_action.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/auth/arc_trust.h"
#include "lib/base/domain_list.h"
#include "lib/base/text.h"
#include "lib/engine/findings.h"

namespace assay::engine {
namespace {

using auth::DmarcResult;

bool ClaimsList(const mail::Message& message) {
  return !message.Find("List-Id").empty() || !message.Find("List-Post").empty();
}

const config::DmarcOverride* FindOverride(const config::DmarcConfig& dmarc,
                                          std::string_view domain) {
  const config::DmarcOverride* best = nullptr;
  for (const config::DmarcOverride& override : dmarc.overrides) {
    if (!DomainMatches(override.domain, domain)) continue;
    // Of "example.com" and ".example.com" the one without a dot is the more exact.
    const auto exactness = [](const config::DmarcOverride& o) {
      return 2 * o.domain.size() - (o.domain.starts_with('.') ? 3 : 0);
    };
    if (best == nullptr || exactness(override) > exactness(*best)) best = &override;
  }
  return best;
}

// RFC 9989, 7.4: refusing on p=reject alone loses the mail of lists; so that is for the site to
// choose.
Action PolicyAction(const config::DmarcConfig& dmarc, auth::DmarcPolicy policy) {
  switch (policy) {
    case auth::DmarcPolicy::kNone:
      return Action::kNone;
    case auth::DmarcPolicy::kQuarantine:
      return dmarc.quarantine;
    case auth::DmarcPolicy::kReject:
      return dmarc.reject ? Action::kReject : Action::kQuarantine;
  }
  return Action::kNone;
}

DmarcDecision DecideFail(const config::DmarcConfig& dmarc, std::string_view domain,
                         auth::DmarcPolicy policy) {
  if (const auto* override = FindOverride(dmarc, domain)) return {override->action, "override"};
  return {PolicyAction(dmarc, policy), {}};
}

DmarcDecision DecideWithoutAuthor(const config::DmarcConfig& dmarc, const Evidence& evidence) {
  DmarcDecision decision{dmarc.permerror, {}};
  const auto raise = [&decision](DmarcDecision other) {
    if (other.action > decision.action) decision = other;
  };
  if (evidence.too_many_authors()) raise({PolicyAction(dmarc, auth::DmarcPolicy::kReject), {}});
  for (const ClaimedAuthor& author : evidence.claimed_authors()) {
    if (!author.outcome) continue;
    if (author.outcome->result == DmarcResult::kTempError) raise({dmarc.temperror, {}, true});
    if (author.outcome->result == DmarcResult::kFail) {
      raise(DecideFail(dmarc, author.domain, author.outcome->policy));
    }
  }
  return decision;
}

// Without a record nothing passes or fails; an override still says what is to become of mail that
// neither SPF nor DKIM lays at the author's domain, nor at one above or below it.
DmarcDecision DecideUnpublished(const config::DmarcConfig& dmarc, const Evidence& evidence) {
  const std::string& author = evidence.author_domain();
  const auto* const override = author.empty() ? nullptr : FindOverride(dmarc, author);
  if (override == nullptr || evidence.without_client()) return {};
  const auto related = [&author](const std::string& domain) {
    return IsSameDomainOrBelow(domain, author) || IsSameDomainOrBelow(author, domain);
  };
  if (std::ranges::any_of(evidence.VerifiedDomains(), related)) return {};
  if (std::ranges::any_of(evidence.TroubledDomains(), related)) {
    return {std::min(dmarc.temperror, override->action), "override", true};
  }
  return {override->action, "override"};
}

// `author_domain`: empty where From names several or none.
policy::Reply DmarcReply(Action action, DmarcResult result, std::string_view author_domain) {
  const int first = action == Action::kTempFail ? 4 : 5;
  const int code = action == Action::kTempFail ? 451 : 550;
  const std::string domain = EscapeForLog(author_domain, 128);
  if (result == DmarcResult::kTempError) {
    return {code, fmt::format("{}.4.3", first),
            fmt::format("Cannot look up the DMARC policy of {}",
                        domain.empty() ? "every domain in From" : domain)};
  }
  std::string text = fmt::format("Message fails the DMARC policy of {}", domain);
  if (result == DmarcResult::kPermError) text = "The From field does not name exactly one author";
  if (result == DmarcResult::kNone) {
    text = fmt::format("Neither SPF nor DKIM confirms that {} sent this message", domain);
  }
  return {code, fmt::format("{}.7.1", first), std::move(text)};
}

}  // namespace

TrustedPath FindTrustedPath(const config::Config& config, const Evidence& evidence,
                            const mail::Message& message) {
  TrustedPath path;
  const auth::ArcEvidence* const arc = evidence.arc();
  const auth::DmarcOutcome* const dmarc = evidence.dmarc();
  if (arc != nullptr && dmarc != nullptr && !config.arc.trusted_sealers.empty()) {
    // Where there is no record, the author domain is an organizational domain of its own.
    const bool has_policy = !dmarc->policy_domain.empty();
    const auto sealer = auth::FindTrustedSealer(
        *arc, {evidence.author_domain(), has_policy ? dmarc->organizational_domain : "",
               config.arc.trusted_sealers});
    if (sealer && arc->result == auth::ArcResult::kPass) path.sealer = *sealer;
    // Trouble with a key of anybody else's is the sender's to make.
    path.sealer_in_doubt = sealer && arc->result == auth::ArcResult::kTempError &&
                           ListsDomain(config.arc.trusted_sealers, arc->sets.back().signer);
  }
  if (!config.dmarc.lists.empty() && ClaimsList(message)) {
    for (const std::string& domain : evidence.VerifiedDomains()) {
      if (path.list.empty() && ListsDomain(config.dmarc.lists, domain)) path.list = domain;
    }
  }
  return path;
}

DmarcDecision DecideDmarc(const config::DmarcConfig& dmarc, const Evidence& evidence,
                          const TrustedPath& path) {
  const auth::DmarcOutcome* const outcome = evidence.dmarc();
  if (outcome == nullptr) return {};
  switch (outcome->result) {
    case DmarcResult::kNone:
      return DecideUnpublished(dmarc, evidence);
    case DmarcResult::kPass:
      return {};
    case DmarcResult::kTempError:
      return {dmarc.temperror, {}, true};
    case DmarcResult::kPermError:
      return DecideWithoutAuthor(dmarc, evidence);
    case DmarcResult::kFail:
      break;
  }
  const DmarcDecision decision = DecideFail(dmarc, evidence.author_domain(), outcome->policy);
  if (!decision.instead.empty() || decision.action == Action::kNone) return decision;
  if (!path.sealer.empty()) return {Action::kNone, "sealer"};
  if (!path.list.empty()) return {Action::kNone, "list"};
  return decision;
}

std::optional<policy::Finding> DmarcFinding(const config::DmarcConfig& dmarc,
                                            const Evidence& evidence, const TrustedPath& path) {
  const DmarcDecision decision = DecideDmarc(dmarc, evidence, path);
  if (decision.action == Action::kNone) return {};
  const auth::DmarcOutcome& outcome = *evidence.dmarc();
  const DmarcResult result = decision.for_temperror ? DmarcResult::kTempError : outcome.result;
  std::string reason = fmt::format("DMARC {}", ToWord(result));
  if (outcome.result == DmarcResult::kFail || outcome.policy != auth::DmarcPolicy::kNone) {
    reason += fmt::format(" (p={})", ToWord(outcome.policy));
  }
  if (!decision.instead.empty()) reason += fmt::format(", {}", decision.instead);
  return policy::Finding{"dmarc", decision.action,
                         DmarcReply(decision.action, result, evidence.author_domain()),
                         std::move(reason), ModeOf(dmarc.mode)};
}

}  // namespace assay::engine
