// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "lib/base/unique_fd.h"

namespace assay::journal {
namespace {

constexpr std::int64_t kApplicationId = 0x41737379;  // "Assy"
constexpr mode_t kFileMode = 0640;
constexpr int kBusyMilliseconds = 250;
// Three records of the usual size fit a page.
constexpr std::uint64_t kPageBytes = 8192;
// Rows removed at once: enough to keep up with any batch, little enough to be quick.
constexpr std::size_t kMostRemoved = 1000;
// A reader that stays (a forgotten sqlite3 shell) keeps the log from being folded into the file.
// Beyond this nothing more is written until it is gone.
constexpr std::int64_t kMaxWalBytes = 64LL * 1024 * 1024;

// The narrow table is what a search reads: it has no index, since rows are written all the time and
// looked for once in a while. Two processes may both find the file empty.
constexpr const char* kSchema = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS message(
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, ref TEXT NOT NULL, queue_id TEXT NOT NULL,
    message_id TEXT NOT NULL, action TEXT NOT NULL, would TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS record(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
  PRAGMA application_id = 1098085241;
  PRAGMA user_version = 1;
  COMMIT;
)";
static_assert(kApplicationId == 1098085241 && kSchemaVersion == 1);

enum : std::size_t { kBegin, kAddMessage, kAddRecord, kCommit, kRemoveMessages, kRemoveRecords };
constexpr std::string_view kStatements[] = {
    "BEGIN IMMEDIATE",
    "INSERT INTO message(time, ref, queue_id, message_id, action, would) VALUES(?,?,?,?,?,?)",
    "INSERT INTO record(id, data) VALUES(last_insert_rowid(), ?)",
    "COMMIT",
    "DELETE FROM message WHERE id <= ?",
    "DELETE FROM record WHERE id <= ?",
};

tl::unexpected<DatabaseError> Unavailable(std::string what) {
  return tl::unexpected(DatabaseError{Trouble::kUnavailable, std::move(what)});
}

std::string SystemMessage(int error) { return std::generic_category().message(error); }

// SQLite gives the files beside it the same mode.
DatabaseResult<void> MakeFile(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) return Unavailable("is no regular file");
    return {};
  }
  if (errno != ENOENT) return Unavailable(SystemMessage(errno));
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
  // Whatever the umask is.
  if (!fd || ::fchmod(fd.get(), kFileMode) != 0) {
    const int error = errno;
    if (error == ENOSPC || error == EDQUOT) {
      return tl::unexpected(DatabaseError{Trouble::kFull, SystemMessage(error)});
    }
    return Unavailable(SystemMessage(error));
  }
  return {};
}

// Whether the file is still empty. It is not touched before it is known to be ours.
DatabaseResult<bool> IsEmpty(Database& database) {
  const auto application = database.Number("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  const auto version = database.Number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  const auto tables = database.Number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  if (*application == kApplicationId && *version == kSchemaVersion) return false;
  if (*application == kApplicationId) {
    return tl::unexpected(DatabaseError{
        Trouble::kOtherSchema, fmt::format("has schema {}, not {}", *version, kSchemaVersion)});
  }
  if (*application != 0 || *tables != 0) {
    return tl::unexpected(DatabaseError{Trouble::kForeign, "is a database of something else"});
  }
  return true;
}

DatabaseResult<void> SetUp(Database& database, const Limits& limits) {
  const auto empty = IsEmpty(database);
  if (!empty) return tl::unexpected(empty.error());
  const std::string settings = fmt::format(
      "PRAGMA page_size={}; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; "
      "PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit={}; PRAGMA temp_store=MEMORY; "
      "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;",
      kPageBytes, kMaxWalBytes);
  if (auto set = database.Execute(settings.c_str()); !set) return set;
  if (*empty) {
    if (auto made = database.Execute(kSchema); !made) return made;
  }
  // The file has the last word on its size, whatever Prune() does.
  const std::string most = fmt::format("PRAGMA max_page_count={}", limits.max_bytes / kPageBytes);
  return database.Execute(most.c_str());
}

}  // namespace

DatabaseResult<Store> Store::Open(const std::string& path, const Limits& limits) {
  if (auto made = MakeFile(path); !made) return tl::unexpected(made.error());
  auto database = Database::Open(path, Database::Access::kWrite, kBusyMilliseconds);
  if (!database) return tl::unexpected(database.error());
  if (auto set_up = SetUp(*database, limits); !set_up) return tl::unexpected(set_up.error());
  Store store(std::move(*database), limits);
  store.path_ = path;
  if (auto prepared = store.Prepare(); !prepared) return tl::unexpected(prepared.error());
  return store;
}

DatabaseResult<void> Store::Prepare() {
  for (const std::string_view sql : kStatements) {
    auto statement = database_.Prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    statements_.push_back(std::move(*statement));
  }
  return {};
}

DatabaseResult<void> Store::Append(std::span<const Row> rows) {
  struct stat wal {};
  if (::stat((path_ + "-wal").c_str(), &wal) == 0 && wal.st_size > kMaxWalBytes) {
    const auto busy = database_.Number("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!busy) return tl::unexpected(busy.error());
    if (*busy != 0) {
      return tl::unexpected(
          DatabaseError{Trouble::kBusy, "somebody reads it and does not come to an end"});
    }
  }
  appended_ = rows.size();
  appended_bytes_ = 0;
  for (const Row& row : rows) appended_bytes_ += row.bytes();
  if (auto begun = statements_[kBegin].Run(); !begun) return begun;
  DatabaseResult<void> done;
  for (const Row& row : rows) {
    done = statements_[kAddMessage]
               .Bind(1, row.time)
               .Bind(2, row.ref)
               .Bind(3, row.queue_id)
               .Bind(4, row.message_id)
               .Bind(5, row.action)
               .Bind(6, row.would)
               .Run();
    if (done) done = statements_[kAddRecord].BindBytes(1, row.data).Run();
    if (!done) break;
  }
  if (done) done = statements_[kCommit].Run();
  // After some errors SQLite has rolled back already; a second time does no harm.
  if (!done) (void)database_.Execute("ROLLBACK");
  return done;
}

// What a clock that ran ahead has dated goes with the first row behind it that is too old.
DatabaseResult<std::int64_t> Store::LastExpired(WallTime now) {
  const auto today = now.time_since_epoch().count();
  const auto before = (now - limits_.max_age).time_since_epoch().count();
  return database_.Number(
      fmt::format("SELECT max(id) FROM "
                  "(SELECT id, time FROM message WHERE time <= {} ORDER BY id LIMIT {}) "
                  "WHERE time < {}",
                  today, kMostRemoved, before));
}

// Below nine tenths, and with room for two more batches like the last one, nothing has to go: on a
// full disk, too.
DatabaseResult<std::int64_t> Store::LastBeyondSize() {
  auto pages = database_.Number("PRAGMA page_count");
  if (!pages) return pages;
  auto free = database_.Number("PRAGMA freelist_count");
  if (!free) return free;
  auto page_bytes = database_.Number("PRAGMA page_size");
  if (!page_bytes) return page_bytes;
  const auto used = static_cast<std::uint64_t>(std::max<std::int64_t>(*pages - *free, 0)) *
                    static_cast<std::uint64_t>(*page_bytes);
  if (used <= limits_.max_bytes / 10 * 9 && used + 2 * appended_bytes_ <= limits_.max_bytes) {
    return 0;
  }
  // Where the limit was lowered, there is much to catch up with.
  const std::size_t many = used > limits_.max_bytes
                               ? kMostRemoved
                               : std::clamp<std::size_t>(2 * appended_, 50, kMostRemoved);
  return database_.Number(
      fmt::format("SELECT max(id) FROM (SELECT id FROM message ORDER BY id LIMIT {})", many));
}

DatabaseResult<void> Store::RemoveUpTo(std::int64_t id) {
  if (auto begun = statements_[kBegin].Run(); !begun) return begun;
  DatabaseResult<void> done = statements_[kRemoveMessages].Bind(1, id).Run();
  if (done) done = statements_[kRemoveRecords].Bind(1, id).Run();
  if (done) done = statements_[kCommit].Run();
  if (!done) (void)database_.Execute("ROLLBACK");
  return done;
}

DatabaseResult<bool> Store::Prune(WallTime now) {
  const auto expired = LastExpired(now);
  if (!expired) return tl::unexpected(expired.error());
  const auto beyond = LastBeyondSize();
  if (!beyond) return tl::unexpected(beyond.error());
  const std::int64_t last = std::max(*expired, *beyond);
  if (last == 0) return false;
  if (auto removed = RemoveUpTo(last); !removed) return tl::unexpected(removed.error());
  // A limit that was lowered: what has become free goes back to the system.
  const auto pages = database_.Number("PRAGMA page_count");
  if (pages && static_cast<std::uint64_t>(*pages) * kPageBytes > limits_.max_bytes) {
    (void)database_.Execute("PRAGMA incremental_vacuum(1000)");
  }
  return true;
}

bool MoveAside(const std::string& path, const std::string& suffix) {
  const std::string aside = path + '.' + suffix;
  (void)::unlink((aside + "-wal").c_str());
  if (::rename(path.c_str(), aside.c_str()) != 0) return false;
  // Left behind, they would be taken for those of the new file.
  (void)::rename((path + "-wal").c_str(), (aside + "-wal").c_str());
  (void)::unlink((path + "-shm").c_str());
  return true;
}

}  // namespace assay::journal
