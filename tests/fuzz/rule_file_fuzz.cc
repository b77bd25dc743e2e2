// SPDX-License-Identifier: Apache-2.0
// Any bytes as a rule file: compiles or says why, always the same, and what compiles judges a
// message without harm.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/text.h"
#include "lib/mail/message.h"
#include "lib/rules/coverage.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMaxExplained = 20;  // rules of a file

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

CompileOptions Options() {
  CompileOptions options;
  options.pattern_memory = 64UL * 1024 * 1024;
  options.lists["local_domains"] = {"example.com"};
  options.read_file = [](std::string_view path, std::string_view) -> Result<std::string> {
    if (path.empty()) return Permanent("no such file");
    return std::string(path) + "\nexample.org # x\n192.0.2.0/24\n";
  };
  return options;
}

std::string Describe(const RuleSet::Compiled& compiled) {
  std::string out;
  for (const Diagnostic& diagnostic : compiled.diagnostics) out += Format(diagnostic);
  return out;
}

void CheckPlaces(const std::vector<Diagnostic>& diagnostics, std::string_view text) {
  const auto lines = Split(text, '\n');
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.file != "fuzz.rules") continue;  // a list's file
    const auto line = static_cast<std::size_t>(diagnostic.line);
    Require(diagnostic.line >= 1 && line <= lines.size(), "a line outside the file");
    const std::size_t length = lines[line - 1].size();
    Require(diagnostic.column >= 1 && static_cast<std::size_t>(diagnostic.column) <= length + 1,
            "a column outside the line");
    Require(diagnostic.length >= 1, "nothing to underline");
    Require(!diagnostic.message.empty(), "nothing said");
  }
}

// What no table can make a listing of. The results say that each list has every code.
std::vector<ListResult> ReadLists(const RuleSet& rules) {
  std::vector<ListResult> results;
  for (const DnsList& list : rules.dns_lists()) {
    for (const char* text : {"127.255.255.0", "127.255.255.254", "127.0.0.1"}) {
      const IpAddress refusal = *IpAddress::Parse(text);
      const ListReading reading = list.Read({&refusal, 1});
      Require(reading.refusal && reading.codes.empty(), "a refusal is a listing");
    }
    const IpAddress stranger = *IpAddress::Parse("192.0.2.1");
    Require(list.Read({&stranger, 1}).stranger.has_value(), "a stranger is believed");
    Require(!list.zone.empty() && !list.codes.empty(), "a list without zone or codes");
    ListResult result;
    result.state = ListResult::State::kComplete;
    for (std::uint32_t code = 0; code < list.codes.size(); ++code) {
      result.findings.push_back({"192.0.2.1", code});
    }
    results.push_back(std::move(result));
  }
  return results;
}

// Rules hit as they do when each is asked alone, without any shortcut.
void CheckReasons(const RuleSet& rules, const Input& input, const Hits& hits) {
  if (hits.limited) return;  // one alone has the whole budget
  std::size_t left = kMaxExplained;
  for (const RuleInfo* rule : rules.rules()) {
    const bool late = std::ranges::find(rule->facts, facts::Id::kLimitRules) != rule->facts.end();
    if (late || left == 0) continue;
    --left;
    const auto& found = rule->shadow ? hits.shadow : hits.hits;
    const bool hit = std::ranges::find(found, rule, &Hit::rule) != found.end();
    Require((rules.Explain(input, rule->name)->result == Truth::kTrue) == hit,
            "a rule hits, and does not");
  }
}

std::string Judge(const RuleSet& rules) {
  mail::Message message;
  message.AddField("From", " Ann <ann@example.com>");
  message.AddField("Subject", " Invoice #1234 \xC3\xA9");
  message.AddBody("Your account is suspended.\r\n\r\nabc aaa 123\r\n");
  mail::Views views(message);
  facts::FactSet facts;
  facts.Set(facts::Id::kProfile, std::string("inbound"));
  facts.Set(facts::Id::kClientIp, *IpAddress::Parse("192.0.2.1"));
  facts.Set(facts::Id::kSpfMailFrom, std::string("temperror"));
  const std::vector<ListResult> lists = ReadLists(rules);
  const Input input{facts, views, lists};
  const Hits hits = rules.Evaluate(input);
  CheckReasons(rules, input, hits);
  std::string out = std::to_string(hits.score) + hits.allowed_by;
  for (const Hit& hit : hits.hits) {
    Require(hit.matches.size() <= kMaxMatches, "too many matches");
    out += hit.rule->name;
    for (const Match& match : hit.matches) {
      Require(match.text.size() <= kMaxMatchText, "a match is too long");
      out += match.source + match.text;
    }
  }
  return out;
}

void Run(std::string text) {
  const std::vector<SourceFile> files = {{"fuzz.rules", std::move(text), false}};
  const RuleSet::Compiled first = RuleSet::Compile(files, Options());
  const RuleSet::Compiled second = RuleSet::Compile(files, Options());
  Require(Describe(first) == Describe(second), "not the same diagnostics");
  CheckPlaces(first.diagnostics, files.front().text);
  bool error = false;
  for (const Diagnostic& diagnostic : first.diagnostics) {
    error = error || diagnostic.severity == Severity::kError;
  }
  Require(error == (first.rules == nullptr), "an error and rules, or neither");
  if (first.rules == nullptr) return;
  Require(Judge(*first.rules) == Judge(*second.rules), "not the same hits");
  const auto failures = TestRunner::Run(*first.rules, {}).failures;
  CheckPlaces(failures, files.front().text);
  const Coverage::Report coverage = Coverage::Run(*first.rules, {});
  Require(coverage.covered + coverage.gaps.size() == coverage.tests, "a condition is lost");
  CheckPlaces(coverage.gaps, files.front().text);
  const auto same = first.rules->WithLists(first.rules->list_files());
  Require(Judge(*same) == Judge(*second.rules), "the same lists, other hits");
}

}  // namespace
}  // namespace assay::rules

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::rules::Run(std::string(data, data + size));
  return 0;
}
