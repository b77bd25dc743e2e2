// SPDX-License-Identifier: Apache-2.0
// hash and btree: Berkeley DB files as postmap(1) and postalias(1) make them, read as a whole.
#include <db.h>
#include <fmt/format.h>

#include <memory>

#include "lib/identity/backends.h"
#include "lib/identity/memory_table.h"
#include "lib/identity/table_file.h"

namespace assay::identity {
namespace {

struct CloseDb {
  void operator()(DB* db) const noexcept { db->close(db, 0); }
};
struct CloseCursor {
  void operator()(DBC* cursor) const noexcept { cursor->close(cursor); }
};
using DbHandle = std::unique_ptr<DB, CloseDb>;
using CursorHandle = std::unique_ptr<DBC, CloseCursor>;

tl::unexpected<Error> DbError(const std::string& path, int error) {
  return Temporary(fmt::format("{}: {}", path, db_strerror(error)));
}

void Silence(const DB_ENV* /*env*/, const char* /*prefix*/, const char* /*message*/) {}

Result<DbHandle> CreateHandle(const std::string& path) {
  DB* db = nullptr;
  if (const int error = db_create(&db, nullptr, 0); error != 0) return DbError(path, error);
  db->set_errcall(db, Silence);
  return DbHandle(db);
}

// The library trusts the pages of a file; so they are looked through before any is followed.
Result<void> Verify(const std::string& path) {
  auto handle = CreateHandle(path);
  if (!handle) return tl::unexpected(handle.error());
  DB* db = handle->release();  // verify() ends the handle, whatever comes of it
  const int error = db->verify(db, path.c_str(), nullptr, nullptr, DB_NOORDERCHK);
  if (error != 0) return Permanent(fmt::format("{}: is damaged: {}", path, db_strerror(error)));
  return {};
}

std::string_view View(const DBT& thing) {
  return {static_cast<const char*>(thing.data), thing.size};
}

Result<TablePtr> ReadEntries(DB& db, const std::string& path) {
  DBC* raw = nullptr;
  if (const int error = db.cursor(&db, nullptr, &raw, 0); error != 0) return DbError(path, error);
  const CursorHandle cursor(raw);
  MemoryTable::Builder builder;
  DBT key = {};
  DBT value = {};
  int error = 0;
  while ((error = cursor->get(cursor.get(), &key, &value, DB_NEXT)) == 0) {
    if (auto added = builder.Add(View(key), View(value)); !added) {
      return Permanent(path + ": " + added.error().what);
    }
  }
  if (error != DB_NOTFOUND) return DbError(path, error);
  return std::move(builder).Finish();
}

}  // namespace

Result<OpenedTable> OpenBerkeleyDb(const std::string& path, TableType type, Deadline until) {
  auto locked = OpenLockedTableFile(path, until);
  if (!locked) return tl::unexpected(locked.error());
  // The library opens and closes the file by itself, and with the first close() a process loses its
  // fcntl locks on it: so it gets a copy that was made under the lock.
  const auto copy = CopyToMemory(*locked, path);
  if (!copy) return tl::unexpected(copy.error());
  locked->Reset();
  const std::string copied = fmt::format("/proc/self/fd/{}", copy->get());
  const auto named = [&](Error error) {
    if (error.what.starts_with(copied)) error.what.replace(0, copied.size(), path);
    return tl::unexpected(std::move(error));
  };
  if (auto verified = Verify(copied); !verified) return named(verified.error());
  auto db = CreateHandle(copied);
  if (!db) return named(db.error());
  const int opened =
      (*db)->open(db->get(), nullptr, copied.c_str(), nullptr, DB_UNKNOWN, DB_RDONLY, 0);
  if (opened != 0) return DbError(path, opened);
  DBTYPE found = DB_UNKNOWN;
  (*db)->get_type(db->get(), &found);
  const DBTYPE wanted = type == TableType::kHash ? DB_HASH : DB_BTREE;
  if (found != wanted) {
    return Permanent(
        fmt::format("{}: is not a {} table", path, type == TableType::kHash ? "hash" : "btree"));
  }
  auto table = ReadEntries(**db, copied);
  if (!table) return named(table.error());
  return OpenedTable{std::move(*table), {}};
}

}  // namespace assay::identity
