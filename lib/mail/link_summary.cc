// SPDX-License-Identifier: Apache-2.0
#include "lib/base/text.h"
#include "lib/mail/distinct_texts.h"
#include "lib/mail/links.h"
#include "lib/mail/public_suffix.h"

namespace assay::mail {
namespace {

// "ann@example.com" of "ann@example.com?subject=x".
std::string AddressOf(const Url& url) {
  std::string address = url.rest.substr(0, url.rest.find_first_of("?,;"));
  const std::size_t at = address.rfind('@');
  if (at == std::string::npos) return {};
  return address.substr(0, at) + ToLower(address.substr(at));
}

// Whether path, query or fragment hold a web URL of another registrable domain.
bool CarriesForeignUrl(const Link& link) {
  const std::string& rest = link.url.rest;
  for (std::size_t at = rest.find("http"); at != std::string::npos;
       at = rest.find("http", at + 4)) {
    std::string_view tail = std::string_view(rest).substr(at + 4);
    if (tail.starts_with('s')) tail.remove_prefix(1);
    for (const std::string_view separator : {"://", "%3A%2F%2F", ":%2F%2F"}) {
      if (!StartsWithIgnoreCase(tail, separator)) continue;
      tail.remove_prefix(separator.size());
      const std::string host = ToLower(tail.substr(0, tail.find_first_of("/?#%&:")));
      const std::string_view domain = RegistrableDomain(host);
      return !domain.empty() && domain != link.domain;
    }
  }
  return false;
}

class Summarizer {
 public:
  void Add(const Link& link) {
    schemes_.Add(link.url.scheme);
    if (link.origin == LinkOrigin::kImage) return AddImage(link);
    if (!IsFollowed(link.origin)) return;
    if (link.url.scheme == "mailto") addresses_.Add(AddressOf(link.url));
    texts_.Add(link.display);
    if (link.url.is_web()) AddWeb(link);
  }
  [[nodiscard]] LinkSummary Take() { return std::move(summary_); }

 private:
  void AddImage(const Link& link) {
    if (!link.url.is_web()) {
      ++summary_.embedded_images;
      return;
    }
    ++summary_.remote_images;
    summary_.tiny_images += link.tiny ? 1 : 0;
    image_hosts_.Add(link.url.host);
  }

  void AddWeb(const Link& link) {
    ++summary_.count;
    urls_.Add(link.url.text);
    hosts_.Add(link.url.host);
    domains_.Add(link.domain);
    shown_domains_.Add(link.shown_domain);
    if (link.origin == LinkOrigin::kForm) forms_.Add(link.url.text);
    summary_.mismatch |= link.mismatch();
    summary_.punycode |=
        link.url.host.starts_with("xn--") || link.url.host.find(".xn--") != std::string::npos;
    summary_.numeric_host |= link.url.numeric_host;
    summary_.disguised_host |= link.url.disguised_host;
    summary_.userinfo |= link.url.userinfo;
    summary_.port |= link.url.port;
    summary_.nested = summary_.nested || CarriesForeignUrl(link);
  }

  LinkSummary summary_;
  DistinctTexts urls_{summary_.urls};
  DistinctTexts hosts_{summary_.hosts};
  DistinctTexts domains_{summary_.domains};
  DistinctTexts texts_{summary_.texts};
  DistinctTexts shown_domains_{summary_.shown_domains};
  DistinctTexts forms_{summary_.forms};
  DistinctTexts addresses_{summary_.addresses};
  DistinctTexts schemes_{summary_.schemes};
  DistinctTexts image_hosts_{summary_.image_hosts};
};

}  // namespace

LinkSummary Summarize(const std::vector<Link>& links) {
  Summarizer summarizer;
  for (const bool bare : {false, true}) {
    for (const Link& link : links) {
      if ((link.origin == LinkOrigin::kBareText) == bare) summarizer.Add(link);
    }
  }
  return summarizer.Take();
}

}  // namespace assay::mail
