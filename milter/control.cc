// SPDX-License-Identifier: Apache-2.0
#include "milter/control.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <utility>

#include "lib/base/clock.h"
#include "milter/signals.h"

namespace assay::milter {
namespace {

constexpr unsigned kControlMode = 0600;
constexpr int kControlPoll = 200;                // ms until a stop is noticed
constexpr std::chrono::seconds kControlWait{5};  // for a request, and for one write of its answer:
                                                 // clients are on this host
constexpr std::size_t kMaxRequest = 64;          // bytes of a line
constexpr std::size_t kMaxWaiting = 64;          // clients that have not asked yet

void LimitWaits(int connection) {
  const timeval wait{kControlWait.count(), 0};
  (void)::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

void SendAll(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// A client that has not asked yet.
struct Waiting {
  UniqueFd connection;
  std::string line;
  SteadyClock::time_point until;
  bool gone = false;
};

// What has come of the request; all of it when it is there.
std::optional<std::string> ReadLine(Waiting& client) {
  std::array<char, kMaxRequest> buffer{};
  const ssize_t got = ::recv(client.connection.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  client.gone = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  if (got > 0) client.line.append(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t end = client.line.find('\n');
  if (end != std::string::npos) return client.line.substr(0, end);
  client.gone = client.gone || client.line.size() > kMaxRequest;
  return {};
}

}  // namespace

std::optional<Control::Request> ParseControlRequest(std::string_view line) {
  if (line == "reload") return Control::Request{false};
  if (line == "reload accept-shrink") return Control::Request{true};
  return {};
}

Result<std::unique_ptr<Control>> Control::Open(const std::string& path,
                                               std::optional<uid_t> owner) {
  SocketSpec spec;
  spec.path = path;
  auto listener = Listener::Open(spec, {kControlMode, owner, {}});
  if (!listener) return tl::unexpected(listener.error());
  return std::unique_ptr<Control>(new Control(std::move(*listener)));
}

void Control::Start(std::function<void()> wake) {
  wake_ = std::move(wake);
  thread_ = std::thread([this] {
    BlockSignals();
    Run();
  });
}

void Control::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  listener_->Retire();
}

bool Control::Stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// Clients that say nothing, or say it slowly, keep nobody else waiting.
void Control::Run() {
  std::deque<Waiting> clients;
  while (!Stopping()) {
    std::vector<pollfd> ready{{listener_->fd(), POLLIN, 0}};
    for (const Waiting& client : clients) ready.push_back({client.connection.get(), POLLIN, 0});
    if (::poll(ready.data(), ready.size(), kControlPoll) < 0) continue;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (ready[i + 1].revents == 0) continue;
      const auto line = ReadLine(clients[i]);
      if (line) Serve(clients[i].connection.get(), *line);
      clients[i].gone |= line.has_value();
    }
    const auto now = SteadyClock::now();
    std::erase_if(clients, [now](const Waiting& c) { return c.gone || c.until < now; });
    if (ready[0].revents == 0) continue;
    UniqueFd connection(::accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) continue;
    LimitWaits(connection.get());
    // Whoever asks does so at once: those that came first have had their time.
    if (clients.size() == kMaxWaiting) clients.pop_front();
    clients.push_back({std::move(connection), {}, now + kControlWait});
  }
}

void Control::Serve(int connection, std::string_view line) {
  const auto request = ParseControlRequest(line);
  const Answer answer = request ? Ask(*request) : Answer{false, {"unknown request"}};
  std::string text = answer.done ? "ok\n" : "failed\n";
  for (const std::string& message : answer.messages) text += message + "\n";
  SendAll(connection, text);
}

Control::Answer Control::Ask(Request request) {
  std::unique_lock lock(mutex_);
  request_ = request;
  answer_.reset();
  lock.unlock();
  wake_();
  lock.lock();
  changed_.wait(lock, [this] { return answer_ || stopping_; });
  if (!answer_) return {false, {"assayd is stopping"}};
  return *std::exchange(answer_, {});
}

std::optional<Control::Request> Control::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(request_, {});
}

void Control::Reply(Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  changed_.notify_all();
}

}  // namespace assay::milter
