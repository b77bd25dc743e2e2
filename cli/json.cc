// SPDX-License-Identifier: Apache-2.0
#include "cli/json.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "cli/words.h"

namespace assay::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  constexpr int kIndent = 2;
  // ASCII: what a terminal would obey, or not show, stands there as \u.
  return json.dump(kIndent, ' ', true, Json::error_handler_t::replace) + "\n";
}

Json FactValue(const facts::Value& value) {
  struct Converter {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(const IpAddress& address) const { return address.ToString(); }
    Json operator()(bool flag) const { return flag; }
    Json operator()(double number) const { return number; }
    Json operator()(const std::string& text) const { return text; }
    Json operator()(const std::vector<std::string>& texts) const { return texts; }
  };
  return std::visit(Converter(), value);
}

Json ReplyOf(const journal::Reply& reply) {
  if (reply.code == 0) return nullptr;
  return {{"code", reply.code}, {"enhanced_code", reply.enhanced_code}, {"text", reply.text}};
}

Json VerdictOf(const journal::Record& record) {
  const journal::Verdict& verdict = record.verdict;
  return {{"action", VerdictWord(verdict.action)},
          {"would", VerdictWord(verdict.would)},
          {"mode", verdict.mode},
          {"stage", verdict.stage},
          {"decided_by", verdict.decided_by},
          {"reason", verdict.reason},
          {"reply", ReplyOf(verdict.reply)},
          {"would_reply", ReplyOf(verdict.would_reply)},
          {"conflict", verdict.conflict},
          {"not_judged", verdict.not_judged},
          {"ref", record.ref}};
}

Json MessageOf(const journal::Record& record) {
  const journal::Session& session = record.session;
  return {{"ref", record.ref},
          {"time", record.time},
          {"queue_id", record.queue_id},
          {"message_id", record.message_id},
          {"client", session.client_name},
          {"client_ip", session.client_ip},
          {"origin", session.origin},
          {"helo", session.helo},
          {"login", session.login},
          {"login_by", session.login_by},
          {"mail_from", session.mail_from},
          {"rcpt_to", session.rcpt_to},
          {"rcpt_count", session.rcpt_count},
          {"generation", record.generation},
          {"fingerprint", record.fingerprint},
          {"keep", record.keep},
          {"ms", record.milliseconds},
          {"dns_ms", record.dns_milliseconds}};
}

Json ReasonsOf(const std::vector<journal::Reason>& reasons) {
  Json list = Json::array();
  for (const journal::Reason& reason : reasons) {
    Json asked = Json::array();
    for (const journal::Asked& each : reason.asked) {
      asked.push_back({{"source", each.source}, {"value", each.value}});
    }
    list.push_back({{"depth", reason.depth},
                    {"result", reason.result},
                    {"condition", reason.condition},
                    {"asked", std::move(asked)}});
  }
  return list;
}

Json HitOf(const journal::Hit& hit) {
  Json matches = Json::array();
  for (const journal::Span& match : hit.matches) {
    matches.push_back({{"source", match.source}, {"text", match.text}});
  }
  return {{"rule", hit.rule},
          {"score", hit.score},
          {"action", hit.action.empty() ? ToWord(Action::kNone) : std::string_view(hit.action)},
          {"about", hit.about},
          {"file", hit.file},
          {"line", hit.line},
          {"group", hit.group},
          {"changes", hit.changes},
          {"matches", std::move(matches)},
          {"reasons", ReasonsOf(hit.reasons)}};
}

Json ThresholdOf(const journal::Threshold& threshold) {
  return {{"value", threshold.value ? Json(*threshold.value) : Json()},
          {"origin", threshold.origin}};
}

Json PoliciesOf(const journal::Record& record) {
  Json policies = Json::array();
  for (const journal::Policy& policy : record.policies) {
    policies.push_back({{"policy", policy.name},
                        {"mode", policy.mode},
                        {"tag", ThresholdOf(policy.tag)},
                        {"quarantine", ThresholdOf(policy.quarantine)},
                        {"reject", ThresholdOf(policy.reject)}});
  }
  return policies;
}

