// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace assay::rules {
namespace {

constexpr std::string_view kItemWords[] = {"list",   "dnsbl", "uribl",   "group",  "rule",
                                           "adjust", "allow", "disable", "include"};
// The words with a meaning besides those that begin an item or a line of a rule.
constexpr std::string_view kInnerWords[] = {
    "from", "cap", "each",  "auto",   "shadow",          "live",   "and", "or", "not",
    "is",   "in",  "count", "exists", "unauthenticated", "unknown"};

class FileParser {
 public:
  FileParser(const Sources& sources, std::uint32_t file, DiagnosticLog& log, SyntaxBudget& budget)
      : reader_(sources, file, log, budget) {}

  FileSyntax Run();

 private:
  bool Item(FileSyntax& file);
  bool List(FileSyntax& file);
  bool ListEntries(ListSyntax& list);
  bool DnsList(FileSyntax& file);
  bool Group(FileSyntax& file);
  bool Rule(FileSyntax& file);
  bool Include(FileSyntax& file);
  bool Adjust(FileSyntax& file);
  bool Disable(FileSyntax& file);
  bool Allow(FileSyntax& file);

  void SkipLine();
  void SkipItem();
  bool AtItem() const;

  TokenReader reader_;
};

bool IsOneOf(const Token& token, std::span<const std::string_view> words) {
  return token.kind == TokenKind::kName && std::ranges::find(words, token.text) != words.end();
}

FileSyntax FileParser::Run() {
  FileSyntax file;
  while (reader_.Peek().kind != TokenKind::kEnd) {
    const std::uint32_t begin = reader_.Peek().place.offset;
    if (Item(file)) continue;
    if (reader_.Peek().place.offset == begin || !AtItem()) SkipItem();
  }
  return file;
}

bool FileParser::Item(FileSyntax& file) {
  const Token& token = reader_.Peek();
  if (token.Is("list")) return List(file);
  if (token.Is("dnsbl") || token.Is("uribl")) return DnsList(file);
  if (token.Is("group")) return Group(file);
  if (token.Is("rule")) return Rule(file);
  if (token.Is("adjust")) return Adjust(file);
  if (token.Is("disable")) return Disable(file);
  if (token.Is("allow")) return Allow(file);
  if (token.Is("include")) return Include(file);
  if (token.kind == TokenKind::kName) {
    reader_.log().Error(token.place, fmt::format("unknown keyword {}", Quote(token.text)),
                        DidYouMean(token.text, kItemWords));
  } else {
    reader_.Unexpected(
        "'rule', 'list', 'dnsbl', 'uribl', 'group', 'adjust', 'disable', 'allow' or 'include'");
  }
  return false;
}

// The beginning of an item: one of its words at the beginning of a line. `group` also begins a line
// of a rule, so it must not be indented here.
bool FileParser::AtItem() const {
  const Token& token = reader_.Peek();
  if (token.kind == TokenKind::kEnd) return true;
  return IsOneOf(token, kItemWords) &&
         (token.flush_left || (token.first_on_line && !token.Is("group")));
}

// Behind an error: on with the next item, so that one mistake does not hide the others.
void FileParser::SkipItem() {
  do {
    const bool close = reader_.Peek().Is("}");
    reader_.Take();
    if (close) return;
  } while (!AtItem());
}

// The same inside of a rule: on with the next line that begins with one of its words.
void FileParser::SkipLine() {
  while (!AtItem() && !reader_.Peek().Is("}")) {
    if (reader_.Peek().first_on_line && IsOneOf(reader_.Peek(), RuleWords())) return;
    reader_.Take();
  }
}

bool FileParser::List(FileSyntax& file) {
  reader_.Take();
  ListSyntax list;
  auto name = reader_.ExpectName("the name of the list");
  if (!name) return false;
  list.name = *std::move(name);
  if (reader_.Skip("from")) {
    list.file = reader_.ExpectText("the list's file in quotes");
    if (!list.file) return false;
  } else if (!ListEntries(list)) {
    return false;
  }
  file.lists.push_back(std::move(list));
  return true;
}

bool FileParser::ListEntries(ListSyntax& list) {
  if (!reader_.Expect("=", "or 'from' behind the list's name")) return false;
  do {
    const TokenKind kind = reader_.Peek().kind;
    if (kind != TokenKind::kString && kind != TokenKind::kPattern) {
      reader_.Unexpected("an entry in quotes, or a pattern");
      return false;
    }
    auto entry = ConditionParser(reader_).Value("an entry");
    if (!entry) return false;
    list.entries.push_back(*std::move(entry));
  } while (reader_.Skip(","));
  return true;
}

bool FileParser::Include(FileSyntax& file) {
  reader_.Take();
  auto path = reader_.ExpectText("the file's name in quotes");
  if (!path) return false;
  file.includes.push_back(*std::move(path));
  return true;
}

bool FileParser::DnsList(FileSyntax& file) {
  auto list = ParseDnsList(reader_);
  if (!list) return false;
  file.dns_lists.push_back(*std::move(list));
  return true;
}

bool FileParser::Group(FileSyntax& file) {
  reader_.Take();
  auto name = reader_.ExpectName("the name of the group");
  if (!name || !reader_.Expect("cap", "behind the group's name")) return false;
  auto cap = reader_.ExpectNumber("a number");
  if (!cap) return false;
  file.groups.push_back({*std::move(name), *std::move(cap)});
  return true;
}

bool FileParser::Rule(FileSyntax& file) {
  RuleSyntax rule;
  reader_.Charge(kRuleWeight);
  rule.place = reader_.Take().place;
  auto name = reader_.ExpectName("the name of the rule");
  if (!name || !reader_.Expect("{", "behind the rule's name")) return false;
  rule.name = *std::move(name);
  while (!reader_.Skip("}")) {
    if (AtItem()) {
      reader_.Unexpected(fmt::format("'}}' at the end of rule {}", rule.name.text));
      rule.broken = true;
      break;
    }
    if (RuleParser(reader_).Line(rule)) continue;
    rule.broken = true;
    SkipLine();
  }
  rule.place = Span(rule.place, reader_.last());
  file.rules.push_back(std::move(rule));
  return true;
}

bool FileParser::Adjust(FileSyntax& file) {
  AdjustSyntax adjust;
  adjust.place = reader_.Take().place;
  auto name = reader_.ExpectName("the name of a rule");
  if (!name || !reader_.Expect("{", "behind the rule's name")) return false;
  adjust.name = *std::move(name);
  while (!reader_.Skip("}")) {
    if (!RuleParser(reader_).Line(adjust)) return false;
  }
  file.adjusts.push_back(std::move(adjust));
  return true;
}

bool FileParser::Disable(FileSyntax& file) {
  reader_.Take();
  auto name = reader_.ExpectName("the name of a rule");
  if (!name) return false;
  auto reason = reader_.ExpectText("the reason in quotes");
  if (!reason) return false;
  file.disables.push_back({*std::move(name), *std::move(reason)});
  return true;
}

bool FileParser::Allow(FileSyntax& file) {
  AllowSyntax allow;
  allow.place = reader_.Take().place;
  allow.unauthenticated = reader_.Skip("unauthenticated");
  if (!reader_.Expect("from", "behind 'allow'")) return false;
  ConditionParser conditions(reader_);
  if (reader_.Skip("in") || reader_.Peek().Is("(")) {
    if (!conditions.Values(allow.values)) return false;
  } else if (reader_.Peek().kind == TokenKind::kListName) {
    allow.values.push_back(*conditions.Value("a list"));
  } else {
    reader_.Unexpected("a list or 'in' behind 'from'", "write @name, or in (\"…\", \"…\")");
    return false;
  }
  allow.place = Span(allow.place, reader_.last());
  if (reader_.Skip("when")) {
    allow.when = conditions.Condition();
    if (!allow.when) return false;
  }
  file.allows.push_back(std::move(allow));
  return true;
}

}  // namespace

FileSyntax ParseFile(const Sources& sources, std::uint32_t file, DiagnosticLog& log,
                     SyntaxBudget& budget) {
  return FileParser(sources, file, log, budget).Run();
}

std::vector<std::string_view> Keywords() {
  std::vector<std::string_view> words(std::begin(kItemWords), std::end(kItemWords));
  words.insert(words.end(), RuleWords().begin(), RuleWords().end());
  words.insert(words.end(), std::begin(kInnerWords), std::end(kInnerWords));
  return words;
}

}  // namespace assay::rules
