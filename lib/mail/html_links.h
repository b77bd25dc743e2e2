// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/html_tokenizer.h"
#include "lib/mail/links.h"
#include "lib/mail/url.h"

namespace assay::mail {

// The links of one HTML document, from its tokens: what they lead to is known at its end, when its
// <base> is.
class HtmlLinks {
 public:
  explicit HtmlLinks(LinkCollector& collector) : collector_(collector) {}

  // Every token, in order. The text that they point to must outlive the object.
  void Take(const HtmlToken& token);
  // After the last one: hands the links on.
  void Finish();

 private:
  struct Found {
    LinkOrigin origin = LinkOrigin::kAnchor;
    std::string_view target;  // as written
    std::string display;
    bool tiny = false;
  };

  void TakeStartTag(const HtmlToken& tag);
  void TakeLinks(const HtmlToken& tag);
  void TakeMeta(const HtmlToken& tag);
  void TakeBase(const HtmlToken& tag);
  void TakeText(std::string_view text);
  void Push(LinkOrigin origin, std::string_view target, bool tiny);

  LinkCollector& collector_;
  std::vector<Found> found_;
  std::size_t open_anchor_ = 0;  // index in found_ and one more; 0: none
  std::optional<Url> base_;
  bool base_seen_ = false;
};

}  // namespace assay::mail
