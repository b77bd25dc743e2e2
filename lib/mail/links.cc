// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/links.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/mail/html_entities.h"
#include "lib/mail/html_tokenizer.h"
#include "lib/mail/paragraphs.h"
#include "lib/mail/public_suffix.h"
#include "lib/mail/text_links.h"

namespace assay::mail {
namespace {

// Elements (ElementKind::has_links), each in one place, and the attributes that hold their links;
// the first one that stands there counts.
struct LinkAttribute {
  std::string_view element;
  std::string_view attribute;
  LinkOrigin origin;
};
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

std::span<const LinkAttribute> LinkAttributesOf(std::string_view element) {
  const auto other = [&](const LinkAttribute& link) {
    return !EqualsIgnoreCase(link.element, element);
  };
  const auto* const begin = std::ranges::find_if_not(kLinkAttributes, other);
  return {begin, std::find_if(begin, std::end(kLinkAttributes), other)};
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

// One document: what it links to is known at its end, when its <base> is.
class HtmlLinks {
 public:
  HtmlLinks(LinkCollector& collector, std::string_view html)
      : collector_(collector), tokenizer_(html) {}

  void Run() {
    HtmlToken token;
    while (!collector_.too_many_ && tokenizer_.Next(token)) Take(token);
    Resolve();
  }

 private:
  struct Found {
    LinkOrigin origin = LinkOrigin::kAnchor;
    std::string target;  // references resolved
    std::string display;
    bool tiny = false;
  };

  void Take(const HtmlToken& token);
  void TakeStartTag(const HtmlToken& tag);
  void TakeLinks(const HtmlToken& tag, std::span<const LinkAttribute> links);
  void TakeMeta(const HtmlToken& tag);
  void TakeBase(const HtmlToken& tag);
  void TakeText(std::string_view text);
  void Push(LinkOrigin origin, std::string_view target, bool tiny);
  void Resolve();

  LinkCollector& collector_;
  HtmlTokenizer tokenizer_;
  std::vector<Found> found_;
  std::size_t open_anchor_ = 0;  // index in found_ and one more; 0: none
  std::optional<Url> base_;
  bool base_seen_ = false;
};

void HtmlLinks::Take(const HtmlToken& token) {
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
  } else if (text.find('&') == std::string_view::npos) {
    collector_.AddText(text);
  } else if (text.find_first_of(".:@") != std::string_view::npos) {
    collector_.AddText(ResolveReferences(text, false));
  }
}

void HtmlLinks::Push(LinkOrigin origin, std::string_view target, bool tiny) {
  if (found_.size() + collector_.links_.size() >= kMaxLinks) {
    collector_.too_many_ = true;
    return;
  }
  // Pictures inside the message lead nowhere, and are large.
  if (origin == LinkOrigin::kImage && StartsWithIgnoreCase(target, "data:")) target = "data:";
  found_.push_back({origin, ResolveReferences(Utf8Prefix(target, 2 * kMaxUrl), true), {}, tiny});
}

void HtmlLinks::TakeStartTag(const HtmlToken& tag) {
  if (!tag.element.has_links) return;
  if (EqualsIgnoreCase(tag.name, "meta")) {
    TakeMeta(tag);
  } else if (EqualsIgnoreCase(tag.name, "base")) {
    TakeBase(tag);
  } else if (const auto links = LinkAttributesOf(tag.name); !links.empty()) {
    TakeLinks(tag, links);
  }
}

void HtmlLinks::TakeLinks(const HtmlToken& tag, std::span<const LinkAttribute> links) {
  const bool anchor = EqualsIgnoreCase(tag.name, "a");
  if (anchor) open_anchor_ = 0;
  const LinkAttribute* found = nullptr;
  std::string_view target;
  bool tiny = false;
  HtmlAttributes attributes(tag.attributes);
  HtmlAttribute attribute;
  while (attributes.Next(attribute)) {
    for (const LinkAttribute& link : links) {
      if (found == nullptr && EqualsIgnoreCase(attribute.name, link.attribute)) {
        found = &link;
        target = attribute.value;
      }
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

void HtmlLinks::Resolve() {
  const Url* const base = base_ ? &*base_ : nullptr;
  for (Found& found : found_) {
    if (auto url = ParseUrl(found.target, base)) {
      collector_.Add(found.origin, *std::move(url), FoldText(found.display), found.tiny);
    }
  }
}

const std::string& LinkCollector::DomainOf(const std::string& host) {
  const auto [entry, added] = domains_.try_emplace(host);
  if (added) entry->second = RegistrableDomain(host);
  return entry->second;
}

// Only a text that is nothing but a URL or a host, or begins with a scheme or "www.", says where
// the link leads; a host in the middle of a sentence does not.
std::string LinkCollector::ShownDomain(const std::string& display) {
  if (display.find('.') == std::string::npos) return {};
  const std::string_view word = std::string_view(display).substr(0, display.find(' '));
  const bool whole = word.size() == display.size();
  if (!whole && !StartsWithIgnoreCase(word, "http") && !StartsWithIgnoreCase(word, "www.")) {
    return {};
  }
  const auto link = whole ? WholeTextLink(word) : TextLinkFinder(word).Next();
  if (!link || link->kind == TextLink::Kind::kAddress) return {};
  const auto url = ParseUrl(link->text);
  return url ? DomainOf(url->host) : std::string();
}

void LinkCollector::Add(LinkOrigin origin, Url url, std::string display, bool tiny) {
  if (links_.size() >= kMaxLinks || url_bytes_ >= kMaxUrlBytes) {
    too_many_ = true;
    return;
  }
  Link link;
  link.origin = origin;
  link.tiny = tiny;
  link.domain = DomainOf(url.host);
  if (url.is_web()) link.shown_domain = ShownDomain(display);
  link.display = std::move(display);
  link.url = std::move(url);
  url_bytes_ += link.url.text.size();
  links_.push_back(std::move(link));
}

void LinkCollector::AddText(std::string_view text) {
  TextLinkFinder finder(text);
  while (!too_many_) {
    const auto found = finder.Next();
    if (!found) break;
    const bool address = found->kind == TextLink::Kind::kAddress;
    auto url =
        address ? ParseUrl(std::string("mailto:").append(found->text)) : ParseUrl(found->text);
    if (!url) continue;
    Add(found->kind == TextLink::Kind::kUrl ? LinkOrigin::kText : LinkOrigin::kBareText,
        *std::move(url), {}, false);
  }
}

void LinkCollector::AddHtml(std::string_view html) { HtmlLinks(*this, html).Run(); }

}  // namespace assay::mail
