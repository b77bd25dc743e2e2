// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_signature.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "lib/auth/dkim_base64.h"
#include "lib/base/domain_list.h"
#include "lib/base/text.h"
#include "lib/mail/address.h"

namespace assay::auth {
namespace {

constexpr std::size_t kMaxAuidBytes = 250;  // i=: libopendkim decodes it into 256 bytes
constexpr std::size_t kMaxSignedFieldsBytes =
    4000;                                   // h=: libopendkim cuts it at 4095 and would sign less
constexpr std::size_t kMaxNameBytes = 253;  // of a DNS name in text form
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxTimeDigits = 12;  // RFC 6376, 3.5: t= and x= are 1*12DIGIT
constexpr std::uint64_t kMaxBodyLength = std::uint64_t{1} << 62U;  // libopendkim counts in ssize_t
constexpr std::uint64_t kClockDrift = 300;                         // seconds that clocks may differ
constexpr std::string_view kKeyZone = "._domainkey.";

using Problem = std::optional<DkimProblem>;

Problem PermError(std::string reason) {
  return DkimProblem{DkimResult::kPermError, std::move(reason)};
}
Problem Neutral(std::string reason) { return DkimProblem{DkimResult::kNeutral, std::move(reason)}; }

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return IsAsciiAlnum(c) || c == '-' || c == '_'; });
}

// Labels of letters, digits, hyphens and, as in real life, underscores. No trailing dot.
bool IsLabels(std::string_view name, std::size_t min_labels) {
  if (name.size() > kMaxNameBytes) return false;
  const auto labels = Split(name, '.');
  return labels.size() >= min_labels && std::all_of(labels.begin(), labels.end(), IsLabel);
}

// In A-labels; empty when it is not such a name.
std::string ReadName(std::string_view text, std::size_t min_labels) {
  std::string name(text);
  if (!IsAscii(text)) name = mail::NormalizeDomain(text).value_or("");
  return IsLabels(name, min_labels) ? name : "";
}

// RFC 6376, 2.11, for i=: every "=" is followed by two upper-case hexadecimal digits.
std::optional<std::string> DecodeQuotedPrintable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      decoded.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return {};
    const std::size_t high = kDigits.find(text[i + 1]);
    const std::size_t low = kDigits.find(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

// A field name of RFC 5322, without the semicolon that ends h=.
bool IsFieldName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > 0x20 && c < 0x7F && c != ':' && c != ';';
  });
}

// Each reader takes what its tag says into the signature, or says what is wrong with it. Absent
// tags are null.
Problem ReadVersion(const DkimTag* tag, DkimSignature& /*signature*/) {
  if (tag == nullptr) return PermError("no v= tag");
  if (tag->value != "1") return PermError("unknown version " + QuoteForReason(tag->value));
  return {};
}

Problem ReadDomain(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return PermError("no d= tag");
  signature.signing_domain = ToLower(ReadName(tag->value, 2));
  if (signature.signing_domain.empty()) {
    return PermError("d= is not a domain name: " + QuoteForReason(tag->value));
  }
  signature.auid = "@" + signature.signing_domain;
  signature.auid_domain = signature.signing_domain;
  return {};
}

Problem ReadSelector(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return PermError("no s= tag");
  signature.selector = ReadName(tag->value, 1);
  if (signature.selector.empty()) {
    return PermError("s= is not a selector: " + QuoteForReason(tag->value));
  }
  if (signature.KeyQuestion().name.size() > kMaxNameBytes) {
    return PermError("the name of the key is longer than 253 bytes");
  }
  return {};
}

Problem ReadAlgorithm(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return PermError("no a= tag");
  const std::string word = ToLower(tag->value);
  for (const DkimAlgorithm algorithm :
       {DkimAlgorithm::kRsaSha1, DkimAlgorithm::kRsaSha256, DkimAlgorithm::kEd25519Sha256}) {
    if (word != ToWord(algorithm)) continue;
    signature.algorithm = algorithm;
    signature.algorithm_word = word;
    return {};
  }
  return PermError("unknown algorithm " + QuoteForReason(tag->value));
}

Problem ReadSignature(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return PermError("no b= tag");
  signature.signature = WithoutFoldingSpace(tag->value);
  const auto bytes = DecodeBase64(signature.signature, Base64Padding::kOptional);
  if (!bytes || bytes->empty()) return PermError("b= is not base64");
  return {};
}