Json ScoreOf(const journal::Record& record) {
  Json hits = Json::array();
  for (const journal::Hit& hit : record.hits) hits.push_back(HitOf(hit));
  Json shadow = Json::array();
  for (const journal::Hit& hit : record.shadow) shadow.push_back(HitOf(hit));
  Json cuts = Json::array();
  for (const journal::GroupCut& cut : record.group_cuts) {
    cuts.push_back({{"group", cut.group}, {"score", cut.score}});
  }
  Json checks = Json::array();
  for (const journal::Finding& finding : record.findings) {
    if (finding.score > 0)
      checks.push_back({{"name", finding.score_name}, {"score", finding.score}});
  }
  return {{"total", record.score},
          {"hits", std::move(hits)},
          {"shadow", std::move(shadow)},
          {"more_hits", {{"count", record.more_hits}, {"score", record.more_score}}},
          {"group_cuts", std::move(cuts)},
          {"checks", std::move(checks)},
          {"allowed_by", record.allowed_by}};
}

Json DnsOf(const journal::Record& record) {
  Json dns = Json::array();
  for (const journal::DnsAnswer& answer : record.dns) {
    dns.push_back({{"name", answer.name},
                   {"type", answer.type},
                   {"status", answer.status},
                   {"ttl", answer.ttl},
                   {"data", answer.data}});
  }
  return dns;
}

Json SignaturesOf(const journal::Record& record) {
  Json signatures = Json::array();
  for (const journal::Signature& signature : record.signatures) {
    signatures.push_back({{"domain", signature.domain},
                          {"selector", signature.selector},
                          {"algorithm", signature.algorithm},
                          {"key_bits", signature.key_bits},
                          {"result", signature.result},
                          {"reason", signature.reason}});
  }
  return signatures;
}

Json ListsOf(const journal::Record& record) {
  Json lists = Json::array();
  for (const journal::ListAnswer& line : record.lists) {
    lists.push_back({{"list", line.list}, {"asked", line.asked}, {"says", line.says}});
  }
  return lists;
}

Json FindingsOf(const journal::Record& record) {
  Json findings = Json::array();
  for (const journal::Finding& finding : record.findings) {
    const std::string_view action =
        finding.action.empty() ? ToWord(Action::kNone) : std::string_view(finding.action);
    findings.push_back({{"check", finding.check}, {"action", action}, {"text", finding.text}});
    if (finding.score > 0) findings.back()["score"] = finding.score;
  }
  return findings;
}

Json OwnershipOf(const journal::Record& record) {
  const journal::Ownership& ownership = record.ownership;
  return {{"results", ownership.results},
          {"denied", ownership.denied},
          {"why", ownership.why},
          {"allow", ownership.allow}};
}

Json HeaderEditsOf(const ScanReport& report) {
  Json edits = Json::array();
  for (const engine::HeaderEdit& edit : report.header_edits) {
    const bool removes = edit.kind == engine::HeaderEdit::Kind::kDelete;
    Json json = {
        {"edit", removes ? "delete" : "insert"}, {"name", edit.name}, {"index", edit.index}};
    if (!removes) json["value"] = edit.value;
    edits.push_back(std::move(json));
  }
  return edits;
}

Json AutoScoreOf(const std::optional<rules::AutoScore>& range) {
  if (!range) return nullptr;
  return {{"low", range->low}, {"high", range->high}, {"tuned", range->tuned}};
}

Json RuleOf(const rules::RuleInfo& rule) {
  Json facts = Json::array();
  for (const facts::Id id : rule.facts) facts.push_back(facts::Describe(id).name);
  return {{"rule", rule.name},
          {"score", rule.score},
          {"each_cap", rule.each_cap ? Json(*rule.each_cap) : Json()},
          {"auto", AutoScoreOf(rule.auto_score)},
          {"group", rule.group},
          {"action", ToWord(rule.action)},
          {"action_text", rule.action_text},
          {"live", rule.live},
          {"shadow", rule.shadow},
          {"precaution", rule.precaution},
          {"shipped", rule.shipped},
          {"file", rule.file},
          {"line", rule.line},
          {"about", rule.about},
          {"changes", rule.changes},
          {"facts", std::move(facts)}};
}

