// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace assay::rules {
namespace {

constexpr std::string_view kItemWords[] = {"list",   "dnsbl", "uribl",   "group",  "rule",
                                           "adjust", "allow", "disable", "include"};
constexpr std::string_view kRuleWords[] = {"about", "group", "score", "when", "action",
                                           "with",  "hit",   "miss",  "mode", "precaution"};
constexpr std::string_view kKeywords[] = {
    "list",    "group",      "rule",   "adjust", "disable", "allow",
    "include", "about",      "when",   "score",  "action",  "mode",
    "with",    "precaution", "hit",    "miss",   "from",    "cap",
    "each",    "auto",       "shadow", "live",   "and",     "or",
    "not",     "is",         "in",     "count",  "exists",  "unauthenticated",
    "unknown"};

class FileParser {
 public:
  FileParser(const Sources& sources, std::uint32_t file, DiagnosticLog& log)
      : reader_(sources, file, log) {}

  FileSyntax Run();

 private:
  bool Item(FileSyntax& file);
  bool List(FileSyntax& file);
  bool ListEntries(ListSyntax& list);
  bool DnsList(FileSyntax& file);
  bool Group(FileSyntax& file);
  bool Rule(FileSyntax& file);
  bool RuleLine(RuleSyntax& rule);
  bool Include(FileSyntax& file);
  bool Score(std::optional<ScoreSyntax>& score);
  bool AutoScore(ScoreSyntax& score);
  bool Mode(std::optional<Word>& mode);
  bool Action(std::optional<ActionSyntax>& action);
  bool With(RuleSyntax& rule);
  bool Example(RuleSyntax& rule);
  bool Settings(std::vector<SettingSyntax>& settings);
  bool Setting(std::vector<SettingSyntax>& settings);
  bool Adjust(FileSyntax& file);
  bool AdjustLine(AdjustSyntax& adjust);
  bool Disable(FileSyntax& file);
  bool Allow(FileSyntax& file);
  std::optional<Word> LongText(std::string_view what);

  // Reports a line that stands twice; the second is read and dropped.
  template <class T>
  void Once(const std::optional<T>& known, std::string_view word) {
    if (known) reader_.log().Error(reader_.Peek().place, fmt::format("a rule has one '{}'", word));
  }
  void SkipLine();
  void SkipItem();
  bool AtItem() const;

