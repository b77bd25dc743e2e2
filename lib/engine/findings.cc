// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/findings.h"

#include <fmt/format.h>

#include <utility>

#include "lib/base/text.h"

namespace assay::engine {
namespace {

using auth::DkimResult;
using auth::SpfResult;
using policy::Finding;
using policy::Reply;

bool IsMilder(const config::CheckAction& a, const config::CheckAction& b) {
  return std::pair(a.action, a.score) < std::pair(b.action, b.score);
}

// An action and the key of [spf] or [dkim] that asks for it.
struct Asked {
  config::CheckAction action;
  std::string_view key;
};

Finding WithScore(Finding finding, const Asked& asked) {
  finding.score = asked.action.score;
  if (finding.score > 0) finding.score_name = fmt::format("{}.{}", finding.check, asked.key);
  return finding;
}

config::CheckAction SpfAction(const config::SpfConfig& spf, SpfResult result) {
  switch (result) {
    case SpfResult::kFail:
      return spf.fail;
    case SpfResult::kSoftFail:
      return spf.softfail;
    case SpfResult::kNeutral:
      return spf.neutral;
    case SpfResult::kNone:
      return spf.none;
    case SpfResult::kTempError:
      return spf.temperror;
    case SpfResult::kPermError:
      return spf.permerror;
    case SpfResult::kPass:
      return {};
  }
  return {};
}

// Where several reasons hold, the hardest action is done.
Asked PolicyAction(const config::DkimConfig& dkim, const auth::DkimOutcome& signature) {
  std::optional<Asked> hardest;
  const auto consider = [&](bool holds, const std::optional<config::CheckAction>& own,
                            std::string_view key) {
    if (!holds) return;
    const Asked asked = own ? Asked{*own, key} : Asked{dkim.policy, "policy"};
    if (!hardest || IsMilder(hardest->action, asked.action)) hardest = asked;
  };
  consider(signature.sha1, dkim.sha1, "sha1");
  consider(signature.short_key, dkim.short_key, "short_key");
  consider(signature.body_partly_signed, dkim.partial_body, "partial_body");
  return hardest.value_or(Asked{dkim.policy, "policy"});
}

// A message may carry a signature for each taste: the one with the mildest action counts.
Asked PolicyAction(const config::DkimConfig& dkim, const auth::DkimEvidence& all) {
  std::optional<Asked> mildest;
  for (const auth::DkimOutcome& signature : all.signatures) {
    if (signature.result != DkimResult::kPolicy) continue;
    const Asked asked = PolicyAction(dkim, signature);
    if (!mildest || IsMilder(asked.action, mildest->action)) mildest = asked;
  }
  return mildest.value_or(Asked{dkim.policy, "policy"});
}

Asked DkimAction(const config::DkimConfig& dkim, const auth::DkimEvidence& all, DkimResult result) {
  switch (result) {
    case DkimResult::kFail:
      return {dkim.fail, "fail"};
    case DkimResult::kPolicy:
      return PolicyAction(dkim, all);
    case DkimResult::kNeutral:
      return {dkim.neutral, "neutral"};
    case DkimResult::kNone:
      return {dkim.none, "none"};
    case DkimResult::kTempError:
      return {dkim.temperror, "temperror"};
    case DkimResult::kPermError:
      return {dkim.permerror, "permerror"};
    case DkimResult::kPass:
      return {};
  }
  return {};
}

// RFC 7372, 3.2: 5.7.23 for a result that the policy refuses, 5.7.24 for errors; DNS trouble
// is 4.4.3 (RFC 3463). The text begins so that log tools for Postfix recognise a refused client.
Reply SpfReply(Action action, const auth::SpfOutcome& outcome, const auth::SpfCheck& check) {
  const std::string domain = EscapeForLog(check.domain, 128);
  if (outcome.result == SpfResult::kTempError) {
    return {action == Action::kReject ? 550 : 451, action == Action::kReject ? "5.4.3" : "4.4.3",
            fmt::format("Client host rejected: cannot look up the SPF policy of {}", domain)};
  }
  const bool error = outcome.result == SpfResult::kPermError;
  std::string text =
      fmt::format("Client host rejected: SPF {}: {} is not allowed to send mail from {}",
                  ToWord(outcome.result), check.client_ip.ToString(), domain);
  if (error) text = fmt::format("Client host rejected: the SPF record of {} is in error", domain);
  if (!outcome.explanation.empty()) text += ": " + EscapeForLog(outcome.explanation, 200);
  const bool temporary = action == Action::kTempFail;
  return {temporary ? 451 : 550, fmt::format("{}.7.{}", temporary ? 4 : 5, error ? 24 : 23),
          std::move(text)};
}

// RFC 7372, 3.1.
Reply DkimReply(Action action, DkimResult result) {
  const int first = action == Action::kTempFail ? 4 : 5;
  const int code = action == Action::kTempFail ? 451 : 550;
  if (result == DkimResult::kTempError) {
    return {code, fmt::format("{}.4.3", first), "Cannot look up the key of a DKIM signature"};
  }
  const bool policy = result == DkimResult::kPolicy;
  return {code, fmt::format("{}.7.{}", first, policy ? 21 : 20),
          policy ? "No acceptable DKIM signature found" : "No passing DKIM signature found"};
}

std::optional<Finding> DkimFinding(const config::Config& config, const Evidence& evidence) {
  if (evidence.dkim() == nullptr) return {};
  const DkimResult result = evidence.DkimSummary();
  const Asked asked = DkimAction(config.dkim, *evidence.dkim(), result);
  const Action action = asked.action.action;
  if (asked.action == config::CheckAction{}) return {};
  return WithScore({"dkim", action, DkimReply(action, result),
                    fmt::format("DKIM {}", ToWord(result)), ModeOf(config.dkim.mode)},
                   asked);
}

std::optional<Finding> IdentityFinding(const config::Config& config, identity::LocalClaim claim) {
  const bool temporary = claim == identity::LocalClaim::kTempError;
  if (claim != identity::LocalClaim::kUnvouched && !temporary) return {};
  const Action action = temporary ? config.identity.temperror : config.identity.local_claim;
  if (action == Action::kNone) return {};
  const bool retry = action == Action::kTempFail;
  Reply reply{
      retry ? 451 : 550, retry ? "4.7.1" : "5.7.1",
      "Sender address rejected: it claims a domain of this site, and nothing vouches for it"};
  if (temporary) {
    reply.enhanced_code = retry ? "4.4.3" : "5.4.3";
    reply.text =
        "Sender address rejected: it claims a domain of this site, which cannot be checked now";
  }
  return Finding{"identity.local_claim",       action, std::move(reply), "claims a local domain",
                 ModeOf(config.identity.mode), true};
}

// Anything but a pass that is no error of the record or of DNS.
bool SpfRefuses(const Evidence& evidence) {
  const auth::SpfOutcome* const outcome = evidence.spf_mail_from();
  return outcome != nullptr && outcome->result != SpfResult::kTempError &&
         outcome->result != SpfResult::kPermError;
}

void Append(std::vector<Finding>& findings, std::optional<Finding> finding) {
  if (finding) findings.push_back(std::move(*finding));
}

}  // namespace

std::optional<policy::Mode> ModeOf(const std::optional<config::Mode>& own) {
  if (!own) return {};
  return *own == config::Mode::kMonitor ? policy::Mode::kMonitor : policy::Mode::kEnforce;
}

std::optional<Finding> SpfFinding(const config::Config& config, const Evidence& evidence) {
  const auth::SpfOutcome* outcome = evidence.spf_mail_from();
  if (outcome == nullptr) return {};
  const config::CheckAction asked = SpfAction(config.spf, outcome->result);
  if (asked == config::CheckAction{} || evidence.SpfExcused()) return {};
  const bool errs =
      outcome->result == SpfResult::kTempError || outcome->result == SpfResult::kPermError;
  const auth::DmarcOutcome* dmarc = evidence.dmarc();
  // Forwarders break SPF, not signatures (RFC 7208, D.1).
  if (!errs && dmarc != nullptr && dmarc->dkim_aligned) return {};
  const auth::SpfCheck& check = *evidence.spf_mail_from_check();
  return WithScore(
      {"spf", asked.action, SpfReply(asked.action, *outcome, check),
       fmt::format("SPF {} for {}", ToWord(outcome->result), EscapeForLog(check.domain, 128)),
       ModeOf(config.spf.mode)},
      {asked, ToWord(outcome->result)});
}

std::vector<Finding> CollectFindings(const config::Config& config, const Evidence& evidence,
                                     identity::LocalClaim claim, const TrustedPath& path) {
  std::vector<Finding> findings;
  Append(findings, IdentityFinding(config, claim));
  // A forwarder that keeps MAIL FROM breaks SPF, a list that adds a footer breaks signatures; who
  // is trusted has checked them before.
  const bool spf_broken = !path.sealer.empty() && SpfRefuses(evidence);
  if (!spf_broken) Append(findings, SpfFinding(config, evidence));
  Append(findings, DmarcFinding(config.dmarc, evidence, path));
  const bool dkim_broken =
      (!path.sealer.empty() || !path.list.empty()) && evidence.DkimSummary() == DkimResult::kFail;
  if (!dkim_broken) Append(findings, DkimFinding(config, evidence));
  return findings;
}

}  // namespace assay::engine
