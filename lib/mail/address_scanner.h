// SPDX-License-Identifier: Apache-2.0
// The lexical level of addresses: atoms, quoted strings, comments and domains of RFC 5322, 3.2,
// with the UTF-8 of RFC 6532. The input must be valid UTF-8 without control characters other than
// tab and folds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assay::mail {

inline constexpr int kMaxCommentDepth = 32;  // deeper is nothing that a person wrote

// Letters, digits, !#$%&'*+-/=?^_`{|}~ and everything beyond ASCII.
[[nodiscard]] bool IsAtomText(char c);

// Reads forward through a text that must outlive it. Whatever returns nothing or false leaves the
// place where it stopped undefined: the caller gives up then. Every byte is looked at a constant
// number of times.
class AddressScanner {
 public:
  explicit AddressScanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }
  // The next character; NUL at the end.
  [[nodiscard]] char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  // Moves past `c` if it is next.
  bool Take(char c);
  // White space, folds and comments. False: a comment without end, or nested too deep.
  [[nodiscard]] bool SkipCfws();
  // The longest run of atom characters and dots; may be empty.
  [[nodiscard]] std::string_view TakeAtoms();
  // What a quoted string stands for: without quotes, backslashes and line ends.
  [[nodiscard]] std::optional<std::string> TakeQuotedString();
  // A dot-atom as NormalizeDomain() gives it, or an address literal in lower case with its
  // brackets.
  [[nodiscard]] std::optional<std::string> TakeDomain();
  // Bytes left.
  [[nodiscard]] std::size_t size() const { return rest_.size(); }

 private:
  [[nodiscard]] bool SkipComment();
  [[nodiscard]] std::optional<std::string> TakeLiteral();

  std::string_view rest_;
};

}  // namespace assay::mail
