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
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
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

Json ReplyOf(const policy::Reply& reply) {
  if (reply.code == 0) return nullptr;
  return {{"code", reply.code}, {"enhanced_code", reply.enhanced_code}, {"text", reply.text}};
}

Json Threshold(double value) { return value == policy::kNever ? Json() : Json(value); }

Json VerdictOf(const ScanReport& report) {
  const policy::Verdict& verdict = report.verdict;
  return {{"action", VerdictWord(verdict.action)},
          {"would", VerdictWord(verdict.would)},
          {"mode", report.enforcing ? "enforce" : "monitor"},
          {"stage", ToWord(verdict.stage)},
          {"decided_by", verdict.decided_by},
          {"reason", verdict.reason},
          {"reply", ReplyOf(verdict.reply)},
          {"would_reply", ReplyOf(verdict.would_reply)},
          {"ref", report.ref}};
}

Json HitOf(const rules::Hit& hit) {
  Json matches = Json::array();
  for (const rules::Match& match : hit.matches) {
    matches.push_back({{"source", match.source}, {"text", match.text}});
  }
  return {{"rule", hit.rule->name},
          {"score", hit.score},
          {"action", ToWord(hit.rule->action)},
          {"about", hit.rule->about},
          {"file", hit.rule->file},
          {"line", hit.rule->line},
          {"matches", std::move(matches)}};
}

Json ScoreOf(const ScanReport& report) {
  Json hits = Json::array();
  for (const rules::Hit& hit : report.hits.hits) hits.push_back(HitOf(hit));
  Json shadow = Json::array();
  for (const rules::Hit& hit : report.hits.shadow) shadow.push_back(HitOf(hit));
  Json cuts = Json::array();
  for (const rules::GroupCut& cut : report.hits.group_cuts) {
    cuts.push_back({{"group", cut.group}, {"score", cut.score}});
  }
  const policy::Thresholds& thresholds = report.verdict.thresholds;
  return {{"total", report.verdict.score},
          {"hits", std::move(hits)},
          {"shadow", std::move(shadow)},
          {"group_cuts", std::move(cuts)},
          {"allowed_by", report.hits.allowed_by},
          {"tag", Threshold(thresholds.tag)},
          {"quarantine", Threshold(thresholds.quarantine)},
          {"reject", Threshold(thresholds.reject)}};
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

}  // namespace

std::string ReportAsJson(const ScanReport& report) {
  Json facts = Json::object();
  for (const FactLine& line : report.facts)
    facts[std::string(line.fact->name)] = FactValue(line.value);
  Json findings = Json::array();
  for (const policy::Finding& finding : report.findings) {
    findings.push_back(
        {{"check", finding.check}, {"action", ToWord(finding.action)}, {"text", finding.text}});
    if (finding.score > 0) findings.back()["score"] = finding.score;
  }
  Json lists = Json::array();
  for (const ListLine& line : report.lists) {
    lists.push_back({{"list", line.list}, {"asked", line.asked}, {"says", line.says}});
  }
  return Dump({{"verdict", VerdictOf(report)},
               {"score", ScoreOf(report)},
               {"checks", std::move(findings)},
               {"lists", std::move(lists)},
               {"facts", std::move(facts)},
               {"header_edits", HeaderEditsOf(report)},
               {"refused_rcpt_to", report.refused_rcpt_to}});
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
