// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/cares_resolver.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <queue>
#include <thread>
#include <unordered_map>
#include <utility>

#include "lib/dns/cares_servers.h"
#include "lib/dns/event_thread.h"
#include "lib/dns/wire.h"

namespace assay::dns {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLocalRetry{100};  // after a refused port or a broken TCP connection
constexpr milliseconds kShortestInterval{10};

struct Waiter {
  std::weak_ptr<Inbox> inbox;
  Deadline until;
};

// One question that is out or waits to be sent, and everybody who asked it.
struct Flight {
  explicit Flight(Question asked) : question(std::move(asked)) {}

  const Question question;
  std::vector<Waiter> waiters;  // in order of `until`; guarded by the resolver's mutex

  // The rest belongs to the event thread.
  std::uint64_t id = 0;
  bool started = false;
  Transport transport = Transport::kUdp;
  std::size_t first_server = 0;
  std::size_t sent = 0;  // the servers are asked in turn, beginning with the first
  Deadline next_send;
  AnswerPtr failure;  // what a server said before the next was tried
};
using FlightPtr = std::shared_ptr<Flight>;

AnswerPtr Make(Status status) {
  Answer answer;
  answer.status = status;
  return std::make_shared<const Answer>(std::move(answer));
}

// Without values that make the event thread spin or stand still.
CaresOptions Sane(CaresOptions options) {
  options.timeout = std::max(options.timeout, kShortestInterval);
  options.try_interval = std::max(options.try_interval, kShortestInterval);
  options.max_in_flight = std::max<std::size_t>(options.max_in_flight, 1);
  return options;
}

}  // namespace

class CaresResolver::Impl {
 public:
  explicit Impl(CaresOptions options)
      : options_(Sane(std::move(options))), cache_(options_.cache_bytes) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  Result<void> Start();
  void Ask(const Question& question, const std::shared_ptr<Inbox>& inbox);
  [[nodiscard]] ResolverStatistics statistics() const;

 private:
  // Joins or creates the flight of a question, under the mutex. True when the event thread has to
  // be told.
  bool Board(const Question& question, const std::shared_ptr<Inbox>& inbox);
  void Put(const Waiter& waiter, const Question& question, const AnswerPtr& answer);
  void Count(Status status) { ++answers_[static_cast<std::size_t>(status)]; }

  // The event thread.
  void Run();
  void AcceptNew();
  void StartWaiting(Deadline now);
  void Transmit(const FlightPtr& flight, Deadline now);
  void HandleReplies(Deadline now);
  void OnReply(const ChannelReply& reply, std::size_t server, Deadline now);
  void OnLateAnswer(const Question& question, const Answer& answer);
  void OnAnswer(const FlightPtr& flight, const Answer& answer, std::size_t server, Deadline now);
  void Complete(const FlightPtr& flight, const AnswerPtr& answer);
  void Forget(const FlightPtr& flight);
  void Schedule(const FlightPtr& flight);
  void RunTimers(Deadline now);
  void Tick(const FlightPtr& flight, Deadline now);

  const CaresOptions options_;
  Cache cache_;
  CaresServers servers_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;

  mutable std::mutex mutex_;
  std::map<Question, FlightPtr> by_question_;  // those that can still be joined
  std::vector<FlightPtr> incoming_;            // not yet seen by the event thread

  // The event thread's own.
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, FlightPtr> by_id_;
  std::deque<FlightPtr> waiting_;                    // for their turn; may hold some that are over
  using Timer = std::pair<Deadline, std::uint64_t>;  // when to look at which flight
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::size_t preferred_ = 0;  // the server that is asked first

  std::atomic<std::uint64_t> asked_ = 0;
  std::atomic<std::uint64_t> joined_ = 0;
  std::atomic<std::uint64_t> queries_ = 0;
  std::atomic<std::size_t> in_flight_ = 0;  // started flights; only the event thread changes it
  std::array<std::atomic<std::uint64_t>, 8> answers_{};
};

Result<void> CaresResolver::Impl::Start() {
  auto opened = servers_.Open({options_.servers, options_.resolv_conf, options_.timeout});
  if (opened) thread_ = StartQuietThread([this] { Run(); });
  return opened;
}

CaresResolver::Impl::~Impl() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  servers_.Wake();
  thread_.join();
  const AnswerPtr timeout = Make(Status::kTimeout);
  for (const auto& [question, flight] : by_question_) {
    for (const Waiter& waiter : flight->waiters) Put(waiter, question, timeout);
  }
}

