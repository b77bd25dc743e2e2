// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/list_watcher.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "lib/engine/list_test.h"

namespace assay::engine {
namespace {

constexpr std::chrono::milliseconds kLookEvery{1000};
constexpr std::chrono::milliseconds kLookSoon{50};  // while answers are on their way

std::vector<rules::DnsList> UsedLists(const Generation& generation) {
  std::vector<rules::DnsList> used;
  if (generation.config.dns.list_questions == 0) return used;
  for (const rules::DnsList& list : generation.rules->dns_lists()) {
    if (list.used) used.push_back(list);
  }
  return used;
}

}  // namespace

void ListWatcher::Watch(const Generation& generation) {
  auto task =
      std::make_shared<const Task>(Task{UsedLists(generation), generation.config.dns.list_test});
  shared_->list_health().Watch(task->lists, SteadyClock::now());
  const bool needed = !task->lists.empty();
  const std::lock_guard lock(mutex_);
  task_ = std::move(task);
  if (needed && !thread_.joinable() && !stopping_) {
    thread_ = std::thread([this] { Run(); });
  }
  wake_.notify_all();
}

void ListWatcher::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ListWatcher::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto task = task_;
    lock.unlock();
    bool awaiting = false;
    try {
      awaiting = Look(*task, SteadyClock::now());
    } catch (const std::exception&) {  // no memory: the next look may have some
    }
    lock.lock();
    wake_.wait_for(lock, awaiting ? kLookSoon : kLookEvery,
                   [&] { return stopping_ || task_ != task; });
  }
}

bool ListWatcher::Look(const Task& task, Deadline now) {
  std::erase_if(running_, [&](const auto& test) {
    return std::ranges::find(task.lists, test.first, &rules::DnsList::zone) == task.lists.end();
  });
  for (const rules::DnsList& list : task.lists) {
    const auto running = running_.find(list.zone);
    if (running != running_.end()) {
      if (Finish(list, running->second, now)) running_.erase(running);
    } else {
      Begin(list, now, task.every);
    }
  }
  return !running_.empty();
}

void ListWatcher::Begin(const rules::DnsList& list, Deadline now, std::chrono::seconds every) {
  ListHealth& health = shared_->list_health();
  if (!health.Due(list, every, now)) return;
  if (!list.test) return health.Passed(list);
  Running& running = running_[list.zone];
  running.inbox = std::make_shared<dns::Inbox>();
  for (const dns::Question& question : ListTestQuestions(list)) {
    shared_->resolver().Ask(question, running.inbox);
  }
}

bool ListWatcher::Finish(const rules::DnsList& list, Running& running, Deadline now) {
  for (auto& [question, answer] : running.inbox->Take()) {
    running.answers.Add(question, std::move(answer));
  }
  const auto outcome = JudgeListTest(list, running.answers);
  if (!outcome) return false;
  ListHealth& health = shared_->list_health();
  switch (outcome->kind) {
    case ListTestOutcome::Kind::kPassed:
      health.Passed(list);
      break;
    case ListTestOutcome::Kind::kFailed:
      health.SwitchOff(list, outcome->reason, kListPause, now);
      break;
    case ListTestOutcome::Kind::kSilent:
      health.SwitchOff(list, outcome->reason, kTestPause, now);
      break;
  }
  return true;
}

}  // namespace assay::engine
