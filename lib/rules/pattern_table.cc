// SPDX-License-Identifier: Apache-2.0
// The only file that knows RE2.
#include "lib/rules/pattern_table.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "lib/rules/limits.h"

namespace assay::rules {

struct PatternTable::Compiled {
  Compiled(const std::string& text, const re2::RE2::Options& options) : re(text, options) {}
  re2::RE2 re;
  PatternCost cost;
};

namespace {

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

re2::RE2::Options MakeOptions(const RegexFlags& flags, std::size_t memory) {
  re2::RE2::Options options(flags.bytes ? re2::RE2::Latin1 : re2::RE2::DefaultOptions);
  options.set_max_mem(static_cast<std::int64_t>(memory));
  options.set_log_errors(false);
  options.set_never_capture(true);
  if (!flags.bytes) {  // the emitter has written the flags of byte patterns out
    options.set_case_sensitive(!flags.ignore_case);
    options.set_dot_nl(flags.dot_all);
  }
  return options;
}

constexpr std::size_t kFilterShare = 4;  // of the memory: at most one part in four

std::string Explain(const re2::RE2& re) {
  switch (re.error_code()) {
    case re2::RE2::ErrorPatternTooLarge:
      return "this pattern needs more memory than one pattern may have";
    case re2::RE2::ErrorRepeatSize:
      return "repetitions inside each other are too large";
    case re2::RE2::ErrorBadCharRange:
      return "unknown class or bad range of characters";
    default:
      return re.error();
  }
}

std::string ExplainHint(const re2::RE2& re) {
  if (re.error_code() == re2::RE2::ErrorPatternTooLarge) {
    return "use smaller repetitions, or raise rules.memory";
  }
  return re.error_code() == re2::RE2::ErrorRepeatSize ? "write + for one of them" : std::string();
}

// A sample may need, or not bear, something before or behind it.
std::array<std::string, 4> Tries(const std::string& sample) {
  return {sample, " " + sample + " ", "x" + sample + "x", "\n" + sample};
}

}  // namespace

PatternTable::PatternTable() = default;
PatternTable::~PatternTable() = default;

bool PatternTable::Matches(PatternId pattern, std::string_view text) const {
  return patterns_[pattern]->re.Match(Piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr,
                                      0);
}

std::optional<PatternTable::Found> PatternTable::Find(PatternId pattern, std::string_view text,
                                                      std::size_t from) const {
  if (from > text.size()) return {};
  re2::StringPiece found;
  if (!patterns_[pattern]->re.Match(Piece(text), from, text.size(), re2::RE2::UNANCHORED, &found,
                                    1)) {
    return {};
  }
  // An empty text has no bytes that `found` could point into.
  const std::size_t begin = text.empty() ? 0 : static_cast<std::size_t>(found.data() - text.data());
  return Found{begin, begin + found.size()};
}

const PatternCost& PatternTable::CostOf(PatternId pattern) const {
  return patterns_[pattern]->cost;
}

std::size_t PatternTable::size() const { return patterns_.size(); }

const Prefilter* PatternTable::FilterOf(SourceId source) const {
  return source < sources_.size() ? sources_[source].filter.get() : nullptr;
}

std::optional<PatternSlot> PatternTable::SlotOf(const TextMatch& match) const {
  const Prefilter* filter = FilterOf(match.source);
  if (filter == nullptr) return {};
  const std::vector<PatternId>& patterns = sources_[match.source].patterns;
  const auto at = std::ranges::lower_bound(patterns, match.pattern);
  if (at == patterns.end() || *at != match.pattern) return {};
  const auto slot = static_cast<PatternSlot>(at - patterns.begin());
  return filter->Filters(slot) ? std::optional(slot) : std::nullopt;
}

ScreenId PatternTable::ScreenOf(const TextMatch& match) const {
  const auto slot = SlotOf(match);
  return slot ? sources_[match.source].first_screen + *slot : kNoScreen;
}

std::pair<ScreenId, ScreenId> PatternTable::ScreensOf(SourceId source) const {
  const Source& of = sources_[source];
  return {of.first_screen, of.first_screen + static_cast<ScreenId>(of.patterns.size())};
}

std::size_t PatternTable::filter_memory() const {
  std::size_t memory = 0;
  for (const Source& source : sources_) {
    if (source.filter != nullptr) memory += source.filter->memory();
  }
  return memory;
}

Place PatternTableBuilder::Inside(const PatternText& text, std::size_t offset, std::size_t length) {
  return {text.place.file, text.place.offset + 1 + static_cast<std::uint32_t>(offset),
          static_cast<std::uint32_t>(std::max<std::size_t>(length, 1))};
}

std::optional<RegexFlags> PatternTableBuilder::ParseFlags(const PatternText& text) {
  RegexFlags flags;
  for (std::size_t i = 0; i < text.flags.size(); ++i) {
    bool* flag = nullptr;
    switch (text.flags[i]) {
      case 'i':
        flag = &flags.ignore_case;
        break;
      case 's':
        flag = &flags.dot_all;
        break;
      case 'm':
        flag = &flags.multi_line;
        break;
      case 'b':
        flag = &flags.bytes;
        break;
      default:
        break;
    }
    if (flag == nullptr || *flag) {
      log_.Error(Inside(text, text.body.size() + 1 + i, 1),
                 fmt::format("{} pattern flag {}", flag == nullptr ? "unknown" : "repeated",
                             Quote(text.flags.substr(i, 1))),
                 "i: ignore case, s: . matches line breaks, m: ^ and $ at lines, b: bytes");
      return {};
    }
    *flag = true;
  }
  return flags;
}

std::optional<PatternId> PatternTableBuilder::Add(const PatternText& text) {
  const auto known = known_.find({text.body, text.flags});
  if (known != known_.end()) return known->second;
  const auto flags = ParseFlags(text);
  if (!flags) return {};
  if (text.body.empty()) {
    log_.Error(text.place, "an empty pattern matches every text",
               "use exists(…) to ask for a text");
    return {};
  }
  if (text.body.size() > kMaxPatternBytes) {
    log_.Error(text.place, fmt::format("a pattern has at most {} bytes", kMaxPatternBytes),
               "use a list, or several rules");
    return {};
  }
  if (entries_.size() >= kMaxPatterns) {
    log_.Error(text.place, fmt::format("a rule set has at most {} patterns", kMaxPatterns));
    return {};
  }
  auto regex = ParseRegex(text.body, *flags);
  if (!regex) {
    const RegexError& error = regex.error();
    log_.Error(Inside(text, error.offset, error.length), error.message, error.hint);
    return {};
  }
  if (MatchesEverything(regex->root)) {
    log_.Error(text.place, "this pattern matches every text, even an empty one",
               "+ asks for at least one where * and ? are content with none");
    return {};
  }
  const auto id = static_cast<PatternId>(entries_.size());
  entries_.push_back({text, *flags, *std::move(regex)});
  known_.emplace(std::pair(text.body, text.flags), id);
  return id;
}

std::unique_ptr<PatternTable::Compiled> PatternTableBuilder::Compile(const Entry& entry,
                                                                     std::size_t memory) {
  std::string text = entry.flags.bytes ? EmitBytes(entry.regex.root) : entry.text.body;
  if (!entry.flags.bytes && entry.flags.multi_line) text.insert(0, "(?m)");
  auto compiled = std::make_unique<PatternTable::Compiled>(text, MakeOptions(entry.flags, memory));
  compiled->cost = CostOf(entry.regex, entry.flags.bytes);
  if (compiled->re.ok()) return compiled;
  const std::string& fragment = compiled->re.error_arg();
  const std::size_t offset = fragment.empty() ? std::string::npos : entry.text.body.find(fragment);
  const Place place =
      offset == std::string::npos ? entry.text.place : Inside(entry.text, offset, fragment.size());
  log_.Error(place, Explain(compiled->re), ExplainHint(compiled->re));
  return nullptr;
}

// Debian 12's RE2 silently loses matches of some patterns (google/re2#477): no pattern is used
// before it has matched texts that it must match.
void PatternTableBuilder::Prove(const Entry& entry, const PatternTable& table, PatternId id) {
  const std::vector<std::string> texts = SampleTexts(entry.regex, entry.flags.bytes);
  const bool guess = !entry.regex.exact || HasAssertion(entry.regex.root);
  for (const std::string& text : texts) {
    const bool matched =
        std::ranges::any_of(Tries(text), [&](const auto& t) { return table.Matches(id, t); });
    if (matched || guess) continue;
    log_.Error(
        entry.text.place,
        fmt::format("RE2 does not find \"{}\" with this pattern, as it should", EscapeForLog(text)),
        "this is a fault of the RE2 library: write the alternatives in another way");
    return;
  }
}

// Nor is a prefilter that does not let through what RE2 matches.
void PatternTableBuilder::ProveFilter(const PatternTable& table,
                                      const PatternTable::Source& source) {
  const auto scratch = source.filter->NewScratch();
  std::vector<PatternSlot> found;
  for (PatternSlot slot = 0; slot < source.patterns.size(); ++slot) {
    if (!source.filter->Filters(slot)) continue;
    const PatternId id = source.patterns[slot];
    const Entry& entry = entries_[id];
    const auto lost = [&](const std::string& text) {
      source.filter->Scan(text, *scratch, found);
      return std::ranges::find(found, slot) == found.end() && table.Matches(id, text);
    };
    for (const std::string& text : SampleTexts(entry.regex, entry.flags.bytes)) {
      if (!std::ranges::any_of(Tries(text), lost)) continue;
      log_.Error(
          entry.text.place,
          fmt::format("the prefilter loses \"{}\", which this pattern matches", EscapeForLog(text)),
          "this is a fault of Assay: please report it, and write the pattern in another way");
      break;
    }
  }
}

void PatternTableBuilder::MakeFilters(PatternTable& table, std::span<const TextMatch> asked,
                                      std::size_t memory) {
  for (const TextMatch& match : asked) {
    if (table.sources_.size() <= match.source) table.sources_.resize(match.source + 1);
    table.sources_[match.source].patterns.push_back(match.pattern);
  }
  for (PatternTable::Source& source : table.sources_) {
    std::ranges::sort(source.patterns);
    source.patterns.erase(std::unique(source.patterns.begin(), source.patterns.end()),
                          source.patterns.end());
    std::vector<Prefilter::Pattern> patterns;
    for (const PatternId id : source.patterns) {
      const Entry& entry = entries_[id];
      patterns.push_back({entry.text.body, entry.flags, &entry.regex});
    }
    source.filter = factory_(patterns, memory);
    source.first_screen = static_cast<ScreenId>(table.screens_);
    if (source.filter != nullptr) table.screens_ += patterns.size();
    if (source.filter != nullptr) memory -= std::min(memory, source.filter->memory());
  }
}

// Half of the memory goes to all patterns alike, half by size: the automaton of a large one has
// more states, and RE2 gets slow without room for them.
std::vector<std::size_t> PatternTableBuilder::ShareOut(std::size_t memory) const {
  std::vector<std::size_t> shares;
  std::size_t sum = 0;
  for (const Entry& entry : entries_) {
    shares.push_back(SizeOf(entry.regex, entry.flags.bytes));
    sum += shares.back();
  }
  const std::size_t half = memory / entries_.size() / 2;
  for (std::size_t& share : shares) {
    const double part =
        static_cast<double>(share) / static_cast<double>(std::max<std::size_t>(sum, 1));
    share =
        half + static_cast<std::size_t>(static_cast<double>(memory - half * shares.size()) * part);
    share = std::min(share, kMaxPatternMemory);
  }
  return shares;
}

std::unique_ptr<const PatternTable> PatternTableBuilder::Build(std::size_t memory,
                                                               std::span<const TextMatch> asked) {
  auto table = std::make_unique<PatternTable>();
  if (entries_.empty()) return table;
  MakeFilters(*table, asked, memory / kFilterShare);
  memory -= table->filter_memory();
  if (memory / entries_.size() < kMinPatternMemory) {
    log_.Error(entries_.front().text.place,
               fmt::format("{} patterns share {} bytes of memory: fewer than {} for each",
                           entries_.size(), memory, kMinPatternMemory),
               "raise rules.memory, or use fewer patterns");
    return nullptr;
  }
  const std::vector<std::size_t> shares = ShareOut(memory);
  bool good = true;
  for (PatternId id = 0; id < entries_.size(); ++id) {
    table->patterns_.push_back(Compile(entries_[id], shares[id]));
    good = good && table->patterns_.back() != nullptr;
    if (table->patterns_.back() != nullptr) Prove(entries_[id], *table, id);
  }
  for (const PatternTable::Source& source : table->sources_) {
    if (good && source.filter != nullptr) ProveFilter(*table, source);
  }
  entries_.clear();
  return table;
}

}  // namespace assay::rules
