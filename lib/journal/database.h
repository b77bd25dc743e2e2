// SPDX-License-Identifier: Apache-2.0
// SQLite behind types of ours. Not thread-safe: one thread at a time, each with a Database of its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "lib/base/c_ptr.h"

struct sqlite3;
struct sqlite3_stmt;

namespace assay::journal {

// What a failure calls for.
enum class Trouble {
  kBusy,         // somebody else holds a lock: again later
  kFull,         // no room, on the disk or in the file
  kDamaged,      // no database, or a broken one
  kForeign,      // a database of something else: not to be touched
  kOtherSchema,  // written by another version of Assay
  kUnavailable,  // anything else: no such directory, no permission, an I/O error
};

struct DatabaseError {
  Trouble trouble = Trouble::kUnavailable;
  std::string what;  // one line, without the path
};

template <class T>
using DatabaseResult = tl::expected<T, DatabaseError>;

// Not a member of the owners: it is the release function of their handles.
void CloseDatabase(sqlite3* database) noexcept;
void FinalizeStatement(sqlite3_stmt* statement) noexcept;

class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  // Parameters count from 1. Texts and bytes must stay until the next Reset().
  Statement& Bind(int parameter, std::int64_t value);
  Statement& Bind(int parameter, std::string_view text);
  Statement& BindBytes(int parameter, std::string_view bytes);
  // Whether there is a row.
  [[nodiscard]] DatabaseResult<bool> Step();
  // Steps to the end and resets.
  [[nodiscard]] DatabaseResult<void> Run();
  void Reset();
  // Of the row; columns count from 0. Texts are valid until the next Step() or Reset().
  [[nodiscard]] std::int64_t Number(int column) const;
  [[nodiscard]] std::string_view Bytes(int column) const;
  [[nodiscard]] bool IsNull(int column) const;

 private:
  CPtr<sqlite3_stmt, FinalizeStatement> handle_;
};

class Database {
 public:
  enum class Access {
    kWrite,      // makes the file if need be
    kRead,       // beside a process that writes
    kReadAlone,  // nobody writes: needs no file beside it
  };
  // Locks are waited for up to `busy_milliseconds`, by each statement.
  [[nodiscard]] static DatabaseResult<Database> Open(const std::string& path, Access access,
                                                     int busy_milliseconds);

  // One or more statements without parameters.
  [[nodiscard]] DatabaseResult<void> Execute(const char* sql);
  [[nodiscard]] DatabaseResult<Statement> Prepare(std::string_view sql);
  // The one number that a statement gives.
  [[nodiscard]] DatabaseResult<std::int64_t> Number(std::string_view sql);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  CPtr<sqlite3, CloseDatabase> handle_;
};

}  // namespace assay::journal
