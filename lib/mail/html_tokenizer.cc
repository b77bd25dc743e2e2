// SPDX-License-Identifier: Apache-2.0
// States are named after "HTML Living Standard", 13.2.5.
#include "lib/mail/html_tokenizer.h"

#include <algorithm>
#include <span>

#include "lib/base/text.h"
#include "lib/mail/byte_set.h"

namespace assay::mail {
namespace {

constexpr ByteSet kHtmlSpace(" \t\n\f\r");
constexpr ByteSet kTagNameEnd(" \t\n\f\r/>");
constexpr ByteSet kAttributeNameEnd(" \t\n\f\r/>=");
constexpr ByteSet kUnquotedValueEnd(" \t\n\f\r>");

// 13.2.5.33 to 13.2.5.39: one attribute, with its value if it has one; returns where it ends.
std::size_t ReadAttribute(std::string_view html, std::size_t at, HtmlAttribute& attribute) {
  // A "=" at the front is part of the name.
  const std::size_t name_end = kAttributeNameEnd.Find(html, at + 1);
  attribute.name = html.substr(at, name_end - at);
  attribute.value = {};
  std::size_t value = kHtmlSpace.FindOther(html, name_end);
  if (value == html.size() || html[value] != '=') return name_end;
  value = kHtmlSpace.FindOther(html, value + 1);
  if (value == html.size() || html[value] == '>') return value;
  if (html[value] == '"' || html[value] == '\'') {
    const std::size_t quote = std::min(html.find(html[value], value + 1), html.size());
    attribute.value = html.substr(value + 1, quote - value - 1);
    return std::min(quote + 1, html.size());
  }
  const std::size_t end = kUnquotedValueEnd.Find(html, value);
  attribute.value = html.substr(value, end - value);
  return end;
}

constexpr std::string_view kHtmlInSvg[] = {"foreignobject", "desc", "title"};
constexpr std::string_view kHtmlInMath[] = {"mi", "mo", "mn", "ms", "mtext"};
constexpr std::size_t kMaxForeign = 256;  // elements inside each other

bool IsAmong(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](auto other) { return EqualsIgnoreCase(name, other); });
}

bool IsForeignRoot(std::string_view name) {
  return EqualsIgnoreCase(name, "svg") || EqualsIgnoreCase(name, "math");
}

}  // namespace

bool IsSelfClosing(std::string_view attributes) {
  if (!attributes.ends_with('/')) return false;
  // Of a value without quotes the slash is a part.
  HtmlAttributes all(attributes);
  HtmlAttribute attribute;
  while (all.Next(attribute)) {
  }
  return attribute.value.empty() ||
         attribute.value.data() + attribute.value.size() != attributes.data() + attributes.size();
}

bool HtmlTokenizer::InForeign() const {
  return !foreign_.empty() && IsForeignRoot(foreign_.back());
}

void HtmlTokenizer::LeaveForeign() {
  while (InForeign()) foreign_.pop_back();
}

// 13.2.6.5: in svg and math style, title and the like are elements as any other.
void HtmlTokenizer::FollowForeign(const HtmlToken& tag) {
  if (tag.kind == HtmlToken::Kind::kEndTag) return FollowForeignEnd(tag.name);
  if (tag.element.ends_foreign) LeaveForeign();
  const bool inside = InForeign();
  bool opens = tag.element.role == Role::kForeign;
  if (inside) {
    const bool svg = EqualsIgnoreCase(foreign_.back(), "svg");
    opens = EqualsIgnoreCase(tag.name, foreign_.back()) ||
            (svg ? IsAmong(tag.name, kHtmlInSvg) : IsAmong(tag.name, kHtmlInMath));
  } else if (tag.element.content != Content::kTags) {
    enclosing_ = tag.name;
  }
  if (opens && foreign_.size() < kMaxForeign && !IsSelfClosing(tag.attributes)) {
    foreign_.push_back(tag.name);
  }
}

void HtmlTokenizer::FollowForeignEnd(std::string_view name) {
  if (InForeign() && (EqualsIgnoreCase(name, "p") || EqualsIgnoreCase(name, "br"))) {
    LeaveForeign();
  } else if (!foreign_.empty() && EqualsIgnoreCase(name, foreign_.back())) {
    foreign_.pop_back();
  }
}

bool HtmlAttributes::Next(HtmlAttribute& attribute) {
  while (at_ < text_.size() && (text_[at_] == '/' || kHtmlSpace.Has(text_[at_]))) ++at_;
  if (at_ >= text_.size()) return false;
  at_ = ReadAttribute(text_, at_, attribute);
  return true;
}

