// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/list_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace assay::engine {
namespace {

// What the numbers stand for with most lists that use them.
std::string_view MeaningOf(std::uint32_t refusal) {
  switch (refusal) {
    case 0x7FFFFFFC:
      return "it does not know the zone as it is written";
    case 0x7FFFFFFE:
      return "it does not answer public or unidentified resolvers: run one of your own";
    case 0x7FFFFFFF:
      return "too many questions";
    case 0x7F000001:
      return "it does not answer this resolver, or lists everything";
    default:
      return "see its operator's pages";
  }
}

}  // namespace

std::string TroubleOf(const rules::ListReading& reading) {
  if (reading.refusal) {
    return fmt::format("refuses our questions with {}: {}", reading.refusal->ToString(),
                       MeaningOf(rules::ToAnswer(*reading.refusal).value_or(0)));
  }
  if (reading.stranger) {
    return fmt::format(
        "is answered with {}: somebody else has taken over the name, or the "
        "resolver invents answers",
        reading.stranger->ToString());
  }
  return {};
}

bool ListHealth::InUse(const rules::DnsList& list) const {
  const std::lock_guard lock(mutex_);
  const auto known = states_.find(list.zone);
  return known == states_.end() || known->second.use == State::Use::kOn;
}

void ListHealth::Worked(const rules::DnsList& list) {
  const std::lock_guard lock(mutex_);
  if (const auto known = states_.find(list.zone); known != states_.end()) {
    known->second.failures = 0;
  }
}

void ListHealth::Failed(const rules::DnsList& list, Deadline now) {
  {
    const std::lock_guard lock(mutex_);
    if (++states_[list.zone].failures < kMaxListFailures) return;
  }
  SwitchOff(list, "does not answer", kTestPause, now);
}

void ListHealth::SwitchOff(const rules::DnsList& list, std::string_view reason,
                           std::chrono::seconds pause, Deadline now) {
  {
    const std::lock_guard lock(mutex_);
    State& state = states_[list.zone];
    const bool was_off = state.use == State::Use::kOff;
    state.use = State::Use::kOff;
    state.failures = 0;
    state.due = now + pause;
    if (was_off) return;
  }
  if (!tell_) return;
  const std::string until =
      list.test ? "until it passes its test" : fmt::format("for {} s", pause.count());
  tell_(true, fmt::format("{} {}; it is switched off {}", list.FullName(), reason, until));
}

void ListHealth::Watch(std::span<const rules::DnsList> lists, Deadline now) {
  const std::lock_guard lock(mutex_);
  std::set<std::string_view> zones;
  for (const rules::DnsList& list : lists) zones.insert(list.zone);
  std::erase_if(states_, [&](const auto& entry) { return !zones.contains(entry.first); });
  for (const rules::DnsList& list : lists) {
    const auto [known, is_new] = states_.try_emplace(list.zone);
    if (is_new && list.test) known->second.use = State::Use::kUntested;
    known->second.due = now;
  }
}

bool ListHealth::Due(const rules::DnsList& list, std::chrono::seconds every, Deadline now) {
  const std::lock_guard lock(mutex_);
  const auto known = states_.find(list.zone);
  if (known == states_.end() || now < known->second.due) return false;
  known->second.due = now + every;
  return true;
}

void ListHealth::Passed(const rules::DnsList& list) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = states_.find(list.zone);
    if (known == states_.end()) return;
    const bool was_off = known->second.use == State::Use::kOff;
    known->second.use = State::Use::kOn;
    known->second.failures = 0;
    if (!was_off) return;
  }
  if (tell_) tell_(false, fmt::format("{} works again", list.FullName()));
}

}  // namespace assay::engine
