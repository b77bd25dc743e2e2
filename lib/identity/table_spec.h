// SPDX-License-Identifier: Apache-2.0
// "type:name" as in main.cf: which table is meant.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"

namespace assay::identity {

enum class TableType {
  kInline,
  kTextHash,
  kHash,
  kBtree,
  kLmdb,
  kCdb,
  kPcre,
  kRegexp,
  kSqlite,
  kSocketMap
};

struct TableSpec {
  TableType type = TableType::kInline;
  std::string text;  // as written: "hash:/etc/postfix/sender_login"
  std::string name;  // what follows the type
  // The file that holds the table, "/etc/postfix/sender_login.db"; empty where there is none.
  std::string path;
  std::vector<std::pair<std::string, std::string>> entries;  // of inline:{ key=value, … }
  // Of socketmap:unix:/path:name and socketmap:inet:address:port:name.
  std::string socket_path;  // empty: inet
  std::string host;         // an IP address
  unsigned port = 0;
  std::string map_name;

  bool operator==(const TableSpec& other) const { return text == other.text; }
};

// Paths are absolute; the host of a socketmap is an IP address or localhost, since looking a name
// up could block. An Error goes on after the quoted text: "has a type that …".
[[nodiscard]] Result<TableSpec> ParseTableSpec(std::string_view text);

}  // namespace assay::identity
