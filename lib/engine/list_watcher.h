// SPDX-License-Identifier: Apache-2.0
// The one thread that tests DNS lists, when they come into use and from time to time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/engine/generation.h"
#include "lib/engine/list_health.h"

namespace assay::engine {

class ListWatcher {
 public:
  // `shared` has the resolver to ask and the health to keep.
  explicit ListWatcher(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  ListWatcher(const ListWatcher&) = delete;
  ListWatcher& operator=(const ListWatcher&) = delete;
  ~ListWatcher() { Stop(); }

  // From now on the lists that this generation's rules ask, in place of those before. The thread
  // starts with the first list.
  void Watch(const Generation& generation);
  // Waits until the thread has ended, which it does at once. May be called again.
  void Stop();

 private:
  struct Task {
    std::vector<rules::DnsList> lists;
    std::chrono::seconds every{};
  };
  struct Running {
    std::shared_ptr<dns::Inbox> inbox;
    dns::Answers answers;
  };

  void Run();
  // One look at all lists. True while an answer to some test is awaited.
  bool Look(const Task& task, Deadline now);
  void Begin(const rules::DnsList& list, Deadline now, std::chrono::seconds every);
  // Whether the test under way has come to an end.
  bool Finish(const rules::DnsList& list, Running& running, Deadline now);

  std::shared_ptr<Shared> shared_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::shared_ptr<const Task> task_;
  std::map<std::string, Running, std::less<>> running_;  // by zone; of the thread alone
  std::thread thread_;
};

}  // namespace assay::engine
