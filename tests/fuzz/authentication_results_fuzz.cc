// SPDX-License-Identifier: Apache-2.0
// What we write is one field of ours, whatever stands in it; what is read has no effect but an
// answer.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/authentication_results.h"
#include "lib/base/text.h"
#include "lib/mail/charset.h"

namespace {

using namespace assay::auth;

void Require(bool holds) {
  if (!holds) std::abort();
}

// Each line of the input is one text of the method.
MethodResult MethodOf(std::string_view text) {
  const auto lines = assay::Split(text, '\x1e');
  const auto line = [&lines](std::size_t i) { return std::string(lines[i % lines.size()]); };
  return {line(0),
          line(1),
          line(2),
          line(3),
          {{"smtp.mailfrom", line(4)}, {line(5), std::string(text)}}};
}

void CheckField(const std::string& field, bool utf8) {
  Require(field.starts_with(' ') && !field.ends_with(';'));
  const auto lines = assay::Split(field, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // A fold, never an empty line or one that could be read as a new field.
    Require(i == 0 || (lines[i].starts_with('\t') && lines[i].size() > 1));
    Require(lines[i].size() < 998);
    Require(std::none_of(lines[i].begin() + (i == 0 ? 0 : 1), lines[i].end(), [utf8](char c) {
      return (c >= '\0' && c < ' ') || c == '\x7f' ||
             (!utf8 && static_cast<unsigned char>(c) >= 0x80);
    }));
  }
  Require(assay::mail::IsValidUtf8(field));
}

// A configured id: printable ASCII, not only spaces.
std::string IdOf(std::string_view text) {
  std::string id(text.substr(0, 60));
  std::erase_if(id, [](char c) { return c < ' ' || c > '~'; });
  return assay::Trim(id).empty() ? "mx.example.com" : id;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string id = IdOf(text);
  const bool utf8 = size % 2 == 0;
  const std::vector<MethodResult> methods(size % 3, MethodOf(text));
  const std::string field = WriteAuthenticationResults(id, methods, utf8);
  CheckField(field, utf8);
  Require(ClaimsAuthservId(field, id));
  CheckField(WriteAuthenticationResults(text, {}, utf8), utf8);
  // Case, and comments in front, make no difference.
  const bool claims = ClaimsAuthservId(text, "mx.example.com");
  Require(ClaimsAuthservId("(a (b) \\) ;)\n " + std::string(text), "MX.EXAMPLE.COM") == claims);
  Require(ClaimsAuthservId("mx.example.com; " + std::string(text), "mx.example.com"));
  return 0;
}
