// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/links.h"

#include <optional>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/html_links.h"
#include "lib/mail/html_tokenizer.h"
#include "lib/mail/public_suffix.h"
#include "lib/mail/text_links.h"

namespace assay::mail {

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

void LinkCollector::AddHtml(std::string_view html) {
  HtmlLinks links(*this);
  HtmlTokenizer tokenizer(html);
  HtmlToken token;
  while (!too_many_ && tokenizer.Next(token)) links.Take(token);
  links.Finish();
}

}  // namespace assay::mail
