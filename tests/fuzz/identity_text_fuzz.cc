// SPDX-License-Identifier: Apache-2.0
// The text formats of tables: total, and with the properties that lookups rely on.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/base/text.h"
#include "lib/identity/map_text.h"
#include "lib/identity/pattern_table.h"
#include "lib/identity/sqlite_query.h"
#include "lib/identity/table_spec.h"

namespace {

using namespace assay::identity;

void Require(bool holds) {
  if (!holds) std::abort();
}

// Written as lines again, a map reads the same.
void CheckMapText(std::string_view text) {
  const MapText map = ParseMapText(text);
  std::string written;
  for (const auto& [key, value] : map.entries) {
    Require(!key.empty() && !value.empty() && key == assay::ToLower(key));
    Require(key.find_first_of(" \t\n") == std::string::npos);
    Require(value.find('\n') == std::string::npos);
    written += key + ' ' + value + '\n';
    for (const std::string_view part : SplitValue(value)) {
      Require(!part.empty() && part.find_first_of(", \t\r") == std::string_view::npos);
    }
  }
  Require(ParseMapText(written).entries == map.entries);
}

void CheckPatternLines(std::string_view text) {
  const auto lines = ParsePatternLines(text);
  if (!lines) return;
  std::size_t open = 0;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const PatternLine& line = (*lines)[i];
    if (line.kind == PatternLine::Kind::kIf) {
      Require(line.end > i && line.end < lines->size());
      Require((*lines)[line.end].kind == PatternLine::Kind::kEndIf);
      ++open;
    }
    if (line.kind == PatternLine::Kind::kEndIf) Require(open-- > 0);
    (void)ParseResultText(line.result);
  }
  Require(open == 0);
}

// Whatever the key, it cannot end the text that the query puts it into.
void CheckSqlite(std::string_view text) {
  (void)ParseSqliteQuery(text);
  const auto query = ParseSqliteQuery("dbpath=/x\nquery=%s");
  const auto sql = ExpandQuery(*query, text);
  if (!sql) return;
  for (std::size_t i = 0; i < sql->size(); ++i) {
    if ((*sql)[i] == '\'') Require(++i < sql->size() && (*sql)[i] == '\'');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckMapText(text);
  CheckPatternLines(text);
  CheckSqlite(text);
  const auto spec = ParseTableSpec(text);
  Require(!spec || (spec->text == text && ParseTableSpec(spec->text).has_value()));
  return 0;
}
