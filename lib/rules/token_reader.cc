// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

std::string Name(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end of the file";
    case TokenKind::kString:
      return "a text";
    case TokenKind::kPattern:
      return "a pattern";
    default:
      return Quote(token.text);
  }
}

double ToDouble(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Token TokenReader::Take() {
  last_ = token_.place;
  if (token_.kind == TokenKind::kEnd) return token_;
  Token taken = std::exchange(token_, lexer_.Next());
  Charge(1);
  return taken;
}

void TokenReader::Charge(std::size_t words) {
  if (budget_.words >= words) {
    budget_.words -= words;
    return;
  }
  budget_.words = 0;
  if (!std::exchange(budget_.reported, true)) {
    log_.Error(token_.place, fmt::format("a rule set has at most {} words and signs, of which each "
                                         "rule counts for {} more and each condition for {}",
                                         kMaxWords, kRuleWeight, kConditionWeight));
  }
  token_ = {};
  token_.place = last_;
}

bool TokenReader::Skip(std::string_view symbol_or_name) {
  if (!token_.Is(symbol_or_name)) return false;
  Take();
  return true;
}

bool TokenReader::Expect(std::string_view symbol, std::string_view where) {
  if (Skip(symbol)) return true;
  Unexpected(fmt::format("'{}' {}", symbol, where));
  return false;
}

std::optional<Word> TokenReader::ExpectName(std::string_view what) {
  if (token_.kind != TokenKind::kName) {
    Unexpected(what);
    return {};
  }
  const Token token = Take();
  return Word{std::string(token.text), token.place};
}

std::optional<Word> TokenReader::ExpectText(std::string_view what) {
  if (token_.kind != TokenKind::kString) {
    Unexpected(what);
    return {};
  }
  Token token = Take();
  return Word{std::move(token.value), token.place};
}

std::optional<Number> TokenReader::ExpectNumber(std::string_view what) {
  if (token_.kind != TokenKind::kNumber) {
    Unexpected(what);
    return {};
  }
  const Token token = Take();
  return Number{ToDouble(token.text), std::string(token.text), token.place};
}

std::optional<AutoSyntax> TokenReader::ExpectRange(std::string_view what) {
  if (token_.kind != TokenKind::kRange) {
    Unexpected(what, "a range is two numbers with two dots between them: 0..4");
    return {};
  }
  const Token token = Take();
  const std::size_t dots = token.text.find("..");
  const auto part = [&](std::size_t begin, std::string_view text) {
    const Place place = {token.place.file, token.place.offset + static_cast<std::uint32_t>(begin),
                         static_cast<std::uint32_t>(text.size())};
    return Number{ToDouble(text), std::string(text), place};
  };
  return AutoSyntax{part(0, token.text.substr(0, dots)),
                    part(dots + 2, token.text.substr(dots + 2)), token.place, false};
}

void TokenReader::Unexpected(std::string_view expected, std::string_view hint) {
  if (token_.kind == TokenKind::kInvalid) return;
  log_.Error(token_.place, fmt::format("expected {}, found {}", expected, Name(token_)),
             std::string(hint));
}

}  // namespace assay::rules