Problem ReadBodyHash(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return PermError("no bh= tag");
  const auto hash = DecodeBase64(WithoutFoldingSpace(tag->value), Base64Padding::kRequired);
  if (!hash) return PermError("bh= is not padded base64");
  const std::size_t wanted = signature.algorithm == DkimAlgorithm::kRsaSha1 ? 20 : 32;
  if (hash->size() != wanted) return PermError("bh= has the wrong length");
  signature.body_hash = *hash;
  return {};
}

Problem ReadSignedFields(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return PermError("no h= tag");
  if (WithoutFoldingSpace(tag->value).size() > kMaxSignedFieldsBytes) {
    signature.too_long = true;
    return Neutral("h= is longer than 4000 bytes");
  }
  for (const std::string_view name : SplitColons(tag->value)) {
    if (!IsFieldName(name)) return PermError("h= holds no field name: " + QuoteForReason(name));
    signature.signed_fields.push_back(ToLower(name));
  }
  // RFC 6376, 5.4: the From field MUST be signed.
  if (!signature.Covers("from")) return PermError("h= does not name From");
  return {};
}

Problem ReadCanonicalization(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return {};
  constexpr std::array<std::string_view, 6> kKnown = {
      "simple", "relaxed", "simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"};
  const std::string word = ToLower(tag->value);
  signature.relaxed_header = word.starts_with("relaxed");
  signature.relaxed_body = word.ends_with("/relaxed");
  if (std::find(kKnown.begin(), kKnown.end(), word) != kKnown.end()) return {};
  return PermError("unknown canonicalization " + QuoteForReason(tag->value));
}

// RFC 6376, 3.5: methods that are not known are ignored; with none left the key cannot be found.
Problem ReadQueryMethods(const DkimTag* tag, DkimSignature& /*signature*/) {
  if (tag == nullptr) return {};
  const auto methods = SplitColons(tag->value);
  if (std::find(methods.begin(), methods.end(), "dns/txt") != methods.end()) return {};
  return PermError("no known query method in q=");
}

Problem ReadAuid(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return {};
  const std::string text = WithoutFoldingSpace(tag->value);
  if (text.size() > kMaxAuidBytes) return Neutral("i= is longer than 250 bytes");
  const auto auid = DecodeQuotedPrintable(text);
  if (!auid) return PermError("i= is not quoted-printable with upper-case digits");
  const std::size_t at = auid->rfind('@');
  const std::string domain =
      at == std::string::npos ? "" : ToLower(ReadName(std::string_view(*auid).substr(at + 1), 2));
  if (domain.empty()) return PermError("i= has no domain: " + QuoteForReason(*auid));
  if (!IsSameDomainOrBelow(domain, signature.signing_domain)) {
    return PermError("i= is not within d=: " + QuoteForReason(*auid));
  }
  signature.auid = auid->substr(0, at + 1) + domain;
  signature.auid_domain = domain;
  return {};
}

Problem ReadBodyLength(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return {};
  signature.body_length = ParseNumber(tag->value);
  if (!signature.body_length || *signature.body_length > kMaxBodyLength) {
    signature.body_length.reset();
    return PermError("bad l=: " + QuoteForReason(tag->value));
  }
  return {};
}

std::optional<std::uint64_t> ReadTime(std::string_view digits) {
  if (digits.size() > kMaxTimeDigits) return {};
  return ParseNumber(digits);
}

Problem ReadTimestamp(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return {};
  signature.timestamp = ReadTime(tag->value);
  if (!signature.timestamp) return PermError("bad t=: " + QuoteForReason(tag->value));
  return {};
}

Problem ReadExpiration(const DkimTag* tag, DkimSignature& signature) {
  if (tag == nullptr) return {};
  signature.expiration = ReadTime(tag->value);
  if (!signature.expiration) return PermError("bad x=: " + QuoteForReason(tag->value));
  if (signature.timestamp && *signature.expiration <= *signature.timestamp) {
    return PermError("x= is not later than t=");
  }
  return {};
}

struct TagReader {
  std::string_view name;
  Problem (*read)(const DkimTag* tag, DkimSignature& signature);
};

