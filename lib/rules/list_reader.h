// SPDX-License-Identifier: Apache-2.0
// Lists, from what stands in a rule file or in a file of their own to what `in` looks into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/rules/diagnostic.h"
#include "lib/rules/entry_set.h"
#include "lib/rules/pattern_table.h"
#include "lib/rules/syntax.h"

namespace assay::rules {

// What all lists of one set have taken of their limits.
struct ListBudget {
  std::size_t entries = 0;
  std::size_t patterns = 0;
};

// Reads one list. Reports what is wrong with an entry, and leaves it out.
class ListReader {
 public:
  ListReader(DiagnosticLog& log, ListBudget& budget) : log_(log), budget_(budget), patterns_(log) {}

  // An entry in a rule file: a text or a pattern.
  void AddValue(const ValueSyntax& value);
  // A file of the Sources: an entry a line, with comments.
  void AddFile(std::uint32_t file);
  // Compiles the patterns; nothing may be added afterwards.
  [[nodiscard]] EntrySet Finish();

 private:
  void AddLine(std::string_view line, const Place& begin);
  void AddText(std::string_view entry, const Place& place);
  void AddPattern(const PatternText& pattern);
  void AddPatternLine(std::string_view line, const Place& begin);
  [[nodiscard]] bool Count(const Place& place);

  DiagnosticLog& log_;
  ListBudget& budget_;
  PatternTableBuilder patterns_;
  std::size_t pattern_count_ = 0;
  EntrySet set_;
};

// What a list file holds when it is read again while its rule set is in use. The limits are those
// of a set, for this list alone.
struct ListContents {
  std::shared_ptr<const EntrySet> entries;  // null when there was an error
  std::vector<Diagnostic> diagnostics;
};
[[nodiscard]] ListContents ReadListText(std::string path, std::string text);

}  // namespace assay::rules
