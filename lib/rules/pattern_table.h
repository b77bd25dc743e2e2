// SPDX-License-Identifier: Apache-2.0
// All patterns of a rule set, each once, addressed by number. What finds them in a text is behind
// this interface: RE2, and for each source a prefilter that tells where RE2 has to look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/rules/prefilter.h"
#include "lib/rules/regex.h"
#include "lib/rules/source.h"

namespace assay::rules {

using PatternId = std::uint32_t;
// Index into Program::sources: patterns with the same one are asked of the same texts.
using SourceId = std::uint32_t;

// A pattern on a source for which a prefilter says where it may match: below
// PatternTable::screens(). Those of one source stand behind each other.
using ScreenId = std::uint32_t;
inline constexpr ScreenId kNoScreen = 0xFFFFFFFF;

// One pattern on one source; asked at most once a message.
struct TextMatch {
  SourceId source = 0;
  PatternId pattern = 0;

  auto operator<=>(const TextMatch&) const = default;
};

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
  // What the pattern counts for the texts that it looks at.
  [[nodiscard]] const PatternCost& CostOf(PatternId pattern) const;
  [[nodiscard]] std::size_t size() const;

  // For all patterns that are asked of that source; null when there is none.
  [[nodiscard]] const Prefilter* FilterOf(SourceId source) const;
  // The pattern's number in that prefilter; nothing when it has to be asked of every text.
  [[nodiscard]] std::optional<PatternSlot> SlotOf(const TextMatch& match) const;
  // The same pair's number among those of all sources, kNoScreen without a prefilter.
  [[nodiscard]] ScreenId ScreenOf(const TextMatch& match) const;
  // What ScreenOf() gives for the first slot of the source, and one more than for its last.
  [[nodiscard]] std::pair<ScreenId, ScreenId> ScreensOf(SourceId source) const;
  [[nodiscard]] std::size_t screens() const { return screens_; }
  [[nodiscard]] std::size_t filter_memory() const;  // bytes of all prefilters

 private:
  friend class PatternTableBuilder;
  struct Compiled;
  struct Source {
    std::vector<PatternId> patterns;  // by slot; ascending
    std::unique_ptr<const Prefilter> filter;
    ScreenId first_screen = 0;
  };
  std::vector<std::unique_ptr<Compiled>> patterns_;
  std::vector<Source> sources_;
  std::size_t screens_ = 0;
};

// A pattern as it stands in a rule file.
struct PatternText {
  std::string body;   // between the slashes
  std::string flags;  // behind the second
  Place place;        // of all of it
};

class PatternTableBuilder {
 public:
  explicit PatternTableBuilder(DiagnosticLog& log, PrefilterFactory factory = MakeWindowPrefilter)
      : log_(log), factory_(std::move(factory)) {}

  // Checks the pattern's syntax and gives it a number, the same for the same pattern. Nothing when
  // it was reported.
  [[nodiscard]] std::optional<PatternId> Add(const PatternText& text);
  // Compiles and proves all patterns; `asked` says which ones are asked of which source. `memory`
  // bytes are shared out between the prefilters and the patterns' automata. Reports what fails.
  [[nodiscard]] std::unique_ptr<const PatternTable> Build(std::size_t memory,
                                                          std::span<const TextMatch> asked = {});

 private:
  struct Entry {
    PatternText text;
    RegexFlags flags;
    Regex regex;
  };

  [[nodiscard]] std::optional<RegexFlags> ParseFlags(const PatternText& text);
  [[nodiscard]] std::unique_ptr<PatternTable::Compiled> Compile(const Entry& entry,
                                                                std::size_t memory);
  void MakeFilters(PatternTable& table, std::span<const TextMatch> asked, std::size_t memory);
  [[nodiscard]] std::vector<std::size_t> ShareOut(std::size_t memory) const;
  void Prove(const Entry& entry, const PatternTable& table, PatternId id);
  void ProveFilter(const PatternTable& table, const PatternTable::Source& source);
  [[nodiscard]] static Place Inside(const PatternText& text, std::size_t offset,
                                    std::size_t length);

  DiagnosticLog& log_;
  PrefilterFactory factory_;
  std::map<std::pair<std::string, std::string>, PatternId> known_;
  std::vector<Entry> entries_;
};

}  // namespace assay::rules
