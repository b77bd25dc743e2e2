// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dmarc_record.h"

#include <algorithm>
#include <map>
#include <string>

#include "lib/base/text.h"

namespace assay::auth {

namespace {

// WSP of the ABNF: a DNS string may hold line ends, but they separate nothing.
std::string_view TrimWsp(std::string_view text) {
  const auto is_wsp = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_wsp(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_wsp(text.back())) text.remove_suffix(1);
  return text;
}

struct Tag {
  std::string_view name;
  std::string_view value;
};

std::optional<Tag> SplitTag(std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) return {};
  return Tag{TrimWsp(part.substr(0, equals)), TrimWsp(part.substr(equals + 1))};
}

std::optional<DmarcPolicy> ParsePolicy(std::string_view value) {
  for (const DmarcPolicy policy :
       {DmarcPolicy::kNone, DmarcPolicy::kQuarantine, DmarcPolicy::kReject}) {
    if (EqualsIgnoreCase(value, ToWord(policy))) return policy;
  }
  return {};
}

// RFC 3986: a scheme, a colon and something after it; for mailto: an address.
bool IsReportingUri(std::string_view uri) {
  static constexpr std::string_view kUriSymbols =
      "-._~:/?#[]@$&'()*+;=%!";  // "!": the size limit of RFC 7489
  const auto is_uri = [](char c) {
    return IsAsciiAlnum(c) || kUriSymbols.find(c) != std::string_view::npos;
  };
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0 || !IsAsciiAlpha(uri.front())) return false;
  const std::string_view scheme = uri.substr(0, colon);
  const std::string_view rest = uri.substr(colon + 1);
  const auto is_scheme = [](char c) { return IsAsciiAlnum(c) || c == '+' || c == '-' || c == '.'; };
  if (rest.empty() || !std::ranges::all_of(scheme, is_scheme)) return false;
  if (!std::ranges::all_of(rest, is_uri)) return false;
  if (!EqualsIgnoreCase(scheme, "mailto")) return true;
  const std::size_t at = rest.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < rest.size();
}

bool HasReportingUri(std::string_view value) {
  const auto uris = Split(value, ',');
  return std::ranges::any_of(uris,
                             [](std::string_view uri) { return IsReportingUri(TrimWsp(uri)); });
}

// Tags by lower-case name; of a repeated one the first.
using Tags = std::map<std::string, std::string_view>;

std::string_view Value(const Tags& tags, const char* name) {
  const auto found = tags.find(name);
  return found == tags.end() ? std::string_view() : found->second;
}

bool Is(const Tags& tags, const char* name, std::string_view word) {
  return EqualsIgnoreCase(Value(tags, name), word);
}

// RFC 9989, 4.10.1.
void ReadPolicies(const Tags& tags, DmarcRecord& record) {
  const auto p = ParsePolicy(Value(tags, "p"));
  const auto sp = ParsePolicy(Value(tags, "sp"));
  const auto np = ParsePolicy(Value(tags, "np"));
  const bool valid = p && (sp || !tags.contains("sp")) && (np || !tags.contains("np"));
  if (!valid) {
    record.applies = HasReportingUri(Value(tags, "rua"));
    return;
  }
  record.p = *p;
  record.sp = sp;
  record.np = np;
}

}  // namespace

std::optional<DmarcRecord> ParseDmarcRecord(std::string_view text) {
  // The version first, and before anything is allocated: most TXT records are something else.
  const std::size_t end = text.find(';');
  const auto version = SplitTag(text.substr(0, end));
  if (text.empty() || AsciiLower(text.front()) != 'v' || !version || version->name.size() != 1 ||
      version->value != "DMARC1") {
    return {};
  }
  Tags tags;
  if (end != std::string_view::npos) {
    for (const std::string_view part : Split(text.substr(end + 1), ';')) {
      const auto tag = SplitTag(part);
      if (tag && !tag->name.empty()) tags.emplace(ToLower(tag->name), tag->value);
    }
  }
  DmarcRecord record;
  ReadPolicies(tags, record);
  record.strict_dkim = Is(tags, "adkim", "s");
  record.strict_spf = Is(tags, "aspf", "s");
  record.test_mode = Is(tags, "t", "y");
  if (Is(tags, "psd", "y")) record.psd = DmarcPsd::kYes;
  if (Is(tags, "psd", "n")) record.psd = DmarcPsd::kNo;
  return record;
}

}  // namespace assay::auth
