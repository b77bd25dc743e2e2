// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace assay::mail {

// Walks over lines that end in CRLF, a bare LF or a bare CR, in any mix. Linear over the whole
// text: the next LF and the next CR are each looked for once.
class LineReader {
 public:
  explicit LineReader(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  struct Line {
    std::string_view text;  // without its line end
    std::string_view end;   // "\r\n", "\n", "\r"; empty at the end of the text
  };

  [[nodiscard]] bool AtEnd() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }  // where the next line begins

  // The line that begins at position(). Must not be called AtEnd().
  [[nodiscard]] Line Peek() {
    if (lf_ < at_ || !searched_) lf_ = Find('\n');
    if (cr_ < at_ || !searched_) cr_ = Find('\r');
    searched_ = true;
    const std::size_t end = std::min(lf_, cr_);
    const std::size_t length = end == text_.size() ? 0 : end == cr_ && lf_ == cr_ + 1 ? 2 : 1;
    return {text_.substr(at_, end - at_), text_.substr(end, length)};
  }
  void Skip(const Line& line) { at_ += line.text.size() + line.end.size(); }
  Line Next() {
    const Line line = Peek();
    Skip(line);
    return line;
  }
  // Forward only.
  void MoveTo(std::size_t at) { at_ = at; }

 private:
  [[nodiscard]] std::size_t Find(char c) const {
    return std::min(text_.find(c, at_), text_.size());
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t lf_ = 0;
  std::size_t cr_ = 0;
  bool searched_ = false;
};

}  // namespace assay::mail
