// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/socketmap.h"

#include <fmt/format.h>

#include "lib/base/text.h"

namespace assay::identity {
namespace {

constexpr std::size_t kMaxDigits = 6;  // of 100000

}  // namespace

std::string WriteNetstring(std::string_view payload) {
  return fmt::format("{}:{},", payload.size(), payload);
}

Netstring ReadNetstring(std::string_view bytes) {
  const Netstring malformed{Netstring::State::kMalformed, {}, 0};
  std::size_t digits = 0;
  while (digits < bytes.size() && IsAsciiDigit(bytes[digits])) ++digits;
  if (digits > kMaxDigits) return malformed;
  if (digits == bytes.size()) return {};
  if (bytes[digits] != ':' || digits == 0 || (digits > 1 && bytes.front() == '0')) return malformed;
  const std::size_t size = *ParseNumber(bytes.substr(0, digits));
  if (size > kMaxSocketMapReply) return malformed;
  const std::string_view rest = bytes.substr(digits + 1);
  if (rest.size() <= size) return {};
  if (rest[size] != ',') return malformed;
  return {Netstring::State::kComplete, rest.substr(0, size), digits + 1 + size + 1};
}

Result<std::optional<std::string>> ReadSocketMapReply(std::string_view payload) {
  const std::size_t space = payload.find(' ');
  const std::string_view status = payload.substr(0, space);
  const std::string_view text = space == std::string_view::npos ? "" : payload.substr(space + 1);
  if (status == "OK") return std::optional<std::string>(text);
  if (status == "NOTFOUND") return std::optional<std::string>();
  if (status == "TEMP" || status == "TIMEOUT" || status == "PERM") {
    return Temporary(fmt::format("the server says {} {}", status, EscapeForLog(text, 128)));
  }
  return Temporary("the server gives no answer of the socketmap protocol");
}

}  // namespace assay::identity