void CaresResolver::Impl::Ask(const Question& question, const std::shared_ptr<Inbox>& inbox) {
  ++asked_;
  AnswerPtr known;
  if (!IsEncodable(question.name)) known = Make(Status::kNxDomain);
  if (known == nullptr && servers_.count() == 0) known = Make(Status::kServFail);
  bool wake = false;
  if (known == nullptr) {
    // One lock around both: an answer is in the cache before its flight stops taking passengers.
    const std::lock_guard lock(mutex_);
    known = cache_.Find(question, options_.cache_clock());
    if (known == nullptr) wake = Board(question, inbox);
  }
  if (wake) servers_.Wake();
  if (known == nullptr) return;
  Count(known->status);
  inbox->Put(question, std::move(known));
}

bool CaresResolver::Impl::Board(const Question& question, const std::shared_ptr<Inbox>& inbox) {
  const auto [at, added] = by_question_.try_emplace(question);
  if (added) {
    at->second = std::make_shared<Flight>(question);
    incoming_.push_back(at->second);
  } else {
    ++joined_;
  }
  at->second->waiters.push_back({inbox, SteadyClock::now() + options_.timeout});
  return added && incoming_.size() == 1;
}

ResolverStatistics CaresResolver::Impl::statistics() const {
  ResolverStatistics statistics;
  statistics.asked = asked_;
  statistics.joined = joined_;
  statistics.queries = queries_;
  std::ranges::copy(answers_, statistics.answers.begin());
  statistics.in_flight = in_flight_;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t open = by_question_.size();
    statistics.waiting = open - std::min(open, statistics.in_flight);
  }
  statistics.cache = cache_.statistics();
  return statistics;
}

void CaresResolver::Impl::Put(const Waiter& waiter, const Question& question,
                              const AnswerPtr& answer) {
  Count(answer->status);
  if (const auto inbox = waiter.inbox.lock()) inbox->Put(question, answer);
}

void CaresResolver::Impl::Run() {
  while (!stopping_) {
    servers_.Wait(timers_.empty() ? Deadline::max() : timers_.top().first);
    AcceptNew();
    const Deadline now = SteadyClock::now();
    HandleReplies(now);
    RunTimers(now);
    StartWaiting(now);
    HandleReplies(now);  // what could not be sent is known at once
  }
}

void CaresResolver::Impl::AcceptNew() {
  std::vector<FlightPtr> incoming;
  {
    const std::lock_guard lock(mutex_);
    incoming.swap(incoming_);
  }
  for (const FlightPtr& flight : incoming) {
    flight->id = ++last_id_;
    by_id_.emplace(flight->id, flight);
    waiting_.push_back(flight);
    Schedule(flight);
  }
}

void CaresResolver::Impl::StartWaiting(Deadline now) {
  while (!waiting_.empty() && in_flight_ < options_.max_in_flight) {
    const FlightPtr flight = std::move(waiting_.front());
    waiting_.pop_front();
    if (!by_id_.contains(flight->id)) continue;
    flight->started = true;
    ++in_flight_;
    flight->first_server = preferred_;
    Transmit(flight, now);
  }
}

void CaresResolver::Impl::Transmit(const FlightPtr& flight, Deadline now) {
  const std::size_t server = (flight->first_server + flight->sent) % servers_.count();
  ++flight->sent;
  flight->next_send = now + options_.try_interval;
  ++queries_;
  servers_.Send(server, flight->transport, flight->question, flight->id);
  Schedule(flight);
}

void CaresResolver::Impl::HandleReplies(Deadline now) {
  for (const auto& [server, reply] : servers_.TakeReplies()) OnReply(reply, server, now);
}

void CaresResolver::Impl::OnReply(const ChannelReply& reply, std::size_t server, Deadline now) {
  const auto found = by_id_.find(reply.token);
  if (found == by_id_.end()) {
    if (reply.kind == ChannelReply::Kind::kAnswer) OnLateAnswer(reply.question, reply.answer);
    return;
  }
  const FlightPtr flight = found->second;
  switch (reply.kind) {
    case ChannelReply::Kind::kAnswer:
      OnAnswer(flight, reply.answer, server, now);
      return;
    case ChannelReply::Kind::kTruncated:
      if (flight->transport == Transport::kTcp) return;  // a repetition; TCP is under way
      flight->transport = Transport::kTcp;
      --flight->sent;  // the same server
      Transmit(flight, now);
      return;
    case ChannelReply::Kind::kNothing:
      flight->next_send = std::min(flight->next_send, now + kLocalRetry);
      Schedule(flight);
      return;
  }
}

