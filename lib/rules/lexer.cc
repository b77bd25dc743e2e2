// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/lexer.h"

#include <fmt/format.h>

#include <utility>

#include "lib/base/ip_address.h"
#include "lib/base/text.h"
#include "lib/mail/charset.h"

namespace assay::rules {
namespace {

bool IsBareStart(char c) { return IsAsciiAlnum(c) || c == '_' || c == ':'; }
bool IsBare(char c) { return IsBareStart(c) || c == '.' || c == '-' || c == '/'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsName(std::string_view text) {
  if (!IsAsciiAlpha(text.front()) && text.front() != '_') return false;
  return text.find_first_of(":/") == std::string_view::npos;
}

// [-+] digits [. digits]; no exponent, no hexadecimal.
bool IsNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view part = dot == std::string_view::npos ? "0" : text.substr(dot + 1);
  const auto digits = [](std::string_view run) {
    return !run.empty() && run.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return digits(whole) && digits(part);
}

// number..number
bool IsRange(std::string_view text) {
  const std::size_t dots = text.find("..");
  return dots != std::string_view::npos && IsNumber(text.substr(0, dots)) &&
         IsNumber(text.substr(dots + 2));
}

int HexDigit(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  const char low = AsciiLower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace

bool CheckEncoding(const Sources& sources, std::uint32_t file, DiagnosticLog& log) {
  const std::string_view text = sources.file({file}).text;
  for (std::size_t at = 0; at < text.size();) {
    const Place place = {file, static_cast<std::uint32_t>(at), 1};
    if (text[at] == '\0') {
      log.Error(place, "a rule file is text: NUL byte");
      return false;
    }
    const std::size_t length = mail::Utf8SequenceLength(text, at);
    if (length == 0) {
      log.Error(place, "a rule file is UTF-8: bad byte",
                "write a byte of a test as \\xHH, one of a pattern as \\xHH with flag b");
      return false;
    }
    at += length;
  }
  return true;
}

Lexer::Lexer(const Sources& sources, std::uint32_t file, DiagnosticLog& log)
    : text_(sources.file({file}).text), file_(file), log_(log) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark, as some editors leave it
}

Token Lexer::Next() {
  SkipBlank();
  const bool pattern_next = std::exchange(pattern_next_, false);
  const bool first_on_line = std::exchange(first_on_line_, false);
  Token token = [&] {
    if (at_ >= text_.size()) return Finish(TokenKind::kEnd, text_.size());
    const char c = text_[at_];
    if (c == '"') return String();
    if (c == '/' && pattern_next) return Pattern();
    if (c == '@') return ListName();
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const bool form = c == ':' && at_ > 0 && text_[at_ - 1] == ']';  // header["X"]:addr
    const bool sign = (c == '-' || c == '+') && (IsAsciiDigit(next) || next == '.');
    if (form) return Symbol();
    return IsBareStart(c) || sign || (c == '.' && IsAsciiDigit(next)) ? Bare() : Symbol();
  }();
  token.first_on_line = first_on_line;
  token.flush_left = token.place.offset == 0 || text_[token.place.offset - 1] == '\n';
  return token;
}

void Lexer::SkipBlank() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (IsSpace(c)) {
      if (c == '\n') first_on_line_ = true;
      ++at_;
    } else {
      return;
    }
  }
}

Place Lexer::From(std::size_t begin) const {
  return {file_, static_cast<std::uint32_t>(begin),
          static_cast<std::uint32_t>(at_ > begin ? at_ - begin : 1)};
}

Token Lexer::Finish(TokenKind kind, std::size_t begin) const {
  Token token;
  token.kind = kind;
  token.place = From(begin);
  token.text = text_.substr(begin, at_ - begin);
  return token;
}

Token Lexer::Invalid(const Place& place, std::string message, std::string hint) {
  log_.Error(place, std::move(message), std::move(hint));
  return Finish(TokenKind::kInvalid, place.offset);
}

Token Lexer::Bare() {
  const std::size_t begin = at_++;
  while (at_ < text_.size() && IsBare(text_[at_])) ++at_;
  const std::string_view word = text_.substr(begin, at_ - begin);
  if (IsNumber(word)) return Finish(TokenKind::kNumber, begin);
  if (IsRange(word)) return Finish(TokenKind::kRange, begin);
  if (IpNetwork::Parse(word)) return Finish(TokenKind::kAddress, begin);
  if (IsName(word)) return Finish(TokenKind::kName, begin);
  return Invalid(From(begin),
                 fmt::format("{} is neither a name nor a number nor an address", Quote(word)),
                 "a text stands in double quotes, a pattern between slashes after ~");
}

Token Lexer::String() {
  const std::size_t begin = at_++;
  std::string value;
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
    if (text_[at_] != '\\') {
      value += text_[at_++];
    } else if (!Escape(value)) {
      // Goes on behind the string, so that one bad escape does not hide the rest of the file.
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
        at_ += text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 2 : 1;
      }
      if (at_ < text_.size() && text_[at_] == '"') ++at_;
      return Finish(TokenKind::kInvalid, begin);
    }
  }
  if (at_ >= text_.size() || text_[at_] == '\n') {
    return Invalid({file_, static_cast<std::uint32_t>(begin), 1}, "this text has no closing quote",
                   "a line break inside a text is written \\n");
  }
  ++at_;
  Token token = Finish(TokenKind::kString, begin);
  token.value = std::move(value);
  return token;
}

