// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/rules/regex_parser.h"
#include "lib/rules/source.h"

namespace assay::rules {
namespace {

constexpr CharRange kDigits[] = {{'0', '9'}};
constexpr CharRange kSpaces[] = {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}};  // RE2: without \v
constexpr CharRange kWordChars[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
constexpr CharRange kAlnum[] = {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}};
constexpr CharRange kAlpha[] = {{'A', 'Z'}, {'a', 'z'}};
constexpr CharRange kAscii[] = {{0, 0x7F}};
constexpr CharRange kBlank[] = {{'\t', '\t'}, {' ', ' '}};
constexpr CharRange kControl[] = {{0, 0x1F}, {0x7F, 0x7F}};
constexpr CharRange kGraph[] = {{'!', '~'}};
constexpr CharRange kLower[] = {{'a', 'z'}};
constexpr CharRange kPrint[] = {{' ', '~'}};
constexpr CharRange kPunct[] = {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}};
constexpr CharRange kPosixSpace[] = {{'\t', '\r'}, {' ', ' '}};
constexpr CharRange kUpper[] = {{'A', 'Z'}};
constexpr CharRange kHexDigits[] = {{'0', '9'}, {'A', 'F'}, {'a', 'f'}};

struct NamedSet {
  std::string_view name;
  std::span<const CharRange> set;
};
constexpr NamedSet kPosixSets[] = {
    {"alnum", kAlnum},    {"alpha", kAlpha},      {"ascii", kAscii},      {"blank", kBlank},
    {"cntrl", kControl},  {"digit", kDigits},     {"graph", kGraph},      {"lower", kLower},
    {"print", kPrint},    {"punct", kPunct},      {"space", kPosixSpace}, {"upper", kUpper},
    {"word", kWordChars}, {"xdigit", kHexDigits},
};

CharSet ToSet(std::span<const CharRange> ranges) { return {ranges.begin(), ranges.end()}; }

// Perl's and PCRE's escapes that RE2 does not know, and what to write instead.
struct Foreign {
  char letter;
  std::string_view hint;
};
constexpr Foreign kForeignEscapes[] = {
    {'Z', "write (?:\\n?\\z)"},
    {'G', "leave it out: a pattern is searched from the beginning of the text"},
    {'K', "leave it out: nothing is replaced here"},
    {'R', "write (?:\\r\\n|\\n|\\r)"},
    {'h', "write [ \\t]"},
    {'H', "write [^ \\t]"},
    {'N', "write [^\\n]"},
    {'X', "write . for one code point"},
    {'e', "write \\x1b"},
    {'c', "write the control character as \\xHH"},
    {'k', "compare two facts with `is`, or write the repeated text out"},
    {'g', "compare two facts with `is`, or write the repeated text out"},
    {'C', "use flag b for patterns over bytes"},
};

constexpr std::string_view kBackreferenceHint =
    "compare two facts with `is`, or write the repeated text out";

}  // namespace

RegexNode RegexParser::Assert(Assertion assertion) {
  RegexNode node;
  node.op = RegexOp::kAssert;
  node.assertion = assertion;
  return node;
}

RegexNode RegexParser::SetNode(CharSet set) const {
  RegexNode node;
  node.op = RegexOp::kSet;
  node.set = std::move(set);
  return node;
}

RegexNode RegexParser::Literal(std::uint32_t c) {
  CharSet set = {{c, c}};
  const bool known = Fold(set);
  RegexNode node = SetNode(std::move(set));
  node.open = !known;
  return node;
}

// As /i asks. False when the set is not all that RE2 makes of it.
bool RegexParser::Fold(CharSet& set) {
  if (!flags_.ignore_case) return true;
  if (flags_.bytes) {
    FoldAscii(set);
    return true;
  }
  rare_partners_ = true;
  const bool known = FoldUnicode(set);
  exact_ = exact_ && known;
  return known;
}

