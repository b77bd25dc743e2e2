// SPDX-License-Identifier: Apache-2.0
// The one table of facts: what rules can ask about, when it is known, what it means. Rules, `assay
// scan`, the man page and the tests all read this table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/action.h"
#include "lib/base/ip_address.h"

namespace assay::facts {

enum class Type {
  kFlag,     // yes or no
  kNumber,   // compared with < <= > >= is
  kWord,     // one of a fixed set of words
  kText,     // one text; absent is unknown
  kTexts,    // any number of texts; none is not unknown
  kAddress,  // an IP address
};

// One entry per fact, in the order of the table in fact.cc.
enum class Id : std::uint8_t {
  kClientIp,
  kClientName,
  kClientRegistrable,
  kClientDaemon,
  kClientSource,
  kHelo,
  kLogin,
  kProfile,
  kMailFrom,
  kMailFromLocal,
  kMailFromDomain,
  kMailFromRegistrable,
  kMailFromNull,
  kRcptTo,
  kRcptToDomain,
  kRcptToCount,
  kHeader,
  kHeaderOrder,
  kMimeHeader,
  kSubject,
  kSubjectScript,
  kSubjectMixedWords,
  kSubjectStyled,
  kSubjectInvisible,
  kHeaderFrom,
  kHeaderFromDomain,
  kHeaderFromRegistrable,
  kHeaderFromName,
  kHeaderFromScript,
  kHeaderFromMixedWords,
  kHeaderFromStyled,
  kHeaderFromCount,
  kHeaderFromFields,
  kHeaderFromProblem,
  kReplyToDomain,
  kReplyToRegistrable,
  kMessageIdRegistrable,
  kUnsubscribeRegistrable,
  kReceivedCount,
  kRecipientsCount,
  kDateInvalid,
  kDateSkew,
  kHeaderEightBit,
  kMessageSize,
  kMessageFields,
  kBody,
  kRawBody,
  kFull,
  kBodyLength,
  kBodyWords,
  kBodyScript,
  kBodyMixedWords,
  kBodyStyled,
  kBodyInvisible,
  kBodySoftHyphens,
  kBodyBidi,
  kBodySplitWords,
  kHtmlOnly,
  kHtmlLength,
  kHtmlTextShare,
  kHtmlHidden,
  kHtmlHiddenLength,
  kHtmlOverlap,
  kHtmlForm,
  kHtmlPassword,
  kHtmlScript,
  kHtmlFrame,
  kHtmlObject,
  kHtmlRefresh,
  kHtmlBase,
  kContentType,
  kMimeStructure,
  kMimeCharset,
  kMimeEncoding,
  kAttachmentName,
  kAttachmentCount,
  kAttachmentType,
  kAttachmentExtension,
  kAttachmentMismatch,
  kAttachmentDisguisedName,
  kAttachmentMacros,
  kAttachmentEncrypted,
  kArchiveName,
  kArchiveExtension,
  kMimeMalformed,
  kLink,
  kLinkHost,
  kLinkDomain,
  kLinkText,
  kLinkShownDomain,
  kLinkForm,
  kLinkAddress,
  kLinkScheme,
  kLinkCount,
  kLinkMismatch,
  kLinkPunycode,
  kLinkNumericHost,
  kLinkDisguisedHost,
  kLinkUserinfo,
  kLinkPort,
  kLinkNested,
  kImageHost,
  kImageRemote,
  kImageTiny,
  kImageEmbedded,
  kSpfMailFrom,
  kSpfHelo,
  kDkim,
  kDkimDomain,
  kDkimSignatures,
  kDkimAligned,
  kDmarc,
  kDmarcPolicy,
  kArcResult,
  kArcSets,
  kArcSealers,
  kArcOldestPass,
  kArcTrusted,
  kListTrusted,
  kIdentityLocalClaim,
  kIdentityMailFrom,
  kIdentityHeaderFrom,
  kIdentitySender,
  kLoginMessages,
  kLoginRecipients,
  kLoginAuthors,
  kLimitFields,
  kLimitBody,
  kLimitMemory,
  kLimitMimeParts,
  kLimitMimeDepth,
  kLimitText,
  kLimitLinks,
  kLimitArchive,
  kLimitDns,
  kLimitDeadline,
  kLimitSpfPasses,
  kLimitDkimSignatures,
  kLimitDkimSize,
  kLimitArc,
  kLimitLists,
  kLimitRules,
  kCount,
};
inline constexpr std::size_t kFactCount = static_cast<std::size_t>(Id::kCount);

struct Info {
  Id id;
  std::string_view name;  // as rules write it: "spf.mail_from"; kHeader is written header["Name"]
  Type type;
  Stage stage;      // when it is known at the earliest
  bool from_views;  // read from mail::Views while rules run, never stored in a FactSet
  std::span<const std::string_view> words;  // for kWord
  std::string_view meaning;                 // one sentence for the manual
};

// All facts, index = Id.
[[nodiscard]] std::span<const Info> Table();
[[nodiscard]] const Info& Describe(Id id);
// Null when there is no fact of that name.
[[nodiscard]] const Info* FindByName(std::string_view name);

// std::monostate: unknown, because it is pending, absent or could not be found out.
using Value =
    std::variant<std::monostate, bool, double, std::string, std::vector<std::string>, IpAddress>;

// What is known about one transaction. Everything is unknown at first. A plain value.
class FactSet {
 public:
  // `value` must have the type of the fact (asserted).
  void Set(Id id, Value value);
  void Forget(Id id) { values_[static_cast<std::size_t>(id)] = std::monostate(); }
  [[nodiscard]] const Value& Get(Id id) const { return values_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool Known(Id id) const { return Get(id).index() != 0; }

 private:
  std::array<Value, kFactCount> values_;
};

// The value for a person: texts joined with ", ", "unknown" where it is. Not escaped.
[[nodiscard]] std::string Print(const Value& value);

}  // namespace assay::facts
