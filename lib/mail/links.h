// SPDX-License-Identifier: Apache-2.0
// Where a message leads its reader: links of HTML and of plain text, and what HTML loads from
// elsewhere.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/mail/url.h"

namespace assay::mail {

enum class LinkOrigin {
  kAnchor,    // <a>, <area>
  kForm,      // where a form is sent: <form action>, formaction
  kFrame,     // <iframe>, <frame>
  kRefresh,   // <meta http-equiv=refresh>
  kText,      // a URL in text
  kBareText,  // a host in text, or an address
  kImage,     // <img>, background and the like
  kResource,  // style sheets, scripts, objects, sounds
};

// A reader gets there by a click, or without one: everything but what is loaded to be shown.
[[nodiscard]] constexpr bool IsFollowed(LinkOrigin origin) {
  return origin != LinkOrigin::kImage && origin != LinkOrigin::kResource;
}

struct Link {
  LinkOrigin origin = LinkOrigin::kAnchor;
  Url url;
  std::string domain;   // registrable domain of the host; empty when it has none
  std::string display;  // of an anchor: its text, white space folded, at most kMaxLinkText bytes
  std::string shown_domain;  // registrable domain that the display text names, when it looks like a
                             // URL or a host; else empty
  bool tiny = false;         // an image of at most 1 pixel in width or height

  // The display text names another registrable domain than the one it leads to.
  [[nodiscard]] bool mismatch() const { return !shown_domain.empty() && shown_domain != domain; }
};

inline constexpr std::size_t kMaxLinks = 10'000;  // of one message; a long newsletter has 500
inline constexpr std::size_t kMaxLinkText = 256;  // bytes of display text kept of each
inline constexpr std::size_t kMaxUrlBytes =
    std::size_t{1024} * 1024;  // of all URLs of one message, and embedded images do not count

// Collects the links of the text parts of one message. Linear; stops at kMaxLinks or kMaxUrlBytes.
class LinkCollector {
 public:
  // Valid UTF-8. Relative links are resolved against the document's <base>; without one they lead
  // nowhere and are left out, as are links inside the document.
  void AddHtml(std::string_view html);
  void AddText(std::string_view text);

  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  [[nodiscard]] bool too_many() const { return too_many_; }

 private:
  friend class HtmlLinks;
  void Add(LinkOrigin origin, Url url, std::string display, bool tiny);
  [[nodiscard]] std::string ShownDomain(const std::string& display);
  [[nodiscard]] const std::string& DomainOf(const std::string& host);

  std::vector<Link> links_;
  std::map<std::string, std::string> domains_;  // registrable domain by host
  std::size_t url_bytes_ = 0;
  bool too_many_ = false;
};

// What a message's links say about it. Texts stand in the order of the links and without
// repetition.
struct LinkSummary {
  using Texts = std::vector<std::string>;

  // Of what a reader follows (IsFollowed()) to the web; hosts in running text come last.
  Texts urls;
  Texts hosts;
  Texts domains;        // registrable ones
  Texts texts;          // what anchors show
  Texts shown_domains;  // registrable domains that anchors show
  Texts forms;          // URLs that forms are sent to
  Texts addresses;      // of mailto links and in text, domains in lower case
  Texts schemes;        // of all links, lower case
  Texts image_hosts;
  std::size_t count = 0;  // web links, repetitions included
  std::size_t remote_images = 0;
  std::size_t tiny_images = 0;      // of these: at most 1 pixel high or wide
  std::size_t embedded_images = 0;  // parts of the message, or data in the HTML
  bool mismatch = false;
  bool punycode = false;
  bool numeric_host = false;
  bool disguised_host = false;
  bool userinfo = false;
  bool port = false;
  bool nested = false;  // carries a URL of another domain, as redirectors and trackers do
};
[[nodiscard]] LinkSummary Summarize(const std::vector<Link>& links);

}  // namespace assay::mail
