// SPDX-License-Identifier: Apache-2.0
// The prefilter never loses what RE2 finds.
#include "lib/rules/prefilter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "lib/base/text.h"
#include "lib/rules/literal_scanner.h"
#include "lib/rules/pattern_table.h"
#include "lib/rules/screening.h"
#include "lib/rules/window_scanner.h"
#include "tests/rules/prefilter_testing.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMemory = 64UL * 1024 * 1024;

// All patterns on source 0; the texts of `diagnostics` when one is refused.
struct Table {
  explicit Table(PrefilterFactory factory = MakeWindowPrefilter)
      : sources(files), log(sources), builder(log, std::move(factory)) {}

  std::optional<PatternId> Add(const std::string& pattern, const std::string& flags = {}) {
    return builder.Add({pattern, flags, {}});
  }
  void Build(std::size_t memory = kMemory) {
    std::vector<TextMatch> asked;
    for (PatternId id = 0; id < count; ++id) asked.push_back({0, id});
    patterns = builder.Build(memory, asked);
  }

  std::vector<SourceFile> files = {{"test.rules", "x", false}};
  Sources sources;
  DiagnosticLog log;
  PatternTableBuilder builder;
  PatternId count = 0;
  std::unique_ptr<const PatternTable> patterns;
};

Regex Parse(const std::string& pattern, const RegexFlags& flags) {
  auto regex = ParseRegex(pattern, flags);
  EXPECT_TRUE(regex.has_value()) << pattern;
  return regex ? *std::move(regex) : Regex();
}

// --- the scanners against a plain search --------------------------------------------------------

TEST(LiteralScanner, FindsWhatAPlainSearchFinds) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<LiteralScanner::Literal> literals;
    for (std::uint32_t tag = 0; tag < 12; ++tag) {
      const std::string text = ToLower(RandomText(random, 1 + random() % 4));
      literals.push_back({text, tag});
    }
    const LiteralScanner scanner(literals);
    EXPECT_LE(scanner.memory(), LiteralScanner::MemoryFor(literals));
    std::vector<std::uint8_t> seen(scanner.tags());
    for (std::uint8_t i = 1; i <= 20; ++i) {
      const std::string text = RandomText(random, random() % (i % 2 == 0 ? 40 : 400));
      std::vector<bool> found(literals.size());
      scanner.Scan(text, seen, i, [&](std::uint32_t tag) {
        EXPECT_FALSE(found[tag]) << "twice";
        found[tag] = true;
      });
      const std::string lower = ToLower(text);
      for (const auto& literal : literals) {
        EXPECT_EQ(found[literal.tag], lower.find(literal.text) != std::string::npos)
            << literal.text << " in " << text;
      }
    }
  }
}

bool PlainFind(const ByteWindow& window, std::string_view text) {
  for (std::size_t at = 0; at + window.size() <= text.size(); ++at) {
    std::size_t i = 0;
    while (i < window.size() && window[i].Has(static_cast<unsigned char>(text[at + i]))) ++i;
    if (i == window.size()) return true;
  }
  return false;
}

TEST(WindowScanner, FindsWhatAPlainSearchFinds) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    std::vector<WindowScanner::Window> windows;
    const auto count = static_cast<std::uint32_t>(1 + random() % 120);  // up to twelve words
    for (std::uint32_t tag = 0; tag < count; ++tag) {
      ByteWindow window(1 + random() % kMaxWindowBytes);
      for (ByteSet& set : window) {
        for (int i = 0; i < 6; ++i)
          set.Add(static_cast<unsigned char>("abcksxAK1 -"[random() % 11]));
      }
      windows.push_back({std::move(window), {tag, tag + count}});
    }
    const WindowScanner scanner(windows);
    EXPECT_EQ(scanner.memory(), WindowScanner::MemoryFor(windows));
    for (int i = 0; i < 10; ++i) {
      const std::string text = RandomText(random, random() % (i % 2 == 0 ? 30 : 400));
      std::vector<bool> found(2 * windows.size());
      scanner.Scan(text, [&](std::uint32_t tag) {
        EXPECT_FALSE(found[tag]) << "twice";
        found[tag] = true;
      });
      for (const auto& window : windows) {
        const bool want = PlainFind(window.sets, text);
        for (const std::uint32_t tag : window.tags) EXPECT_EQ(found[tag], want) << text;
      }
    }
  }
}

// --- the whole prefilter against RE2 -------------------------------------------------------------

