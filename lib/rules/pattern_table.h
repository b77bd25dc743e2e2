// SPDX-License-Identifier: Apache-2.0
// All patterns of a rule set, each once, addressed by number. What finds them in a text is behind
// this interface: RE2 one by one here, a prefilter in front of it later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/rules/regex.h"
#include "lib/rules/source.h"

namespace assay::rules {

using PatternId = std::uint32_t;

// Immutable; safe to share between threads.
class PatternTable {
 public:
  struct Found {
    std::size_t begin = 0;  // bytes of the text
    std::size_t end = 0;
  };

  PatternTable();
  ~PatternTable();
  PatternTable(const PatternTable&) = delete;
  PatternTable& operator=(const PatternTable&) = delete;

  // Linear in the text.
  [[nodiscard]] bool Matches(PatternId pattern, std::string_view text) const;
  // The leftmost match at or behind `from`.
  [[nodiscard]] std::optional<Found> Find(PatternId pattern, std::string_view text,
                                          std::size_t from) const;
  [[nodiscard]] std::size_t size() const;

 private:
  friend class PatternTableBuilder;
  struct Compiled;
  std::vector<std::unique_ptr<Compiled>> patterns_;
};

// A pattern as it stands in a rule file.
struct PatternText {
  std::string body;   // between the slashes
  std::string flags;  // behind the second
  Place place;        // of all of it
};

class PatternTableBuilder {
 public:
  explicit PatternTableBuilder(DiagnosticLog& log) : log_(log) {}

  // Checks the pattern's syntax and gives it a number, the same for the same pattern. Nothing when
  // it was reported.
  [[nodiscard]] std::optional<PatternId> Add(const PatternText& text);
  // Compiles and proves all patterns; `memory` bytes are shared out between them. Reports what
  // fails.
  [[nodiscard]] std::unique_ptr<const PatternTable> Build(std::size_t memory);

 private:
  struct Entry {
    PatternText text;
    RegexFlags flags;
    Regex regex;
  };

  [[nodiscard]] std::optional<RegexFlags> ParseFlags(const PatternText& text);
  [[nodiscard]] std::unique_ptr<PatternTable::Compiled> Compile(const Entry& entry,
                                                                std::size_t memory);
  void Prove(const Entry& entry, PatternTable& table, PatternId id);
  [[nodiscard]] static Place Inside(const PatternText& text, std::size_t offset,
                                    std::size_t length);

  DiagnosticLog& log_;
  std::map<std::pair<std::string, std::string>, PatternId> known_;
  std::vector<Entry> entries_;
};

}  // namespace assay::rules
