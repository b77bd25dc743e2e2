// SPDX-License-Identifier: Apache-2.0
// Tokens to syntax, with one token of look-ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/rules/lexer.h"
#include "lib/rules/limits.h"
#include "lib/rules/syntax.h"

namespace assay::rules {

// What the files of one set may still take; each bounds only itself.
struct SyntaxBudget {
  std::size_t words = kMaxWords;
  bool reported = false;
};

// Reads one file. What cannot be read is reported and left out; reading goes on behind it. Ends
// where the budget does, which is reported once.
[[nodiscard]] FileSyntax ParseFile(const Sources& sources, std::uint32_t file, DiagnosticLog& log,
                                   SyntaxBudget& budget);

// All words with a meaning of their own, some more than once; those that mean something only in a
// dnsbl or uribl; and those that begin a line of a rule.
[[nodiscard]] std::vector<std::string_view> Keywords();
[[nodiscard]] std::span<const std::string_view> DnsListKeywords();
[[nodiscard]] std::span<const std::string_view> RuleWords();

// The token stream with what both parsers need of it.
class TokenReader {
 public:
  TokenReader(const Sources& sources, std::uint32_t file, DiagnosticLog& log, SyntaxBudget& budget)
      : lexer_(sources, file, log), log_(log), budget_(budget), token_(lexer_.Next()) {
    Charge(1);
  }

  [[nodiscard]] const Token& Peek() const { return token_; }
  Token Take();
  // Counts what is made of the tokens against the budget; beyond it the file ends.
  void Charge(std::size_t words);
  // Takes the token when it is this symbol or name.
  bool Skip(std::string_view symbol_or_name);
  // Takes the token or reports that `symbol` was expected.
  bool Expect(std::string_view symbol, std::string_view where);
  [[nodiscard]] std::optional<Word> ExpectName(std::string_view what);
  [[nodiscard]] std::optional<Word> ExpectText(std::string_view what);
  [[nodiscard]] std::optional<Number> ExpectNumber(std::string_view what);
  // low..high
  [[nodiscard]] std::optional<AutoSyntax> ExpectRange(std::string_view what);
  // "expected …, found …"; silent when the token at hand is one the lexer has reported.
  void Unexpected(std::string_view expected, std::string_view hint = {});
  [[nodiscard]] DiagnosticLog& log() { return log_; }
  [[nodiscard]] const Place& last() const { return last_; }  // the token taken last

 private:
  Lexer lexer_;
  DiagnosticLog& log_;
  SyntaxBudget& budget_;
  Token token_;
  Place last_;
};

// dnsbl or uribl with all that follows, from its first word on; nothing when an error was reported.
[[nodiscard]] std::optional<DnsListSyntax> ParseDnsList(TokenReader& reader);

// "dnsbl.…" or "uribl.…": what a DNS list says, as conditions and examples call it.
[[nodiscard]] inline bool IsDnsListName(std::string_view name) {
  return name.starts_with("dnsbl.") || name.starts_with("uribl.");
}

// Reads a condition; nothing when an error was reported.
class ConditionParser {
 public:
  explicit ConditionParser(TokenReader& reader) : reader_(reader) {}

  [[nodiscard]] std::optional<ConditionSyntax> Condition();
  // count(…), for `score … each`.
  [[nodiscard]] std::optional<OperandSyntax> CountOperand();
  // "(" value, value … ")"
  [[nodiscard]] bool Values(std::vector<ValueSyntax>& values);
  [[nodiscard]] std::optional<ValueSyntax> Value(std::string_view what);

 private:
  [[nodiscard]] std::optional<ConditionSyntax> Unary();
  [[nodiscard]] std::optional<ConditionSyntax> Nested();
  [[nodiscard]] std::optional<ConditionSyntax> Compare();
  [[nodiscard]] bool CompareWith(ConditionSyntax& condition);
  [[nodiscard]] std::optional<Comparison> TakeComparison();
  [[nodiscard]] std::optional<OperandSyntax> Operand();
  [[nodiscard]] bool Fact(OperandSyntax& operand);
  [[nodiscard]] std::optional<mail::HeaderForm> Form(std::string_view fact);
  [[nodiscard]] bool Enter();

  TokenReader& reader_;
  std::size_t depth_ = 0;
};

// Reads the lines between the braces of a rule or of an `adjust`, one at a time. False when an
// error was reported; the reader then stands somewhere in the line.
class RuleParser {
 public:
  explicit RuleParser(TokenReader& reader) : reader_(reader) {}

  [[nodiscard]] bool Line(RuleSyntax& rule);
  [[nodiscard]] bool Line(AdjustSyntax& adjust);

 private:
  // Reports a line that stands twice; the second is read and dropped.
  void Once(bool known, std::string_view word);
  [[nodiscard]] bool Score(std::optional<ScoreSyntax>& score);
  [[nodiscard]] bool AutoScore(ScoreSyntax& score);
  [[nodiscard]] bool Mode(std::optional<Word>& mode);
  [[nodiscard]] bool Action(std::optional<ActionSyntax>& action);
  [[nodiscard]] bool With(RuleSyntax& rule);
  [[nodiscard]] bool Example(RuleSyntax& rule);
  [[nodiscard]] bool Settings(std::vector<SettingSyntax>& settings);
  [[nodiscard]] bool Setting(std::vector<SettingSyntax>& settings);
  [[nodiscard]] std::optional<Word> LongText(std::string_view what);

  TokenReader& reader_;
};

}  // namespace assay::rules
