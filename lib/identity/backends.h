// SPDX-License-Identifier: Apache-2.0
// One reader per kind of table; open_table.cc chooses among them. Each has its library in its own
// .cc file. `path` is the file, suffix included.
#pragma once

#include <string>
#include <vector>

#include "lib/identity/table.h"
#include "lib/identity/table_spec.h"

namespace assay::identity {

struct OpenedTable {
  TablePtr table;
  std::vector<std::string> warnings;  // parts of it that were left out, and why
};

[[nodiscard]] Result<OpenedTable> OpenInline(const TableSpec& spec);
[[nodiscard]] Result<OpenedTable> OpenTextHash(const std::string& path);
// Waits for postmap's lock (fcntl) until `until`, as do lmdb and cdb; a table that is still locked
// then is a temporary Error.
[[nodiscard]] Result<OpenedTable> OpenBerkeleyDb(const std::string& path, TableType type,
                                                 Deadline until);
[[nodiscard]] Result<OpenedTable> OpenLmdb(const std::string& path, Deadline until);
[[nodiscard]] Result<OpenedTable> OpenCdb(const std::string& path, Deadline until);
// pcre_table(5) and regexp_table(5). A line in error is an Error that names it: half a table would
// decide otherwise than the administrator meant.
[[nodiscard]] Result<OpenedTable> OpenPatterns(const std::string& path, TableType type);
// `path` is the file of sqlite_table(5) that names database and query.
[[nodiscard]] Result<OpenedTable> OpenSqlite(const std::string& path);
// Connects with the first lookup.
[[nodiscard]] Result<OpenedTable> OpenSocketMap(const TableSpec& spec);

}  // namespace assay::identity
