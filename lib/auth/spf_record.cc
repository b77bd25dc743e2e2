// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf_record.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "lib/base/text.h"

namespace assay::auth::spf {
namespace {

constexpr std::string_view kVersion = "v=spf1";
constexpr std::size_t kQuotedTerm = 80;  // bytes of a term that a problem text shows

constexpr std::size_t kUsualTerms = 64;  // room made at once; a hostile record has 30,000 terms

struct MechanismName {
  std::string_view name;
  Mechanism mechanism;
};
constexpr std::array<MechanismName, 8> kMechanisms = {{{"all", Mechanism::kAll},
                                                       {"include", Mechanism::kInclude},
                                                       {"a", Mechanism::kA},
                                                       {"mx", Mechanism::kMx},
                                                       {"ptr", Mechanism::kPtr},
                                                       {"ip4", Mechanism::kIp4},
                                                       {"ip6", Mechanism::kIp6},
                                                       {"exists", Mechanism::kExists}}};

tl::unexpected<Error> Bad(std::string_view term, std::string_view why) {
  std::string what = "\"";
  what += EscapeForLog(term, kQuotedTerm);
  what += "\": ";
  what += why;
  return Permanent(std::move(what));
}

// The first of the signs that end a name, or the end.
std::size_t FindSign(std::string_view term) {
  const auto sign =
      std::ranges::find_if(term, [](char c) { return c == '=' || c == ':' || c == '/'; });
  return static_cast<std::size_t>(sign - term.begin());
}

// ip4-cidr-length and ip6-cidr-length: no leading zeros.
std::optional<int> ParsePrefix(std::string_view digits, int max) {
  if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits.front() == '0'))
    return {};
  const auto number = ParseNumber(digits);
  if (!number || *number > static_cast<std::uint64_t>(max)) return {};
  return static_cast<int>(*number);
}

// Takes "/24" (slashes 1) or "//64" (slashes 2) off the end of `text`; the digits, or nothing when
// it ends otherwise.
std::optional<std::string_view> TakePrefix(std::string_view& text, std::size_t slashes) {
  std::size_t begin = text.size();
  while (begin > 0 && IsAsciiDigit(text[begin - 1])) --begin;
  std::size_t found = 0;
  while (found < slashes && begin > found && text[begin - found - 1] == '/') ++found;
  if (begin == text.size() || found < slashes) return {};
  const std::string_view digits = text.substr(begin);
  text = text.substr(0, begin - slashes);
  return digits;
}

Result<void> TakeDualCidr(std::string_view& rest, Directive& directive) {
  if (const auto digits = TakePrefix(rest, 2)) {
    const auto prefix = ParsePrefix(*digits, 128);
    if (!prefix) return Bad(directive.text, "IPv6 prefix length is not 0 to 128");
    directive.prefix_v6 = *prefix;
  }
  if (const auto digits = TakePrefix(rest, 1)) {
    const auto prefix = ParsePrefix(*digits, 32);
    if (!prefix) return Bad(directive.text, "IPv4 prefix length is not 0 to 32");
    directive.prefix_v4 = *prefix;
  }
  return {};
}

Result<void> ParseDomain(std::string_view rest, bool required, Directive& directive) {
  if (rest.empty() && !required) return {};
  if (!rest.starts_with(':')) {
    return Bad(directive.text, required ? "needs a domain" : "malformed");
  }
  auto domain = ParseDomainSpec(rest.substr(1));
  if (!domain) return Bad(directive.text, domain.error().what);
  directive.domain = std::move(*domain);
  return {};
}

Result<void> ParseIp4(std::string_view network, Directive& directive) {
  const std::size_t slash = network.find('/');
  const std::string_view literal = network.substr(0, slash);
  const auto address = IpAddress::Parse(literal);
  if (!address || literal.find(':') != std::string_view::npos) {
    return Bad(directive.text, "not an IPv4 network");
  }
  const auto prefix = slash == std::string_view::npos ? std::optional(32)
                                                      : ParsePrefix(network.substr(slash + 1), 32);
  if (!prefix) return Bad(directive.text, "IPv4 prefix length is not 0 to 32");
  directive.network = IpNetwork(*address, *prefix);
  return {};
}

Result<void> ParseIp6(std::string_view network, Directive& directive) {
  const std::size_t slash = network.find('/');
  const std::string literal(network.substr(0, slash));
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, literal.c_str(), bytes.data()) != 1) {
    return Bad(directive.text, "not an IPv6 network");
  }
  const auto prefix = slash == std::string_view::npos ? std::optional(128)
                                                      : ParsePrefix(network.substr(slash + 1), 128);
  if (!prefix) return Bad(directive.text, "IPv6 prefix length is not 0 to 128");
  // Host bits go first: a shorter prefix than /96 makes an IPv6 network of what looks IPv4-mapped.
  for (int i = *prefix / 8; i < 16; ++i) {
    const int kept = std::max(0, *prefix - i * 8);  // bits of this byte, below 8
    bytes[static_cast<std::size_t>(i)] &=
        static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(kept));
  }
  const IpAddress address = IpAddress::V6(bytes);
  if (!address.is_v4()) directive.network = IpNetwork(address, *prefix);
  return {};
}

