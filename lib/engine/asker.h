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

// Not thread-safe; the resolver's thread only reaches the inbox.
class Asker {
 public:
  // At most `budget` questions are asked; further ones are answered with kLimit.
  Asker(dns::Resolver& resolver, std::size_t budget);

  // Asks what is neither known nor on its way. Answers that are at hand are known when this
  // returns.
  void Ask(std::span<const dns::Question> needed, std::span<const dns::Question> prefetch = {});
  // Takes what has arrived.
  void Take();
  // Waits until something arrives or `until` passes, then takes it.
  void Wait(Deadline until);
  // From now on nothing is waited for: what is asked and not answered is a time-out.
  void GiveUp();

  [[nodiscard]] const dns::Answers& answers() const { return answers_; }
  [[nodiscard]] bool gave_up() const { return gave_up_; }
  [[nodiscard]] bool missed_deadline() const {
    return missed_deadline_;
  }  // some answer had not come by then
  [[nodiscard]] bool over_budget() const { return over_budget_; }

 private:
  void AskOne(const dns::Question& question, bool needed);

  dns::Resolver& resolver_;
  std::size_t budget_;
  std::size_t prefetched_ = 0;
  std::shared_ptr<dns::Inbox> inbox_ = std::make_shared<dns::Inbox>();
  std::set<dns::Question> asked_;
  dns::Answers answers_;
  bool gave_up_ = false;
  bool missed_deadline_ = false;
  bool over_budget_ = false;
};

}  // namespace assay::engine
