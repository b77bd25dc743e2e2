// SPDX-License-Identifier: Apache-2.0
// assay-rules(5) says what the code does: every fact and keyword stands in it, and its rules work.
#include "lib/facts/manual.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <utility>

#include "lib/base/text.h"
#include "lib/engine/transaction.h"
#include "lib/rules/limits.h"
#include "lib/rules/parser.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

std::string Page() { return ReadText(ASSAY_SOURCE_DIR "/man/assay-rules.5"); }

// What mandoc prints for one line of a literal block.
std::string Unescape(std::string line) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kEscapes = {
      {{"\\(ti", "~"}, {"\\(ha", "^"}, {"\\(ga", "`"}, {"\\(aq", "'"}, {"\\&", ""}, {"\\e", "\\"}}};
  for (const auto& [escape, text] : kEscapes) {
    for (std::size_t at = 0; (at = line.find(escape, at)) != std::string::npos; at += text.size()) {
      line.replace(at, escape.size(), text);
    }
  }
  return line;
}

// The literal blocks of one section.
std::vector<std::string> Blocks(const std::string& page, const std::string& section) {
  std::vector<std::string> blocks;
  bool inside = false;
  bool literal = false;
  for (const std::string_view line : Split(page, '\n')) {
    if (line.starts_with(".Sh ")) inside = line == ".Sh " + section;
    if (!inside) continue;
    if (line.starts_with(".Bd -literal")) {
      literal = true;
      blocks.emplace_back();
    } else if (line == ".Ed") {
      literal = false;
    } else if (literal) {
      blocks.back() += Unescape(std::string(line)) + "\n";
    }
  }
  return blocks;
}

TEST(Manual, HasEveryFact) {
  const std::string page = Page();
  for (const facts::Info& fact : facts::Table()) {
    const std::string item = ".It Ic " + std::string(fact.name) + "\n";
    const std::size_t at = page.find(item);
    ASSERT_NE(at, std::string::npos) << fact.name;
    const std::string entry = page.substr(at, page.find(".It", at + 1) - at);
    for (const std::string_view word : fact.words) {
      EXPECT_NE(entry.find(".Cm " + std::string(word) + " "), std::string::npos)
          << fact.name << " " << word;
    }
  }
}

// The section FACTS is generated: ASSAY_UPDATE_GOLDEN=1 with this test writes it anew.
TEST(Manual, FactsAreThoseOfTheTable) {
  const std::string path = ASSAY_SOURCE_DIR "/man/assay-rules.5";
  std::string page = ReadText(path);
  const std::string open = "\n.Bl -tag -width Ds\n";
  const std::size_t begin = page.find(open, page.find("\n.Sh FACTS\n")) + open.size();
  const std::size_t length = page.find(".El\n", begin) - begin;
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << page.replace(begin, length, facts::FactTableAsMdoc());
    return;
  }
  EXPECT_EQ(page.substr(begin, length), facts::FactTableAsMdoc());
}

TEST(Manual, HasNoOtherFact) {
  const std::string page = Page();
  const std::size_t begin = page.find(".Sh FACTS");
  const std::string facts = page.substr(begin, page.find(".Sh", begin + 1) - begin);
  std::size_t items = 0;
  for (const std::string_view line : Split(facts, '\n')) {
    if (line.starts_with(".It Ic ")) ++items;
  }
  EXPECT_EQ(items, facts::kFactCount);
}

TEST(Manual, HasEveryKeyword) {
  const std::string page = Page();
  std::vector<std::string_view> keywords = Keywords();
  for (const std::string_view keyword : DnsListKeywords()) keywords.push_back(keyword);
  for (const std::string_view keyword : keywords) {
    const std::regex marked("\\n\\.[^\\n]*(Ic|Cm)[^\\n]* " + std::string(keyword) + "\\b");
    EXPECT_TRUE(std::regex_search(page, marked)) << keyword;
  }
}

TEST(Manual, StatesTheLimits) {
  const std::string page = Page();
  for (const std::size_t limit :
       {kMaxFiles, kMaxWords, kMaxRules, kMaxConditions, kMaxExamples, kMaxPatterns,
        kMaxListEntries, kMaxListPatterns, kMaxNesting, kMaxRuleChain, kMaxIncludeDepth,
        kMaxNameBytes, kMaxActionTextBytes, kMaxDiagnostics, kMaxDnsLists, kMaxListCodes}) {
    EXPECT_NE(page.find(" " + std::to_string(limit)), std::string::npos) << limit;
  }
}

void ExpectGood(const std::string& text) {
  CompileOptions options;
  options.read_file = [](std::string_view path, std::string_view) -> Result<std::string> {
    return std::string(path.ends_with(".rules") ? "# rules\n" : "example.net\n");
  };
  const RuleSet::Compiled compiled = CompileText(text, options);
  EXPECT_EQ(FormatAll(compiled.diagnostics), "");
  ASSERT_NE(compiled.rules, nullptr);
  EXPECT_EQ(FormatAll(TestRunner::Run(*compiled.rules, engine::DeriveMessageFacts).failures), "");
}

TEST(Manual, RulesOfTheTutorialWork) {
  const std::vector<std::string> blocks = Blocks(Page(), "TUTORIAL");
  ASSERT_EQ(blocks.size(), 2U);
  ExpectGood(blocks.front());
}

// All recipes make one set: some change what others say.
TEST(Manual, RulesOfTheCookbookWork) {
  const std::vector<std::string> blocks = Blocks(Page(), "COOKBOOK");
  EXPECT_GE(blocks.size(), 20U);
  ExpectGood(Join(blocks, "\n"));
}

TEST(Manual, DnsListsWork) {
  const std::vector<std::string> blocks = Blocks(Page(), "DNS LISTS");
  ASSERT_EQ(blocks.size(), 1U);
  const RuleSet::Compiled compiled = CompileText(blocks.front());
  EXPECT_EQ(FormatAll(compiled.diagnostics), "");
  ASSERT_NE(compiled.rules, nullptr);
  const auto report = TestRunner::Run(*compiled.rules, engine::DeriveMessageFacts);
  EXPECT_EQ(report.run, 6U);
  EXPECT_EQ(FormatAll(report.failures), "");
}

// The tutorial shows what a slip in its rule really gives.
TEST(Manual, ShowsTheRealDiagnostic) {
  const std::vector<std::string> blocks = Blocks(Page(), "TUTORIAL");
  ASSERT_EQ(blocks.size(), 2U);
  std::string text = blocks[0];
  const std::size_t at = text.find("header_from.domain");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 18, "header_from.domian");
  const std::vector<SourceFile> files = {{"local.rules", text, false}};
  const RuleSet::Compiled compiled = RuleSet::Compile(files, {});
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(Format(compiled.diagnostics.front()), blocks[1]);
}

}  // namespace
}  // namespace assay::rules