  TokenReader reader_;
};

template <std::size_t N>
bool IsOneOf(const Token& token, const std::string_view (&words)[N]) {
  return token.kind == TokenKind::kName && std::ranges::find(words, token.text) != std::end(words);
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
    if (reader_.Peek().first_on_line && IsOneOf(reader_.Peek(), kRuleWords)) return;
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

bool FileParser::DnsList(FileSyntax& file) {
  auto list = ParseDnsList(reader_);
  if (!list) return false;
  file.dns_lists.push_back(*std::move(list));
  return true;
}

bool FileParser::Include(FileSyntax& file) {
  reader_.Take();
  auto path = reader_.ExpectText("the file's name in quotes");
  if (!path) return false;
  file.includes.push_back(*std::move(path));
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
    if (RuleLine(rule)) continue;
    rule.broken = true;
    SkipLine();
  }
  rule.place = Span(rule.place, reader_.last());
  file.rules.push_back(std::move(rule));
  return true;
}

bool FileParser::RuleLine(RuleSyntax& rule) {
  const Token& token = reader_.Peek();
  if (token.Is("hit") || token.Is("miss")) return Example(rule);
  if (token.Is("with")) return With(rule);
  if (token.Is("about")) {
    Once(rule.about, "about");
    reader_.Take();
    rule.about = LongText("what the rule is about, in quotes");
    return rule.about.has_value();
  }
  if (token.Is("group")) {
    Once(rule.group, "group");
    reader_.Take();
    rule.group = reader_.ExpectName("the name of a group");
    return rule.group.has_value();
  }
  if (token.Is("score")) {
    Once(rule.score, "score");
    return Score(rule.score);
  }
  if (token.Is("action")) {
    Once(rule.action, "action");
    return Action(rule.action);
  }
  if (token.Is("mode")) {
    Once(rule.mode, "mode");
    return Mode(rule.mode);
  }
  if (token.Is("precaution")) {
    Once(rule.precaution, "precaution");
    rule.precaution = Word{std::string(token.text), token.place};
    reader_.Take();
    return true;
  }
  if (token.Is("when")) {
    Once(rule.when, "when");
    reader_.Take();
    rule.when = ConditionParser(reader_).Condition();
    return rule.when.has_value();
  }
  const std::string hint =
      token.kind == TokenKind::kName ? DidYouMean(token.text, kRuleWords) : std::string();
  reader_.Unexpected("'and', 'or', another line of the rule, or '}'", hint);
  if (token.kind != TokenKind::kEnd) reader_.Take();
  return false;
}

bool FileParser::Score(std::optional<ScoreSyntax>& score) {
  reader_.Take();
  ScoreSyntax result;
  if (reader_.Skip("auto")) {
    if (!AutoScore(result)) return false;
    score = std::move(result);
    return true;
  }
  auto amount = reader_.ExpectNumber("a number, or 'auto' and a range");
  if (!amount) return false;
  result.amount = *std::move(amount);
  if (reader_.Skip("each")) {
    result.each = ConditionParser(reader_).CountOperand();
    if (!result.each || !reader_.Expect("cap", "behind count(…): what all of them add at most")) {
      return false;
    }
    result.cap = reader_.ExpectNumber("a number");
    if (!result.cap) return false;
  }
  score = std::move(result);
  return true;
}

// auto 0..4, auto 0..4 = 1.7
bool FileParser::AutoScore(ScoreSyntax& score) {
  score.range = reader_.ExpectRange("a range behind 'auto'");
  if (!score.range) return false;
  score.amount = {0, "0", score.range->range};
  if (reader_.Skip("=")) {
    auto value = reader_.ExpectNumber("the tuned value");
    if (!value) return false;
    score.amount = *std::move(value);
    score.range->tuned = true;
  }
  if (!reader_.Peek().Is("each")) return true;
  reader_.log().Error(reader_.Peek().place, "a score is either 'auto' or counted",
                      "write a number before 'each'");
  return false;
}

bool FileParser::Mode(std::optional<Word>& mode) {
  reader_.Take();
  mode = reader_.ExpectName("'shadow' or 'live'");
  return mode.has_value();
}

bool FileParser::Action(std::optional<ActionSyntax>& action) {
  reader_.Take();
  auto name = reader_.ExpectName("tag, tempfail, quarantine, reject or discard");
  if (!name) return false;
  ActionSyntax result;
  result.action = *std::move(name);
  if (reader_.Peek().kind == TokenKind::kString) result.text = reader_.ExpectText("a text");
  action = std::move(result);
  return true;
}

// A text, or several behind each other, which make one.
std::optional<Word> FileParser::LongText(std::string_view what) {
  auto text = reader_.ExpectText(what);
  while (text && reader_.Peek().kind == TokenKind::kString) {
    const auto more = reader_.ExpectText(what);
    text->text += more->text;
    text->place = Span(text->place, more->place);
  }
  return text;
}

bool FileParser::With(RuleSyntax& rule) {
  if (!rule.examples.empty()) {
    reader_.log().Error(reader_.Peek().place, "this 'with' would belong to two examples",
                        "what holds for all examples stands before the first hit or miss");
  }
  return Settings(rule.settings);
}

bool FileParser::Example(RuleSyntax& rule) {
  ExampleSyntax example;
  const Token word = reader_.Take();
  example.hit = word.Is("hit");
  example.place = word.place;
  if (reader_.Peek().kind == TokenKind::kString) {
    example.text = LongText("a message in quotes");
  } else if (!reader_.Peek().Is("with")) {
    reader_.Unexpected("a message in quotes, or 'with'");
    return false;
  }
  if (reader_.Peek().Is("with") && !Settings(example.settings)) return false;
  rule.examples.push_back(std::move(example));
  return true;
}

// with fact = value, list name = "…", "…"
bool FileParser::Settings(std::vector<SettingSyntax>& settings) {
  reader_.Take();
  if (!Setting(settings)) return false;
  while (reader_.Skip(",")) {
    const TokenKind kind = reader_.Peek().kind;
    if (kind == TokenKind::kString || kind == TokenKind::kPattern) {  // of the same setting
      settings.back().values.push_back(*ConditionParser(reader_).Value("a text"));
    } else if (!Setting(settings)) {
      return false;
    }
  }
  return true;
}

bool FileParser::Setting(std::vector<SettingSyntax>& settings) {
  ConditionParser values(reader_);
  SettingSyntax setting;
  setting.is_list = reader_.Skip("list");
  auto name = reader_.ExpectName(setting.is_list ? "the name of a list" : "a fact or 'list'");
  if (!name || !reader_.Expect("=", "behind the name")) return false;
  setting.name = *std::move(name);
  if (IsDnsListName(setting.name.text) && reader_.Peek().Is("(")) {
    if (!values.Values(setting.values)) return false;
    settings.push_back(std::move(setting));
    return true;
  }
  auto value = values.Value("a value");
  if (!value) return false;
  setting.values.push_back(*std::move(value));
  settings.push_back(std::move(setting));
  return true;
}

bool FileParser::Adjust(FileSyntax& file) {
  AdjustSyntax adjust;
  adjust.place = reader_.Take().place;
  auto name = reader_.ExpectName("the name of a rule");
  if (!name || !reader_.Expect("{", "behind the rule's name")) return false;
  adjust.name = *std::move(name);
  while (!reader_.Skip("}")) {
    if (!AdjustLine(adjust)) return false;
  }
  file.adjusts.push_back(std::move(adjust));
  return true;
}

bool FileParser::AdjustLine(AdjustSyntax& adjust) {
  const Token& token = reader_.Peek();
  if (token.Is("score") && !adjust.score) {
    if (!Score(adjust.score)) return false;
    if (!adjust.score->each) return true;
    reader_.log().Error(adjust.score->each->place, "'adjust' replaces a number, not what it counts",
                        "disable the rule and write your own");
    return false;
  }
  if (token.Is("action") && !adjust.action) return Action(adjust.action);
  if (token.Is("mode") && !adjust.mode) return Mode(adjust.mode);
  reader_.Unexpected("one 'score', one 'action', one 'mode', or '}'",
                     "to change more, disable the rule and write your own");
  return false;
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

FileSyntax ParseFile(const Sources& sources, std::uint32_t file, DiagnosticLog& log) {
  return FileParser(sources, file, log).Run();
}

std::span<const std::string_view> Keywords() { return kKeywords; }

}  // namespace assay::rules
