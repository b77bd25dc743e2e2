// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "lib/facts/fact.h"
#include "lib/rules/source.h"

namespace assay::rules {

// What an example states about the transaction, and what follows from it.
class ExampleFacts {
 public:
  // Overwrites what was stated before (by a `with` line of the rule).
  void State(facts::Id id, facts::Value value, const Place& place) {
    stated_[id] = {std::move(value), place};
  }
  // Reports facts that exclude each other, or that the message already determines.
  void CheckContradictions(bool has_from, bool has_reply_to, bool has_message,
                           DiagnosticLog& log) const;
  // The stated facts and those that follow.
  [[nodiscard]] std::vector<std::pair<facts::Id, facts::Value>> Complete() const;

 private:
  using Facts = std::map<facts::Id, facts::Value>;
  struct Stated {
    facts::Value value;
    Place place;
  };

  [[nodiscard]] const Stated* Find(facts::Id id) const;
  [[nodiscard]] bool Says(facts::Id id, std::string_view word) const;
  void FollowsFrom(facts::Id cause, std::initializer_list<facts::Id> effects,
                   DiagnosticLog& log) const;
  void CheckAuthentication(DiagnosticLog& log) const;

  std::map<facts::Id, Stated> stated_;
};

}  // namespace assay::rules