std::uint32_t RegexParser::TakeChar() {
  const std::size_t length =
      flags_.bytes ? 1 : std::max<std::size_t>(mail::Utf8SequenceLength(text_, at_), 1);
  const auto lead = static_cast<unsigned char>(text_[at_]);
  std::uint32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    c = c << 6U | (static_cast<unsigned char>(text_[at_ + i]) & 0x3FU);
  }
  at_ += length;
  return c;
}

RegexParser::Item RegexParser::Class() {
  const std::size_t begin = at_++;
  const bool negated = Skip("^");
  unicode_class_ = false;
  CharSet set;
  for (bool first = true; first || Peek() != ']'; first = false) {
    if (End()) return Fail(begin, 1, "this [ is never closed", "write \\[ for the character");
    if (!ClassItem(set, begin)) return {};
  }
  ++at_;
  Normalize(set);
  const bool known = Fold(set);
  // RE2 leaves \n in a negated class, as Perl does.
  RegexNode node = SetNode(negated ? Complement(set, Top()) : std::move(set));
  node.open = !known || unicode_class_;
  return node;
}

bool RegexParser::ClassItem(CharSet& set, std::size_t begin) {
  if (text_.substr(at_).starts_with("[:")) {
    const std::size_t close = text_.find(":]", at_ + 2);
    if (close != std::string_view::npos) return PosixClass(set);
  }
  if (Peek() == '\\') {
    const char c = Peek(1);
    if (const auto known = PerlClass(c)) {
      at_ += 2;
      set.insert(set.end(), known->begin(), known->end());
      return true;
    }
    if (c == 'p' || c == 'P') return UnicodeClass(set, at_);
  }
  const std::size_t item = at_;
  const auto low = ClassChar(begin);
  if (!low) return false;
  if (Peek() != '-' || Peek(1) == ']' || Peek(1) == '\0') {
    set.push_back({*low, *low});
    return true;
  }
  ++at_;
  const auto high = ClassChar(begin);
  if (!high) return false;
  if (*high < *low) {
    Fail(item, at_ - item, "this range runs backwards",
         "write - last in the class for the character");
    return false;
  }
  set.push_back({*low, *high});
  return true;
}

bool RegexParser::PosixClass(CharSet& set) {
  const std::size_t begin = at_;
  at_ += 2;
  const bool negated = Skip("^");
  const std::size_t close = text_.find(":]", at_);
  const std::string_view name = text_.substr(at_, close - at_);
  const auto* const found = std::ranges::find(kPosixSets, name, &NamedSet::name);
  at_ = close + 2;
  if (found == std::end(kPosixSets)) {
    Fail(begin, at_ - begin, fmt::format("unknown class {}", Quote(name)));
    return false;
  }
  const CharSet named = negated ? Complement(ToSet(found->set), Top()) : ToSet(found->set);
  set.insert(set.end(), named.begin(), named.end());
  return true;
}

std::optional<std::uint32_t> RegexParser::ClassChar(std::size_t begin) {
  if (End()) {
    Fail(begin, 1, "this [ is never closed", "write \\[ for the character");
    return {};
  }
  if (Peek() != '\\') return TakeChar();
  const std::size_t escape = at_++;
  if (Peek() >= '1' && Peek() <= '9' && !(Peek() < '8' && Peek(1) >= '0' && Peek(1) <= '7')) {
    Fail(escape, 2, fmt::format("unknown escape \\{}", Peek()), "write a character as \\xHH");
    return {};
  }
  return EscapedChar(escape);
}

std::optional<CharSet> RegexParser::PerlClass(char letter) const {
  switch (letter) {
    case 'd':
      return ToSet(kDigits);
    case 's':
      return ToSet(kSpaces);
    case 'w':
      return ToSet(kWordChars);
    case 'D':
      return Complement(ToSet(kDigits), Top());
    case 'S':
      return Complement(ToSet(kSpaces), Top());
    case 'W':
      return Complement(ToSet(kWordChars), Top());
    default:
      return {};
  }
}

