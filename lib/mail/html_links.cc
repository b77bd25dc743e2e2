// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_links.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/mail/html_entities.h"
#include "lib/mail/paragraphs.h"

namespace assay::mail {
namespace {

struct LinkAttribute {
  std::string_view element;
  std::string_view attribute;
  LinkOrigin origin;
};

// Elements (ElementKind::has_links) and the attributes that hold their links; the first one that
// stands there counts.
constexpr LinkAttribute kLinkAttributes[] = {
    {"a", "href", LinkOrigin::kAnchor},          {"a", "xlink:href", LinkOrigin::kAnchor},
    {"area", "href", LinkOrigin::kAnchor},       {"audio", "src", LinkOrigin::kResource},
    {"body", "background", LinkOrigin::kImage},  {"button", "formaction", LinkOrigin::kForm},
    {"embed", "src", LinkOrigin::kResource},     {"form", "action", LinkOrigin::kForm},
    {"frame", "src", LinkOrigin::kFrame},        {"iframe", "src", LinkOrigin::kFrame},
    {"image", "href", LinkOrigin::kImage},       {"img", "src", LinkOrigin::kImage},
    {"input", "formaction", LinkOrigin::kForm},  {"input", "src", LinkOrigin::kImage},
    {"link", "href", LinkOrigin::kResource},     {"object", "data", LinkOrigin::kResource},
    {"script", "src", LinkOrigin::kResource},    {"source", "src", LinkOrigin::kResource},
    {"table", "background", LinkOrigin::kImage}, {"td", "background", LinkOrigin::kImage},
    {"th", "background", LinkOrigin::kImage},    {"tr", "background", LinkOrigin::kImage},
    {"video", "src", LinkOrigin::kResource},
};

const LinkAttribute* FindLinkAttribute(std::string_view element, std::string_view attribute) {
  const auto* const found = std::ranges::find_if(kLinkAttributes, [&](const LinkAttribute& link) {
    return EqualsIgnoreCase(link.attribute, attribute) && EqualsIgnoreCase(link.element, element);
  });
  return found == std::end(kLinkAttributes) ? nullptr : found;
}

// The value of `content` of <meta http-equiv=refresh>: "5; url='http://…'" (HTML Living
// Standard, 4.2.5.3). Empty when it names no URL.
std::string_view RefreshUrl(std::string_view content) {
  std::size_t at = content.find_first_not_of(" \t\n\f\r0123456789.");
  if (at == std::string_view::npos || (content[at] != ';' && content[at] != ',')) return {};
  at = content.find_first_not_of(" \t\n\f\r", at + 1);
  if (at == std::string_view::npos) return {};
  std::string_view url = content.substr(at);
  if (StartsWithIgnoreCase(url, "url")) {
    const std::size_t equals = url.find_first_not_of(" \t\n\f\r", 3);
    if (equals != std::string_view::npos && url[equals] == '=') {
      const std::size_t begin = url.find_first_not_of(" \t\n\f\r", equals + 1);
      url = begin == std::string_view::npos ? std::string_view() : url.substr(begin);
    }
  }
  if (!url.empty() && (url.front() == '"' || url.front() == '\'')) {
    const char quote = url.front();
    url.remove_prefix(1);
    url = url.substr(0, url.find(quote));
  }
  return url;
}

// "0", "1", "1px".
bool IsTinyLength(std::string_view value) {
  value = Trim(value);
  const std::size_t end = std::min(value.find_first_not_of("0123456789"), value.size());
  const std::string_view number = value.substr(0, end);
  const std::string_view unit = value.substr(end);
  return (number == "0" || number == "1") && (unit.empty() || EqualsIgnoreCase(unit, "px"));
}

// Runs of white space become one space. Cut at a character.
std::string FoldText(const std::string& text) {
  std::vector<std::string> out;
  Paragraphs paragraphs(out, 1);
  paragraphs.AddFlowing(text);
  paragraphs.EndParagraph();
  if (out.empty()) return {};
  std::string folded = std::move(out.front());
  folded.resize(Utf8Prefix(folded, kMaxLinkText).size());
  return folded;
}

}  // namespace

void HtmlLinks::Take(const HtmlToken& token) {
  if (collector_.too_many_) return;
  switch (token.kind) {
    case HtmlToken::Kind::kStartTag:
      TakeStartTag(token);
      break;
    case HtmlToken::Kind::kEndTag:
      if (EqualsIgnoreCase(token.name, "a")) open_anchor_ = 0;
      break;
    case HtmlToken::Kind::kText:
      if (!EqualsIgnoreCase(token.name, "title")) TakeText(token.text);
      break;
    default:
      break;
  }
}

void HtmlLinks::TakeText(std::string_view text) {
  if (open_anchor_ > 0) {
    std::string& display = found_[open_anchor_ - 1].display;
    // White space may be most of it.
    if (display.size() < 4 * kMaxLinkText)
      display += ResolveReferences(Utf8Prefix(text, 16 * kMaxLinkText), false);
  } else if (text.find('.') != std::string_view::npos || text.find(':') != std::string_view::npos ||
             text.find('@') != std::string_view::npos) {
    std::string resolved;
    collector_.AddText(WithoutReferences(text, false, resolved));
  }
}

void HtmlLinks::Push(LinkOrigin origin, std::string_view target, bool tiny) {
  if (found_.size() + collector_.links_.size() >= kMaxLinks) {
    collector_.too_many_ = true;
    return;
  }
  // Pictures inside the message lead nowhere, and are large.
  if (origin == LinkOrigin::kImage && StartsWithIgnoreCase(target, "data:")) target = "data:";
  found_.push_back({origin, Utf8Prefix(target, 2 * kMaxUrl), {}, tiny});
}

void HtmlLinks::TakeStartTag(const HtmlToken& tag) {
  if (!tag.element.has_links) return;
  if (EqualsIgnoreCase(tag.name, "meta")) {
    TakeMeta(tag);
  } else if (EqualsIgnoreCase(tag.name, "base")) {
    TakeBase(tag);
  } else {
    TakeLinks(tag);
  }
}

void HtmlLinks::TakeLinks(const HtmlToken& tag) {
  const bool anchor = EqualsIgnoreCase(tag.name, "a");
  if (anchor) open_anchor_ = 0;
  const LinkAttribute* found = nullptr;
  std::string_view target;
  bool tiny = false;
  HtmlAttributes attributes(tag.attributes);
  HtmlAttribute attribute;
  while (attributes.Next(attribute)) {
    if (found == nullptr) {
      found = FindLinkAttribute(tag.name, attribute.name);
      if (found != nullptr) target = attribute.value;
    }
    if (EqualsIgnoreCase(attribute.name, "width") || EqualsIgnoreCase(attribute.name, "height")) {
      tiny |= IsTinyLength(attribute.value);
    }
  }
  if (found == nullptr) return;
  Push(found->origin, target, tiny && found->origin == LinkOrigin::kImage);
  if (anchor && !collector_.too_many_) open_anchor_ = found_.size();
}

void HtmlLinks::TakeMeta(const HtmlToken& tag) {
  bool refresh = false;
  std::string_view content;
  HtmlAttributes attributes(tag.attributes);
  HtmlAttribute attribute;
  while (attributes.Next(attribute)) {
    refresh |= EqualsIgnoreCase(attribute.name, "http-equiv") &&
               EqualsIgnoreCase(Trim(attribute.value), "refresh");
    if (EqualsIgnoreCase(attribute.name, "content")) content = attribute.value;
  }
  if (!refresh) return;
  const std::string_view url = RefreshUrl(Utf8Prefix(content, 2 * kMaxUrl));
  if (!url.empty()) Push(LinkOrigin::kRefresh, url, false);
}

void HtmlLinks::TakeBase(const HtmlToken& tag) {
  HtmlAttributes attributes(tag.attributes);
  HtmlAttribute attribute;
  while (!base_seen_ && attributes.Next(attribute)) {
    if (!EqualsIgnoreCase(attribute.name, "href")) continue;
    base_seen_ = true;
    base_ = ParseUrl(ResolveReferences(Utf8Prefix(attribute.value, 2 * kMaxUrl), true));
  }
}

void HtmlLinks::Finish() {
  const Url* const base = base_ ? &*base_ : nullptr;
  std::string resolved;
  for (const Found& found : found_) {
    if (auto url = ParseUrl(WithoutReferences(found.target, true, resolved), base)) {
      collector_.Add(found.origin, *std::move(url), FoldText(found.display), found.tiny);
    }
  }
}

}  // namespace assay::mail