Result<void> ParseArguments(std::string_view rest, Directive& directive) {
  switch (directive.mechanism) {
    case Mechanism::kAll:
      if (!rest.empty()) return Bad(directive.text, "all takes no argument");
      return {};
    case Mechanism::kInclude:
    case Mechanism::kExists:
      return ParseDomain(rest, true, directive);
    case Mechanism::kPtr:
      return ParseDomain(rest, false, directive);
    case Mechanism::kA:
    case Mechanism::kMx: {
      auto taken = TakeDualCidr(rest, directive);
      return taken ? ParseDomain(rest, false, directive) : taken;
    }
    case Mechanism::kIp4:
    case Mechanism::kIp6:
      break;
  }
  if (!rest.starts_with(':')) return Bad(directive.text, "needs a network");
  rest.remove_prefix(1);
  return directive.mechanism == Mechanism::kIp4 ? ParseIp4(rest, directive)
                                                : ParseIp6(rest, directive);
}

Result<Directive> ParseDirective(std::string_view term) {
  Directive directive{.text = term};
  std::string_view rest = term;
  if (const std::size_t sign = kQualifiers.find(term.front()); sign != std::string_view::npos) {
    directive.qualifier = static_cast<Qualifier>(sign);
    rest.remove_prefix(1);
  }
  const std::string_view name = rest.substr(0, FindSign(rest));
  const auto known = std::ranges::find_if(
      kMechanisms, [name](const MechanismName& m) { return EqualsIgnoreCase(m.name, name); });
  if (known == kMechanisms.end()) return Bad(term, "unknown mechanism");
  directive.mechanism = known->mechanism;
  auto parsed = ParseArguments(rest.substr(name.size()), directive);
  if (!parsed) return tl::unexpected(parsed.error());
  return directive;
}

bool IsModifierName(std::string_view name) {
  return !name.empty() && IsAsciiAlpha(name.front()) && std::ranges::all_of(name, [](char c) {
    return IsAsciiAlnum(c) || c == '-' || c == '_' || c == '.';
  });
}

Result<void> ParseModifier(std::string_view term, std::size_t equals, Record& record) {
  const std::string_view name = term.substr(0, equals);
  const std::string_view value = term.substr(equals + 1);
  if (!IsModifierName(name)) return Bad(term, "not a modifier");
  const bool redirect = EqualsIgnoreCase(name, "redirect");
  if (!redirect && !EqualsIgnoreCase(name, "exp")) {
    auto ignored = ParseMacroString(value, MacroUse::kModifier);
    if (!ignored) return Bad(term, ignored.error().what);
    return {};
  }
  std::optional<MacroString>& place = redirect ? record.redirect : record.explanation;
  if (place) return Bad(term, "stands twice in the record");  // RFC 7208, 6
  auto domain = ParseDomainSpec(value);
  if (!domain) return Bad(term, domain.error().what);
  place = std::move(*domain);
  if (redirect) record.redirect_text = term;
  return {};
}

class RecordParser {
 public:
  explicit RecordParser(std::size_t terms) {
    record_.directives.reserve(std::min(terms, kUsualTerms));
  }
  Result<void> Add(std::string_view term) {
    // 4.6.1: "=" before any ":" or "/" makes a modifier.
    const std::size_t sign = FindSign(term);
    if (sign < term.size() && term[sign] == '=') {
      return ParseModifier(term, sign, record_);
    }
    auto directive = ParseDirective(term);
    if (!directive) return tl::unexpected(directive.error());
    if (complete_) return {};
    if (directive->asks_dns()) ++dns_terms_;
    complete_ = directive->mechanism == Mechanism::kAll || dns_terms_ > kMaxDnsTerms;
    record_.directives.push_back(std::move(*directive));
    return {};
  }
  Record Take() { return std::move(record_); }

 private:
  Record record_;
  std::size_t dns_terms_ = 0;
  bool complete_ = false;  // nothing that follows can be reached
};

bool IsSpfRecord(std::string_view text) {
  return StartsWithIgnoreCase(text, kVersion) &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

std::string ToString(const Directive& directive) {
  std::string text(1, kQualifiers[static_cast<std::size_t>(directive.qualifier)]);
  text += kMechanisms[static_cast<std::size_t>(directive.mechanism)].name;
  if (directive.domain) text += ':' + ToString(*directive.domain);
  if (directive.network) text += ':' + directive.network->ToString();
  if (!directive.network && directive.mechanism == Mechanism::kIp6) text += ":::ffff:0.0.0.0/128";
  if (directive.prefix_v4 != 32) text += '/' + std::to_string(directive.prefix_v4);
  if (directive.prefix_v6 != 128) text += "//" + std::to_string(directive.prefix_v6);
  return text;
}

}  // namespace

Result<Record> ParseRecord(std::string_view text) {
  if (!IsSpfRecord(text)) return Permanent("not an SPF record");
  // 3.1: 7-bit, and terms are separated by spaces only.
  if (!std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) {
    return Permanent("the record is not printable ASCII");
  }
  const auto terms = Split(text.substr(kVersion.size()), ' ');
  RecordParser parser(terms.size());
  for (const std::string_view term : terms) {
    if (term.empty()) continue;
    auto added = parser.Add(term);
    if (!added) return tl::unexpected(added.error());
  }
  return parser.Take();
}

std::string ToString(const Record& record) {
  std::string text(kVersion);
  for (const Directive& directive : record.directives) text += ' ' + ToString(directive);
  if (record.redirect) text += " redirect=" + ToString(*record.redirect);
  if (record.explanation) text += " exp=" + ToString(*record.explanation);
  return text;
}

Selection SelectRecord(const dns::Answer& answer) {
  if (dns::IsTemporary(answer.status)) return {.kind = Selection::Kind::kTemporary};
  Selection selection;
  for (const std::string& text : answer.texts) {
    if (!IsSpfRecord(text)) continue;
    if (selection.kind == Selection::Kind::kRecord) return {.kind = Selection::Kind::kSeveral};
    selection = {.kind = Selection::Kind::kRecord, .text = text};
  }
  return selection;
}

}  // namespace assay::auth::spf
