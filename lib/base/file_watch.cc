// SPDX-License-Identifier: Apache-2.0
#include "lib/base/file_watch.h"

#include <sys/stat.h>

namespace assay {

std::optional<FileState> LookAt(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return FileState{status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                   status.st_mtim.tv_nsec};
}

bool FileWatch::Due(const std::optional<FileState>& state, SteadyClock::time_point now) {
  if (state != seen_) {
    seen_ = state;
    seen_since_ = now;
    retry_at_ = {};  // what failed may work now
  }
  return !IsAsRead(state) && now - seen_since_ >= kStillFor && now >= retry_at_;
}

void FileWatch::Read(const std::optional<FileState>& state, SteadyClock::time_point now) {
  has_read_ = true;
  read_ = seen_ = state;
  seen_since_ = now;
}

}  // namespace assay
