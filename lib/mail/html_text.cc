// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string>

#include "lib/base/text.h"
#include "lib/mail/html_entities.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

enum class Layout { kInline, kBlock, kPreformatted, kCell, kLineBreak };

struct Element {
  std::string_view name;
  Layout layout;
};

// The rendering that the standard suggests (15.3), sorted by name; what is not here is inline.
constexpr Element kElements[] = {
    {"address", Layout::kBlock},    {"article", Layout::kBlock},
    {"aside", Layout::kBlock},      {"blockquote", Layout::kBlock},
    {"body", Layout::kBlock},       {"br", Layout::kLineBreak},
    {"caption", Layout::kBlock},    {"center", Layout::kBlock},
    {"dd", Layout::kBlock},         {"details", Layout::kBlock},
    {"dialog", Layout::kBlock},     {"dir", Layout::kBlock},
    {"div", Layout::kBlock},        {"dl", Layout::kBlock},
    {"dt", Layout::kBlock},         {"fieldset", Layout::kBlock},
    {"figcaption", Layout::kBlock}, {"figure", Layout::kBlock},
    {"footer", Layout::kBlock},     {"form", Layout::kBlock},
    {"h1", Layout::kBlock},         {"h2", Layout::kBlock},
    {"h3", Layout::kBlock},         {"h4", Layout::kBlock},
    {"h5", Layout::kBlock},         {"h6", Layout::kBlock},
    {"head", Layout::kBlock},       {"header", Layout::kBlock},
    {"hgroup", Layout::kBlock},     {"hr", Layout::kBlock},
    {"html", Layout::kBlock},       {"legend", Layout::kBlock},
    {"li", Layout::kBlock},         {"listing", Layout::kPreformatted},
    {"main", Layout::kBlock},       {"menu", Layout::kBlock},
    {"nav", Layout::kBlock},        {"ol", Layout::kBlock},
    {"optgroup", Layout::kBlock},   {"option", Layout::kBlock},
    {"p", Layout::kBlock},          {"plaintext", Layout::kPreformatted},
    {"pre", Layout::kPreformatted}, {"search", Layout::kBlock},
    {"section", Layout::kBlock},    {"summary", Layout::kBlock},
    {"table", Layout::kBlock},      {"tbody", Layout::kBlock},
    {"td", Layout::kCell},          {"tfoot", Layout::kBlock},
    {"th", Layout::kCell},          {"thead", Layout::kBlock},
    {"tr", Layout::kBlock},         {"ul", Layout::kBlock},
    {"xmp", Layout::kPreformatted},
};
constexpr std::size_t kMaxElementName = 10;

Layout LayoutOf(std::string_view name) {
  if (name.size() > kMaxElementName) return Layout::kInline;
  std::array<char, kMaxElementName> buffer{};
  std::transform(name.begin(), name.end(), buffer.begin(), AsciiLower);
  const std::string_view lower(buffer.data(), name.size());
  const auto* found = std::lower_bound(
      std::begin(kElements), std::end(kElements), lower,
      [](const Element& element, std::string_view wanted) { return element.name < wanted; });
  return found != std::end(kElements) && found->name == lower ? found->layout : Layout::kInline;
}

class VisibleText {
 public:
  explicit VisibleText(Paragraphs& paragraphs) : paragraphs_(paragraphs) {}

  void Take(const HtmlToken& token) {
    switch (token.kind) {
      case HtmlToken::Kind::kStartTag:
      case HtmlToken::Kind::kEndTag:
        TakeTag(token);
        break;
      case HtmlToken::Kind::kText:
        if (!EqualsIgnoreCase(token.name, "title")) AddReferences(token.text);
        break;
      case HtmlToken::Kind::kRawText:
        if (LayoutOf(token.name) == Layout::kPreformatted) paragraphs_.AddLines(token.text);
        break;
      case HtmlToken::Kind::kComment:
        break;
    }
  }

 private:
  void TakeTag(const HtmlToken& tag) {
    switch (LayoutOf(tag.name)) {
      case Layout::kInline:
        break;
      case Layout::kPreformatted:
        if (tag.kind == HtmlToken::Kind::kStartTag) {
          ++preformatted_;
        } else if (preformatted_ > 0) {
          --preformatted_;
        }
        paragraphs_.EndParagraph();
        break;
      case Layout::kBlock:
        paragraphs_.EndParagraph();
        break;
      case Layout::kCell:
        paragraphs_.AddSpace();
        break;
      case Layout::kLineBreak:
        paragraphs_.EndLine();
        break;
    }
  }

  void AddReferences(std::string_view text) {
    std::size_t ampersand = text.find('&');
    std::size_t begin = 0;
    while (ampersand != std::string_view::npos) {
      const auto reference = ParseCharacterReference(text.substr(ampersand));
      if (reference) {
        AddText(text.substr(begin, ampersand - begin));
        character_.clear();
        AppendUtf8(reference->code_point, character_);
        AddText(character_);
        begin = ampersand + reference->length;
      }
      ampersand = text.find('&', std::max(begin, ampersand + 1));
    }
    AddText(text.substr(begin));
  }

  void AddText(std::string_view text) {
    if (preformatted_ > 0) {
      paragraphs_.AddLines(text);
    } else {
      paragraphs_.AddFlowing(text);
    }
  }

  Paragraphs& paragraphs_;
  std::size_t preformatted_ = 0;  // how many such elements are open
  std::string character_;         // of a reference
};

}  // namespace

void AddHtmlText(std::string_view html, Paragraphs& paragraphs) {
  VisibleText visible(paragraphs);
  HtmlTokenizer tokenizer(html);
  HtmlToken token;
  while (tokenizer.Next(token)) visible.Take(token);
}

}  // namespace assay::mail
