// SPDX-License-Identifier: Apache-2.0
#include "milter/log.h"

#include <syslog.h>
#include <unistd.h>

#include <string>

#include "lib/base/text.h"

namespace assay::milter {
namespace {

// One write for one line; what does not fit at once (a full pipe) follows, an error ends it: there
// is nobody to tell.
void WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Open(Log::Sink sink) {
  ::openlog("assayd", LOG_PID | (sink == Log::Sink::kStderr ? LOG_PERROR : 0), LOG_MAIL);
}

}  // namespace

Log::Log(Sink sink) : sink_(sink) { Open(sink); }

void Log::Info(std::string_view text) { Write(LOG_INFO, text); }
void Log::Warning(std::string_view text) { Write(LOG_WARNING, text); }
void Log::Error(std::string_view text) { Write(LOG_ERR, text); }

void Log::SetSink(Sink sink) {
  if (sink_.exchange(sink) != sink) Open(sink);
}

void Log::Write(int priority, std::string_view text) {
  for (const std::string_view line : Split(text, '\n')) {
    if (!line.empty()) WriteLine(priority, line);
  }
}

void Log::WriteLine(int priority, std::string_view line) {
  if (sink_ == Sink::kSyslog) {
    ::syslog(priority, "%.*s", static_cast<int>(line.size()), line.data());
    return;
  }
  std::string whole = "assayd: ";
  whole += line;
  whole += '\n';
  const std::lock_guard lock(stderr_mutex_);
  WriteAll(STDERR_FILENO, whole);
}

}  // namespace assay::milter
