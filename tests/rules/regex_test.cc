// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/regex.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

struct Bad {
  const char* name;
  const char* pattern;  // with slashes and flags
  const char* want;     // all behind "test.rules:"
};

// Each stands in line 4 behind "  when subject ~ ": the pattern's first slash is column 18.
constexpr Bad kBad[] = {
    {"empty", "//", "4:18: error: an empty pattern matches every text"},
    {"nullable", "/a*/", "4:18: error: this pattern matches every text, even an empty one"},
    {"nullable_branch", "/abc|x?/",
     "4:18: error: this pattern matches every text, even an empty one"},
    {"backreference", R"(/(a)\1/)", "4:22: error: RE2 knows no backreference"},
    {"lookahead", "/a(?=b)/", "4:20: error: RE2 knows no positive lookahead"},
    {"negative_lookahead", "/a(?!b)/", "4:20: error: RE2 knows no negative lookahead"},
    {"lookbehind", "/(?<=b)a/", "4:19: error: RE2 knows no positive lookbehind"},
    {"negative_lookbehind", "/(?<!b)a/", "4:19: error: RE2 knows no negative lookbehind"},
    {"atomic", "/(?>a)/", "4:19: error: RE2 knows no atomic group"},
    {"possessive", "/a++b/", "4:20: error: RE2 knows no possessive quantifier"},
    {"two_quantifiers", "/a**/", "4:20: error: two quantifiers behind each other"},
    {"quantifier_first", "/*a/", "4:19: error: nothing stands before this quantifier"},
    {"paren_open", "/a(b/", "4:20: error: this ( is never closed"},
    {"paren_close", "/ab)/", "4:21: error: this ) closes nothing"},
    {"class_open", "/a[bc/", "4:20: error: this [ is never closed"},
    {"class_range", "/[z-a]/", "4:20: error: this range runs backwards"},
    {"posix", "/[[:foo:]]/", "4:20: error: unknown class 'foo'"},
    {"unicode_class", R"(/\p{Klingon}/)", "4:19: error: unknown class or bad range of characters"},
    {"escape", R"(/\y/)", "4:19: error: unknown escape \\y"},
    {"big_z", R"(/a\Z/)", "4:20: error: unknown escape \\Z"},
    {"hex", R"(/\x{110000}/)", "4:19: error: bad character number"},
    {"repeat", "/a{1001}/", "4:20: error: RE2 repeats at most 1000 times"},
    {"repeat_bounds", "/a{3,2}/", "4:20: error: this repetition's bounds are the wrong way round"},
    {"nested_repeat", "/((a{100}){100}){2}/",
     "4:22: error: repetitions inside each other are too large"},
    {"flag", "/a/x", "4:21: error: unknown pattern flag 'x'"},
    {"flag_twice", "/a/ii", "4:22: error: repeated pattern flag 'i'"},
    {"inline_flag", "/(?x)a/", "4:21: error: unknown flag 'x'"},
    {"named_group", "/(?<n>a)/", "4:19: error: RE2 knows no such named group"},
    {"conditional", "/(?(1)a)/",
     "4:19: error: RE2 knows no conditionals, recursion or branch reset"},
    {"comment", "/(?#a)b/", "4:19: error: a pattern has no comments"},
    {"bytes_utf8", "/\xC3\xA9/b", "4:19: error: a byte pattern is written in ASCII"},
    {"bytes_unicode", R"(/\pL/b)", "4:19: error: a byte pattern has no Unicode classes"},
    {"bytes_wide", R"(/\x{100}/b)", "4:19: error: bad character number"},
    {"trailing_backslash", R"(/a\\\/)", "4:18: error: this pattern has no closing slash"},
};

class BadPattern : public testing::TestWithParam<Bad> {};

