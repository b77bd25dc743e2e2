// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <string_view>

namespace assay::milter {

// Where the daemon's lines go: syslog (facility mail) or standard error. Thread-safe. Text from
// outside must have been escaped by the caller; what contains line breaks becomes several lines.
class Log {
 public:
  enum class Sink { kSyslog, kStderr };

  explicit Log(Sink sink);

  void Info(std::string_view text);
  void Warning(std::string_view text);
  void Error(std::string_view text);
  // libmilter's own messages go to syslog; with kStderr they are copied to standard error as well.
  void SetSink(Sink sink);

 private:
  void Write(int priority, std::string_view text);
  void WriteLine(int priority, std::string_view line);

  std::atomic<Sink> sink_;
  std::mutex stderr_mutex_;  // keeps long lines whole
};

}  // namespace assay::milter
