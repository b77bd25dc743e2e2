// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/conditional_comments.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

constexpr std::string_view kOpen = "<!--[";
constexpr std::string_view kConditionEnd = "]>";
constexpr std::size_t kMaxCondition = 256;
constexpr std::string_view kShapes[] = {"v:roundrect", "v:rect",  "v:oval", "v:shape",
                                        "v:line",      "v:image", "v:group"};

bool IsShape(std::string_view name) {
  return std::ranges::any_of(kShapes, [&](auto shape) { return EqualsIgnoreCase(name, shape); });
}

// Rewrites what one comment holds.
class Rewriter {
 public:
  void Take(const HtmlToken& token) {
    switch (token.kind) {
      case HtmlToken::Kind::kStartTag:
        if (EqualsIgnoreCase(token.name, "xml")) in_settings_ = !IsSelfClosing(token.attributes);
        if (!in_settings_) AddTag("<", token);
        break;
      case HtmlToken::Kind::kEndTag:
        if (!in_settings_) AddTag("</", token);
        if (EqualsIgnoreCase(token.name, "xml")) in_settings_ = false;
        break;
      case HtmlToken::Kind::kText:
        if (in_settings_ || EqualsIgnoreCase(token.name, "title")) break;
        html_ += token.text;
        shows_ |= !Trim(token.text).empty();
        break;
      default:
        break;
    }
  }
  [[nodiscard]] bool shows() const { return shows_; }
  [[nodiscard]] const std::string& html() const { return html_; }

 private:
  void AddTag(std::string_view begin, const HtmlToken& tag) {
    const bool shape = IsShape(tag.name);
    html_.append(begin).append(shape ? "a" : tag.name).append(tag.attributes).append(">");
    shows_ |= shape || EqualsIgnoreCase(tag.name, "a") || EqualsIgnoreCase(tag.name, "area") ||
              EqualsIgnoreCase(tag.name, "img");
  }

  std::string html_;
  bool in_settings_ = false;
  bool shows_ = false;
};

// `rest` begins behind kOpen. Its condition, or nothing when this is no such comment.
std::string_view ConditionOf(std::string_view rest) {
  if (!StartsWithIgnoreCase(rest, "if")) return {};
  rest = rest.substr(0, kMaxCondition);
  const std::size_t end = rest.find_first_of("]>");
  if (end == std::string_view::npos || rest.substr(end, kConditionEnd.size()) != kConditionEnd) {
    return {};
  }
  return rest.substr(0, end);
}

}  // namespace

std::vector<std::string> ConditionalComments(std::string_view html) {
  std::vector<std::string> all;
  std::size_t at = html.find(kOpen);
  while (at != std::string_view::npos) {
    std::string_view rest = html.substr(at + kOpen.size());
    const std::string_view condition = ConditionOf(rest);
    if (!condition.empty()) {
      rest.remove_prefix(condition.size() + kConditionEnd.size());
      rest = rest.substr(0, rest.find("-->"));
      HtmlTokenizer tokenizer(rest);
      Rewriter content;
      HtmlToken token;
      while (tokenizer.Next(token)) content.Take(token);
      if (content.shows() && all.size() == kMaxConditional) all.back().append(content.html());
      if (content.shows() && all.size() < kMaxConditional) all.push_back(content.html());
    }
    const auto behind = static_cast<std::size_t>(rest.data() + rest.size() - html.data());
    at = html.find(kOpen, condition.empty() ? at + kOpen.size() : behind);
  }
  return all;
}

}  // namespace assay::mail
