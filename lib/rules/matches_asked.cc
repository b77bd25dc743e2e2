// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/matches_asked.h"

#include <utility>

namespace assay::rules {
namespace {

class MatchCollector {
 public:
  explicit MatchCollector(const Program& program) : program_(program) {}

  // The condition with all its parts, but not the rules that it names: these are live themselves.
  void Add(ConditionId condition) {
    open_.push_back(condition);
    while (!open_.empty()) {
      const ConditionId id = open_.back();
      open_.pop_back();
      std::visit([this](const auto& test) { Look(test); }, program_.conditions[id].test);
    }
  }
  void Add(const Count& count) {
    if (count.pattern) matches_.push_back({count.source, *count.pattern});
  }
  std::vector<TextMatch> Take() { return std::move(matches_); }

 private:
  void Look(const AllOf& test) { Open(test.parts); }
  void Look(const AnyOf& test) { Open(test.parts); }
  void Look(const Not& test) { open_.push_back(test.part); }
  void Look(const TextMatches& test) { matches_.push_back(program_.matches[test.match]); }
  void Look(const NumberCompares& test) {
    if (const auto* count = std::get_if<Count>(&test.number)) Add(*count);
  }
  template <class Test>
  void Look(const Test&) {}  // no pattern in it

  void Open(const std::vector<ConditionId>& parts) {
    open_.insert(open_.end(), parts.begin(), parts.end());
  }

  const Program& program_;
  std::vector<ConditionId> open_;
  std::vector<TextMatch> matches_;
};

}  // namespace

std::vector<TextMatch> MatchesAsked(const Program& program) {
  MatchCollector collector(program);
  for (const CompiledRule& rule : program.rules) {
    if (!rule.live) continue;
    collector.Add(rule.when);
    if (rule.each) collector.Add(rule.each->count);
  }
  for (const CompiledAllow& allow : program.allows) {
    if (allow.when) collector.Add(*allow.when);
  }
  return collector.Take();
}

}  // namespace assay::rules