// Too late for those who asked first, but true: for those who have asked again, and for the cache.
void CaresResolver::Impl::OnLateAnswer(const Question& question, const Answer& answer) {
  if (IsTemporary(answer.status)) return;
  const auto late = std::make_shared<const Answer>(answer);
  FlightPtr flight;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_question_.find(question);
    if (found != by_question_.end()) flight = found->second;
  }
  if (flight != nullptr && by_id_.contains(flight->id)) {
    Complete(flight, late);
  } else {
    cache_.Add(question, late, options_.cache_clock());
  }
}

void CaresResolver::Impl::OnAnswer(const FlightPtr& flight, const Answer& answer,
                                   std::size_t server, Deadline now) {
  const auto shared = std::make_shared<const Answer>(answer);
  if (!IsTemporary(answer.status)) {
    // The preferred server kept silent and this one did not: ask this one first from now on.
    if (flight->failure == nullptr && flight->first_server == preferred_) preferred_ = server;
    Complete(flight, shared);
    return;
  }
  if (flight->failure == nullptr) flight->failure = shared;
  if (flight->sent < servers_.count()) {
    Transmit(flight, now);
  } else {
    Complete(flight, flight->failure);
  }
}

void CaresResolver::Impl::Complete(const FlightPtr& flight, const AnswerPtr& answer) {
  cache_.Add(flight->question, answer, options_.cache_clock());
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(mutex_);
    waiters.swap(flight->waiters);
    by_question_.erase(flight->question);
  }
  Forget(flight);
  for (const Waiter& waiter : waiters) Put(waiter, flight->question, answer);
}

void CaresResolver::Impl::Forget(const FlightPtr& flight) {
  if (flight->started) --in_flight_;
  by_id_.erase(flight->id);
}

void CaresResolver::Impl::Schedule(const FlightPtr& flight) {
  Deadline at;
  {
    const std::lock_guard lock(mutex_);
    at = flight->waiters.front().until;
  }
  if (flight->started) at = std::min(at, flight->next_send);
  timers_.emplace(at, flight->id);
}

void CaresResolver::Impl::RunTimers(Deadline now) {
  while (!timers_.empty() && timers_.top().first <= now) {
    const auto found = by_id_.find(timers_.top().second);
    timers_.pop();
    if (found != by_id_.end()) Tick(FlightPtr(found->second), now);
  }
}

void CaresResolver::Impl::Tick(const FlightPtr& flight, Deadline now) {
  std::vector<Waiter> over;  // out of time, or their transaction is gone
  bool abandoned = false;
  {
    const std::lock_guard lock(mutex_);
    auto& waiters = flight->waiters;
    const auto is_over = [now](const Waiter& waiter) {
      return waiter.until <= now || waiter.inbox.expired();
    };
    const auto kept = std::stable_partition(waiters.begin(), waiters.end(), is_over);
    over.assign(waiters.begin(), kept);
    waiters.erase(waiters.begin(), kept);
    abandoned = waiters.empty();
    if (abandoned) by_question_.erase(flight->question);
  }
  if (abandoned) Forget(flight);
  const AnswerPtr answer = flight->failure != nullptr ? flight->failure : Make(Status::kTimeout);
  for (const Waiter& waiter : over) Put(waiter, flight->question, answer);
  if (abandoned) return;
  if (flight->started && flight->next_send <= now) {
    Transmit(flight, now);
  } else {
    Schedule(flight);
  }
}

CaresResolver::CaresResolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaresResolver::~CaresResolver() = default;

Result<std::unique_ptr<CaresResolver>> CaresResolver::Start(CaresOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto started = impl->Start(); !started) return tl::unexpected(std::move(started.error()));
  return std::unique_ptr<CaresResolver>(new CaresResolver(std::move(impl)));
}

void CaresResolver::Ask(const Question& question, const std::shared_ptr<Inbox>& inbox) {
  impl_->Ask(question, inbox);
}

ResolverStatistics CaresResolver::statistics() const { return impl_->statistics(); }

}  // namespace assay::dns
