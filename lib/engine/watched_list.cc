// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/watched_list.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "lib/base/unique_fd.h"
#include "lib/rules/entry_set.h"
#include "lib/rules/limits.h"
#include "lib/rules/list_reader.h"

namespace assay::engine {
namespace {

constexpr std::string_view kStays = "what was read before stays in force";

std::size_t SizeOf(const rules::RuleSet::ListFile& list) {
  return list.entries == nullptr ? 0 : list.entries->size();
}

std::string FirstError(const rules::ListContents& contents) {
  for (const rules::Diagnostic& diagnostic : contents.diagnostics) {
    if (diagnostic.severity != rules::Severity::kError) continue;
    return fmt::format("{}:{}:{}: {}", diagnostic.file, diagnostic.line, diagnostic.column,
                       diagnostic.message);
  }
  return {};
}

}  // namespace

// Who can write a path into a rule file can name anything: what blocks is not waited for, and what
// never ends is not read to its end.
Result<FileText> ReadFileText(const std::string& path, std::size_t max) {
  const auto failed = [&path] { return Permanent(path + ": " + std::strerror(errno)); };
  FileText file;
  file.state = LookAt(path);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status = {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return failed();
  if (S_ISDIR(status.st_mode)) return Permanent(path + ": is a directory");
  if (!S_ISREG(status.st_mode)) return Permanent(path + ": is no regular file");
  const auto too_large = [&] {
    return Permanent(fmt::format("{}: larger than {} bytes", path, max));
  };
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max) return too_large();
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed();
    if (got == 0) break;
    file.text.append(buffer.data(), static_cast<std::size_t>(got));
    if (file.text.size() > max) return too_large();
  }
  if (LookAt(path) != file.state || file.text.size() != size) {
    return Temporary(path + ": has changed while it was read");
  }
  return file;
}

std::string Shrunk(const rules::RuleSet::ListFile& before, const rules::RuleSet::ListFile& now) {
  if (SizeOf(now) * 2 >= SizeOf(before)) return {};
  return fmt::format(
      "list {}: {} has lost more than half of its entries ({} before, {} now): what was read "
      "before stays in force until `assay reload --accept-shrink`",
      now.name, now.path, SizeOf(before), SizeOf(now));
}

WatchedList::WatchedList(rules::RuleSet::ListFile list, const std::optional<FileState>& read)
    : list_(std::move(list)) {
  watch_.Read(read, SteadyClock::now());
}

rules::RuleSet::ListFile WatchedList::Get() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

WatchNews WatchedList::Refresh(SteadyClock::time_point now) {
  const auto state = LookAt(Get().path);
  const bool due = watch_.Due(state, now);
  if (watch_.IsAsRead(state)) last_failure_.clear();  // what it had become is gone again
  return due ? Read(now) : WatchNews();
}

// Said once, however often it is tried again.
WatchNews WatchedList::Unreadable(const std::string& why, SteadyClock::time_point now) {
  watch_.Failed(now);
  WatchNews news;
  if (why != std::exchange(last_failure_, why)) news.warnings.push_back(why);
  return news;
}

WatchNews WatchedList::Read(SteadyClock::time_point now) {
  const rules::RuleSet::ListFile before = Get();
  auto file = ReadFileText(before.path, rules::kMaxListFileBytes);
  if (!file) {
    return Unreadable(fmt::format("list {}: {}: {}", before.name, file.error().what, kStays), now);
  }
  // What is wrong with the contents stays so until the file changes again.
  watch_.Read(file->state, now);
  last_failure_.clear();
  rules::ListContents contents = rules::ReadListText(before.path, std::move(file->text));
  WatchNews news;
  if (contents.entries == nullptr) {
    news.warnings.push_back(
        fmt::format("list {}: {}: {}", before.name, FirstError(contents), kStays));
    return news;
  }
  rules::RuleSet::ListFile list = {before.name, before.path, std::move(contents.entries)};
  if (std::string why = Shrunk(before, list); !why.empty()) {
    news.warnings.push_back(std::move(why));
    return news;
  }
  return Use(std::move(list));
}

WatchNews WatchedList::Use(rules::RuleSet::ListFile list) {
  WatchNews news;
  news.changed = true;
  news.infos.push_back(
      fmt::format("list {}: {} read, {} entries", list.name, list.path, SizeOf(list)));
  const std::lock_guard lock(mutex_);
  list_ = std::move(list);
  return news;
}

}  // namespace assay::engine
