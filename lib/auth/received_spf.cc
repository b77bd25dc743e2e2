// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/received_spf.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "lib/base/text.h"

namespace assay::auth {
namespace {

constexpr std::size_t kMaxValue =
    255;  // bytes; doubled by quoting it still fits into one line (RFC 5322, 2.1.1)

// RFC 5322, 3.2.3
bool IsAtomText(char c) {
  constexpr std::string_view kSigns = "!#$%&'*+-/=?^_`{|}~";
  return IsAsciiAlnum(c) || kSigns.find(c) != std::string_view::npos;
}

bool IsDotAtom(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return IsAtomText(c) || c == '.'; });
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c >= ' ' && c <= '~' ? c : '?';
  }
  return quoted + '"';
}

void Add(std::string& field, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  value = value.substr(0, kMaxValue);
  field += field.find('=') == std::string::npos ? "\n\t" : ";\n\t";
  field += key;
  field += '=';
  field += IsDotAtom(value) ? std::string(value) : Quoted(value);
}

}  // namespace

std::string WriteReceivedSpf(const SpfCheck& check, const SpfOutcome& outcome,
                             SpfIdentity identity) {
  std::string field = ' ' + std::string(ToWord(outcome.result));
  Add(field, "receiver", check.receiver);
  Add(field, "client-ip", check.client_ip.ToString());
  Add(field, "envelope-from", check.sender);
  Add(field, "helo", check.helo_domain);
  Add(field, "identity", identity == SpfIdentity::kHelo ? "helo" : "mailfrom");
  Add(field, "mechanism", outcome.mechanism);
  Add(field, "problem", outcome.problem);
  return field;
}

}  // namespace assay::auth
