// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/zone_resolver.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/dns/event_thread.h"

namespace assay::dns {
namespace {

AnswerPtr TimedOut() {
  return std::make_shared<const Answer>();  // kTimeout is what an Answer begins as
}

}  // namespace

ZoneResolver::ZoneResolver(Zone zone, ZoneOptions options)
    : zone_(std::move(zone)), options_(options) {}

ZoneResolver::~ZoneResolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (auto& [due, pending] : pending_) {
    pending.answer = TimedOut();
    Deliver(pending);
  }
}

void ZoneResolver::Ask(const Question& question, const std::shared_ptr<Inbox>& inbox) {
  Pending pending{question, std::make_shared<const Answer>(zone_.Lookup(question)), inbox};
  std::chrono::milliseconds delay = zone_.delay();
  if (pending.answer->status == Status::kTimeout || delay >= options_.timeout) {
    pending.answer = TimedOut();
    delay = options_.timeout;
  }
  std::unique_lock lock(mutex_);
  if (options_.record) asked_.push_back(question);
  if (delay.count() == 0) {
    lock.unlock();
    Deliver(pending);
    return;
  }
  pending_.emplace(SteadyClock::now() + delay, std::move(pending));
  if (!thread_.joinable()) thread_ = StartQuietThread([this] { Run(); });
  changed_.notify_all();
}

std::vector<Question> ZoneResolver::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

std::vector<Question> ZoneResolver::unexpected() const {
  std::vector<Question> found;
  std::ranges::copy_if(asked(), std::back_inserter(found),
                       [this](const Question& question) { return !zone_.Mentions(question); });
  return found;
}

void ZoneResolver::Deliver(const Pending& pending) const {
  if (const auto inbox = pending.inbox.lock()) inbox->Put(pending.question, pending.answer);
}

void ZoneResolver::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (pending_.empty()) {
      changed_.wait(lock);
      continue;
    }
    if (const Deadline due = pending_.begin()->first; due > SteadyClock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    const auto first = pending_.extract(pending_.begin());
    lock.unlock();
    Deliver(first.mapped());
    lock.lock();
  }
}

}  // namespace assay::dns
