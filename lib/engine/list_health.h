// SPDX-License-Identifier: Apache-2.0
// Which DNS lists may be believed. A list that refuses our questions, that somebody else answers
// for, that is silent or that fails its test (RFC 5782, 5) is switched off until a test passes.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/rules/dns_list.h"

namespace assay::engine {

inline constexpr std::chrono::minutes kListPause{10};  // of a list that refuses or fails its test
// Of a list that does not answer, and of one that seems to refuse, before its test.
inline constexpr std::chrono::seconds kTestPause{60};
// Failed answers in a row after which a list counts as silent: each makes a message wait.
inline constexpr int kMaxListFailures = 10;

// Thread-safe. Lists are known by their zone; one that nobody has told of is in use.
class ListHealth {
 public:
  // Takes a line for the log; `warning` for bad news. Runs on the thread that found out.
  using Tell = std::function<void(bool warning, std::string_view line)>;

  // Before other threads use this object.
  void SetTell(Tell tell) { tell_ = std::move(tell); }

  [[nodiscard]] bool InUse(const rules::DnsList& list) const;
  // What a message learned from one answer.
  void Worked(const rules::DnsList& list);
  void Failed(const rules::DnsList& list, Deadline now);  // no answer, or one that says nothing
  // `reason`: a clause for the log.
  void SwitchOff(const rules::DnsList& list, std::string_view reason, std::chrono::seconds pause,
                 Deadline now);

  // For ListWatcher. From now on a list with a test is out of use until it has passed it, unless it
  // is known already; zones that are not among these are forgotten. All are due for their test.
  void Watch(std::span<const rules::DnsList> lists, Deadline now);
  // Whether the list is to be tested now. If so, not again before `every` has passed.
  [[nodiscard]] bool Due(const rules::DnsList& list, std::chrono::seconds every, Deadline now);
  // The list may be believed. Without a test that is so when its pause is over.
  void Passed(const rules::DnsList& list);

 private:
  struct State {
    enum class Use { kOn, kUntested, kOff } use = Use::kOn;
    Deadline due{};
    int failures = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, State, std::less<>> states_;  // by zone
  Tell tell_;
};

// What a list's answer says against believing it; empty when nothing does.
[[nodiscard]] std::string TroubleOf(const rules::ListReading& reading);

}  // namespace assay::engine
