// SPDX-License-Identifier: Apache-2.0
// What the journal gets to know of a transaction.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "lib/engine/transaction_impl.h"
#include "lib/journal/reader.h"

namespace assay::engine {
namespace {

using config::Keep;
using facts::Id;

constexpr double kScoreSteps = 1000;  // scores are whole thousandths

std::string_view KeepWord(Keep keep) {
  return keep == Keep::kText ? "text" : keep == Keep::kHeaders ? "headers" : "rules";
}

std::string_view ModeWord(policy::Mode mode) {
  return mode == policy::Mode::kEnforce ? "enforce" : "monitor";
}

// Words of actions that ask for nothing are left out.
std::string Asks(Action action) {
  return action == Action::kNone ? std::string() : std::string(ToWord(action));
}

// Text that people wrote, in header or body, as opposed to addresses and to what was found out.
bool MayKeep(Id fact, Keep keep) {
  if (keep == Keep::kText || fact == Id::kCount) return true;  // kCount: what a DNS list says
  if (fact == Id::kHeaderFromName) return keep == Keep::kHeaders;
  const facts::Info& info = facts::Describe(fact);
  const bool text = info.type == facts::Type::kText || info.type == facts::Type::kTexts;
  if (!info.from_views || !text) return true;
  return info.stage == Stage::kHeaders && keep == Keep::kHeaders;
}

std::string CutForJournal(std::string_view text) {
  return std::string(text.substr(0, journal::kMaxTextBytes));
}

std::vector<std::string> CutForJournal(const std::vector<std::string>& texts) {
  std::vector<std::string> cut;
  std::size_t bytes = 0;
  for (const std::string& text : texts) {
    bytes += std::min(text.size(), journal::kMaxTextBytes);
    if (cut.size() >= journal::kMaxTexts || bytes > journal::kMaxListBytes) break;
    cut.push_back(CutForJournal(text));
  }
  return cut;
}

facts::Value CutValue(const facts::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return CutForJournal(*text);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
    return CutForJournal(*texts);
  return value;
}

std::vector<std::string> DataOf(const dns::Question& question, const dns::Answer& answer) {
  std::vector<std::string> data;
  switch (question.type) {
    case dns::RrType::kA:
    case dns::RrType::kAaaa:
      for (const IpAddress& address : answer.addresses) data.push_back(address.ToString());
      break;
    case dns::RrType::kTxt:
      data = answer.texts;
      break;
    case dns::RrType::kMx:
      for (const dns::MailExchange& exchange : answer.mail_exchanges) {
        data.push_back(fmt::format("{} {}", exchange.preference, exchange.host));
      }
      break;
    case dns::RrType::kPtr:
      data = answer.hosts;
      break;
  }
  return data;
}

journal::Reply ToJournal(const policy::Reply& reply) {
  return {static_cast<std::uint64_t>(reply.code), reply.enhanced_code, reply.text};
}

journal::Hit ToJournal(const rules::Hit& hit, bool details, Keep keep) {
  journal::Hit out;
  out.rule = hit.rule->name;
  out.file = hit.rule->file;
  out.line = static_cast<std::uint64_t>(hit.rule->line);
  out.group = hit.rule->group;
  out.score = hit.score;
  out.action = Asks(hit.rule->action);
  if (!details) return out;
  out.about = hit.rule->about;
  out.changes = CutForJournal(hit.rule->changes);
  for (const rules::Match& match : hit.matches) {
    if (MayKeep(match.fact, keep)) out.matches.push_back({match.source, match.text});
  }
  out.reasons = ReasonsForJournal(hit.reasons, keep);
  return out;
}

journal::Verdict ToJournal(const Record& record, policy::Mode mode) {
  const policy::Verdict& verdict = record.verdict;
  journal::Verdict out;
  out.action = ToWord(verdict.action);
  out.would = ToWord(verdict.would);
  out.mode = ModeWord(mode);
  out.stage = ToWord(verdict.stage);
  out.decided_by = verdict.decided_by;
  out.reason = CutForJournal(verdict.reason);
  out.reply = ToJournal(verdict.reply);
  out.would_reply = ToJournal(verdict.would_reply);
  out.conflict = verdict.conflict;
  out.not_judged = record.not_judged;
  return out;
}

// A value that the file does not set, or sets to what it would be anyway, is the default.
journal::Threshold SiteThreshold(double value, double default_value) {
  if (value == policy::kNever) return {{}, "default"};
  return {value, value == default_value ? "default" : "site"};
}

journal::Threshold TenantThreshold(const std::optional<double>& own,
                                   const journal::Threshold& site) {
  return own ? journal::Threshold{*own, "tenant"} : site;
}

}  // namespace

std::vector<journal::Reason> ReasonsForJournal(const std::vector<rules::Reason>& reasons,
                                               Keep keep) {
  std::vector<journal::Reason> out;
  for (const rules::Reason& reason : reasons) {
    journal::Reason& kept = out.emplace_back();
    kept.depth = static_cast<std::uint64_t>(reason.depth);
    kept.result = rules::ToWord(reason.result);
    kept.condition = reason.condition;
    for (const rules::AskedFact& asked : reason.asked) {
      if (MayKeep(asked.fact, keep)) kept.asked.push_back({asked.source, asked.value});
    }
  }
  return out;
}

void Transaction::Impl::JournalSession(const Record& record, journal::Record& out) const {
  journal::Session& session = out.session;
  session.client_name = CutForJournal(record.client_name);
  session.client_ip = record.client_ip;
  if (record.origin != "-") session.origin = record.origin;
  session.helo = CutForJournal(record.helo);
  session.login = CutForJournal(record.login);
  session.login_by = record.login_by;
  session.mail_from = CutForJournal(record.mail_from);
  session.rcpt_to = CutForJournal(record.rcpt_to);
  session.rcpt_count = record.rcpt_to.size();
  out.ownership = {record.identity, record.denied, record.allow, CutForJournal(record.why)};
  const auto fields = message.Find("Message-ID");
  if (!fields.empty()) out.message_id = journal::BareMessageId(fields.front()->value);
}

void Transaction::Impl::JournalFacts(Keep keep, journal::Record& out) const {
  facts::FactSet known = facts;
  // An early refusal comes before Conclude() has filled them.
  if (!concluded) evidence.FillFacts(known);
  for (const facts::Info& info : facts::Table()) {
    const facts::Value& value = known.Get(info.id);
    if (value.index() == 0 || !MayKeep(info.id, keep)) continue;
    out.facts.push_back({std::string(info.name), CutValue(value)});
  }
  if (const auth::DkimEvidence* dkim = evidence.dkim()) {
    for (const auth::DkimOutcome& signature : dkim->signatures) {
      out.signatures.push_back(
          {CutForJournal(signature.signing_domain), CutForJournal(signature.selector),
           CutForJournal(signature.algorithm), std::string(auth::ToWord(signature.result)),
           signature.reason, static_cast<std::uint64_t>(signature.key_bits)});
    }
  }
}

void Transaction::Impl::JournalDns(journal::Record& out) const {
  std::size_t bytes = 0;
  for (const auto& [question, answer] : asker.answers().all()) {
    journal::DnsAnswer kept;
    kept.name = question.name;
    kept.type = dns::ToWord(question.type);
    kept.status = dns::ToWord(answer->status);
    kept.ttl = static_cast<std::uint64_t>(std::max<std::int64_t>(answer->ttl.count(), 0));
    kept.data = DataOf(question, *answer);
    bytes += kept.name.size();
    for (const std::string& data : kept.data) bytes += data.size();
    if (bytes > journal::kMaxDnsBytes) {
      out.dns_cut = true;
      return;
    }
    out.dns.push_back(std::move(kept));
  }
}

void Transaction::Impl::JournalLists(journal::Record& out) const {
  using State = rules::ListResult::State;
  const auto dns_lists = generation->rules->dns_lists();
  for (std::size_t i = 0; i < list_results.size(); ++i) {
    const rules::ListResult& result = list_results[i];
    const std::string name = dns_lists[i].FullName();
    for (const rules::ListResult::Finding& finding : result.findings) {
      const std::string& code = dns_lists[i].codes[finding.code].name;
      const bool more = !out.lists.empty() && out.lists.back().list == name &&
                        out.lists.back().asked == finding.asked;
      if (more) {
        out.lists.back().says += ", " + code;
      } else if (out.lists.size() < journal::kMaxTexts) {
        out.lists.push_back({name, finding.asked, code});
      }
    }
    if (result.state == State::kOff) out.lists.push_back({name, {}, "off"});
    if (result.state == State::kIncomplete) out.lists.push_back({name, {}, "unknown"});
    if (result.state == State::kComplete && result.findings.empty()) {
      out.lists.push_back({name, {}, "none"});
    }
  }
}

void Transaction::Impl::JournalHits(Keep keep, journal::Record& out) const {
  for (const rules::Hit& hit : hits.hits) {
    if (out.hits.size() < journal::kMaxHits) {
      out.hits.push_back(ToJournal(hit, out.hits.size() < journal::kMaxExplainedHits, keep));
    } else {
      ++out.more_hits;
      out.more_score += hit.score;
    }
  }
  for (const rules::Hit& hit : hits.shadow) {
    if (out.shadow.size() >= journal::kMaxExplainedHits) break;
    out.shadow.push_back(ToJournal(hit, true, keep));
  }
  out.more_score = std::round(out.more_score * kScoreSteps) / kScoreSteps;
  for (const rules::GroupCut& cut : hits.group_cuts)
    out.group_cuts.push_back({cut.group, cut.score});
  out.allowed_by = hits.allowed_by;
  for (const policy::Finding& finding : findings) {
    out.findings.push_back({finding.check, Asks(finding.action), CutForJournal(finding.text),
                            finding.score, finding.score_name});
  }
}

void Transaction::Impl::JournalPolicies(journal::Record& out) const {
  constexpr std::size_t kMostPolicies = 20;
  const config::ScoreConfig defaults;
  const policy::Policy& site = generation->site.site;
  const journal::Policy site_policy = {
      site.name, std::string(ModeWord(site.mode)), SiteThreshold(site.thresholds.tag, defaults.tag),
      SiteThreshold(site.thresholds.quarantine, defaults.quarantine),
      SiteThreshold(site.thresholds.reject, defaults.reject.value_or(policy::kNever))};
  for (const policy::Policy* policy : RecipientPolicies()) {
    if (out.policies.size() >= kMostPolicies) return;
    const auto tenant =
        std::ranges::find(config().tenants, policy->name, &config::TenantConfig::name);
    journal::Policy& kept = out.policies.emplace_back(site_policy);
    if (policy == &site || tenant == config().tenants.end()) continue;
    kept.name = policy->name;
    kept.mode = ModeWord(policy->mode);
    kept.tag = TenantThreshold(tenant->tag, site_policy.tag);
    kept.quarantine = TenantThreshold(tenant->quarantine, site_policy.quarantine);
    kept.reject = TenantThreshold(tenant->reject, site_policy.reject);
  }
  if (out.policies.empty()) out.policies.push_back(site_policy);
}

journal::Record Transaction::MakeJournalRecord(const Record& record, Keep keep) const {
  const Impl& impl = *impl_;
  journal::Record out;
  out.time = impl.now.time_since_epoch().count();
  out.ref = record.ref;
  out.queue_id = record.queue_id;
  out.generation = record.generation;
  out.fingerprint = impl.generation->fingerprint;
  out.keep = KeepWord(keep);
  impl.JournalSession(record, out);
  impl.JournalFacts(keep, out);
  out.limits = record.limits;
  impl.JournalDns(out);
  impl.JournalLists(out);
  impl.JournalHits(keep, out);
  out.score = record.verdict.score;
  impl.JournalPolicies(out);
  out.verdict = ToJournal(record, impl.generation->site.site.mode);
  out.milliseconds = record.milliseconds;
  out.dns_milliseconds = record.waited_milliseconds;
  return out;
}

void Transaction::WriteJournal(const Record& record) const noexcept {
  journal::Sink* const journal = impl_->shared->journal();
  if (journal == nullptr) return;
  try {
    journal->Add(MakeJournalRecord(record, impl_->config().journal.keep));
  } catch (const std::exception&) {  // no memory: the message's fate does not hang on this
    journal->CountLost();
  }
}

}  // namespace assay::engine
