// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "lib/journal/record_codec.h"

namespace assay::journal {
namespace {

// Of one transaction. Far less than the smallest file holds, so that old rows can make room for it.
constexpr std::size_t kBatchRows = 500;
constexpr std::size_t kBatchBytes = 1024UL * 1024;
constexpr int kMostAttempts = 10;
constexpr std::size_t kMostTold = 5;  // reasons, while it cannot be written
constexpr std::chrono::seconds kStopTime{5};

Row MakeRow(const Record& record) {
  return {record.time,           record.ref,           record.queue_id, record.message_id,
          record.verdict.action, record.verdict.would, Encode(record)};
}

}  // namespace

// All that the thread touches. Its own parts (below) need no lock.
class Writer::Thread {
 public:
  Thread(WriterOptions options, Tell tell) : options_(std::move(options)), tell_(std::move(tell)) {}

  void Run();
  void Push(Row row);
  void CountDropped(std::size_t rows);
  [[nodiscard]] Counters counters() const;
  // True when Run() has come to its end by then.
  [[nodiscard]] bool StopBy(Deadline until);

 private:
  [[nodiscard]] bool WaitForWork();
  void TakeBatch();
  void WriteBatch();
  [[nodiscard]] DatabaseResult<void> TryWrite();
  [[nodiscard]] DatabaseResult<void> OpenStore();
  [[nodiscard]] bool Replace(const DatabaseError& error);
  void Recovered();
  void Failed(const DatabaseError& error);
  void Prune();
  void End();
  void Say(bool warning, const std::string& line);

  const WriterOptions options_;
  Tell tell_;
  std::mutex tell_mutex_;
  bool abandoned_ = false;  // nobody listens any more

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_wake_;
  std::vector<Row> rows_;
  std::size_t row_bytes_ = 0;  // of rows_ and batch_
  std::size_t batch_rows_ = 0;
  std::uint64_t recorded_ = 0;
  std::uint64_t dropped_ = 0;
  bool stopping_ = false;
  bool ended_ = false;