// The order matters twice: i= needs d=, bh= needs a=, x= needs t=; and the first problem is the one
// reported, while all tags are read so that the outcome can name the signature.
constexpr std::array<TagReader, 13> kReaders = {{{"v", ReadVersion},
                                                 {"d", ReadDomain},
                                                 {"s", ReadSelector},
                                                 {"a", ReadAlgorithm},
                                                 {"b", ReadSignature},
                                                 {"bh", ReadBodyHash},
                                                 {"h", ReadSignedFields},
                                                 {"c", ReadCanonicalization},
                                                 {"q", ReadQueryMethods},
                                                 {"i", ReadAuid},
                                                 {"l", ReadBodyLength},
                                                 {"t", ReadTimestamp},
                                                 {"x", ReadExpiration}}};

// Legal fields that libopendkim 2.11 would read differently from RFC 6376.
Problem CheckLibraryLimits(const DkimTagList& tags, DkimSignature& signature) {
  for (const DkimTag& tag : tags.all()) {
    const std::string lower = ToLower(tag.name);
    const bool known = std::any_of(kReaders.begin(), kReaders.end(),
                                   [&lower](const TagReader& r) { return r.name == lower; });
    if (known && lower != tag.name) {
      return PermError("tag " + QuoteForReason(tag.name) + " in upper case");
    }
    // It cuts the b= value by the character before "=".
    if (tag.name == "b" ? tag.space_before_equals : !known && tag.name.back() == 'b') {
      return Neutral("tag " + QuoteForReason(tag.name) + " is not supported in this form");
    }
    if (!IsAscii(tag.value)) {
      const bool may_be_utf8 = tag.name == "d" || tag.name == "s" || tag.name == "i";
      if (!may_be_utf8) return PermError("bytes above 127 in tag " + QuoteForReason(tag.name));
      signature.international = true;
    }
  }
  return {};
}

}  // namespace

std::string_view ToWord(DkimAlgorithm algorithm) {
  switch (algorithm) {
    case DkimAlgorithm::kRsaSha1:
      return "rsa-sha1";
    case DkimAlgorithm::kRsaSha256:
      return "rsa-sha256";
    case DkimAlgorithm::kEd25519Sha256:
      return "ed25519-sha256";
  }
  return "rsa-sha256";
}

dns::Question DkimSignature::KeyQuestion() const {
  return {selector + std::string(kKeyZone) + signing_domain, dns::RrType::kTxt};
}

bool DkimSignature::Covers(std::string_view field_name) const {
  return std::find(signed_fields.begin(), signed_fields.end(), field_name) != signed_fields.end();
}

DkimSignature ParseDkimSignature(std::string_view value) {
  DkimSignature signature;
  if (value.size() > kMaxDkimSignatureBytes) {
    signature.too_long = true;
    signature.problem = Neutral("the field is longer than 16384 bytes");
    return signature;
  }
  const auto tags = DkimTagList::Parse(value, TagBytes::kAny);
  if (!tags) {
    signature.problem = PermError(tags.error());
    return signature;
  }
  for (const TagReader& reader : kReaders) {
    Problem problem = reader.read(tags->Find(reader.name), signature);
    if (problem && !signature.problem) signature.problem = std::move(problem);
  }
  if (!signature.problem) signature.problem = CheckLibraryLimits(*tags, signature);
  return signature;
}

void ReadCommonTags(const DkimTagList& tags, std::span<const std::string_view> names,
                    DkimSignature& signature) {
  for (const TagReader& reader : kReaders) {
    if (std::find(names.begin(), names.end(), reader.name) == names.end()) continue;
    Problem problem = reader.read(tags.Find(reader.name), signature);
    if (problem && !signature.problem) signature.problem = std::move(problem);
  }
}

std::optional<DkimProblem> CheckTimes(const DkimSignature& signature, WallTime now) {
  const auto seconds = now.time_since_epoch().count();
  const std::uint64_t at = seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds);
  if (signature.expiration && at >= *signature.expiration + kClockDrift) {
    return PermError("the signature has expired");
  }
  if (signature.timestamp && *signature.timestamp > at + kClockDrift) {
    return PermError("the signature was made in the future");
  }
  return {};
}

}  // namespace assay::auth
