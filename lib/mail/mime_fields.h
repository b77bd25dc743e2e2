// SPDX-License-Identifier: Apache-2.0
// Content-Type and Content-Disposition (RFC 2045, 2183) with their parameters (RFC 2231), read as
// mail readers do: missing semicolons, stray comments and unbalanced quotes still give what can be
// made out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mail {

// Of one such field; the rest is not looked at.
inline constexpr std::size_t kMaxFieldBytes = std::size_t{16} * 1024;
inline constexpr std::size_t kMaxParameters = 200;  // of one field, with all sections of RFC 2231

// The value without its line ends (RFC 5322, 2.2.3); the white space that follows them stays.
[[nodiscard]] std::string Unfold(std::string_view value);

// Comments (RFC 5322, 3.2.2), nested ones too, become a space; quoted strings stay.
[[nodiscard]] std::string WithoutComments(std::string_view value);

struct ParameterValue {
  std::string
      bytes;  // quotes, backslashes and percent encoding resolved; in no particular character set
  std::string charset;  // as RFC 2231 says it, else empty
};

class Parameters {
 public:
  // Reads `; name=value …`. Sets *malformed on unbalanced quotes, duplicates and more than
  // kMaxParameters.
  static Parameters Parse(std::string_view text, bool* malformed);

  // `name` in lower case. The form name*= goes before the sections name*0=, name*1= …, and these
  // before name=; of duplicates the first counts. Sections are put together by number, gaps are
  // ignored.
  [[nodiscard]] std::optional<ParameterValue> Find(std::string_view name) const;
  // All values that mail programs may take for that of `name`, which do not agree where it stands
  // in several forms: what Find() says first, then each other one once. Without character sets.
  [[nodiscard]] std::vector<std::string> FindAll(std::string_view name) const;

 private:
  struct Entry {
    std::string name;  // lower case, without section and asterisks
    std::optional<unsigned> section;
    bool extended = false;  // percent-encoded
    std::string value;
    bool operator==(const Entry&) const = default;
  };
  static Entry MakeEntry(std::string_view name, std::string value);
  [[nodiscard]] bool Has(const Entry& entry) const;
  [[nodiscard]] static ParameterValue Decode(const std::vector<const Entry*>& sections);

  std::vector<Entry> entries_;
};

struct MimeField {
  std::string value;  // "text/html", "attachment": lower case; empty when it is not of that form
  Parameters parameters;
  bool malformed = false;
};

// Nothing readable (RFC 2045, 5.2 makes that text/plain) leaves the value empty. A multipart
// without a subtype is multipart/mixed, as RFC 2046, 5.1.3, has it for subtypes that nobody knows.
[[nodiscard]] MimeField ParseContentType(std::string_view value);
[[nodiscard]] MimeField ParseContentDisposition(std::string_view value);

}  // namespace assay::mail
