// SPDX-License-Identifier: Apache-2.0
// Files that include files.
#include <gtest/gtest.h>

#include <map>

#include "lib/rules/source.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

using Files = std::map<std::string, std::string>;

RuleSet::Compiled CompileFiles(const Files& files, const std::string& first) {
  CompileOptions options;
  options.read_file = [&](std::string_view path, std::string_view source) -> Result<std::string> {
    const auto found = files.find(ResolvePath(path, source));
    if (found == files.end()) return Permanent(std::string(path) + ": no such file");
    return found->second;
  };
  const std::vector<SourceFile> given = {{first, files.at(first), true}};
  return RuleSet::Compile(given, options);
}

std::string Rule(const std::string& name) {
  return "rule " + name + " { about \"x\" score 1 when subject ~ /" + name +
         "/ hit \"Subject: x\" miss \"\\n\" }\n";
}

TEST(Include, IsRelativeToTheIncludingFile) {
  const Files files = {
      {"/etc/a/main.rules", "include \"more/b.rules\"\n" + Rule("A")},
      {"/etc/a/more/b.rules", "include \"../c.rules\"\ninclude \"/d.rules\"\n" + Rule("B")},
      {"/etc/a/c.rules",
       "list l from \"l.txt\"\nrule C { about \"c\" score 1 when helo in @l hit "
       "with helo = \"x\", list l = \"x\" miss \"\\n\" }\n"},
      {"/etc/a/l.txt", "example.com\n"},
      {"/d.rules", Rule("D")},
  };
  const RuleSet::Compiled compiled = CompileFiles(files, "/etc/a/main.rules");
  EXPECT_EQ(FormatAll(compiled.diagnostics), "");
  ASSERT_NE(compiled.rules, nullptr);
  std::string places;
  for (const RuleInfo* rule : compiled.rules->rules()) {
    places += rule->name + " " + rule->file + (rule->shipped ? " shipped\n" : "\n");
  }
  EXPECT_EQ(places,
            "A /etc/a/main.rules shipped\nB /etc/a/more/b.rules shipped\n"
            "C /etc/a/c.rules shipped\nD /d.rules shipped\n");
  ASSERT_EQ(compiled.rules->list_files().size(), 1U);
  EXPECT_EQ(compiled.rules->list_files()[0].path, "/etc/a/l.txt");
}

TEST(Include, ErrorsNameTheChain) {
  const Files files = {{"m.rules", "include \"b.rules\"\n"},
                       {"b.rules", "\ninclude \"c.rules\"\n"},
                       {"c.rules", "ruel X { }\n"}};
  EXPECT_EQ(FormatAll(CompileFiles(files, "m.rules").diagnostics),
            "c.rules:1:1: error: unknown keyword 'ruel'\n"
            "    ruel X { }\n"
            "    ^~~~\n"
            "  did you mean 'rule'?\n"
            "  included from b.rules:2\n"
            "  included from m.rules:1\n");
}

struct Bad {
  const char* name;
  Files files;
  const char* want;
};

const Bad kBad[] = {
    {"missing", {{"m.rules", "include \"b.rules\"\n"}}, "cannot include b.rules: no such file"},
    {"itself",
     {{"m.rules", "include \"m.rules\"\n"}},
     "'m.rules' includes itself, here or through other files"},
    {"circle",
     {{"m.rules", "include \"b/b.rules\"\n"}, {"b/b.rules", "include \"../m.rules\"\n"}},
     "'m.rules' includes itself, here or through other files"},
    {"twice",
     {{"m.rules", "include \"b.rules\"\ninclude \"./b.rules\"\n"}, {"b.rules", "\n"}},
     "'b.rules' is already read"},
    {"no_text",
     {{"m.rules", "include b.rules\n"}},
     "expected the file's name in quotes, found 'b.rules'"},
};

class BadInclude : public testing::TestWithParam<Bad> {};

TEST_P(BadInclude, IsAnError) {
  const RuleSet::Compiled compiled = CompileFiles(GetParam().files, "m.rules");
  EXPECT_EQ(compiled.rules, nullptr);
  ASSERT_EQ(compiled.diagnostics.size(), 1U);
  EXPECT_EQ(compiled.diagnostics[0].message, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Include, BadInclude, testing::ValuesIn(kBad),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Include, DepthIsLimited) {
  Files files;
  for (int i = 0; i < 40; ++i) {
    files[std::to_string(i) + ".rules"] = "include \"" + std::to_string(i + 1) + ".rules\"\n";
  }
  const RuleSet::Compiled compiled = CompileFiles(files, "0.rules");
  EXPECT_EQ(compiled.rules, nullptr);
  ASSERT_EQ(compiled.diagnostics.size(), 1U);
  EXPECT_EQ(compiled.diagnostics[0].message, "files include files at most 16 deep");
  EXPECT_EQ(compiled.diagnostics[0].included_from.size(), 16U);
}

TEST(Include, NumberAndSizeOfFilesAreLimited) {
  Files files;
  for (int i = 0; i < 1100; ++i) {
    files["0.rules"] += "include \"" + std::to_string(i + 1) + ".rules\"\n";
    files[std::to_string(i + 1) + ".rules"] = "\n";
  }
  RuleSet::Compiled compiled = CompileFiles(files, "0.rules");
  EXPECT_EQ(compiled.rules, nullptr);
  EXPECT_EQ(compiled.diagnostics.front().message, "a rule set has at most 1000 files");
  files.clear();
  for (int i = 0; i < 20; ++i) {
    files["0.rules"] += "include \"" + std::to_string(i + 1) + ".rules\"\n";
    files[std::to_string(i + 1) + ".rules"] = std::string(4UL * 1024 * 1024, '\n');
  }
  compiled = CompileFiles(files, "0.rules");
  EXPECT_EQ(compiled.rules, nullptr);
  EXPECT_EQ(compiled.diagnostics.front().message,
            "all rule files together have at most 67108864 bytes");
}

TEST(Include, NeedsSomebodyWhoReadsFiles) {
  const RuleSet::Compiled compiled = CompileText("include \"a.rules\"\n");
  EXPECT_EQ(compiled.rules, nullptr);
  EXPECT_EQ(compiled.diagnostics.at(0).message, "no file can be included here");
}

}  // namespace
}  // namespace assay::rules
