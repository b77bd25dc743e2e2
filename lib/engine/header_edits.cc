// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/header_edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/auth/authentication_results.h"
#include "lib/auth/received_spf.h"
#include "lib/base/text.h"
#include "lib/engine/forged_fields.h"

namespace assay::engine {
namespace {

using auth::MethodResult;

constexpr std::size_t kMaxListedRules = 20;  // names in X-Assay and X-Spam-Status

std::string Word(std::string_view word) { return std::string(word); }

MethodResult SpfMethod(const auth::SpfOutcome& outcome, const auth::SpfCheck& check, bool helo) {
  MethodResult method{"spf", Word(ToWord(outcome.result)), {}, outcome.problem, {}};
  const bool null_path = !helo && check.sender == "postmaster@" + check.helo_domain;
  if (!helo) method.properties.emplace_back("smtp.mailfrom", check.sender);
  if (helo || null_path) method.properties.emplace_back("smtp.helo", check.helo_domain);
  return method;
}

MethodResult DkimMethod(const auth::DkimOutcome& signature) {
  MethodResult method{"dkim", Word(ToWord(signature.result)), {}, signature.reason, {}};
  if (signature.key_bits > 0) method.comment = fmt::format("{}-bit key", signature.key_bits);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) method.properties.emplace_back(name, value);
  };
  add("header.d", signature.signing_domain);
  add("header.i", signature.auid);
  add("header.s", signature.selector);
  add("header.a", signature.algorithm);
  add("header.b", signature.signature_start);
  return method;
}

MethodResult DmarcMethod(const auth::DmarcOutcome& outcome, const std::string& author_domain,
                         const std::string& instead) {
  MethodResult method{"dmarc", Word(ToWord(outcome.result)), {}, outcome.problem, {}};
  if (!instead.empty()) method.comment = "policy not applied: " + instead;
  if (!author_domain.empty()) method.properties.emplace_back("header.from", author_domain);
  if (!outcome.policy_domain.empty()) {
    method.properties.emplace_back("policy.dmarc", Word(ToWord(outcome.policy)));
  }
  return method;
}

// RFC 8617, 10: none, pass and fail are all that is registered.
MethodResult ArcMethod(const auth::ArcEvidence& arc, const std::string& client_ip) {
  const bool trouble = arc.result == auth::ArcResult::kTempError;
  MethodResult method{"arc", trouble ? "fail" : Word(ToWord(arc.result)), {}, arc.reason, {}};
  if (arc.result == auth::ArcResult::kNone) return method;
  if (arc.result == auth::ArcResult::kPass) {
    method.comment = fmt::format("i={} d={}", arc.sets.size(), arc.sets.back().sealer);
    method.properties.emplace_back("header.oldest-pass", std::to_string(arc.oldest_pass));
  }
  if (!client_ip.empty()) method.properties.emplace_back("smtp.remote-ip", client_ip);
  return method;
}

std::string ListRules(const std::vector<std::string>& rules, std::string_view separator) {
  std::string list;
  for (std::size_t i = 0; i < std::min(rules.size(), kMaxListedRules); ++i) {
    if (i > 0) list += separator;
    list += rules[i];
  }
  return list.empty() ? "none" : list;
}

}  // namespace

std::string AuthenticationResultsValue(const Evidence& evidence, std::string_view authserv_id,
                                       const Record& record, bool utf8) {
  std::vector<MethodResult> methods;
  // RFC 8601, 2.7.4, is about SMTP AUTH alone.
  if (record.login_by == "sasl") methods.push_back({"auth", "pass", {}, {}, {}});
  if (const auto* spf = evidence.spf_mail_from()) {
    methods.push_back(SpfMethod(*spf, *evidence.spf_mail_from_check(), false));
  }
  if (const auto* spf = evidence.spf_helo()) {
    methods.push_back(SpfMethod(*spf, *evidence.spf_helo_check(), true));
  }
  if (const auto* dkim = evidence.dkim()) {
    for (const auth::DkimOutcome& signature : dkim->signatures) {
      methods.push_back(DkimMethod(signature));
    }
    if (dkim->signatures.empty()) methods.push_back({"dkim", "none", {}, {}, {}});
  }
  if (const auto* dmarc = evidence.dmarc()) {
    methods.push_back(DmarcMethod(*dmarc, evidence.author_domain(), record.dmarc_instead));
  }
  if (const auto* arc = evidence.arc()) methods.push_back(ArcMethod(*arc, record.client_ip));
  return auth::WriteAuthenticationResults(authserv_id, methods, utf8);
}

std::string XAssayValue(const Record& record) {
  const policy::Verdict& verdict = record.verdict;
  std::string value =
      fmt::format(" ref={} score={:.2f} verdict={}", record.ref, verdict.score,
                  verdict.action == Action::kNone ? "accept" : ToWord(verdict.action));
  if (verdict.would != verdict.action) value += fmt::format(" would={}", ToWord(verdict.would));
  if (!verdict.decided_by.empty()) value += fmt::format(" by={}", verdict.decided_by);
  if (!record.not_judged.empty()) value += " not-fully-judged";
  return value + "\n\trules=" + ListRules(record.rules, ",\n\t ");
}

std::vector<HeaderEdit> ReceivedSpfFields(const Evidence& evidence) {
  std::vector<HeaderEdit> edits;
  const auto insert = [&edits](const auth::SpfOutcome* outcome, const auth::SpfCheck* check,
                               auth::SpfIdentity identity) {
    if (outcome == nullptr) return;
    edits.push_back({HeaderEdit::Kind::kInsert, "Received-SPF", 0,
                     auth::WriteReceivedSpf(*check, *outcome, identity)});
  };
  insert(evidence.spf_helo(), evidence.spf_helo_check(), auth::SpfIdentity::kHelo);
  insert(evidence.spf_mail_from(), evidence.spf_mail_from_check(), auth::SpfIdentity::kMailFrom);
  return edits;
}

std::vector<HeaderEdit> SpamFields(const Record& record) {
  const policy::Verdict& verdict = record.verdict;
  const bool spam = verdict.action != Action::kNone;
  const double required =
      std::min({verdict.thresholds.tag, verdict.thresholds.quarantine, verdict.thresholds.reject});
  std::string status = fmt::format(" {}, score={:.2f}", spam ? "Yes" : "No", verdict.score);
  if (required != policy::kNever) status += fmt::format(" required={:.2f}", required);
  status += "\n\ttests=" + ListRules(record.rules, ",\n\t ");
  return {{HeaderEdit::Kind::kInsert, std::string(kSpamFields[0]), 0, spam ? " YES" : " NO"},
          {HeaderEdit::Kind::kInsert, std::string(kSpamFields[1]), 0,
           fmt::format(" {:.2f}", verdict.score)},
          {HeaderEdit::Kind::kInsert, std::string(kSpamFields[2]), 0, std::move(status)}};
}

}  // namespace assay::engine
