// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/rules/limits.h"
#include "lib/rules/regex_parser.h"
#include "lib/rules/source.h"

namespace assay::rules {
namespace {

constexpr int kMaxRepeat = 1000;  // RE2's own limit

}  // namespace

// The next code point (byte, in a byte pattern) of the pattern itself.
RegexParser::Item RegexParser::Alternation() {
  const RegexFlags outer = flags_;
  const bool outer_ungreedy = ungreedy_;
  RegexNode node;
  node.op = RegexOp::kAlternate;
  do {
    Item branch = Concatenation();
    if (!branch) return {};
    node.children.push_back(*std::move(branch));
  } while (Skip("|"));
  flags_ = outer;
  ungreedy_ = outer_ungreedy;
  if (node.children.size() > 1) return node;
  RegexNode only = std::move(node.children.front());
  return only;
}

RegexParser::Item RegexParser::Concatenation() {
  RegexNode node;
  node.op = RegexOp::kConcat;
  while (!End() && Peek() != '|' && Peek() != ')') {
    Item atom = Atom();
    if (!atom) return {};
    Item item = Repeated(*std::move(atom));
    if (!item) return {};
    if (item->op == RegexOp::kConcat) {
      for (RegexNode& part : item->children) node.children.push_back(std::move(part));
    } else if (item->op != RegexOp::kEmpty) {
      node.children.push_back(*std::move(item));
    }
  }
  if (node.children.empty()) return RegexNode{};
  if (node.children.size() > 1) return node;
  RegexNode only = std::move(node.children.front());
  return only;
}

RegexParser::Item RegexParser::Atom() {
  const std::size_t begin = at_;
  switch (Peek()) {
    case '(':
      return Group();
    case '[':
      return Class();
    case '\\':
      return Escape();
    case '^':
      ++at_;
      return Assert(flags_.multi_line ? Assertion::kBeginLine : Assertion::kBeginText);
    case '$':
      ++at_;
      return Assert(flags_.multi_line ? Assertion::kEndLine : Assertion::kEndText);
    case '.':
      ++at_;
      return SetNode(Complement(flags_.dot_all ? CharSet{} : CharSet{{'\n', '\n'}}, Top()));
    case '*':
    case '+':
    case '?':
      return Fail(begin, 1, "nothing stands before this quantifier",
                  fmt::format("write \\{} for the character", Peek()));
    default:
      return Literal(TakeChar());
  }
}

RegexParser::Item RegexParser::Group() {
  const std::size_t begin = at_++;
  if (++depth_ > kMaxPatternNesting) {
    return Fail(begin, 1, fmt::format("groups are nested more than {} deep", kMaxPatternNesting));
  }
  const RegexFlags outer = flags_;
  const bool outer_ungreedy = ungreedy_;
  if (Peek() == '?') {
    const GroupStart start = GroupKind(begin);
    if (start == GroupStart::kError) return {};
    if (start == GroupStart::kFlags) {
      --depth_;
      return RegexNode{};
    }
  } else if (Peek() == '*') {
    return Fail(begin, 2, "RE2 knows no verbs", "leave it out: nothing backtracks here");
  }
  Item inner = Alternation();
  if (!inner) return {};
  if (!Skip(")")) return Fail(begin, 1, "this ( is never closed", "write \\( for the character");
  flags_ = outer;
  ungreedy_ = outer_ungreedy;
  --depth_;
  return inner;
}

// Behind "(".
RegexParser::GroupStart RegexParser::GroupKind(std::size_t begin) {
  for (const std::string_view look : {"?=", "?!", "?<=", "?<!"}) {
    if (text_.substr(at_).starts_with(look)) return Lookaround(begin);
  }
  if (Skip("?P<")) {
    const std::size_t close = text_.find('>', at_);
    if (close == std::string_view::npos) return Bad(begin, 4, "this group's name is never closed");
    at_ = close + 1;
    return GroupStart::kContent;
  }
  if (Skip("?<") || Skip("?'"))
    return Bad(begin, 3, "RE2 knows no such named group", "write (?:…)");
  if (Skip("?>")) {
    return Bad(begin, 3, "RE2 knows no atomic group", "write (?:…): nothing backtracks here");
  }
  if (Skip("?#")) {
    return Bad(begin, 3, "a pattern has no comments", "write the comment behind # above the rule");
  }
  if (Skip("?|") || Skip("?(") || Skip("?R") || Skip("?&") || Skip("?P")) {
    return Bad(begin, 3, "RE2 knows no conditionals, recursion or branch reset",
               "write the alternatives out: (?:a|b)");
  }
  ++at_;  // '?'
  return InlineFlags(begin);
}

RegexParser::GroupStart RegexParser::InlineFlags(std::size_t begin) {
  bool on = true;
  for (; !End(); ++at_) {
    switch (Peek()) {
      case 'i':
        flags_.ignore_case = on;
        break;
      case 's':
        flags_.dot_all = on;
        break;
      case 'm':
        flags_.multi_line = on;
        break;
      case 'U':
        ungreedy_ = on;
        break;
      case '-':
        on = false;
        break;
      case ':':
        ++at_;
        return GroupStart::kContent;
      case ')':
        ++at_;
        return GroupStart::kFlags;
      default:
        return Bad(at_, 1, fmt::format("unknown flag {}", Quote(text_.substr(at_, 1))),
                   "a group knows the flags i, s, m and U");
    }
  }
  return Bad(begin, 1, "this ( is never closed");
}

RegexParser::GroupStart RegexParser::Lookaround(std::size_t begin) {
  const bool behind = text_.substr(at_).starts_with("?<");
  const bool negative = text_[at_ + (behind ? 2 : 1)] == '!';
  const std::string_view hint =
      negative
          ? "write a second condition: `subject ~ /a/i and not subject ~ /b/i`, or a class: [^x]"
          : "match the text itself, or write a second condition: `body ~ /a/ and body ~ /b/`";
  return Bad(begin, behind ? 4 : 3,
             fmt::format("RE2 knows no {} look{}", negative ? "negative" : "positive",
                         behind ? "behind" : "ahead"),
             hint);
}

// \d \s \w and their complements.
// \Q … \E
// \pL, \p{Greek}, \P{L}, \p{^L}: which code points these are is RE2's business; a guess is enough
// for a sample.
// Behind the backslash.
RegexParser::Item RegexParser::Repeated(RegexNode atom) {
  const std::size_t begin = at_;
  int min = 0;
  int max = kUnbounded;
  if (!Quantifier(min, max)) return atom;
  if (min > kMaxRepeat || max > kMaxRepeat) {
    return Fail(begin, at_ - begin, fmt::format("RE2 repeats at most {} times", kMaxRepeat),
                "write + or {1000,}, or a smaller number");
  }
  if (max != kUnbounded && max < min) {
    return Fail(begin, at_ - begin, "this repetition's bounds are the wrong way round");
  }
  const bool lazy = Skip("?");
  if (BadSecondQuantifier(begin)) return {};
  RegexNode node;
  node.op = RegexOp::kRepeat;
  node.min = min;
  node.max = max;
  node.greedy = lazy == ungreedy_;
  node.children.push_back(std::move(atom));
  return node;
}

bool RegexParser::Quantifier(int& min, int& max) {
  switch (Peek()) {
    case '*':
      break;
    case '+':
      min = 1;
      break;
    case '?':
      max = 1;
      break;
    case '{':
      return Counts(min, max);
    default:
      return false;
  }
  ++at_;
  return true;
}

// {n}, {n,}, {n,m}. Leaves the position alone and says no when it is not one of them: then { is a
// character.
bool RegexParser::Counts(int& min, int& max) {
  const std::size_t begin = at_++;
  const auto number = [&](int& value) {
    const std::size_t first = at_;
    value = 0;
    while (IsAsciiDigit(Peek()))
      value = std::min(value * 10 + (text_[at_++] - '0'), kMaxRepeat + 1);
    return at_ > first;
  };
  bool good = number(min);
  if (good && Skip(",")) {
    if (!number(max)) max = kUnbounded;
  } else {
    max = min;
  }
  good = good && Skip("}");
  if (!good) {
    at_ = begin;
    min = 0;
    max = kUnbounded;
  }
  return good;
}

bool RegexParser::BadSecondQuantifier(std::size_t begin) {
  const char c = Peek();
  if (c == '+') {
    Fail(begin, at_ - begin + 1, "RE2 knows no possessive quantifier",
         "leave the second + out: nothing backtracks here");
    return true;
  }
  if (c == '*' || c == '?') {
    Fail(begin, at_ - begin + 1, "two quantifiers behind each other",
         "put a group around the first: (?:…)");
    return true;
  }
  return false;
}

tl::expected<Regex, RegexError> ParseRegex(std::string_view pattern, const RegexFlags& flags) {
  if (flags.bytes) {
    const auto* const wide = std::ranges::find_if(pattern, [](char c) { return (c & 0x80) != 0; });
    if (wide != pattern.end()) {
      const auto offset = static_cast<std::size_t>(wide - pattern.begin());
      return tl::unexpected<RegexError>(
          RegexError{offset, mail::Utf8SequenceLength(pattern, offset),
                     "a byte pattern is written in ASCII", "write bytes above 0x7F as \\xHH"});
    }
  }
  return RegexParser(pattern, flags).Run();
}

}  // namespace assay::rules
