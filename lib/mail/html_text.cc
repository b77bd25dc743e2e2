// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_text.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "lib/base/text.h"
#include "lib/mail/html_elements.h"
#include "lib/mail/html_entities.h"
#include "lib/mail/html_links.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

bool HasValue(const HtmlToken& tag, std::string_view name, std::string_view value) {
  HtmlAttributes attributes(tag.attributes);
  HtmlAttribute attribute;
  while (attributes.Next(attribute)) {
    if (EqualsIgnoreCase(attribute.name, name)) {
      return EqualsIgnoreCase(Trim(attribute.value), value);
    }
  }
  return false;
}

// What mail says about orders and flights for mail programs to show: data that nobody runs.
constexpr std::string_view kJsonLinkedData = "application/ld+json";

// Event handlers (onclick and so on), and URLs that are scripts.
bool HasScript(std::string_view attributes) {
  HtmlAttributes all(attributes);
  HtmlAttribute attribute;
  while (all.Next(attribute)) {
    if (attribute.name.size() > 4 && StartsWithIgnoreCase(attribute.name, "on")) return true;
    const bool leads =
        EqualsIgnoreCase(attribute.name, "href") || EqualsIgnoreCase(attribute.name, "action");
    if (!leads) continue;
    constexpr std::size_t kScheme = 64;  // bytes in which "javascript:" may be spelled out
    const std::string_view value = Trim(attribute.value).substr(0, kScheme);
    std::string resolved;
    if (StartsWithIgnoreCase(WithoutReferences(value, true, resolved), "javascript:")) return true;
  }
  return false;
}

class VisibleText {
 public:
  VisibleText(Paragraphs& visible, Paragraphs& hidden) : visible_(visible), hidden_(hidden) {}

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
        if (KindOfElement(token.name).layout == Layout::kPreformatted) {
          target().AddLines(token.text);
        }
        break;
      case HtmlToken::Kind::kComment:
        break;
    }
  }
  [[nodiscard]] const HtmlFindings& findings() const { return findings_; }

 private:
  void TakeTag(const HtmlToken& tag) {
    const ElementKind& kind = tag.element;
    const bool start = tag.kind == HtmlToken::Kind::kStartTag;
    if (start) {
      Note(tag);
      elements_.Start(tag.name, kind, tag.attributes);
    }
    Break(kind.layout, start);
    if (!start) elements_.End(tag.name, kind);
  }

  // Ends paragraphs on both sides: what is hidden leaves its place to nothing.
  void Break(Layout layout, bool start) {
    switch (layout) {
      case Layout::kInline:
        break;
      case Layout::kPreformatted:
        preformatted_ += start ? 1 : preformatted_ > 0 ? -1 : 0;
        EndParagraphs();
        break;
      case Layout::kBlock:
        EndParagraphs();
        break;
      case Layout::kCell:
        target().AddSpace();
        break;
      case Layout::kLineBreak:
        target().EndLine();
        break;
    }
  }

  void EndParagraphs() {
    visible_.EndParagraph();
    hidden_.EndParagraph();
  }

  void Note(const HtmlToken& tag) {
    findings_.script = findings_.script || HasScript(tag.attributes);
    const auto is = [&](std::string_view name) { return EqualsIgnoreCase(tag.name, name); };
    switch (AsciiLower(tag.name.front())) {
      case 'a':
        findings_.object |= is("applet");
        break;
      case 'b':
        findings_.base |= is("base");
        break;
      case 'e':
        findings_.object |= is("embed");
        break;
      case 'f':
        findings_.form |= is("form");
        findings_.frame |= is("frame");
        break;
      case 'i':
        findings_.frame |= is("iframe");
        if (is("input")) findings_.password |= HasValue(tag, "type", "password");
        break;
      case 'm':
        if (is("meta")) findings_.refresh |= HasValue(tag, "http-equiv", "refresh");
        break;
      case 'o':
        findings_.object |= is("object");
        break;
      case 's':
        if (is("script")) findings_.script |= !HasValue(tag, "type", kJsonLinkedData);
        break;
      default:
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
      target().AddLines(text);
    } else {
      target().AddFlowing(text);
    }
  }

  [[nodiscard]] Paragraphs& target() { return elements_.shows() ? visible_ : hidden_; }

  Paragraphs& visible_;
  Paragraphs& hidden_;
  OpenElements elements_;
  HtmlFindings findings_;
  std::ptrdiff_t preformatted_ = 0;  // how many such elements are open
  std::string character_;            // of a reference
};

}  // namespace

HtmlFindings AddHtmlText(std::string_view html, Paragraphs& visible, Paragraphs& hidden,
                         LinkCollector* links) {
  VisibleText text(visible, hidden);
  std::optional<HtmlLinks> html_links;
  if (links != nullptr) html_links.emplace(*links);
  HtmlTokenizer tokenizer(html);
  HtmlToken token;
  while (tokenizer.Next(token)) {
    text.Take(token);
    if (html_links) html_links->Take(token);
  }
  if (html_links) html_links->Finish();
  return text.findings();
}

}  // namespace assay::mail
