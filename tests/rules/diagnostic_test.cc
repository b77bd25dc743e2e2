// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/diagnostic.h"

#include <gtest/gtest.h>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

Diagnostic At(int column, int length, std::string line) {
  Diagnostic diagnostic;
  diagnostic.file = "a.rules";
  diagnostic.line = 3;
  diagnostic.column = column;
  diagnostic.length = length;
  diagnostic.message = "bad";
  diagnostic.source_line = std::move(line);
  return diagnostic;
}

TEST(Format, ShowsLineCaretAndSuggestion) {
  Diagnostic diagnostic = At(8, 4, "  when subj is 1");
  diagnostic.suggestion = "did you mean 'subject'?";
  EXPECT_EQ(Format(diagnostic),
            "a.rules:3:8: error: bad\n"
            "      when subj is 1\n"
            "           ^~~~\n"
            "  did you mean 'subject'?\n");
}

TEST(Format, WarningWithoutLine) {
  Diagnostic diagnostic = At(1, 1, "");
  diagnostic.severity = Severity::kWarning;
  EXPECT_EQ(Format(diagnostic), "a.rules:3:1: warning: bad\n");
}

TEST(Format, KeepsTabsAndCountsCodePoints) {
  EXPECT_EQ(Format(At(6, 1, "\t\xC3\xA4\xC3\xB6x")),
            "a.rules:3:6: error: bad\n"
            "    \t\xC3\xA4\xC3\xB6x\n"
            "    \t  ^\n");
}

TEST(Format, CutsLongLinesAroundThePlace) {
  const std::string line = std::string(500, 'a') + "X" + std::string(500, 'b');
  const std::string text = Format(At(501, 1, line));
  const std::size_t caret = text.rfind('^') - text.rfind('\n', text.rfind('^')) - 1;
  const std::size_t mark = text.find('X') - text.rfind('\n', text.find('X')) - 1;
  EXPECT_EQ(caret, mark);
  EXPECT_LT(text.size(), 400U);
}

// A file of one line is shown in pieces, not copied a million times.
TEST(Describe, KeepsWhatIsNearThePlace) {
  std::string text = std::string(3000, ' ') + "X" + std::string(3000, ' ');
  for (int i = 0; i < 100'000; ++i) text += " $";
  const auto diagnostics = CompileText(text).diagnostics;
  ASSERT_EQ(diagnostics.size(), 101U);
  for (const Diagnostic& diagnostic : diagnostics) {
    EXPECT_LE(diagnostic.source_line.size(), 4096U);
  }
  EXPECT_EQ(diagnostics[0].column, 3001);
  const std::string shown = Format(diagnostics[0]);
  const std::size_t caret = shown.rfind('^') - shown.rfind('\n', shown.rfind('^')) - 1;
  const std::size_t mark = shown.rfind('X') - shown.rfind('\n', shown.rfind('X')) - 1;
  EXPECT_EQ(caret, mark);
}

TEST(Format, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(Format(At(1, 1, "a\x1b[2J")).find('\x1b'), std::string::npos);
}

TEST(Format, ColumnBehindTheLineIsHarmless) {
  EXPECT_NE(Format(At(100, 50, "ab")).find('^'), std::string::npos);
  EXPECT_NE(Format(At(0, 0, "ab")).find('^'), std::string::npos);
}

}  // namespace
}  // namespace assay::rules