RegexParser::Item RegexParser::Escape() {
  const std::size_t begin = at_++;
  const char c = Peek();
  switch (c) {
    case 'b':
      ++at_;
      return Assert(Assertion::kWordBoundary);
    case 'B':
      ++at_;
      return Assert(Assertion::kNotWordBoundary);
    case 'A':
      ++at_;
      return Assert(Assertion::kBeginText);
    case 'z':
      ++at_;
      return Assert(Assertion::kEndText);
    case 'Q':
      ++at_;
      return Quoted();
    case 'p':
    case 'P': {
      CharSet set;
      at_ = begin;
      if (!UnicodeClass(set, begin)) return {};
      RegexNode node = SetNode(std::move(set));
      node.open = true;
      return node;
    }
    default:
      break;
  }
  if (auto known = PerlClass(c)) {
    ++at_;
    return SetNode(*std::move(known));
  }
  const bool octal = c >= '0' && c <= '7' && (c == '0' || (Peek(1) >= '0' && Peek(1) <= '7'));
  if (IsAsciiDigit(c) && !octal) {
    return Fail(begin, 2, "RE2 knows no backreference", kBackreferenceHint);
  }
  const auto literal = EscapedChar(begin);
  if (!literal) return {};
  return Literal(*literal);
}

RegexParser::Item RegexParser::Quoted() {
  RegexNode node;
  node.op = RegexOp::kConcat;
  while (!End() && !Skip("\\E")) node.children.push_back(Literal(TakeChar()));
  if (node.children.empty()) return RegexNode{};
  return node;
}

bool RegexParser::UnicodeClass(CharSet& set, std::size_t begin) {
  if (flags_.bytes) {
    Fail(begin, 2, "a byte pattern has no Unicode classes", "leave flag b out");
    return false;
  }
  at_ += 2;
  exact_ = false;
  unicode_class_ = true;
  if (Peek() == '{') {
    const std::size_t close = text_.find('}', at_);
    if (close == std::string_view::npos) {
      Fail(begin, 3, "this { is never closed");
      return false;
    }
    at_ = close + 1;
  } else if (!End()) {
    TakeChar();
  }
  set.push_back({'a', 'a'});
  return true;
}

std::optional<std::uint32_t> RegexParser::EscapedChar(std::size_t begin) {
  if (End()) {
    Fail(begin, 1, "nothing stands behind this backslash", "write \\\\ for the character");
    return {};
  }
  const char c = Peek();
  if (c >= '0' && c <= '7') return OctalChar();
  if (!IsAsciiAlnum(c) && c != '_') return TakeChar();
  ++at_;
  switch (c) {
    case 'a':
      return 0x07;
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case 'x':
      return HexChar(begin);
    default:
      break;
  }
  const auto* const foreign = std::ranges::find(kForeignEscapes, c, &Foreign::letter);
  Fail(begin, 2, fmt::format("unknown escape \\{}", c),
       foreign == std::end(kForeignEscapes) ? std::string_view() : foreign->hint);
  return {};
}

std::optional<std::uint32_t> RegexParser::HexChar(std::size_t begin) {
  const bool braced = Skip("{");
  const std::size_t first = at_;
  std::uint32_t value = 0;
  while (at_ < text_.size() && at_ - first < (braced ? 8U : 2U)) {
    const char c = AsciiLower(text_[at_]);
    const bool letter = c >= 'a' && c <= 'f';
    if (!IsAsciiDigit(c) && !letter) break;
    value = value * 16 + static_cast<std::uint32_t>(letter ? c - 'a' + 10 : c - '0');
    ++at_;
  }
  const std::size_t digits = at_ - first;
  const bool complete = braced ? digits > 0 && Skip("}") : digits == 2;
  if (!complete || value > Top()) {
    Fail(begin, std::max<std::size_t>(at_ - begin, 1), "bad character number",
         flags_.bytes ? "a byte pattern knows \\x00 to \\xff" : "write \\xHH or \\x{10FFFF}");
    return {};
  }
  return value;
}

std::optional<std::uint32_t> RegexParser::OctalChar() {
  std::uint32_t value = 0;
  for (int digits = 0; digits < 3 && Peek() >= '0' && Peek() <= '7'; ++digits, ++at_) {
    value = value * 8 + static_cast<std::uint32_t>(Peek() - '0');
  }
  return std::min(value, Top());
}

}  // namespace assay::rules