// Texts that the pattern matches, with some letters replaced by what /i takes for the same.
std::vector<std::string> LikelyTexts(const std::string& pattern, bool bytes, bool ignore_case,
                                     std::mt19937& random) {
  RegexFlags flags;
  flags.bytes = bytes;
  flags.ignore_case = ignore_case;
  std::vector<std::string> texts = SampleTexts(Parse(pattern, flags), bytes);
  const std::size_t plain = texts.size();
  for (std::size_t i = 0; i < plain; ++i) {
    std::string changed;
    for (const char c : texts[i]) {
      const auto chance = random() % 4;
      if (chance == 0 && (c == 'k' || c == 'K')) {
        changed += "\xE2\x84\xAA";
      } else if (chance == 0 && c == 's') {
        changed += "\xC5\xBF";
      } else {
        changed += chance == 1 ? AsciiLower(c) : c;
      }
    }
    texts.push_back(RandomText(random, random() % 20) + changed + RandomText(random, random() % 9));
  }
  for (int i = 0; i < 10; ++i) texts.push_back(RandomText(random, random() % 60));
  return texts;
}

struct Tally {
  std::size_t matches = 0;
  std::size_t candidates = 0;
  std::size_t filtered = 0;
};

void Compare(const Table& table, const std::vector<std::string>& texts,
             const std::vector<std::string>& written, Tally& tally) {
  const Prefilter* filter = table.patterns->FilterOf(0);
  if (filter == nullptr) return;
  const Screening screening(*filter, texts);
  for (PatternId id = 0; id < table.patterns->size(); ++id) {
    const auto slot = table.patterns->SlotOf({0, id});
    if (!slot) continue;
    const TextChoice choice = screening.TextsFor(*slot);
    std::vector<bool> chosen(texts.size());
    for (std::size_t i = 0; i < choice.size(); ++i) chosen[choice[i]] = true;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const bool matched = table.patterns->Matches(id, texts[i]);
      EXPECT_TRUE(!matched || chosen[i]) << written[id] << " in " << EscapeForLog(texts[i]);
      tally.matches += matched ? 1 : 0;
      tally.candidates += chosen[i] ? 1 : 0;
      ++tally.filtered;
    }
  }
}

