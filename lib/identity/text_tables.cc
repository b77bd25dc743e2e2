// SPDX-License-Identifier: Apache-2.0
// texthash and inline: what Postfix keeps in memory too.
#include "lib/identity/backends.h"
#include "lib/identity/map_text.h"
#include "lib/identity/memory_table.h"
#include "lib/identity/table_file.h"

namespace assay::identity {
namespace {

Result<TablePtr> Build(const std::vector<std::pair<std::string, std::string>>& entries) {
  MemoryTable::Builder builder;
  for (const auto& [key, value] : entries) {
    if (auto added = builder.Add(key, value); !added) return tl::unexpected(added.error());
  }
  return std::move(builder).Finish();
}

}  // namespace

Result<OpenedTable> OpenInline(const TableSpec& spec) {
  auto table = Build(spec.entries);
  if (!table) return tl::unexpected(table.error());
  return OpenedTable{std::move(*table), {}};
}

Result<OpenedTable> OpenTextHash(const std::string& path) {
  const auto text = ReadTableFile(path);
  if (!text) return tl::unexpected(text.error());
  MapText map = ParseMapText(*text);
  auto table = Build(map.entries);
  if (!table) return Permanent(path + ": " + table.error().what);
  for (std::string& warning : map.warnings) warning.insert(0, path + ": ");
  return OpenedTable{std::move(*table), std::move(map.warnings)};
}

}  // namespace assay::identity