  // The thread's own.
  std::optional<Store> store_;
  std::vector<Row> batch_;
  Deadline next_warning_{};
  Deadline next_replacement_{};
  Deadline next_prune_{};
  bool in_trouble_ = false;
  std::vector<std::string> told_;   // of the trouble that goes on
  std::uint64_t told_dropped_ = 0;  // of dropped_, as the log has it
};

void Writer::Thread::Push(Row row) {
  const std::size_t bytes = row.bytes();
  const std::lock_guard lock(mutex_);
  const bool room = rows_.size() + batch_rows_ < options_.queue_rows &&
                    row_bytes_ + bytes <= options_.queue_bytes &&
                    row.data.size() <= kMaxRecordBytes;
  if (stopping_ || !room) {
    ++dropped_;
    return;
  }
  rows_.push_back(std::move(row));
  row_bytes_ += bytes;
  if (rows_.size() == 1) wake_.notify_one();
}

void Writer::Thread::CountDropped(std::size_t rows) {
  const std::lock_guard lock(mutex_);
  dropped_ += rows;
}

Writer::Counters Writer::Thread::counters() const {
  const std::lock_guard lock(mutex_);
  return {recorded_, dropped_, rows_.size() + batch_rows_};
}

void Writer::Thread::Run() {
  for (bool first = true;; first = false) {
    try {
      // What is wrong with the file is told at the start, not with the first mail.
      if (!first && !WaitForWork()) break;
      TakeBatch();
      if (!batch_.empty()) WriteBatch();
      if (SteadyClock::now() >= next_prune_) Prune();
    } catch (const std::exception&) {  // no memory: nothing more can be said
      store_.reset();
      in_trouble_ = true;
    }
  }
  store_.reset();
  End();
}

void Writer::Thread::End() {
  const std::uint64_t lost = counters().queued;
  if (lost > 0) {
    CountDropped(lost);
    Say(true, fmt::format("journal {}: stopped while it could not be written, {} records are lost",
                          options_.path, lost));
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ended_wake_.notify_all();
}

// Sleeps until there is something to do. False: stop now.
bool Writer::Thread::WaitForWork() {
  std::unique_lock lock(mutex_);
  if (in_trouble_) {
    // One last attempt has been made when the order to stop was there already.
    if (stopping_) return false;
    wake_.wait_for(lock, options_.retry, [this] { return stopping_; });
    return true;
  }
  wake_.wait_for(lock, options_.prune_every, [this] { return stopping_ || !rows_.empty(); });
  if (rows_.empty()) return !stopping_;
  wake_.wait_for(lock, options_.gather, [this] { return stopping_ || rows_.size() >= kBatchRows; });
  return true;
}

// More rows join a batch that could not be written.
void Writer::Thread::TakeBatch() {
  std::size_t bytes = 0;
  for (const Row& row : batch_) bytes += row.bytes();
  const std::lock_guard lock(mutex_);
  auto end = rows_.begin();
  for (std::size_t rows = batch_.size(); end != rows_.end(); ++end) {
    bytes += end->bytes();
    if (rows >= kBatchRows || (rows > 0 && bytes > kBatchBytes)) break;
    ++rows;
  }
  batch_.insert(batch_.end(), std::make_move_iterator(rows_.begin()), std::make_move_iterator(end));
  rows_.erase(rows_.begin(), end);
  batch_rows_ = batch_.size();
}

void Writer::Thread::WriteBatch() {
  const auto written = TryWrite();
  if (!written) {
    Failed(written.error());
    return;
  }
  Recovered();
  std::size_t bytes = 0;
  for (const Row& row : batch_) bytes += row.bytes();
  const std::lock_guard lock(mutex_);
  recorded_ += batch_.size();
  row_bytes_ -= bytes;
  batch_rows_ = 0;
  batch_.clear();
}

DatabaseResult<void> Writer::Thread::OpenStore() {
  if (store_) return {};
  auto store = Store::Open(options_.path, options_.limits);
  if (!store && Replace(store.error())) store = Store::Open(options_.path, options_.limits);
  if (!store) return tl::unexpected(store.error());
  store_ = std::move(*store);
  return {};
}

DatabaseResult<void> Writer::Thread::TryWrite() {
  if (auto opened = OpenStore(); !opened) return opened;
  auto written = store_->Append(batch_);
  // Our own limit, perhaps: old rows make room.
  for (int i = 0; i < kMostAttempts && !written && written.error().trouble == Trouble::kFull; ++i) {
    const auto pruned = store_->Prune(Now());
    if (!pruned || !*pruned) break;
    written = store_->Append(batch_);
  }
  if (written) {
    (void)store_->Prune(Now());
    return written;
  }
  // A connection that has seen an error it does not know is not used again.
  if (written.error().trouble == Trouble::kBusy) return written;
  store_.reset();
  if (written.error().trouble != Trouble::kDamaged || !Replace(written.error())) return written;
  if (auto opened = OpenStore(); !opened) return opened;
  return store_->Append(batch_);
}

// A file that will never be of use again makes way, but not again and again.
bool Writer::Thread::Replace(const DatabaseError& error) {
  const bool damaged = error.trouble == Trouble::kDamaged;
  if (!damaged && error.trouble != Trouble::kOtherSchema) return false;
  if (SteadyClock::now() < next_replacement_) return false;
  next_replacement_ = SteadyClock::now() + options_.warn_every;
  const std::string suffix = damaged ? "damaged" : "old";
  if (!MoveAside(options_.path, suffix)) return false;
  Say(true, fmt::format("journal {0}: {1}; moved to {0}.{2}, a new one begins", options_.path,
                        error.what, suffix));
  return true;
}

// Once, and once more where the reason becomes another one or records begin to be lost.
void Writer::Thread::Failed(const DatabaseError& error) {
  in_trouble_ = true;
  const Counters now = counters();
  const std::uint64_t dropped = now.dropped - told_dropped_;
  std::string news = fmt::format("{}; mail goes on, {}", error.what,
                                 dropped == 0 ? "records wait" : "records are dropped");
  const bool told = std::ranges::find(told_, news) != told_.end();
  if (told || told_.size() >= kMostTold || SteadyClock::now() < next_warning_) return;
  next_warning_ = SteadyClock::now() + options_.warn_every;
  Say(true, fmt::format("journal {}: {}, {} so far", options_.path, news,
                        dropped == 0 ? now.queued : dropped));
  told_.push_back(std::move(news));
}

// Trouble that was not told has an end that is not told either.
void Writer::Thread::Recovered() {
  in_trouble_ = false;
  const std::uint64_t dropped = counters().dropped - told_dropped_;
  if (!std::exchange(told_, {}).empty()) {
    Say(false, fmt::format("journal {}: is written again, {} records were dropped", options_.path,
                           dropped));
  } else if (dropped > 0 && SteadyClock::now() >= next_warning_) {
    next_warning_ = SteadyClock::now() + options_.warn_every;
    Say(true, fmt::format("journal {}: {} records were dropped, more came than could be written",
                          options_.path, dropped));
  } else {
    return;
  }
  told_dropped_ += dropped;
}

void Writer::Thread::Prune() {
  if (!batch_.empty()) return;  // the next attempt to write it says whether the trouble is over
  next_prune_ = SteadyClock::now() + options_.prune_every;
  if (const auto opened = OpenStore(); !opened) return Failed(opened.error());
  Recovered();
  (void)store_->Prune(Now());
}

void Writer::Thread::Say(bool warning, const std::string& line) {
  const std::lock_guard lock(tell_mutex_);
  if (!abandoned_) tell_(warning, line);
}

bool Writer::Thread::StopBy(Deadline until) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  if (ended_wake_.wait_until(lock, until, [this] { return ended_; })) return true;
  lock.unlock();
  const std::lock_guard tell_lock(tell_mutex_);
  abandoned_ = true;
  return false;
}

Writer::Writer(WriterOptions options, Tell tell)
    : state_(std::make_shared<Thread>(std::move(options), std::move(tell))),
      thread_([state = state_] { state->Run(); }) {}

Writer::~Writer() { Stop(SteadyClock::now() + kStopTime); }

void Writer::Add(const Record& record) noexcept {
  try {
    state_->Push(MakeRow(record));
  } catch (const std::exception&) {  // no memory
    CountLost();
  }
}

void Writer::CountLost() noexcept { state_->CountDropped(1); }

void Writer::Stop(Deadline until) {
  if (!thread_.joinable()) return;
  if (state_->StopBy(until)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

Writer::Counters Writer::counters() const { return state_->counters(); }

}  // namespace assay::journal
