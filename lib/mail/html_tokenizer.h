// SPDX-License-Identifier: Apache-2.0
// HTML as a flat sequence of tags and text: the tokenizer of the WHATWG standard without a tree, so
// that time and memory stay linear whatever is nested.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lib/mail/html_names.h"

namespace assay::mail {

struct HtmlToken {
  enum class Kind {
    kText,     // with character references
    kRawText,  // content of script, style and the like: no references, no tags
    kStartTag,
    kEndTag,
    kComment,  // also declarations and processing instructions
  };
  Kind kind = Kind::kText;
  std::string_view text;  // of text and comments, as written
  std::string_view name;  // of a tag, as written; of the element around kRawText and, in title or
                          // textarea, kText
  ElementKind element;    // of a tag
  std::string_view attributes;  // of a tag: all between its name and ">", as written
};

class HtmlTokenizer {
 public:
  // `html` must outlive the tokens.
  explicit HtmlTokenizer(std::string_view html) : html_(html) {}

  // The next token; false at the end. A tag that never ends is dropped with all that follows, as
  // browsers do; a comment or script that never ends runs to the end.
  [[nodiscard]] bool Next(HtmlToken& token);

 private:
  bool NextMarkup(HtmlToken& token);
  void TakeComment(HtmlToken& token);
  bool TakeTag(HtmlToken& token);
  bool TakeEnclosedText(HtmlToken& token);
  [[nodiscard]] std::size_t TextEnd(std::size_t from) const;
  [[nodiscard]] std::size_t AttributesEnd(std::size_t at) const;
  [[nodiscard]] std::size_t AttributeEnd(std::size_t at) const;
  [[nodiscard]] bool InForeign() const;
  void LeaveForeign();
  void FollowForeign(const HtmlToken& tag);
  void FollowForeignEnd(std::string_view name);

  std::string_view html_;
  std::size_t at_ = 0;
  std::string_view enclosing_;  // name of the element whose content is text up to its end tag
  // Open svg and math elements, and elements in them whose content is HTML again.
  std::vector<std::string_view> foreign_;
};

// Whether a tag with these attributes ends in "/>", which counts in svg and math only.
[[nodiscard]] bool IsSelfClosing(std::string_view attributes);

struct HtmlAttribute {
  std::string_view name;   // as written
  std::string_view value;  // as written, without quotes; with character references
};

// The attributes of one tag, in order, duplicates included (the first one counts). Linear.
class HtmlAttributes {
 public:
  // HtmlToken::attributes.
  explicit HtmlAttributes(std::string_view attributes) : text_(attributes) {}
  [[nodiscard]] bool Next(HtmlAttribute& attribute);

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace assay::mail
