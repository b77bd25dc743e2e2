// SPDX-License-Identifier: Apache-2.0
// lmdb: files as postmap(1) makes them (one unnamed database, no subdirectory), read as a whole.
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>

#include "lib/base/c_ptr.h"
#include "lib/identity/backends.h"
#include "lib/identity/memory_table.h"
#include "lib/identity/table_file.h"

namespace assay::identity {
namespace {

using Environment = CPtr<MDB_env, mdb_env_close>;
using ReadTransaction = CPtr<MDB_txn, mdb_txn_abort>;
using Cursor = CPtr<MDB_cursor, mdb_cursor_close>;

tl::unexpected<Error> LmdbError(const std::string& path, int error) {
  return Temporary(fmt::format("{}: {}", path, mdb_strerror(error)));
}

// The library maps the file and follows what it says: a file that has lost its end would be a
// SIGBUS.
Result<void> CheckLength(MDB_env& env, int copy, const std::string& path) {
  MDB_envinfo info = {};
  MDB_stat pages = {};
  struct stat status = {};
  if (mdb_env_info(&env, &info) != 0 || mdb_env_stat(&env, &pages) != 0 ||
      ::fstat(copy, &status) != 0) {
    return Temporary(path + ": cannot be examined");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (pages.ms_psize == 0 || info.me_last_pgno >= size / pages.ms_psize) {
    return Permanent(path + ": is damaged: shorter than it says");
  }
  return {};
}

std::string_view View(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

Result<TablePtr> ReadEntries(MDB_env& env, const std::string& path) {
  MDB_txn* raw_transaction = nullptr;
  if (const int error = mdb_txn_begin(&env, nullptr, MDB_RDONLY, &raw_transaction); error != 0) {
    return LmdbError(path, error);
  }
  const ReadTransaction transaction(raw_transaction);
  MDB_dbi dbi = 0;
  if (const int error = mdb_dbi_open(transaction.get(), nullptr, 0, &dbi); error != 0) {
    return LmdbError(path, error);
  }
  MDB_cursor* raw_cursor = nullptr;
  if (const int error = mdb_cursor_open(transaction.get(), dbi, &raw_cursor); error != 0) {
    return LmdbError(path, error);
  }
  const Cursor cursor(raw_cursor);
  MemoryTable::Builder builder;
  MDB_val key = {};
  MDB_val value = {};
  int error = 0;
  while ((error = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT)) == 0) {
    if (auto added = builder.Add(View(key), View(value)); !added) {
      return Permanent(path + ": " + added.error().what);
    }
  }
  if (error != MDB_NOTFOUND) return LmdbError(path, error);
  return std::move(builder).Finish();
}

}  // namespace

Result<OpenedTable> OpenLmdb(const std::string& path, Deadline until) {
  auto locked = OpenLockedTableFile(path, until);
  if (!locked) return tl::unexpected(locked.error());
  const auto copy = CopyToMemory(*locked, path);
  if (!copy) return tl::unexpected(copy.error());
  locked->Reset();
  MDB_env* raw = nullptr;
  if (const int error = mdb_env_create(&raw); error != 0) return LmdbError(path, error);
  const Environment env(raw);
  const std::string copied = fmt::format("/proc/self/fd/{}", copy->get());
  constexpr unsigned kFlags = MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK;
  if (const int error = mdb_env_open(env.get(), copied.c_str(), kFlags, 0); error != 0) {
    return LmdbError(path, error);
  }
  if (auto checked = CheckLength(*env, copy->get(), path); !checked) {
    return tl::unexpected(checked.error());
  }
  auto table = ReadEntries(*env, path);
  if (!table) return tl::unexpected(table.error());
  return OpenedTable{std::move(*table), {}};
}

}  // namespace assay::identity
