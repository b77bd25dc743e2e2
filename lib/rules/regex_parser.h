// SPDX-License-Identifier: Apache-2.0
// Inside of ParseRegex(): one recursive descent in two files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/rules/regex.h"

namespace assay::rules {

class RegexParser {
 public:
  RegexParser(std::string_view pattern, const RegexFlags& flags) : text_(pattern), flags_(flags) {}

  tl::expected<Regex, RegexError> Run() {
    Regex regex;
    std::optional<RegexNode> root = Alternation();
    if (root && at_ < text_.size())
      Fail(at_, 1, "this ) closes nothing", "write \\) for the character");
    if (error_) return tl::unexpected<RegexError>(*std::move(error_));
    regex.root = *std::move(root);
    regex.exact = exact_;
    regex.rare_partners = rare_partners_;
    return regex;
  }

 private:
  using Item = std::optional<RegexNode>;  // nothing: error_ is set
  // What stands behind "(": a group's content, only flags as in (?i), or an error.
  enum class GroupStart { kContent, kFlags, kError };

  bool End() const { return at_ >= text_.size(); }
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Skip(std::string_view prefix) {
    if (!text_.substr(at_).starts_with(prefix)) return false;
    at_ += prefix.size();
    return true;
  }
  Item Fail(std::size_t offset, std::size_t length, std::string message,
            std::string_view hint = {}) {
    if (!error_) error_ = RegexError{offset, length, std::move(message), std::string(hint)};
    return {};
  }

  GroupStart Bad(std::size_t offset, std::size_t length, std::string message,
                 std::string_view hint = {}) {
    Fail(offset, length, std::move(message), hint);
    return GroupStart::kError;
  }

  Item Alternation();
  Item Concatenation();
  Item Atom();
  Item Group();
  GroupStart GroupKind(std::size_t begin);
  GroupStart InlineFlags(std::size_t begin);
  GroupStart Lookaround(std::size_t begin);
  // regex_chars.cc: classes, escapes, single characters.
  Item Class();
  bool ClassItem(CharSet& set, std::size_t begin);
  bool PosixClass(CharSet& set);
  std::optional<CharSet> PerlClass(char letter) const;
  std::optional<std::uint32_t> ClassChar(std::size_t begin);
  Item Escape();
  Item Quoted();
  bool UnicodeClass(CharSet& set, std::size_t begin);
  std::optional<std::uint32_t> EscapedChar(std::size_t begin);
  std::optional<std::uint32_t> HexChar(std::size_t begin);
  std::optional<std::uint32_t> OctalChar();
  Item Repeated(RegexNode atom);
  bool Quantifier(int& min, int& max);
  bool Counts(int& min, int& max);
  bool BadSecondQuantifier(std::size_t begin);

  std::uint32_t Top() const { return flags_.bytes ? 0xFF : 0x10FFFF; }
  std::uint32_t TakeChar();
  RegexNode Literal(std::uint32_t c);
  bool Fold(CharSet& set);
  RegexNode SetNode(CharSet set) const;
  static RegexNode Assert(Assertion assertion);

  std::string_view text_;
  RegexFlags flags_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool ungreedy_ = false;
  bool exact_ = true;
  bool rare_partners_ = false;
  bool unicode_class_ = false;  // in the class being read
  std::optional<RegexError> error_;
};

}  // namespace assay::rules
