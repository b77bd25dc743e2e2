// SPDX-License-Identifier: Apache-2.0
// The DNS side of one transaction: what has been asked, what is known, and how much more may be
// asked.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <span>

#include "lib/base/clock.h"
#include "lib/dns/resolver.h"

namespace assay::engine {

inline constexpr std::size_t kMaxPrefetch =
    20;  // questions of one transaction that nobody strictly needs yet

// How many questions one check may ask. Each check has a purse of its own: what a sender's records
// make one of them ask must not leave another, which would refuse the message, without answers.
class Purse {
 public:
  explicit Purse(std::size_t limit) : limit_(limit) {}
  // Whether a needed question was refused because the purse was empty.
  [[nodiscard]] bool overdrawn() const { return overdrawn_; }

 private:
  friend class Asker;
  std::size_t limit_;
  std::size_t asked_ = 0;
  std::size_t prefetched_ = 0;
  bool overdrawn_ = false;
};

// Not thread-safe; the resolver's thread only reaches the inbox.
class Asker {
 public:
  explicit Asker(dns::Resolver& resolver) : resolver_(resolver) {}

  // Asks what is neither known nor on its way. Answers that are at hand are known when this
  // returns.
  // What `purse` has no more room for is answered with kLimit, or not prefetched.
  void Ask(Purse& purse, std::span<const dns::Question> needed,
           std::span<const dns::Question> prefetch = {});
  // Takes what has arrived.
  void Take();
  // Waits until something arrives or `until` passes, then takes it.
  void Wait(Deadline until);
  // From now on nothing is waited for: what is asked and not answered is a time-out.
  void GiveUp();
  // A new stage with time of its own begins: questions are asked and waited for again.
  void Resume() { gave_up_ = false; }

  [[nodiscard]] const dns::Answers& answers() const { return answers_; }
  [[nodiscard]] bool gave_up() const { return gave_up_; }
  [[nodiscard]] bool missed_deadline() const {
    return missed_deadline_;
  }  // some answer had not come by then
  [[nodiscard]] bool over_budget() const { return over_budget_; }

 private:
  void AskOne(Purse& purse, const dns::Question& question, bool needed);

  dns::Resolver& resolver_;
  std::shared_ptr<dns::Inbox> inbox_ = std::make_shared<dns::Inbox>();
  std::set<dns::Question> asked_;
  dns::Answers answers_;
  bool gave_up_ = false;
  bool missed_deadline_ = false;
  bool over_budget_ = false;
};

}  // namespace assay::engine
