// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/open_table.h"

namespace assay::identity {

Result<OpenedTable> OpenTable(const TableSpec& spec, Deadline until) {
  switch (spec.type) {
    case TableType::kInline:
      return OpenInline(spec);
    case TableType::kTextHash:
      return OpenTextHash(spec.path);
    case TableType::kHash:
    case TableType::kBtree:
      return OpenBerkeleyDb(spec.path, spec.type, until);
    case TableType::kLmdb:
      return OpenLmdb(spec.path, until);
    case TableType::kCdb:
      return OpenCdb(spec.path, until);
    case TableType::kPcre:
    case TableType::kRegexp:
      return OpenPatterns(spec.path, spec.type);
    case TableType::kSqlite:
      return OpenSqlite(spec.path);
    case TableType::kSocketMap:
      return OpenSocketMap(spec);
  }
  return Permanent("no such type");
}

}  // namespace assay::identity