bool Lexer::Escape(std::string& value) {
  const std::size_t begin = at_++;
  const char c = at_ < text_.size() ? text_[at_] : '\n';
  switch (c) {
    case 'n':
      value += '\n';
      break;
    case 'r':
      value += '\r';
      break;
    case 't':
      value += '\t';
      break;
    case '"':
      value += '"';
      break;
    case '\\':
      value += '\\';
      break;
    case 'x':
      ++at_;
      return HexEscape(value, begin);
    default: {
      const std::size_t length = std::max<std::size_t>(mail::Utf8SequenceLength(text_, at_), 1);
      if (c != '\n') at_ += length;
      log_.Error(From(begin),
                 fmt::format("unknown escape {}", Quote(text_.substr(begin, at_ - begin))),
                 R"(a text knows \n \r \t \" \\ and \xHH)");
      return false;
    }
  }
  ++at_;
  return true;
}

bool Lexer::HexEscape(std::string& value, std::size_t begin) {
  const int high = at_ < text_.size() ? HexDigit(text_[at_]) : -1;
  const int low = at_ + 1 < text_.size() ? HexDigit(text_[at_ + 1]) : -1;
  if (high < 0 || low < 0) {
    log_.Error(From(begin), "\\x is followed by two hexadecimal digits");
    return false;
  }
  at_ += 2;
  value += static_cast<char>(high * 16 + low);
  return true;
}

Token Lexer::Pattern() {
  const std::size_t begin = at_++;
  const std::size_t body = at_;
  while (at_ < text_.size() && text_[at_] != '/' && text_[at_] != '\n') {
    at_ += text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 2 : 1;
  }
  if (at_ >= text_.size() || text_[at_] == '\n') {
    return Invalid({file_, static_cast<std::uint32_t>(begin), 1},
                   "this pattern has no closing slash",
                   "a slash inside a pattern is written \\/, a line break \\n");
  }
  const std::size_t end = at_++;
  while (at_ < text_.size() && IsAsciiAlnum(text_[at_])) ++at_;
  Token token = Finish(TokenKind::kPattern, begin);
  token.value = std::string(text_.substr(body, end - body));
  return token;
}

Token Lexer::ListName() {
  const std::size_t begin = at_++;
  while (at_ < text_.size() && (IsAsciiAlnum(text_[at_]) || text_[at_] == '_')) ++at_;
  if (at_ == begin + 1) return Invalid(From(begin), "@ is followed by the name of a list");
  Token token = Finish(TokenKind::kListName, begin);
  token.value = std::string(token.text.substr(1));
  return token;
}

Token Lexer::Symbol() {
  constexpr std::string_view kPairs[] = {"!~", "<=", ">=", "==", "!=", "=~", "&&", "||"};
  constexpr std::string_view kSingle = "{}()[],=~<>!/:";
  const std::size_t begin = at_;
  for (const std::string_view pair : kPairs) {
    if (!text_.substr(at_).starts_with(pair)) continue;
    at_ += 2;
    pattern_next_ = pair == "!~" || pair == "=~";
    return Finish(TokenKind::kSymbol, begin);
  }
  if (kSingle.find(text_[at_]) == std::string_view::npos) {
    at_ += std::max<std::size_t>(mail::Utf8SequenceLength(text_, at_), 1);
    return Invalid(From(begin),
                   fmt::format("unexpected {}", Quote(text_.substr(begin, at_ - begin))));
  }
  const char symbol = text_[at_++];
  pattern_next_ = symbol == '~' || symbol == '=' || symbol == ',';
  return Finish(TokenKind::kSymbol, begin);
}

}  // namespace assay::rules
