// SPDX-License-Identifier: Apache-2.0
// The control socket: a request of the operator's tool, and what became of it. One request a
// connection: "reload" or "reload accept-shrink", a line; the answer is "ok" or "failed" on a line,
// then lines for the operator.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/result.h"
#include "milter/listener.h"

namespace assay::milter {

// Who may connect may reload: the socket is for its owner and root alone.
class Control {
 public:
  struct Request {
    bool accept_shrink = false;
  };
  struct Answer {
    bool done = false;
    std::vector<std::string> messages;
  };

  // Binds; `owner` becomes the socket's owner.
  [[nodiscard]] static Result<std::unique_ptr<Control>> Open(const std::string& path,
                                                             std::optional<uid_t> owner);
  ~Control() { Stop(); }
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Makes the socket reachable; a successor takes the path over.
  [[nodiscard]] Result<void> Publish() { return listener_->Publish(); }
  // Serves requests on a thread of its own; `wake` is called there when one waits.
  void Start(std::function<void()> wake);
  // Takes the path away and ends the thread. May be called again.
  void Stop();

  // For the thread that does the work: the request that waits. Reply() must follow.
  [[nodiscard]] std::optional<Request> Take();
  void Reply(Answer answer);

 private:
  explicit Control(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}
  void Run();
  void Serve(int connection, std::string_view line);
  [[nodiscard]] bool Stopping();
  [[nodiscard]] Answer Ask(Request request);

  std::unique_ptr<Listener> listener_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Request> request_;
  std::optional<Answer> answer_;
  bool stopping_ = false;
  std::thread thread_;
};

// "reload", "reload accept-shrink". Nothing for anything else.
[[nodiscard]] std::optional<Control::Request> ParseControlRequest(std::string_view line);

}  // namespace assay::milter