TEST(Prefilter, NeverLosesAMatch) {
  std::mt19937 random(3);
  Tally tally;
  for (int round = 0; round < 60; ++round) {
    Table table;
    std::vector<std::string> texts;
    std::vector<std::string> written;
    while (written.size() < 12) {
      const bool bytes = random() % 4 == 0;
      const bool fold = random() % 2 == 0;
      const std::string pattern = RandomPattern(random, bytes).Make();
      const std::string flags = std::string(bytes ? "b" : "") + (fold ? "i" : "");
      const auto id = table.Add(pattern, flags);
      if (!id || *id < written.size()) continue;  // matches everything, or is there already
      written.push_back("/" + pattern + "/" + flags);
      for (std::string& text : LikelyTexts(pattern, bytes, fold, random)) {
        texts.push_back(std::move(text));
      }
    }
    table.count = static_cast<PatternId>(written.size());
    table.Build();
    if (table.patterns == nullptr) continue;
    Compare(table, texts, written, tally);
  }
  EXPECT_GT(tally.matches, 3'000U);
  EXPECT_LT(tally.candidates, tally.filtered * 2 / 3) << "it lets nearly everything through";
}

TEST(Prefilter, RarePartnersOpenTheGate) {
  Table table;
  (void)table.Add("kiosk", "i");
  (void)table.Add("Kiosk");
  (void)table.Add("quagga", "i");
  table.count = 3;
  table.Build();
  const std::vector<std::string> texts = {"a \xE2\x84\xAAio\xC5\xBFk", "kiosk"};
  const Screening screening(*table.patterns->FilterOf(0), texts);
  EXPECT_TRUE(table.patterns->Matches(0, texts[0]));
  EXPECT_EQ(screening.TextsFor(0).size(), 2U);
  EXPECT_EQ(screening.TextsFor(1).size(), 1U);  // no /i, no partners
  EXPECT_EQ(screening.TextsFor(2).size(), 1U);
}

TEST(Prefilter, OnePatternNeedsNone) {
  Table table;
  (void)table.Add("quagga");
  (void)table.Add("e");
  table.count = 2;
  table.Build();
  EXPECT_EQ(table.patterns->FilterOf(0), nullptr);
  EXPECT_EQ(table.patterns->FilterOf(7), nullptr);
  EXPECT_FALSE(table.patterns->SlotOf({0, 0}).has_value());
}

TEST(Prefilter, UnfilteredPatternsAreAskedOfEveryText) {
  Table table;
  for (const char* pattern : {"quagga", "zebra", "e"}) (void)table.Add(pattern);
  table.count = 3;
  table.Build();
  EXPECT_TRUE(table.patterns->SlotOf({0, 0}).has_value());
  EXPECT_FALSE(table.patterns->SlotOf({0, 2}).has_value());
  EXPECT_FALSE(table.patterns->SlotOf({1, 0}).has_value());  // a source that was not announced
  EXPECT_GT(table.patterns->filter_memory(), 0U);
}

TEST(Prefilter, KeepsToItsMemory) {
  std::mt19937 random(4);
  std::vector<Regex> regexes;
  for (int i = 0; i < 200; ++i) {
    std::string word;
    for (int letter = 0; letter < 8; ++letter) word += static_cast<char>('a' + random() % 26);
    regexes.push_back(Parse(word, {}));
  }
  std::vector<Prefilter::Pattern> patterns;
  for (const Regex& regex : regexes) patterns.push_back({"", {}, &regex});
  const auto roomy = MakeWindowPrefilter(patterns, kMemory);
  ASSERT_NE(roomy, nullptr);
  const auto tight = MakeWindowPrefilter(patterns, roomy->memory() * 2 / 3);
  ASSERT_NE(tight, nullptr);
  EXPECT_LE(tight->memory(), roomy->memory() * 2 / 3);
  EXPECT_EQ(MakeWindowPrefilter(patterns, 1024), nullptr);
}

// A source of many texts that all look like the pattern takes bounded memory, and no text is lost.
TEST(Screening, ManyCandidatesAreAllTexts) {
  Table table;
  (void)table.Add("zebra[0-9]");
  (void)table.Add("quagga[0-9]");
  table.count = 2;
  table.Build();
  std::vector<std::string> texts(1000, "a zebra ran");
  texts.emplace_back("a quagga ran");
  texts.emplace_back("zebra9");
  const Screening screening(*table.patterns->FilterOf(0), texts);
  EXPECT_EQ(screening.TextsFor(0).size(), texts.size());
  const TextChoice choice = screening.TextsFor(1);
  ASSERT_EQ(choice.size(), 1U);
  EXPECT_EQ(choice[0], 1000U);
}

TEST(Screening, NoTexts) {
  Table table;
  (void)table.Add("zebra");
  (void)table.Add("quagga");
  table.count = 2;
  table.Build();
  EXPECT_EQ(Screening(*table.patterns->FilterOf(0), {}).TextsFor(1).size(), 0U);
}

// --- proof at load time
// ---------------------------------------------------------------------------

// Finds nothing.
class BlindFilter : public Prefilter {
 public:
  [[nodiscard]] bool Filters(PatternSlot) const override { return true; }
  [[nodiscard]] std::unique_ptr<Scratch> NewScratch() const override {
    return std::make_unique<Scratch>();
  }
  void Scan(std::string_view, Scratch&, std::vector<PatternSlot>& found) const override {
    found.clear();
  }
  [[nodiscard]] std::size_t passes() const override { return 1; }
  [[nodiscard]] std::size_t memory() const override { return 0; }
};

TEST(PatternTable, RefusesAPrefilterThatLosesMatches) {
  Table table([](std::span<const Prefilter::Pattern>, std::size_t) {
    return std::make_unique<const BlindFilter>();
  });
  (void)table.Add("zebra");
  table.count = 1;
  table.Build();
  const auto diagnostics = table.log.Take();
  ASSERT_EQ(diagnostics.size(), 1U);
  EXPECT_EQ(diagnostics.front().message,
            "the prefilter loses \"zebra\", which this pattern matches");
}

TEST(PatternTable, LargePatternsGetMoreMemory) {
  // A quarter of a MiB for each: the large one needs more, the small ones less.
  Table table;
  for (int i = 0; i < 15; ++i) (void)table.Add("zebra" + std::to_string(i));
  const auto large = table.Add("(?:[^a]{500}|b{300})c");
  table.count = 16;
  table.Build(4UL * 1024 * 1024);
  EXPECT_FALSE(table.log.has_errors()) << Format(table.log.Take().front());
  ASSERT_TRUE(large.has_value());
  EXPECT_TRUE(table.patterns->Matches(*large, std::string(300, 'b') + "c"));
}

}  // namespace
}  // namespace assay::rules
