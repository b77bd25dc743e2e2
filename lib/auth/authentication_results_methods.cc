// SPDX-License-Identifier: Apache-2.0
// ReadMethodResults(): RFC 8601, 2.2, as far as a verdict may rest on it.
#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "lib/auth/authentication_results.h"
#include "lib/base/text.h"

namespace assay::auth {

namespace {

struct Token {
  enum class Kind { kText, kEquals, kSemicolon };
  Kind kind = Kind::kText;
  std::string text;        // of kText, quotes undone
  bool after_gap = false;  // white space or a comment stands before it
};
using Tokens = std::span<const Token>;

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // Nothing when a comment or a quoted string has no end.
  std::optional<std::vector<Token>> Run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (IsFoldingSpace(c)) {
        ++at_;
        gap_ = true;
      } else if (c == '(') {
        if (!SkipComment()) return {};
        gap_ = true;
      } else if (c == ';' || c == '=') {
        Push(c == ';' ? Token::Kind::kSemicolon : Token::Kind::kEquals, {});
        ++at_;
      } else if (c == '"') {
        if (!ReadQuoted()) return {};
      } else {
        ReadWord();
      }
    }
    return std::move(tokens_);
  }

 private:
  void Push(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), std::exchange(gap_, false)});
  }

  bool SkipComment() {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\') {
        ++at_;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  bool ReadQuoted() {
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        Push(Token::Kind::kText, std::move(text));
        return true;
      }
      if (c == '\\' && ++at_ == text_.size()) return false;
      text += text_[at_];
    }
    return false;
  }

  void ReadWord() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n();=\"", at_), text_.size());
    // A closing parenthesis alone is junk, and one character of it is a word.
    const std::size_t size = std::max<std::size_t>(end - at_, 1);
    Push(Token::Kind::kText, std::string(text_.substr(at_, size)));
    at_ += size;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool gap_ = false;
  std::vector<Token> tokens_;
};

// name "=" value at the front of `tokens`, cut off from them. A value goes on as long as nothing
// separates its pieces: "a b"@example.com, or base64 with its padding.
std::optional<std::pair<std::string, std::string>> TakePair(Tokens& tokens) {
  if (tokens.size() < 3 || tokens[0].kind != Token::Kind::kText ||
      tokens[1].kind != Token::Kind::kEquals || tokens[2].kind != Token::Kind::kText) {
    return {};
  }
  std::string name = ToLower(tokens[0].text);
  std::string value = tokens[2].text;
  tokens = tokens.subspan(3);
  while (!tokens.empty() && !tokens.front().after_gap) {
    value += tokens.front().kind == Token::Kind::kEquals ? "=" : tokens.front().text;
    tokens = tokens.subspan(1);
  }
  return std::pair(std::move(name), std::move(value));
}

// One resinfo. What cannot be read ends it.
std::optional<MethodResult> ReadMethod(Tokens tokens) {
  auto head = TakePair(tokens);
  if (!head) return {};
  MethodResult method;
  method.method = head->first.substr(0, head->first.find('/'));  // without the method's version
  method.result = ToLower(head->second);
  while (auto pair = TakePair(tokens)) {
    if (pair->first == "reason") {
      method.reason = std::move(pair->second);
    } else {
      method.properties.push_back(*std::move(pair));
    }
  }
  return method;
}

}  // namespace

std::vector<MethodResult> ReadMethodResults(std::string_view value) {
  std::vector<MethodResult> methods;
  const auto all = Lexer(value).Run();
  if (!all) return methods;
  const auto is_semicolon = [](const Token& t) { return t.kind == Token::Kind::kSemicolon; };
  // What stands before the first semicolon is the authserv-id.
  auto begin = std::find_if(all->begin(), all->end(), is_semicolon);
  while (begin != all->end()) {
    const auto end = std::find_if(begin + 1, all->end(), is_semicolon);
    if (auto method = ReadMethod({begin + 1, end})) methods.push_back(*std::move(method));
    begin = end;
  }
  return methods;
}

}  // namespace assay::auth