bool HtmlTokenizer::Next(HtmlToken& token) {
  token = {};
  if (!enclosing_.empty() && TakeEnclosedText(token)) return true;
  while (at_ < html_.size()) {
    const std::size_t end = TextEnd(at_);
    if (end > at_) {
      token.text = html_.substr(at_, end - at_);
      at_ = end;
      return true;
    }
    if (NextMarkup(token)) return true;
  }
  return false;
}

// Up to the next "<" that begins markup (13.2.5.6, tag open state).
std::size_t HtmlTokenizer::TextEnd(std::size_t from) const {
  std::size_t open = html_.find('<', from);
  while (open != std::string_view::npos && open + 1 < html_.size()) {
    const char next = html_[open + 1];
    if (IsAsciiAlpha(next) || next == '/' || next == '!' || next == '?') return open;
    open = html_.find('<', open + 1);
  }
  return html_.size();
}

// At "<" followed by a letter, "/", "!" or "?". Returns false when that makes no token.
bool HtmlTokenizer::NextMarkup(HtmlToken& token) {
  const char first = html_[at_ + 1];
  if (IsAsciiAlpha(first)) return TakeTag(token);
  const char second = at_ + 2 < html_.size() ? html_[at_ + 2] : '\0';
  if (first == '/' && IsAsciiAlpha(second)) return TakeTag(token);
  if (first == '/' && second == '>') {
    at_ += 3;
    return false;
  }
  TakeComment(token);
  return true;
}

// 13.2.5.41 to 13.2.5.52. `<!-->` and `<!--->` are complete.
void HtmlTokenizer::TakeComment(HtmlToken& token) {
  const std::size_t open = at_;
  if (constexpr std::string_view kData = "<![CDATA[";
      InForeign() && html_.substr(open, kData.size()) == kData) {
    token.text = html_.substr(open + kData.size());
    token.text = token.text.substr(0, token.text.find("]]>"));
    at_ = std::min(open + kData.size() + token.text.size() + 3, html_.size());
    return;
  }
  const bool proper = html_.substr(open, 4) == "<!--";
  std::size_t end = html_.find('>', open + 2);
  while (proper && end != std::string_view::npos) {
    const std::string_view before = html_.substr(open, end - open);
    if (before.ends_with("--") || (before.ends_with("--!") && before.size() >= 7)) break;
    end = html_.find('>', end + 1);
  }
  token.kind = HtmlToken::Kind::kComment;
  token.text = html_.substr(open, end == std::string_view::npos ? end : end + 1 - open);
  at_ = open + token.text.size();
}

bool HtmlTokenizer::TakeTag(HtmlToken& token) {
  const bool end_tag = html_[at_ + 1] == '/';
  const std::size_t begin = at_ + (end_tag ? 2 : 1);
  const std::size_t name_end = kTagNameEnd.Find(html_, begin);
  const std::size_t end = AttributesEnd(name_end);
  at_ = std::min(end + 1, html_.size());
  if (end == html_.size()) return false;
  token.kind = end_tag ? HtmlToken::Kind::kEndTag : HtmlToken::Kind::kStartTag;
  token.name = html_.substr(begin, name_end - begin);
  token.element = KindOfElement(token.name);
  token.attributes = html_.substr(name_end, end - name_end);
  FollowForeign(token);
  return true;
}

// The ">" that ends the tag: not one in a quoted value. html_.size() when there is none.
std::size_t HtmlTokenizer::AttributesEnd(std::size_t at) const {
  while (at < html_.size() && html_[at] != '>') {
    const bool between = html_[at] == '/' || kHtmlSpace.Has(html_[at]);
    at = between ? at + 1 : AttributeEnd(at);
  }
  return std::min(at, html_.size());
}

std::size_t HtmlTokenizer::AttributeEnd(std::size_t at) const {
  HtmlAttribute attribute;
  return ReadAttribute(html_, at, attribute);
}

// Content up to the matching end tag; false when there is none of it.
bool HtmlTokenizer::TakeEnclosedText(HtmlToken& token) {
  const std::string_view name = enclosing_;
  const Content content = KindOfElement(name).content;
  std::size_t end =
      content == Content::kRestIsRawText ? std::string_view::npos : html_.find("</", at_);
  while (end != std::string_view::npos) {
    const std::size_t behind = end + 2 + name.size();
    if (EqualsIgnoreCase(html_.substr(end + 2, name.size()), name) && behind < html_.size() &&
        kTagNameEnd.Has(html_[behind])) {
      break;
    }
    end = html_.find("</", end + 2);
  }
  end = std::min(end, html_.size());
  token.kind = content == Content::kText ? HtmlToken::Kind::kText : HtmlToken::Kind::kRawText;
  token.name = name;
  token.text = html_.substr(at_, end - at_);
  at_ = end;
  enclosing_ = {};
  return !token.text.empty();
}

}  // namespace assay::mail
