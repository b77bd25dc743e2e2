// SPDX-License-Identifier: Apache-2.0
// What is written about a transaction: into the message and into the log.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "lib/engine/header_edits.h"
#include "lib/engine/transaction_impl.h"

namespace assay::engine {
namespace {

using facts::Id;

bool HasCut(Id limit, const mail::ViewDefects& views) {
  switch (limit) {
    case Id::kLimitMimeParts:
      return views.mime_parts;
    case Id::kLimitMimeDepth:
      return views.mime_depth;
    case Id::kLimitText:
      return views.text_bytes;
    case Id::kLimitLinks:
      return views.links;
    case Id::kLimitArchive:
      return views.archive;
    default:
      return false;
  }
}

// The limits that hold. Of the views those count that a rule or a list has asked for: what nobody
// has looked at was not cut, and is not made for the sake of a line in the log.
std::vector<std::string> LimitNames(const facts::FactSet& facts, const mail::ViewDefects& views) {
  std::vector<std::string> names;
  for (const facts::Info& fact : facts::Table()) {
    if (!fact.name.starts_with("limit.")) continue;
    const auto* flag = std::get_if<bool>(&facts.Get(fact.id));
    if (HasCut(fact.id, views) || (flag != nullptr && *flag)) names.emplace_back(fact.name);
  }
  return names;
}

// "zen:sbl" for each code, whatever it was found for.
std::vector<std::string> ListWords(std::span<const rules::DnsList> lists,
                                   std::span<const rules::ListResult> results) {
  using State = rules::ListResult::State;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const rules::DnsList& list = lists[i];
    for (std::uint32_t code = 0; code < list.codes.size(); ++code) {
      if (std::ranges::find(results[i].findings, code, &rules::ListResult::Finding::code) !=
          results[i].findings.end()) {
        words.push_back(list.name + ':' + list.codes[code].name);
      }
    }
    if (results[i].state == State::kOff) words.push_back(list.name + ":off");
    if (results[i].state == State::kIncomplete) words.push_back(list.name + ":unknown");
  }
  return words;
}

}  // namespace

std::vector<HeaderEdit> Transaction::HeaderEdits() const {
  const Impl& impl = *impl_;
  const Action action = impl.verdict.action;
  if (action == Action::kReject || action == Action::kTempFail || action == Action::kDiscard)
    return {};
  const bool enforcing =
      action != Action::kNone || impl.generation->site.site.mode == policy::Mode::kEnforce;
  const bool spam_fields = enforcing && impl.inbound();
  std::vector<HeaderEdit> edits = impl.forged.Deletions(spam_fields);
  const Record record = MakeRecord();
  if (impl.config().spf.received_spf) {
    for (HeaderEdit& edit : ReceivedSpfFields(impl.evidence)) edits.push_back(std::move(edit));
  }
  // Each insertion at 0 goes above the one before: Authentication-Results ends up at the very top
  // (RFC 8601, 4.1).
  if (spam_fields) {
    for (HeaderEdit& edit : SpamFields(record)) edits.push_back(std::move(edit));
  }
  edits.push_back({HeaderEdit::Kind::kInsert, std::string(kXAssay), 0, XAssayValue(record)});
  edits.push_back({HeaderEdit::Kind::kInsert, std::string(kAuthenticationResults), 0,
                   AuthenticationResultsValue(impl.evidence, impl.authserv_id, record, impl.utf8)});
  return edits;
}

void Transaction::Impl::RecordResults(Record& record) const {
  // An early refusal is logged before Conclude() has filled the facts.
  facts::FactSet results = facts;
  evidence.FillFacts(results);
  const auto result = [&](Id id) {
    const auto* text = std::get_if<std::string>(&results.Get(id));
    return text == nullptr ? std::string("-") : *text;
  };
  record.spf = result(Id::kSpfMailFrom);
  record.spf_helo = result(Id::kSpfHelo);
  record.dkim = result(Id::kDkim);
  record.dmarc = result(Id::kDmarc);
  record.dmarc_policy = result(Id::kDmarcPolicy);
  record.dmarc_instead = DecideDmarc(config().dmarc, evidence, path).instead;
  record.arc = result(Id::kArcResult);
  record.profile = result(Id::kProfile);
  if (const auto* authors = std::get_if<std::vector<std::string>>(&facts.Get(Id::kHeaderFrom))) {
    record.header_from = *authors;
  }
  record.limits = LimitNames(facts, views ? views->known_defects() : mail::ViewDefects());
}

void Transaction::Impl::RecordReasons(Record& record) const {
  for (const rules::Hit& hit : hits.hits) record.rules.push_back(hit.rule->name);
  for (const rules::Hit& hit : hits.shadow) record.shadow.push_back(hit.rule->name);
  for (const policy::Finding& finding : findings) {
    record.checks.push_back(finding.score > 0
                                ? fmt::format("{}=score({:g})", finding.check, finding.score)
                                : fmt::format("{}={}", finding.check, ToWord(finding.action)));
    if (finding.score > 0) record.rules.push_back(finding.score_name);
  }
  record.lists = ListWords(generation->rules->dns_lists(), list_results);
  if (!sender_check) return;
  record.identity = sender_check->Words();
  const identity::SenderDecision* worst = sender_check->Worst();
  if (worst == nullptr) return;
  record.why = worst->reason;
  const bool unknown = worst->result == identity::SenderResult::kOff ||
                       worst->result == identity::SenderResult::kTempError;
  if (!unknown) record.denied = worst->address;
  if (!unknown) record.allow = worst->allow;
}

Record Transaction::MakeRecord() const {
  const Impl& impl = *impl_;
  Record record;
  record.queue_id = impl.queue_id;
  record.verdict = impl.verdict;
  record.client_name = impl.client.name;
  record.client_ip = impl.client.ip ? impl.client.ip->ToString() : std::string();
  record.helo = impl.client.helo;
  if (impl.relayed()) record.origin = impl.origin ? impl.origin->ip.ToString() : "unknown";
  record.login = impl.login;
  record.login_by = impl.login_by;
  record.mail_from = impl.mail_from.ToString();
  for (const mail::Address& rcpt : impl.rcpt_to) record.rcpt_to.push_back(rcpt.ToString());
  impl.RecordResults(record);
  impl.RecordReasons(record);
  record.login_counts = impl.login_counts;
  record.not_judged = impl.not_judged;
  const auto milliseconds = [](SteadyClock::duration duration) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
  };
  record.milliseconds = milliseconds(SteadyClock::now() - impl.started);
  record.waited_milliseconds = milliseconds(impl.waited);
  record.generation = impl.generation->number;
  record.ref = impl.ref;
  return record;
}

}  // namespace assay::engine