TEST_P(BadPattern, HasACaretInside) {
  const RuleSet::Compiled compiled =
      CompileText(RuleFile("subject ~ " + std::string(GetParam().pattern)));
  EXPECT_EQ(compiled.rules, nullptr);
  ASSERT_FALSE(compiled.diagnostics.empty());
  const std::string text = Format(compiled.diagnostics.front());
  EXPECT_EQ(text.substr(0, text.find('\n')), std::string("test.rules:") + GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Regex, BadPattern, testing::ValuesIn(kBad),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(BadPattern, LookaroundHasARewrite) {
  const RuleSet::Compiled compiled = CompileText(RuleFile("subject ~ /free (?!software)/i"));
  EXPECT_EQ(
      FormatAll(compiled.diagnostics),
      "test.rules:4:24: error: RE2 knows no negative lookahead\n"
      "      when subject ~ /free (?!software)/i\n"
      "                           ^~~\n"
      "  write a second condition: `subject ~ /a/i and not subject ~ /b/i`, or a class: [^x]\n");
}

TEST(BadPattern, DeepGroupsAreAnErrorAndNoCrash) {
  const std::string deep(10000, '(');
  const RuleSet::Compiled compiled = CompileText(RuleFile("subject ~ /" + deep + "a/"));
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(compiled.diagnostics.front().message, "groups are nested more than 100 deep");
}

TEST(BadPattern, LongPatternIsAnError) {
  const RuleSet::Compiled compiled =
      CompileText(RuleFile("subject ~ /" + std::string(20000, 'a') + "/"));
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(compiled.diagnostics.front().message, "a pattern has at most 16384 bytes");
}

TEST(BadPattern, LargeProgramIsAnError) {
  const RuleSet::Compiled compiled =
      CompileText(RuleFile("subject ~ /(?:[^a]{900}|b{900}[^c]{900}){1}/"), {{}, {}, 70 * 1024});
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(compiled.diagnostics.front().message,
            "this pattern needs more memory than one pattern may have");
}

TEST(BadPattern, TooManyForTheMemoryIsAnError) {
  std::string text;
  for (int i = 0; i < 3; ++i) text += "subject ~ /zebra" + std::to_string(i) + "/ or ";
  const RuleSet::Compiled compiled =
      CompileText(RuleFile(text + "subject ~ /quagga/"), {{}, {}, 200 * 1024});
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_TRUE(compiled.diagnostics.front().message.starts_with("4 patterns share "))
      << compiled.diagnostics.front().message;
  EXPECT_EQ(compiled.diagnostics.front().suggestion, "raise rules.memory, or use fewer patterns");
}

// What somebody writes who wants the machine to be busy: it compiles or is refused, and matching
// keeps to the budget.
TEST(BadPattern, BombsAreHarmless) {
  std::string words = "(?:";
  for (int i = 0; i < 3200; ++i) words += std::to_string(i) + "|";
  std::string nested = "a";
  for (int i = 0; i < 95; ++i) nested = "(?:" + nested + "|b" + std::to_string(i) + ")?";
  const std::string bombs[] = {
      words + "x)",
      words + "x)" + "y{9}",
      nested + "z",
      R"((?:\pL{30}\PL{30}){16}x)",
      R"((?:[^a]{31}[^b]){31}x)",
      R"((?:(?:(?:a?){10}){10}){10}b)",
      "(?:a*)*b(?:a+)+c",
      std::string(16'000, '.') + "x",
  };
  const std::string message =
      "Subject: " + std::string(2000, 'a') + "\n\n" + std::string(20'000, 'a') + "\n";
  for (const std::string& bomb : bombs) {
    const RuleSet::Compiled compiled =
        CompileText(RuleFile("subject ~ /" + bomb + "/i or count(body ~ /" + bomb + "/) > 1"),
                    {{}, {}, 1 << 26});
    if (compiled.rules == nullptr) {
      EXPECT_FALSE(compiled.diagnostics.empty());
    } else {
      (void)Evaluate(*compiled.rules, message);
    }
  }
}

// Patterns whose tree must say the same as RE2 does.
constexpr const char* kPatterns[] = {
    "abc",
    "a|b|cd",
    "(?:ab|ac|ad)e",
    R"(\bfoo\b)",
    R"(foo\Bbar)",
    "^subject$",
    R"(\Aa\z)",
    "[a-c]x[^a-z]",
    R"([\d\s_-]+x)",
    R"([[:alpha:][:^digit:]]q)",
    "[]a]b",
    "a{2}b{2,}c{1,3}d",
    "a{,2}",
    "a{x}",
    "x*y+?z??q",
    R"(\Qa.b|c\E)",
    R"(\x41\x{42}\103)",
    R"(a\tb\nc\.d)",
    "(?i)abc|DEF",
    "(?i:abc)d",
    "(?s)a.b",
    "(?P<name>a)b",
    R"(\w\W\d\D\s\S)",
    "((a|b)|(c|(d|e)))f",
    R"(\d{4,}[ -]?\d{2})",
    "(?:a|)b",
    "(?m)^x$",
};

class Sample : public testing::TestWithParam<const char*> {};

TEST_P(Sample, IsMatchedByRe2) {
  for (const bool bytes : {false, true}) {
    RegexFlags flags;
    flags.bytes = bytes;
    const auto regex = ParseRegex(GetParam(), flags);
    ASSERT_TRUE(regex.has_value()) << regex.error().message;
    EXPECT_TRUE(regex->exact);
    const re2::RE2 re(bytes ? EmitBytes(regex->root) : GetParam(),
                      bytes ? re2::RE2::Latin1 : re2::RE2::DefaultOptions);
    ASSERT_TRUE(re.ok()) << re.error();
    const auto texts = SampleTexts(*regex, bytes);
    ASSERT_FALSE(texts.empty());
    for (const std::string& text : texts) EXPECT_TRUE(re2::RE2::PartialMatch(text, re)) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Regex, Sample, testing::ValuesIn(kPatterns));

// Emitted and original byte patterns agree on texts over a small alphabet.
TEST(EmitBytes, KeepsTheMeaning) {
  constexpr const char* kExact[] = {"a|ab|b",     "(?:ab|ac|a)b", "[ab]c|[ab]a",
                                    "a(?:b|c|)a", "(?i)aB",       "a{2,3}?b",
                                    "^a|b$",      R"(\ba.b\b)",   "(a|b)(a|c)|(a|b)b"};
  constexpr char kAlphabet[] = {'a', 'b', 'c', 'A', ' '};
  for (const char* pattern : kExact) {
    RegexFlags flags;
    flags.bytes = true;
    const auto regex = ParseRegex(pattern, flags);
    ASSERT_TRUE(regex.has_value());
    const re2::RE2 original(pattern, re2::RE2::Latin1);
    const re2::RE2 emitted(EmitBytes(regex->root), re2::RE2::Latin1);
    ASSERT_TRUE(emitted.ok()) << emitted.error();
    for (unsigned code = 0; code < 3125; ++code) {
      std::string text;
      for (unsigned rest = code; text.size() < 5; rest /= 5) text += kAlphabet[rest % 5];
      EXPECT_EQ(re2::RE2::PartialMatch(text, emitted), re2::RE2::PartialMatch(text, original))
          << pattern << " on " << text;
    }
  }
}

TEST(EmitBytes, FactorsCommonPrefixes) {
  RegexFlags flags;
  flags.bytes = true;
  const auto regex = ParseRegex(R"(\xf0\x9f\x8d\x91|\xf0\x9f\x92\x8b|x)", flags);
  ASSERT_TRUE(regex.has_value());
  EXPECT_EQ(EmitBytes(regex->root), R"((?:\xf0\x9f(?:\x8d\x91|\x92\x8b)|x))");
}

// google/re2#477: the RE2 of 2022 does not find the second alternative.
TEST(BytePattern, AlternativesThatShareAHighByteAreFound) {
  const auto rules = MustCompile(RuleFile(R"(subject ~ /(?:\xf0\x9f\x8d\x91|\xf0\x9f\x92\x8b)/b)"));
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: \xF0\x9F\x92\x8B\n\n")), "R");
  EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: \xF0\x9F\x8D\x91\n\n")), "R");
  EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: \xF0\x9F\x8D\x8B\n\n")), "");
}

TEST(BytePattern, NestedAlternativesAreFactoredToo) {
  const auto rules =
      MustCompile(RuleFile(R"(subject ~ /(?:(?:\xf0\x9fa|x)|\xf0\x9fb|(?:\xf0\x9fc|y))z/b)"));
  ASSERT_NE(rules, nullptr);
}

struct Match {
  const char* name;
  const char* pattern;
  const char* subject;
  bool want;
};
constexpr Match kMatches[] = {
    {"dot_is_a_code_point", "/^a.b$/",
     "a\xC3\xA9"
     "b",
     true},
    {"dot_is_a_byte", "/^a.b$/b",
     "a\xC3\xA9"
     "b",
     false},
    {"fold_unicode", "/\xC3\xA4rger/i", "\xC3\x84RGER", true},
    {"fold_bytes_is_ascii", R"(/\xc3\xa4rger/bi)", "\xC3\x84RGER", false},
    {"fold_bytes", R"(/\xc3\xa4rger/bi)", "\xC3\xA4RGER", true},
    {"class_of_code_points", "/^[\xC3\xA4\xC3\xB6]$/", "\xC3\xB6", true},
    {"case_matters", "/abc/", "ABC", false},
    {"inline_flag", "/(?i)abc/", "ABC", true},
    {"escaped_slash", R"(/a\/b/)", "a/b", true},
    {"end_is_the_end", "/abc$/", "abcd", false},
};

class PatternMatch : public testing::TestWithParam<Match> {};

TEST_P(PatternMatch, Matches) {
  const auto rules = MustCompile(RuleFile("subject ~ " + std::string(GetParam().pattern)));
  ASSERT_NE(rules, nullptr);
  const Hits hits = Evaluate(*rules, "Subject: " + std::string(GetParam().subject) + "\n\n");
  EXPECT_EQ(hits.hits.size(), GetParam().want ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(Regex, PatternMatch, testing::ValuesIn(kMatches),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(CharSet, FoldsComplementsAndContains) {
  CharSet set = {{'x', 'z'}, {'a', 'c'}, {'b', 'd'}, {'0', '0'}};
  Normalize(set);
  EXPECT_EQ(set, (CharSet{{'0', '0'}, {'a', 'd'}, {'x', 'z'}}));
  FoldAscii(set);
  EXPECT_EQ(set, (CharSet{{'0', '0'}, {'A', 'D'}, {'X', 'Z'}, {'a', 'd'}, {'x', 'z'}}));
  EXPECT_TRUE(Contains(set, 'B'));
  EXPECT_FALSE(Contains(set, 'e'));
  for (std::uint32_t c = 0; c < 256; ++c) {
    EXPECT_NE(Contains(set, c), Contains(Complement(set, 255), c)) << c;
  }
}

}  // namespace
}  // namespace assay::rules
