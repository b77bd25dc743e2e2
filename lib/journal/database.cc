// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/database.h"

#include <sqlite3.h>

#include <utility>

namespace assay::journal {
namespace {

Trouble ToTrouble(int code) {
  switch (code & 0xff) {  // the primary result code
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Trouble::kBusy;
    case SQLITE_FULL:
      return Trouble::kFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Trouble::kDamaged;
    default:
      return Trouble::kUnavailable;
  }
}

tl::unexpected<DatabaseError> Failed(sqlite3* database, int code) {
  const char* what = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  return tl::unexpected(DatabaseError{ToTrouble(code), what});
}

// A file name in a URI: what has a meaning there is escaped.
std::string ToUri(const std::string& path) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      const auto byte = static_cast<unsigned char>(c);
      uri.append("%").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 0xfU]);
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

void CloseDatabase(sqlite3* database) noexcept { sqlite3_close_v2(database); }
void FinalizeStatement(sqlite3_stmt* statement) noexcept { sqlite3_finalize(statement); }

Statement& Statement::Bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), parameter, value);
  return *this;
}

Statement& Statement::Bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(handle_.get(), parameter, text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBytes(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(handle_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

DatabaseResult<bool> Statement::Step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW || code == SQLITE_DONE) return code == SQLITE_ROW;
  return Failed(sqlite3_db_handle(handle_.get()), code);
}

DatabaseResult<void> Statement::Run() {
  for (;;) {
    auto row = Step();
    if (row && *row) continue;
    DatabaseResult<void> result;
    if (!row) result = tl::unexpected(std::move(row.error()));
    Reset();
    return result;
  }
}

void Statement::Reset() { sqlite3_reset(handle_.get()); }

std::int64_t Statement::Number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view Statement::Bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

DatabaseResult<Database> Database::Open(const std::string& path, Access access,
                                        int busy_milliseconds) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  flags |=
      access == Access::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  std::string uri = ToUri(path);
  if (access == Access::kReadAlone) uri += "?immutable=1";
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return Failed(handle, code);
  sqlite3_busy_timeout(handle, busy_milliseconds);
  return database;
}

DatabaseResult<void> Database::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Failed(handle_.get(), code);
  return {};
}

DatabaseResult<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Failed(handle_.get(), code);
  return Statement(statement);
}

DatabaseResult<std::int64_t> Database::Number(std::string_view sql) {
  auto statement = Prepare(sql);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  auto row = statement->Step();
  if (!row) return tl::unexpected(std::move(row.error()));
  return *row ? statement->Number(0) : 0;
}

}  // namespace assay::journal
