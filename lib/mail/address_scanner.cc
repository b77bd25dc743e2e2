// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/address_scanner.h"

#include "lib/base/text.h"
#include "lib/mail/address.h"

namespace assay::mail {

bool IsAtomText(char c) {
  constexpr std::string_view kSymbols = "!#$%&'*+-/=?^_`{|}~";
  return IsAsciiAlnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         (c != '\0' && kSymbols.find(c) != std::string_view::npos);
}

bool AddressScanner::Take(char c) {
  if (rest_.empty() || rest_.front() != c) return false;
  rest_.remove_prefix(1);
  return true;
}

bool AddressScanner::SkipComment() {
  int depth = 0;
  do {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\\') {
      if (rest_.empty()) return false;
      rest_.remove_prefix(1);
    } else if (c == '(') {
      if (++depth > kMaxCommentDepth) return false;
    } else if (c == ')') {
      --depth;
    }
  } while (depth > 0);
  return true;
}

bool AddressScanner::SkipCfws() {
  while (!rest_.empty()) {
    if (rest_.front() == '(') {
      if (!SkipComment()) return false;
    } else if (IsFoldingSpace(rest_.front())) {
      rest_.remove_prefix(1);
    } else {
      break;
    }
  }
  return true;
}

std::string_view AddressScanner::TakeAtoms() {
  std::size_t length = 0;
  while (length < rest_.size() && (IsAtomText(rest_[length]) || rest_[length] == '.')) ++length;
  const std::string_view atoms = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return atoms;
}

std::optional<std::string> AddressScanner::TakeQuotedString() {
  if (!Take('"')) return {};
  std::string content;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') return content;
    if (c == '\\') {
      if (rest_.empty() || rest_.front() == '\r' || rest_.front() == '\n') return {};
      content += rest_.front();
      rest_.remove_prefix(1);
    } else if (c != '\r' && c != '\n') {
      content += c;
    }
  }
  return {};
}

std::optional<std::string> AddressScanner::TakeLiteral() {
  if (!Take('[')) return {};
  std::string literal = "[";
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == ']') {
      if (literal.size() == 1) return {};
      return literal + "]";
    }
    if (IsFoldingSpace(c)) continue;
    // RFC 5322 3.4.1: dtext is printable ASCII without [ ] and backslash.
    if (c < '!' || c > '~' || c == '[' || c == '\\') return {};
    literal += AsciiLower(c);
  }
  return {};
}

std::optional<std::string> AddressScanner::TakeDomain() {
  if (Peek() == '[') return TakeLiteral();
  return NormalizeDomain(TakeAtoms());
}

}  // namespace assay::mail
