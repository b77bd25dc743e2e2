// SPDX-License-Identifier: Apache-2.0
#include "tests/identity/table_files.h"

#include <cdb.h>
#include <db.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <lmdb.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace assay::test {
namespace {

std::string Ended(const std::string& text, Nul nul) {
  return nul == Nul::kWith ? text + '\0' : text;
}

}  // namespace

TempDirectory::TempDirectory() {
  std::string pattern = testing::TempDir() + "assay-tables-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDirectory::Write(std::string_view name, std::string_view text) const {
  const std::string path = Path(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

void WriteBerkeleyDb(const std::string& path, bool btree, const Pairs& pairs, Nul nul) {
  std::filesystem::remove(path);
  DB* db = nullptr;
  ASSERT_EQ(db_create(&db, nullptr, 0), 0);
  ASSERT_EQ(
      db->open(db, nullptr, path.c_str(), nullptr, btree ? DB_BTREE : DB_HASH, DB_CREATE, 0644), 0);
  for (const auto& [key, value] : pairs) {
    std::string key_text = Ended(key, nul);
    std::string value_text = Ended(value, nul);
    DBT key_thing = {};
    DBT value_thing = {};
    key_thing.data = key_text.data();
    key_thing.size = static_cast<u_int32_t>(key_text.size());
    value_thing.data = value_text.data();
    value_thing.size = static_cast<u_int32_t>(value_text.size());
    ASSERT_EQ(db->put(db, nullptr, &key_thing, &value_thing, 0), 0);
  }
  ASSERT_EQ(db->close(db, 0), 0);
}

void WriteLmdb(const std::string& path, const Pairs& pairs, Nul nul) {
  std::filesystem::remove(path);
  MDB_env* env = nullptr;
  MDB_txn* transaction = nullptr;
  MDB_dbi dbi = 0;
  ASSERT_EQ(mdb_env_create(&env), 0);
  ASSERT_EQ(mdb_env_open(env, path.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0644), 0);
  ASSERT_EQ(mdb_txn_begin(env, nullptr, 0, &transaction), 0);
  ASSERT_EQ(mdb_dbi_open(transaction, nullptr, 0, &dbi), 0);
  for (const auto& [key, value] : pairs) {
    std::string key_text = Ended(key, nul);
    std::string value_text = Ended(value, nul);
    MDB_val key_thing = {key_text.size(), key_text.data()};
    MDB_val value_thing = {value_text.size(), value_text.data()};
    ASSERT_EQ(mdb_put(transaction, dbi, &key_thing, &value_thing, 0), 0);
  }
  ASSERT_EQ(mdb_txn_commit(transaction), 0);
  mdb_env_close(env);
}

void WriteCdb(const std::string& path, const Pairs& pairs, Nul nul) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  ASSERT_GE(fd, 0);
  cdb_make make = {};
  ASSERT_EQ(cdb_make_start(&make, fd), 0);
  for (const auto& [key, value] : pairs) {
    const std::string key_text = Ended(key, nul);
    const std::string value_text = Ended(value, nul);
    ASSERT_EQ(cdb_make_add(&make, key_text.data(), static_cast<unsigned>(key_text.size()),
                           value_text.data(), static_cast<unsigned>(value_text.size())),
              0);
  }
  ASSERT_EQ(cdb_make_finish(&make), 0);
  ::close(fd);
}

void WriteSqlite(const std::string& path, const std::vector<std::string>& statements) {
  std::filesystem::remove(path);
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  for (const std::string& statement : statements) {
    ASSERT_EQ(sqlite3_exec(db, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << statement << ": " << sqlite3_errmsg(db);
  }
  ASSERT_EQ(sqlite3_close(db), SQLITE_OK);
}

}  // namespace assay::test
