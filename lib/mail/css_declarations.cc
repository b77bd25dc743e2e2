// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/css_declarations.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/mail/byte_set.h"

namespace assay::mail {
namespace {

constexpr ByteSet kStyleMarks(";\"'()[]{}/\\");

}  // namespace

bool DeclarationReader::Next(Declaration& declaration) {
  while (at_ < style_.size()) {
    Take();
    if (Divide(declaration)) return true;
  }
  return false;
}

// One declaration without its semicolon.
void DeclarationReader::Take() {
  begin_ = end_;
  closers_.clear();
  while (at_ < style_.size()) {
    TakePlain();
    if (at_ >= style_.size()) return;
    const char c = style_[at_];
    if (c == ';' && closers_.empty()) {
      ++at_;
      return;
    }
    if (c == '/' && style_.compare(at_, 2, "/*") == 0) {
      const std::size_t end = style_.find("*/", at_ + 2);
      at_ = end == std::string::npos ? style_.size() : end + 2;
    } else if (c == '"' || c == '\'') {
      TakeUpTo(c, "\n");
    } else if (c == '(' && text().ends_with("url") && IsPlainUrl()) {
      TakeUpTo(')', "");
    } else {
      TakeOne(c);
    }
  }
}

void DeclarationReader::TakePlain() {
  const std::size_t mark = kStyleMarks.Find(style_, at_);
  if (end_ != at_) std::copy(style_.data() + at_, style_.data() + mark, style_.data() + end_);
  end_ += mark - at_;
  at_ = mark;
}

void DeclarationReader::TakeOne(char c) {
  if (c == '(') closers_ += ')';
  if (c == '[') closers_ += ']';
  if (c == '{') closers_ += '}';
  if (!closers_.empty() && closers_.back() == c) closers_.pop_back();
  Keep();
  if (c == '\\' && at_ < style_.size()) Keep();
}
// At the opening quote or bracket: up to the closing one, or before what breaks it off.
void DeclarationReader::TakeUpTo(char closing, std::string_view breaks) {
  Keep();
  while (at_ < style_.size()) {
    const char c = style_[at_];
    Keep();
    if (c == closing || breaks.find(c) != std::string_view::npos) return;
    if (c == '\\' && at_ < style_.size()) Keep();
  }
}

// url(x;y) without quotes
bool DeclarationReader::IsPlainUrl() const {
  const std::size_t begin = style_.find_first_not_of(" \t\r\n\f", at_ + 1);
  return begin == std::string::npos || (style_[begin] != '"' && style_[begin] != '\'');
}

// False when it does not count.
bool DeclarationReader::Divide(Declaration& declaration) const {
  const std::size_t colon = text().find(':');
  if (colon == std::string_view::npos) return false;
  declaration.name = Trim(text().substr(0, colon));
  declaration.value = Trim(text().substr(colon + 1));
  const std::size_t mark = declaration.value.rfind('!');
  declaration.important = mark != std::string_view::npos;
  if (!declaration.important) return true;
  if (Trim(declaration.value.substr(mark + 1)) != "important") return false;
  declaration.value = Trim(declaration.value.substr(0, mark));
  return true;
}

}  // namespace assay::mail
