// SPDX-License-Identifier: Apache-2.0
#include "lib/facts/fact.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "lib/base/text.h"

namespace assay::facts {
namespace {

using enum Id;
using enum Type;

constexpr std::string_view kSpfWords[] = {"none",     "neutral",   "pass",     "fail",
                                          "softfail", "temperror", "permerror"};
constexpr std::string_view kDkimWords[] = {"none",    "pass",      "fail",     "policy",
                                           "neutral", "temperror", "permerror"};
constexpr std::string_view kDmarcWords[] = {"none", "pass", "fail", "temperror", "permerror"};
constexpr std::string_view kArcWords[] = {"none", "pass", "fail", "temperror"};
constexpr std::string_view kPolicyWords[] = {"none", "quarantine", "reject"};
constexpr std::string_view kProfileWords[] = {"inbound", "submission", "local"};
constexpr std::string_view kFromProblemWords[] = {
    "none", "missing", "several", "empty", "syntax", "group", "control", "utf8", "too_many"};
constexpr std::string_view kClaimWords[] = {"none", "vouched", "unvouched", "temperror"};
constexpr std::string_view kMailFromWords[] = {"match",    "null",     "off",      "temperror",
                                               "unlisted", "mismatch", "malformed"};
constexpr std::string_view kHeaderFromWords[] = {"match",    "off",      "temperror", "resent",
                                                 "unlisted", "mismatch", "malformed"};
constexpr std::string_view kSenderWords[] = {"match",    "off",      "temperror",
                                             "unlisted", "mismatch", "malformed"};
constexpr std::string_view kSourceWords[] = {"connection", "received", "unknown"};
constexpr std::span<const std::string_view> kNoWords;

constexpr std::array<Info, kFactCount> kTable = {{
    {kClientIp, "client.ip", kAddress, Stage::kConnect, false, kNoWords,
     "IP address of the SMTP client; unknown for mail that did not come by SMTP, and behind a "
     "trusted relay that does not tell"},
    {kClientName, "client.name", kText, Stage::kConnect, false, kNoWords,
     "Name of the client as the MTA looked it up and verified it, lower case; unknown when it has "
     "none"},
    {kClientRegistrable, "client.registrable", kText, Stage::kConnect, false, kNoWords,
     "Registrable domain of client.name"},
    {kClientDaemon, "client.daemon", kText, Stage::kConnect, false, kNoWords,
     "The MTA's own name for the listener that took the connection, macro {daemon_name}"},
    {kClientSource, "client.source", kWord, Stage::kHeaders, false, kSourceWords,
     "Where client.ip, client.name and helo come from: the connection; received, written by a "
     "trusted relay; unknown behind one when they cannot be known"},
    {kHelo, "helo", kText, Stage::kHelo, false, kNoWords, "Argument of HELO or EHLO, as given"},
    {kLogin, "login", kText, Stage::kMail, false, kNoWords,
     "Name under which the client has logged in, macro {auth_authen}, or that its certificate or "
     "network stands for; unknown without a login"},
    {kProfile, "profile", kWord, Stage::kMail, false, kProfileWords,
     "inbound: from outside; submission: from a logged-in user or a trusted network; local: not by "
     "SMTP"},
    {kMailFrom, "mail_from", kText, Stage::kMail, false, kNoWords,
     "Address of MAIL FROM with the domain in lower case; empty for the null reverse-path"},
    {kMailFromLocal, "mail_from.local", kText, Stage::kMail, false, kNoWords,
     "Local part of MAIL FROM; unknown for the null reverse-path"},
    {kMailFromDomain, "mail_from.domain", kText, Stage::kMail, false, kNoWords,
     "Domain of MAIL FROM in lower-case A-labels; unknown for the null reverse-path"},
    {kMailFromRegistrable, "mail_from.registrable", kText, Stage::kMail, false, kNoWords,
     "Registrable domain of mail_from.domain: one label more than the public suffix"},
    {kMailFromNull, "mail_from.null", kFlag, Stage::kMail, false, kNoWords,
     "MAIL FROM is <>, as in bounces"},
    {kRcptTo, "rcpt_to", kTexts, Stage::kRcpt, false, kNoWords,
     "Addresses of all accepted recipients so far"},
    {kRcptToDomain, "rcpt_to.domain", kTexts, Stage::kRcpt, false, kNoWords,
     "Domains of all accepted recipients so far, without repetition"},
    {kRcptToCount, "rcpt_to.count", kNumber, Stage::kRcpt, false, kNoWords,
     "Number of accepted recipients"},
    {kHeader, "header", kTexts, Stage::kHeaders, true, kNoWords,
     "header[\"Name\"]: all fields of that name, unfolded and with encoded words decoded. Behind "
     "it "
     "may stand :raw, which does neither, or :addr, :name or :domain for the addresses in them"},
    {kHeaderOrder, "header.order", kTexts, Stage::kHeaders, true, kNoWords,
     "One text: the names of all fields in their order, lower case, with blanks between"},
    {kMimeHeader, "mime_header", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "mime_header[\"Name\"]: fields of that name in the headers of all MIME parts, the message's "
     "own "
     "included. Behind it may stand :raw"},
    {kSubject, "subject", kTexts, Stage::kHeaders, true, kNoWords,
     "The same as header[\"Subject\"]"},
    {kSubjectScript, "subject.script", kTexts, Stage::kHeaders, true, kNoWords,
     "Scripts that the Subject has letters of: latin, cyrillic, greek, han and so on"},
    {kSubjectMixedWords, "subject.mixed_words", kNumber, Stage::kHeaders, true, kNoWords,
     "Words of the Subject that mix letters of scripts that look alike"},
    {kSubjectStyled, "subject.styled", kNumber, Stage::kHeaders, true, kNoWords,
     "Letters of the Subject in disguise: mathematical, circled, squared"},
    {kSubjectInvisible, "subject.invisible", kNumber, Stage::kHeaders, true, kNoWords,
     "Invisible characters in the Subject: zero-width, soft hyphens, tags, and those that reorder "
     "text"},
    {kHeaderFrom, "header_from", kTexts, Stage::kHeaders, false, kNoWords,
     "Addresses of the authors in all From fields"},
    {kHeaderFromDomain, "header_from.domain", kText, Stage::kHeaders, false, kNoWords,
     "The author domain in lower-case A-labels; unknown unless the From field names exactly one"},
    {kHeaderFromRegistrable, "header_from.registrable", kText, Stage::kHeaders, false, kNoWords,
     "Registrable domain of header_from.domain"},
    {kHeaderFromName, "header_from.name", kText, Stage::kHeaders, false, kNoWords,
     "Display name of the first author, decoded; unknown when there is none"},
    {kHeaderFromScript, "header_from.script", kTexts, Stage::kHeaders, true, kNoWords,
     "Scripts of the display names in From"},
    {kHeaderFromMixedWords, "header_from.mixed_words", kNumber, Stage::kHeaders, true, kNoWords,
     "Words of these names that mix letters of scripts that look alike"},
    {kHeaderFromStyled, "header_from.styled", kNumber, Stage::kHeaders, true, kNoWords,
     "Letters of these names in disguise"},
    {kHeaderFromCount, "header_from.count", kNumber, Stage::kHeaders, false, kNoWords,
     "Number of author addresses in all From fields"},
    {kHeaderFromFields, "header_from.fields", kNumber, Stage::kHeaders, false, kNoWords,
     "Number of From fields"},
    {kHeaderFromProblem, "header_from.problem", kWord, Stage::kHeaders, false, kFromProblemWords,
     "Why From does not name its author by RFC 5322: no field, several fields, or what is wrong "
     "with it"},
    {kReplyToDomain, "reply_to.domain", kTexts, Stage::kHeaders, false, kNoWords,
     "Domains of all addresses in Reply-To"},
    {kReplyToRegistrable, "reply_to.registrable", kTexts, Stage::kHeaders, false, kNoWords,
     "Registrable domains of all addresses in Reply-To"},
    {kMessageIdRegistrable, "message_id.registrable", kText, Stage::kHeaders, false, kNoWords,
     "Registrable domain right of the @ in Message-ID; unknown without one"},
    {kUnsubscribeRegistrable, "unsubscribe.registrable", kTexts, Stage::kHeaders, true, kNoWords,
     "Registrable domains of the links and addresses in List-Unsubscribe"},
    {kReceivedCount, "received.count", kNumber, Stage::kHeaders, true, kNoWords,
     "Number of Received fields"},
    {kRecipientsCount, "recipients.count", kNumber, Stage::kHeaders, true, kNoWords,
     "Number of addresses in To and Cc"},
    {kDateInvalid, "date.invalid", kFlag, Stage::kHeaders, true, kNoWords,
     "Date is no date, or there are several"},
    {kDateSkew, "date.skew", kNumber, Stage::kHeaders, true, kNoWords,
     "Hours from the newest Received field to Date, negative when Date is earlier; unknown unless "
     "both are dates"},
    {kHeaderEightBit, "header.eight_bit", kFlag, Stage::kHeaders, false, kNoWords,
     "From, To, Reply-To or Subject has bytes beyond ASCII that are not encoded (RFC 2047)"},
    {kMessageSize, "message.size", kNumber, Stage::kEndOfMessage, false, kNoWords,
     "Bytes of header and body as the MTA sent them"},
    {kMessageFields, "message.fields", kNumber, Stage::kHeaders, false, kNoWords,
     "Number of header fields"},
    {kBody, "body", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Paragraphs of the visible text: transfer encoding and charset decoded, HTML rendered, white "
     "space folded. Text that HTML hides and characters that nobody sees are no part of it"},
    {kRawBody, "rawbody", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Text parts with transfer encoding and charset decoded, HTML kept. Parts that mail programs "
     "read in several ways, and what Outlook alone reads in comments, stand there once more"},
    {kFull, "full", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "One text: the message as far as it is held, not decoded"},
    {kBodyLength, "body.length", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Characters of body"},
    {kBodyWords, "body.words", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Words of body, of at least three letters each; a run of letters is one word, as in languages "
     "without spaces between them"},
    {kBodyScript, "body.script", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Scripts that body has letters of"},
    {kBodyMixedWords, "body.mixed_words", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Words of body that mix letters of scripts that look alike"},
    {kBodyStyled, "body.styled", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Letters of body in disguise"},
    {kBodyInvisible, "body.invisible", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Zero-width and tag characters that were left out of body; joiners count only where the "
     "script needs none"},
    {kBodySoftHyphens, "body.soft_hyphens", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Soft hyphens that were left out of body"},
    {kBodyBidi, "body.bidi", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Characters that reorder text and were left out of body"},
    {kBodySplitWords, "body.split_words", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Places inside words of Latin, Greek or Cyrillic letters with invisible characters, soft "
     "hyphens apart"},
    {kHtmlOnly, "html.only", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "The message has HTML, and no plain text beside it"},
    {kHtmlLength, "html.length", kNumber, Stage::kEndOfMessage, true, kNoWords, "Bytes of HTML"},
    {kHtmlTextShare, "html.text_share", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Bytes of visible text for 100 bytes of HTML; unknown without HTML"},
    {kHtmlHidden, "html.hidden", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Paragraphs of HTML text that no reader sees: display, visibility, opacity, font size, "
     "colours and boxes without size"},
    {kHtmlHiddenLength, "html.hidden_length", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Characters of html.hidden"},
    {kHtmlOverlap, "html.overlap", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Of 100 different words of the plain text, how many the HTML has, too; unknown unless the "
     "message has both"},
    {kHtmlForm, "html.form", kFlag, Stage::kEndOfMessage, true, kNoWords, "HTML has a form"},
    {kHtmlPassword, "html.password", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "HTML has a field for a password"},
    {kHtmlScript, "html.script", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "HTML has a script, data (JSON-LD) apart, an event handler or a javascript: link"},
    {kHtmlFrame, "html.frame", kFlag, Stage::kEndOfMessage, true, kNoWords, "HTML has a frame"},
    {kHtmlObject, "html.object", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "HTML has an object, embed or applet"},
    {kHtmlRefresh, "html.refresh", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "HTML goes elsewhere by itself (meta refresh)"},
    {kHtmlBase, "html.base", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "HTML says what relative links lead to"},
    {kContentType, "content_type", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Media types of all leaf parts, lower case, without parameters"},
    {kMimeStructure, "mime.structure", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "One text: the media types of all parts as they are nested: "
     "multipart/mixed(text/plain,image/png)"},
    {kMimeCharset, "mime.charset", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Character sets that text parts declare, lower case"},
    {kMimeEncoding, "mime.encoding", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Transfer encodings that text parts declare: identity, quoted-printable, base64, uuencode, "
     "unknown"},
    {kAttachmentName, "attachment.name", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "File names of all parts that have one, decoded; where a part gives several, each of them"},
    {kAttachmentCount, "attachment.count", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Parts that have a file name or are neither text nor HTML"},
    {kAttachmentType, "attachment.type", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "What these parts are by their bytes: pe, elf, macho, java, script, shortcut, help, disk, "
     "zip, rar, 7z, gzip, archive, pdf, rtf, ole, ooxml, odf, onenote, html, svg, xml, text, "
     "image, media, tnef, data, empty"},
    {kAttachmentExtension, "attachment.extension", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Ends of their names, lower case, without the dot"},
    {kAttachmentMismatch, "attachment.mismatch", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A part is not what its name or, where that says nothing, its media type says"},
    {kAttachmentDisguisedName, "attachment.disguised_name", kFlag, Stage::kEndOfMessage, true,
     kNoWords,
     "A file, in archives too, is named like a program behind the end of a document's name, "
     "behind white space, or with characters that reorder text"},
    {kAttachmentMacros, "attachment.macros", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "An Office document has macros"},
    {kAttachmentEncrypted, "attachment.encrypted", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "An archive or Office document asks for a password"},
    {kArchiveName, "archive.name", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Names of the files in ZIP, RAR and GZIP archives"},
    {kArchiveExtension, "archive.extension", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Ends of these names, lower case, without the dot"},
    {kMimeMalformed, "mime.malformed", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "The MIME structure is broken: missing closing boundary, junk encoding, undecodable text, "
     "fields that stand twice or that mail programs read in different ways"},
    {kLink, "link", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "URLs of all web links that a reader can follow, in HTML and in text: scheme and host in "
     "lower case, without repetition"},
    {kLinkHost, "link.host", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Their hosts: lower-case A-labels or IP addresses"},
    {kLinkDomain, "link.domain", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Registrable domains of these hosts: one label more than the public suffix"},
    {kLinkText, "link.text", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "What links show in HTML, the first 256 bytes of each"},
    {kLinkShownDomain, "link.shown_domain", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Registrable domains that links show, where what they show is a URL or a host"},
    {kLinkForm, "link.form", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "URLs that forms are sent to"},
    {kLinkAddress, "link.address", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Mail addresses in mailto links and in text"},
    {kLinkScheme, "link.scheme", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Schemes of all links and of what HTML loads, without colon: https, mailto, javascript"},
    {kLinkCount, "link.count", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Number of web links that a reader can follow, repetitions included"},
    {kLinkMismatch, "link.mismatch", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A link shows a URL or host of another registrable domain than the one it leads to"},
    {kLinkPunycode, "link.punycode", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A link's host has a label with letters beyond ASCII (xn--)"},
    {kLinkNumericHost, "link.numeric_host", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A link leads to an IP address"},
    {kLinkDisguisedHost, "link.disguised_host", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A link's host is percent-encoded, an IPv4 address in another form than four decimal "
     "numbers, or spelled with characters that only look like it"},
    {kLinkUserinfo, "link.userinfo", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A link has a name before an @ in front of the host"},
    {kLinkPort, "link.port", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A link names another port than the usual one of its scheme"},
    {kLinkNested, "link.nested", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "A link carries the URL of another registrable domain, as redirectors and trackers do"},
    {kImageHost, "image.host", kTexts, Stage::kEndOfMessage, true, kNoWords,
     "Hosts that images are loaded from"},
    {kImageRemote, "image.remote", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Number of images in HTML that are loaded from elsewhere"},
    {kImageTiny, "image.tiny", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Number of these that are at most one pixel high or wide"},
    {kImageEmbedded, "image.embedded", kNumber, Stage::kEndOfMessage, true, kNoWords,
     "Number of images in HTML that came with the message"},
    {kSpfMailFrom, "spf.mail_from", kWord, Stage::kMail, false, kSpfWords,
     "SPF result for the MAIL FROM identity, for <> that of postmaster@HELO (RFC 7208)"},
    {kSpfHelo, "spf.helo", kWord, Stage::kMail, false, kSpfWords,
     "SPF result for the HELO identity (RFC 7208, 2.3)"},
    {kDkim, "dkim", kWord, Stage::kEndOfMessage, false, kDkimWords,
     "Best result of all DKIM signatures: pass before policy, temperror, fail, neutral and "
     "permerror; none without one"},
    {kDkimDomain, "dkim.domain", kTexts, Stage::kEndOfMessage, false, kNoWords,
     "Signing domains (d=) of the signatures that pass"},
    {kDkimSignatures, "dkim.signatures", kNumber, Stage::kHeaders, false, kNoWords,
     "Number of DKIM signatures evaluated"},
    {kDkimAligned, "dkim.aligned", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "A passing signature's domain is aligned with the author domain (RFC 9989)"},
    {kDmarc, "dmarc", kWord, Stage::kEndOfMessage, false, kDmarcWords,
     "DMARC result (RFC 9989); none when the author domain publishes no policy"},
    {kDmarcPolicy, "dmarc.policy", kWord, Stage::kEndOfMessage, false, kPolicyWords,
     "Policy that the author domain asks for after sp=, np= and t=; unknown without a record"},
    {kArcResult, "arc.result", kWord, Stage::kEndOfMessage, false, kArcWords,
     "ARC result (RFC 8617); temperror when DNS did not give a key; none without ARC fields"},
    {kArcSets, "arc.sets", kNumber, Stage::kEndOfMessage, false, kNoWords,
     "Number of ARC-Seal fields, whether the chain passes or not"},
    {kArcSealers, "arc.sealers", kTexts, Stage::kEndOfMessage, false, kNoWords,
     "Domains (d=) of the seals of a chain that passes, the oldest first"},
    {kArcOldestPass, "arc.oldest_pass", kNumber, Stage::kEndOfMessage, false, kNoWords,
     "The oldest set since which the message is unchanged, 0 for all of them; unknown unless the "
     "chain passes"},
    {kArcTrusted, "arc.trusted", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "The chain passes, and one of arc.trusted_sealers has recorded that the author was "
     "authenticated"},
    {kListTrusted, "list.trusted", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "The message has List-Id or List-Post, and a domain of dmarc.lists is verified by SPF or "
     "DKIM"},
    {kIdentityLocalClaim, "identity.local_claim", kWord, Stage::kEndOfMessage, false, kClaimWords,
     "Mail from outside with a local domain in MAIL FROM or From: vouched by an aligned SPF or "
     "DKIM pass, a trusted sealer or an exception, or not"},
    {kIdentityMailFrom, "identity.mail_from", kWord, Stage::kMail, false, kMailFromWords,
     "Whether MAIL FROM belongs to the login; unknown without a login or tables to look in"},
    {kIdentityHeaderFrom, "identity.header_from", kWord, Stage::kHeaders, false, kHeaderFromWords,
     "Whether every author in From belongs to the login; the worst of them counts"},
    {kIdentitySender, "identity.sender", kWord, Stage::kHeaders, false, kSenderWords,
     "The same for the Sender field; unknown where there is none"},
    {kLoginMessages, "login.messages", kNumber, Stage::kEndOfMessage, false, kNoWords,
     "Messages of this login within the last hour, this one included"},
    {kLoginRecipients, "login.recipients", kNumber, Stage::kEndOfMessage, false, kNoWords,
     "Recipients of these messages"},
    {kLoginAuthors, "login.authors", kNumber, Stage::kEndOfMessage, false, kNoWords,
     "Distinct addresses in From of these messages, counted up to 100"},
    {kLimitFields, "limit.fields", kFlag, Stage::kHeaders, false, kNoWords,
     "More header fields or bytes than are looked at"},
    {kLimitBody, "limit.body", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "Not all of the body was kept for rules; signatures cover all of it"},
    {kLimitMemory, "limit.memory", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "All messages in flight held too much memory: rules did not see this body"},
    {kLimitMimeParts, "limit.mime_parts", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "More MIME parts than are looked at"},
    {kLimitMimeDepth, "limit.mime_depth", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "MIME parts nested deeper than is looked at"},
    {kLimitText, "limit.text", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "More decoded text than is looked at"},
    {kLimitLinks, "limit.links", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "More links than are looked at"},
    {kLimitArchive, "limit.archive", kFlag, Stage::kEndOfMessage, true, kNoWords,
     "An archive could not be listed in full"},
    {kLimitDns, "limit.dns", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "An SPF evaluation needed more DNS questions than one may ask"},
    {kLimitDeadline, "limit.deadline", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "DNS answers were still missing at the deadline and counted as time-outs"},
    {kLimitSpfPasses, "limit.spf_passes", kFlag, Stage::kMail, false, kNoWords,
     "SPF was given up after too many rounds of questions"},
    {kLimitDkimSignatures, "limit.dkim_signatures", kFlag, Stage::kHeaders, false, kNoWords,
     "More DKIM signatures than are evaluated"},
    {kLimitDkimSize, "limit.dkim_size", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "More or longer signed header fields or a longer signature than DKIM looks at: the "
     "signatures concerned do not count"},
    {kLimitArc, "limit.arc", kFlag, Stage::kHeaders, false, kNoWords,
     "More or longer ARC fields than are evaluated; the chain counts as failed"},
    {kLimitLists, "limit.lists", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "More addresses and names than DNS lists are asked about: the lists concerned are unknown "
     "unless they list what was asked"},
    {kLimitRules, "limit.rules", kFlag, Stage::kEndOfMessage, false, kNoWords,
     "Some rule could not be evaluated within its limits"},
}};

constexpr bool TableIsInOrder() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].id != static_cast<Id>(i)) return false;
  }
  return true;
}
static_assert(TableIsInOrder(), "facts stand in the order of enum Id");

[[maybe_unused]] bool HasTypeOf(const Value& value, const Info& info) {
  switch (info.type) {
    case kFlag:
      return std::holds_alternative<bool>(value);
    case kNumber:
      return std::holds_alternative<double>(value);
    case kWord:
      return std::holds_alternative<std::string>(value) &&
             std::ranges::find(info.words, std::get<std::string>(value)) != info.words.end();
    case kText:
      return std::holds_alternative<std::string>(value);
    case kTexts:
      return std::holds_alternative<std::vector<std::string>>(value);
    case kAddress:
      return std::holds_alternative<IpAddress>(value);
  }
  return false;
}

}  // namespace

std::span<const Info> Table() { return kTable; }

const Info& Describe(Id id) { return kTable[static_cast<std::size_t>(id)]; }

const Info* FindByName(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &Info::name);
  return found == kTable.end() ? nullptr : &*found;
}

void FactSet::Set(Id id, Value value) {
  assert(HasTypeOf(value, Describe(id)));
  values_[static_cast<std::size_t>(id)] = std::move(value);
}

std::string Print(const Value& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return "unknown"; }
    std::string operator()(bool flag) const { return flag ? "yes" : "no"; }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<std::string>& texts) const {
      return Join(texts, ", ");
    }
    std::string operator()(const IpAddress& address) const { return address.ToString(); }
  };
  return std::visit(Printer{}, value);
}

}  // namespace assay::facts
