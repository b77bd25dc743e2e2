// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/view_facts.h"

#include <vector>

namespace assay::rules {
namespace {

using facts::Id;
using mail::Views;
using TextSpan = std::span<const std::string>;

std::optional<bool> LinkFlag(Id fact, Views& views) {
  switch (fact) {
    case Id::kLinkMismatch:
      return views.LinkFacts().mismatch;
    case Id::kLinkPunycode:
      return views.LinkFacts().punycode;
    case Id::kLinkNumericHost:
      return views.LinkFacts().numeric_host;
    case Id::kLinkDisguisedHost:
      return views.LinkFacts().disguised_host;
    case Id::kLinkUserinfo:
      return views.LinkFacts().userinfo;
    case Id::kLinkPort:
      return views.LinkFacts().port;
    case Id::kLinkNested:
      return views.LinkFacts().nested;
    case Id::kLimitLinks:
      return views.links_cut();
    default:
      return {};
  }
}

std::optional<TextSpan> LinkTexts(Id fact, Views& views) {
  switch (fact) {
    case Id::kLink:
      return views.LinkFacts().urls;
    case Id::kLinkHost:
      return views.LinkFacts().hosts;
    case Id::kLinkDomain:
      return views.LinkFacts().domains;
    case Id::kLinkText:
      return views.LinkFacts().texts;
    case Id::kLinkShownDomain:
      return views.LinkFacts().shown_domains;
    case Id::kLinkForm:
      return views.LinkFacts().forms;
    case Id::kLinkAddress:
      return views.LinkFacts().addresses;
    case Id::kLinkScheme:
      return views.LinkFacts().schemes;
    case Id::kImageHost:
      return views.LinkFacts().image_hosts;
    default:
      return {};
  }
}

}  // namespace

std::optional<bool> ViewFlag(Id fact, Views& views) {
  switch (fact) {
    case Id::kMimeMalformed:
      return views.defects().malformed;
    case Id::kLimitMimeParts:
      return views.defects().mime_parts;
    case Id::kLimitMimeDepth:
      return views.defects().mime_depth;
    case Id::kLimitText:
      return views.defects().text_bytes;
    default:
      return LinkFlag(fact, views);
  }
}

std::optional<double> ViewNumber(Id fact, Views& views) {
  switch (fact) {
    case Id::kLinkCount:
      return static_cast<double>(views.LinkFacts().count);
    case Id::kImageRemote:
      return static_cast<double>(views.LinkFacts().remote_images);
    case Id::kImageTiny:
      return static_cast<double>(views.LinkFacts().tiny_images);
    case Id::kImageEmbedded:
      return static_cast<double>(views.LinkFacts().embedded_images);
    default:
      return {};
  }
}

std::optional<TextSpan> ViewTexts(Id fact, Views& views) {
  switch (fact) {
    case Id::kSubject:
      return views.Header("subject");
    case Id::kBody:
      return views.Body();
    case Id::kRawBody:
      return views.RawBody();
    case Id::kContentType:
      return views.ContentTypes();
    case Id::kAttachmentName:
      return views.AttachmentNames();
    default:
      return LinkTexts(fact, views);
  }
}

std::optional<facts::Value> ViewValue(Id fact, Views& views) {
  if (fact == Id::kHeader || fact == Id::kBody || fact == Id::kRawBody) return {};
  if (const auto flag = ViewFlag(fact, views)) return *flag;
  if (const auto number = ViewNumber(fact, views)) return *number;
  if (const auto texts = ViewTexts(fact, views)) {
    return std::vector<std::string>(texts->begin(), texts->end());
  }
  return {};
}

}  // namespace assay::rules
