// SPDX-License-Identifier: Apache-2.0
// sqlite tables: read-only, one statement a lookup, ended at its deadline.
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <vector>

#include "lib/base/c_ptr.h"
#include "lib/base/text.h"
#include "lib/identity/backends.h"
#include "lib/identity/sqlite_query.h"
#include "lib/identity/table_file.h"

namespace assay::identity {
namespace {

using Handle = CPtr<sqlite3, sqlite3_close_v2>;
using Statement = CPtr<sqlite3_stmt, sqlite3_finalize>;

constexpr std::size_t kMaxIdleDatabases = 4;  // connections kept open between lookups
constexpr int kStepsBetweenChecks = 2000;     // of SQLite's virtual machine
constexpr std::size_t kMaxValues = 1000;      // rows of one lookup
constexpr std::size_t kMaxResult = 64UL * 1024;
constexpr std::chrono::milliseconds kCheckWait{1000};  // for the statement that proves the query

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};

FileId IdOf(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

struct Connection {
  Handle handle;
  FileId file;  // a database that was replaced is opened again
};

int IsLate(void* until) { return SteadyClock::now() > *static_cast<Deadline*>(until) ? 1 : 0; }

class SqliteTable final : public Table {
 public:
  SqliteTable(std::string path, SqliteQuery query)
      : path_(std::move(path)), query_(std::move(query)) {}

  [[nodiscard]] Result<std::optional<std::string>> Lookup(std::string_view key,
                                                          Deadline until) const override;
  [[nodiscard]] bool may_wait() const override { return true; }
  // Whether database and statement are sound, said before the first message needs them.
  [[nodiscard]] Result<void> Check() const;

 private:
  [[nodiscard]] Result<Connection> Take() const;
  void GiveBack(Connection connection) const;
  [[nodiscard]] Result<std::optional<std::string>> Run(sqlite3& db, const std::string& sql,
                                                       std::string_view key) const;
  [[nodiscard]] tl::unexpected<Error> Trouble(sqlite3* db) const {
    return Temporary(fmt::format("{}: {}: {}", path_, query_.dbpath, sqlite3_errmsg(db)));
  }

  std::string path_;
  SqliteQuery query_;
  mutable std::mutex mutex_;
  mutable std::vector<Connection> idle_;
};

Result<Connection> SqliteTable::Take() const {
  const FileId now = IdOf(query_.dbpath);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(idle_, [&](const Connection& connection) { return connection.file != now; });
    if (!idle_.empty()) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(query_.dbpath.c_str(), &raw,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(raw);
  if (opened != SQLITE_OK) return Trouble(raw);
  return Connection{std::move(handle), now};
}

void SqliteTable::GiveBack(Connection connection) const {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdleDatabases) idle_.push_back(std::move(connection));
}

Result<std::optional<std::string>> SqliteTable::Run(sqlite3& db, const std::string& sql,
                                                    std::string_view key) const {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(&db, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) return Trouble(&db);
  const Statement statement(raw);
  if (!statement) return Temporary(path_ + ": the query is no statement");
  std::string joined;
  std::size_t values = 0;
  int step = 0;
  while ((step = sqlite3_step(statement.get())) == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 0));
    if (text == nullptr) continue;
    const auto value = ExpandResult(query_, {text, size}, key);
    if (!value) continue;
    joined.append(values == 0 ? "" : ",").append(*value);
    ++values;
    const bool over = query_.expansion_limit != 0 && values > query_.expansion_limit;
    if (over || values > kMaxValues || joined.size() > kMaxResult) {
      return Temporary(path_ + ": too many values for one address");
    }
  }
  if (step != SQLITE_DONE) return Trouble(&db);
  return values == 0 ? std::optional<std::string>() : std::optional(std::move(joined));
}

Result<std::optional<std::string>> SqliteTable::Lookup(std::string_view key, Deadline until) const {
  const auto sql = ExpandQuery(query_, ToLower(key));
  if (!sql) return std::optional<std::string>();
  auto connection = Take();
  if (!connection) return tl::unexpected(connection.error());
  sqlite3* db = connection->handle.get();
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(until - SteadyClock::now());
  sqlite3_busy_timeout(db, static_cast<int>(std::max<milliseconds::rep>(left.count(), 1)));
  sqlite3_progress_handler(db, kStepsBetweenChecks, IsLate, &until);
  auto result = Run(*db, *sql, ToLower(key));
  sqlite3_progress_handler(db, 0, nullptr, nullptr);
  if (result) GiveBack(std::move(*connection));
  return result;
}

Result<void> SqliteTable::Check() const {
  const auto found = Lookup("postmaster@example.com", SteadyClock::now() + kCheckWait);
  if (!found) return tl::unexpected(found.error());
  return {};
}

}  // namespace

Result<OpenedTable> OpenSqlite(const std::string& path) {
  const auto text = ReadTableFile(path);
  if (!text) return tl::unexpected(text.error());
  auto query = ParseSqliteQuery(*text);
  if (!query) return Permanent(path + ": " + query.error().what);
  auto table = std::make_shared<const SqliteTable>(path, std::move(*query));
  if (auto checked = table->Check(); !checked) return tl::unexpected(checked.error());
  return OpenedTable{std::move(table), {}};
}

}  // namespace assay::identity
