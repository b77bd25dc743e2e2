// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/view_facts.h"

#include <vector>

#include "lib/mail/body_words.h"

namespace assay::rules {
namespace {

using facts::Id;
using mail::Views;
using TextSpan = std::span<const std::string>;

double ToNumber(std::size_t count) { return static_cast<double>(count); }

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

std::optional<bool> HtmlFlag(Id fact, Views& views) {
  switch (fact) {
    case Id::kHtmlOnly:
      return views.body_facts().html_only;
    case Id::kHtmlForm:
      return views.body_facts().html.form;
    case Id::kHtmlPassword:
      return views.body_facts().html.password;
    case Id::kHtmlScript:
      return views.body_facts().html.script;
    case Id::kHtmlFrame:
      return views.body_facts().html.frame;
    case Id::kHtmlObject:
      return views.body_facts().html.object;
    case Id::kHtmlRefresh:
      return views.body_facts().html.refresh;
    case Id::kHtmlBase:
      return views.body_facts().html.base;
    default:
      return LinkFlag(fact, views);
  }
}

std::optional<bool> AttachmentFlag(Id fact, Views& views) {
  switch (fact) {
    case Id::kAttachmentMismatch:
      return views.attachment_facts().contradicts;
    case Id::kAttachmentDisguisedName:
      return views.attachment_facts().disguised_name;
    case Id::kAttachmentMacros:
      return views.attachment_facts().macros;
    case Id::kAttachmentEncrypted:
      return views.attachment_facts().encrypted;
    case Id::kLimitArchive:
      return views.attachment_facts().listing_cut;
    default:
      return HtmlFlag(fact, views);
  }
}

std::optional<double> HeaderNumber(Id fact, Views& views) {
  switch (fact) {
    case Id::kSubjectMixedWords:
      return ToNumber(views.SubjectScripts().mixed_words());
    case Id::kSubjectStyled:
      return ToNumber(views.SubjectScripts().styled());
    case Id::kSubjectInvisible: {
      const mail::Invisibles& found = views.SubjectInvisibles();
      return ToNumber(found.zero_width + found.soft_hyphens + found.bidi + found.tags);
    }
    case Id::kHeaderFromMixedWords:
      return ToNumber(views.FromNameScripts().mixed_words());
    case Id::kHeaderFromStyled:
      return ToNumber(views.FromNameScripts().styled());
    case Id::kReceivedCount:
      return ToNumber(views.header_facts().received);
    case Id::kRecipientsCount:
      return ToNumber(views.header_facts().recipients);
    case Id::kDateSkew:
      return views.header_facts().date_skew;
    default:
      return {};
  }
}

std::optional<double> LinkNumber(Id fact, Views& views) {
  switch (fact) {
    case Id::kLinkCount:
      return ToNumber(views.LinkFacts().count);
    case Id::kImageRemote:
      return ToNumber(views.LinkFacts().remote_images);
    case Id::kImageTiny:
      return ToNumber(views.LinkFacts().tiny_images);
    case Id::kImageEmbedded:
      return ToNumber(views.LinkFacts().embedded_images);
    case Id::kAttachmentCount:
      return ToNumber(views.attachment_facts().count);
    default:
      return HeaderNumber(fact, views);
  }
}

std::optional<double> TextShare(const mail::BodyFacts& body) {
  if (body.html_length == 0) return {};
  return 100.0 * ToNumber(body.html_text_length) / ToNumber(body.html_length);
}

std::optional<TextSpan> HeaderTexts(Id fact, Views& views) {
  switch (fact) {
    case Id::kSubject:
      return views.Header("subject");
    case Id::kHeaderOrder:
      return views.header_facts().order;
    case Id::kUnsubscribeRegistrable:
      return views.header_facts().unsubscribe_domains;
    case Id::kSubjectScript:
      return views.SubjectScripts().names();
    case Id::kHeaderFromScript:
      return views.FromNameScripts().names();
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
      return HeaderTexts(fact, views);
  }
}

std::optional<TextSpan> AttachmentTexts(Id fact, Views& views) {
  switch (fact) {
    case Id::kAttachmentName:
      return views.AttachmentNames();
    case Id::kAttachmentType:
      return views.attachment_facts().types;
    case Id::kAttachmentExtension:
      return views.attachment_facts().extensions;
    case Id::kArchiveName:
      return views.attachment_facts().files;
    case Id::kArchiveExtension:
      return views.attachment_facts().file_extensions;
    default:
      return LinkTexts(fact, views);
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
    case Id::kDateInvalid:
      return views.header_facts().date_invalid;
    default:
      return AttachmentFlag(fact, views);
  }
}

std::optional<double> ViewNumber(Id fact, Views& views) {
  switch (fact) {
    case Id::kBodyLength:
      return ToNumber(views.body_facts().length);
    case Id::kBodyWords:
      return ToNumber(mail::CountWords(views.Body()));
    case Id::kBodyMixedWords:
      return ToNumber(views.BodyScripts().mixed_words());
    case Id::kBodyStyled:
      return ToNumber(views.BodyScripts().styled());
    case Id::kBodyInvisible:
      return ToNumber(views.body_facts().invisibles.zero_width +
                      views.body_facts().invisibles.tags);
    case Id::kBodySoftHyphens:
      return ToNumber(views.body_facts().invisibles.soft_hyphens);
    case Id::kBodyBidi:
      return ToNumber(views.body_facts().invisibles.bidi);
    case Id::kBodySplitWords:
      return ToNumber(views.body_facts().invisibles.split_words);
    case Id::kHtmlLength:
      return ToNumber(views.body_facts().html_length);
    case Id::kHtmlHiddenLength:
      return ToNumber(views.body_facts().hidden_length);
    case Id::kHtmlTextShare:
      return TextShare(views.body_facts());
    case Id::kHtmlOverlap:
      return views.AlternativeOverlap();
    default:
      return LinkNumber(fact, views);
  }
}

std::optional<TextSpan> ViewTexts(Id fact, Views& views) {
  switch (fact) {
    case Id::kBody:
      return views.Body();
    case Id::kRawBody:
      return views.RawBody();
    case Id::kFull:
      return views.Full();
    case Id::kHtmlHidden:
      return views.HiddenText();
    case Id::kBodyScript:
      return views.BodyScripts().names();
    case Id::kContentType:
      return views.ContentTypes();
    case Id::kMimeStructure:
      return views.MimeStructure();
    case Id::kMimeCharset:
      return views.Charsets();
    case Id::kMimeEncoding:
      return views.TransferEncodings();
    default:
      return AttachmentTexts(fact, views);
  }
}

std::optional<facts::Value> ViewValue(Id fact, Views& views) {
  constexpr Id kLong[] = {Id::kHeader, Id::kMimeHeader, Id::kBody, Id::kRawBody, Id::kFull};
  for (const Id id : kLong) {
    if (fact == id) return {};
  }
  switch (facts::Describe(fact).type) {
    case facts::Type::kFlag:
      if (const auto flag = ViewFlag(fact, views)) return *flag;
      break;
    case facts::Type::kNumber:
      if (const auto number = ViewNumber(fact, views)) return *number;
      break;
    default:
      if (const auto texts = ViewTexts(fact, views)) {
        return std::vector<std::string>(texts->begin(), texts->end());
      }
      break;
  }
  return {};
}

}  // namespace assay::rules
