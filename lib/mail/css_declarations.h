// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::mail {

struct Declaration {
  std::string_view name;
  std::string_view value;
  bool important = false;
};

// The declarations of one style attribute (CSS Syntax 3): comments are left out, and a semicolon in
// a string, in brackets or behind a backslash ends nothing. Linear.
class DeclarationReader {
 public:
  // In lower case; must outlive the reader. What is read is moved together where comments stood;
  // the declarations point to it.
  explicit DeclarationReader(std::string& style) : style_(style) {}

  // False at the end. What is no declaration is passed over.
  [[nodiscard]] bool Next(Declaration& declaration);

 private:
  void Take();
  void TakePlain();
  void TakeOne(char c);
  void TakeUpTo(char closing, std::string_view breaks);
  void Keep() { style_[end_++] = style_[at_++]; }
  [[nodiscard]] bool IsPlainUrl() const;
  [[nodiscard]] bool Divide(Declaration& declaration) const;
  [[nodiscard]] std::string_view text() const {
    return std::string_view(style_).substr(begin_, end_ - begin_);
  }

  std::string& style_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of what is kept of the declaration
  std::size_t end_ = 0;
  std::string closers_;  // of the brackets that are open
};

}  // namespace assay::mail
