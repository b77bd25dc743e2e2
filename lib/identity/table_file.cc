// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/table_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace assay::identity {
namespace {

constexpr std::chrono::milliseconds kLockPoll{20};
constexpr std::size_t kChunk = 64UL * 1024;

tl::unexpected<Error> SystemError(const std::string& path, int error) {
  return Temporary(fmt::format("{}: {}", path, std::generic_category().message(error)));
}

Result<void> LockShared(const UniqueFd& file, const std::string& path, Deadline until) {
  while (true) {
    struct flock lock = {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(file.get(), F_SETLK, &lock) == 0) return {};
    if (errno != EACCES && errno != EAGAIN && errno != EINTR) return SystemError(path, errno);
    if (SteadyClock::now() >= until) return Temporary(path + ": is locked by another process");
    std::this_thread::sleep_for(kLockPoll);
  }
}

template <class Take>
Result<void> ReadAll(const UniqueFd& file, const std::string& path, Take take) {
  std::array<char, kChunk> buffer;
  std::size_t total = 0;
  while (true) {
    const ssize_t got =
        ::pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(path, errno);
    if (got == 0) return {};
    total += static_cast<std::size_t>(got);
    if (total > kMaxTableFile) return Permanent(path + ": is too large");
    if (!take(std::string_view(buffer.data(), static_cast<std::size_t>(got)))) {
      return SystemError(path, errno);
    }
  }
}

}  // namespace

Result<UniqueFd> OpenTableFile(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return SystemError(path, errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return SystemError(path, errno);
  if (!S_ISREG(status.st_mode)) return Permanent(path + ": is not a file");
  if (static_cast<std::size_t>(status.st_size) > kMaxTableFile) {
    return Permanent(fmt::format("{}: is larger than {} MiB", path, kMaxTableFile >> 20U));
  }
  return file;
}

Result<UniqueFd> OpenLockedTableFile(const std::string& path, Deadline until) {
  auto file = OpenTableFile(path);
  if (!file) return file;
  if (auto locked = LockShared(*file, path, until); !locked) return tl::unexpected(locked.error());
  return file;
}

Result<std::string> ReadTableFile(const std::string& path) {
  const auto file = OpenTableFile(path);
  if (!file) return tl::unexpected(file.error());
  std::string text;
  const auto read = ReadAll(*file, path, [&](std::string_view chunk) {
    text += chunk;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return text;
}

Result<UniqueFd> CopyToMemory(const UniqueFd& file, const std::string& path) {
  UniqueFd copy(::memfd_create("assay-table", MFD_CLOEXEC));
  if (!copy) return SystemError(path, errno);
  const auto read = ReadAll(file, path, [&](std::string_view chunk) {
    while (!chunk.empty()) {
      const ssize_t put = ::write(copy.get(), chunk.data(), chunk.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      chunk.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return copy;
}

}  // namespace assay::identity
