// SPDX-License-Identifier: Apache-2.0
// The configuration of sqlite_table(5) and its % expansions, without the database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace assay::identity {

struct SqliteQuery {
  std::string dbpath;
  std::string query;
  std::string result_format = "%s";
  std::vector<std::string> domains;  // lower case; empty: no restriction
  std::size_t expansion_limit = 0;   // values of one lookup; 0: no limit of the file's
};

// An Error goes on after "PATH: ".
[[nodiscard]] Result<SqliteQuery> ParseSqliteQuery(std::string_view text);

// The statement for a key, quoted for SQL; nothing when the key has not what the query asks for,
// which counts as not found.
[[nodiscard]] std::optional<std::string> ExpandQuery(const SqliteQuery& query,
                                                     std::string_view key);
// One value through result_format; nothing when it is to be left out.
[[nodiscard]] std::optional<std::string> ExpandResult(const SqliteQuery& query,
                                                      std::string_view value, std::string_view key);

}  // namespace assay::identity
