// SPDX-License-Identifier: Apache-2.0
// Input: HTML and text, of which what is not UTF-8 becomes U+FFFD first. Its links hold their
// limits, are valid UTF-8, and a URL that was normalised once stays as it is.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/charset.h"
#include "lib/mail/links.h"

namespace {

using assay::mail::IsValidUtf8;
using assay::mail::Link;
using assay::mail::ParseUrl;

void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken property: %s\n", what);
  std::abort();
}

void CheckUrl(const assay::mail::Url& url) {
  Check(IsValidUtf8(url.text) && IsValidUtf8(url.host), "UTF-8");
  Check(url.text.find_first_of("\t\r\n") == std::string::npos, "white space in a URL");
  Check(url.text.starts_with(url.scheme) && url.text.ends_with(url.rest), "parts of a URL");
  if (url.host.empty()) return;
  Check(url.numeric_host || assay::mail::NormalizeDomain(url.host) == url.host, "host");
  const auto again = ParseUrl(url.text);
  Check(again && again->host == url.host, "host of the normalised URL");
  // What was cut may be cut again.
  if (url.text.size() < assay::mail::kMaxUrl) Check(again->text == url.text, "normalised URL");
}

void CheckLinks(const assay::mail::LinkCollector& collector) {
  Check(collector.links().size() <= assay::mail::kMaxLinks, "kMaxLinks");
  for (const Link& link : collector.links()) {
    CheckUrl(link.url);
    Check(link.display.size() <= assay::mail::kMaxLinkText, "kMaxLinkText");
    Check(IsValidUtf8(link.display), "UTF-8 of a display text");
    Check(link.domain.empty() || link.url.host.ends_with(link.domain), "domain");
  }
  const assay::mail::LinkSummary summary = Summarize(collector.links());
  Check(summary.count <= collector.links().size() && summary.urls.size() <= summary.count, "count");
  Check(summary.hosts.size() <= summary.urls.size(), "hosts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text =
      assay::mail::ToUtf8({reinterpret_cast<const char*>(data), size}, "utf-8");
  assay::mail::LinkCollector html;
  html.AddHtml(text);
  CheckLinks(html);
  assay::mail::LinkCollector plain;
  plain.AddText(text);
  CheckLinks(plain);
  if (const auto url = ParseUrl(text)) CheckUrl(*url);
  const auto base = ParseUrl("http://example.com/a/b?c");
  if (const auto url = ParseUrl(text, &*base)) CheckUrl(*url);
  return 0;
}