double Seconds(SteadyClock::duration time) { return std::chrono::duration<double>(time).count(); }

// A literal of config::Settings() is JSON as it stands.
Json Literal(const std::optional<std::string>& value) {
  return value ? Json::parse(*value, nullptr, false) : Json();
}

Json ReportOf(const ScanReport& report) {
  const journal::Record& record = report.record;
  Json facts = Json::object();
  for (const FactLine& line : report.facts) facts[line.name] = FactValue(line.value);
  Json asked = Json::array();
  for (const RuleLine& line : report.asked_rules) {
    asked.push_back(
        {{"rule", line.rule}, {"result", line.result}, {"reasons", ReasonsOf(line.reasons)}});
  }
  return {{"message", MessageOf(record)},
          {"verdict", VerdictOf(record)},
          {"score", ScoreOf(record)},
          {"thresholds", PoliciesOf(record)},
          {"checks", FindingsOf(record)},
          {"login", OwnershipOf(record)},
          {"facts", std::move(facts)},
          {"limits", record.limits},
          {"dns", DnsOf(record)},
          {"dns_cut", record.dns_cut},
          {"signatures", SignaturesOf(record)},
          {"lists", ListsOf(record)},
          {"asked_rules", std::move(asked)},
          {"header_edits", HeaderEditsOf(report)},
          {"refused_rcpt_to", report.refused_rcpt_to}};
}

}  // namespace

std::string ReportAsJson(const ScanReport& report) { return Dump(ReportOf(report)); }

std::string ReportsAsJson(std::span<const ScanReport> reports) {
  Json list = Json::array();
  for (const ScanReport& report : reports) list.push_back(ReportOf(report));
  return Dump(list);
}

std::string ConfigAsJson(const config::Config& config) {
  Json json = Json::object();
  for (const config::Setting& setting : config::Settings(config)) {
    const std::size_t dot = setting.name.find('.');
    if (dot == std::string_view::npos) {
      json[std::string(setting.name)] = Literal(setting.value);
    } else {
      json[std::string(setting.name.substr(0, dot))][std::string(setting.name.substr(dot + 1))] =
          Literal(setting.value);
    }
  }
  Json tenants = Json::array();
  for (const config::TenantConfig& tenant : config.tenants) {
    Json one = Json::object();
    for (const config::Setting& setting : config::Settings(tenant)) {
      one[std::string(setting.name)] = Literal(setting.value);
    }
    tenants.push_back(std::move(one));
  }
  json["tenant"] = std::move(tenants);
  return Dump(json);
}

std::string KeysAsJson(std::span<const config::KeyInfo> keys) {
  Json json = Json::array();
  for (const config::KeyInfo& key : keys) {
    json.push_back({{"key", key.name},
                    {"type", key.type},
                    {"default", key.default_value},
                    {"meaning", key.meaning}});
  }
  return Dump(json);
}

std::string FactTableAsJson() {
  Json json = Json::array();
  for (const facts::Info& fact : facts::Table()) {
    json.push_back({{"fact", fact.name},
                    {"type", ToWord(fact.type)},
                    {"stage", ToWord(fact.stage)},
                    {"words", std::vector<std::string>(fact.words.begin(), fact.words.end())},
                    {"meaning", fact.meaning}});
  }
  return Dump(json);
}

std::string RulesAsJson(std::span<const rules::RuleInfo* const> rules) {
  Json json = Json::array();
  for (const rules::RuleInfo* rule : rules) json.push_back(RuleOf(*rule));
  return Dump(json);
}

std::string CostsAsJson(const rules::CostMeter& meter) {
  Json costs = Json::array();
  for (const rules::CostMeter::RuleCost& cost : meter.Costs()) {
    costs.push_back(
        {{"rule", cost.rule->name}, {"seconds", Seconds(cost.time)}, {"hits", cost.hits}});
  }
  return Dump({{"messages", meter.messages()},
               {"rules_seconds", Seconds(meter.rules_time())},
               {"shared_seconds", Seconds(meter.shared_time())},
               {"first_seconds", Seconds(meter.first_time())},
               {"rules", std::move(costs)}});
}

}  // namespace assay::cli
