// SPDX-License-Identifier: Apache-2.0
// The header fields of one message, kept until it is known which of them a signature covers:
// libopendkim gets only those.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim.h"

namespace assay::auth {

inline constexpr std::string_view kDkimSignatureName = "dkim-signature";
inline constexpr std::size_t kMaxDkimFields = 1000;  // covered fields fed to libopendkim
inline constexpr std::size_t kMaxStoredFieldBytes = 4U
                                                    << 20U;  // of one message, bookkeeping included

// What libopendkim would canonicalize wrongly.
struct DkimFieldTrouble {
  bool unreadable =
      false;  // NUL in the value, or a tab before the colon: not hashed as the RFC says
  bool odd_space = false;  // CR, LF, VT or FF outside a fold: hashed as if it were a space

  DkimFieldTrouble& operator|=(const DkimFieldTrouble& other);
};

class DkimFieldStore {
 public:
  struct Field {
    std::string name;      // lower case, without white space at its end
    std::string_view raw;  // name as it was, colon, value
    std::size_t colon;     // its place in `raw`
    bool is_signature;     // one of the first kMaxDkimSignatures DKIM-Signature fields

    [[nodiscard]] std::string_view value() const { return raw.substr(colon + 1); }
  };

  // Copies the field. Beyond the limits it is dropped and cut() says so; the DKIM-Signature fields
  // that are to be evaluated always fit.
  void Add(std::string_view name, std::string_view value);

  // In order. Valid until the next Add().
  [[nodiscard]] std::vector<Field> Fields() const;
  [[nodiscard]] bool has_signatures() const { return signatures_ > 0; }
  [[nodiscard]] bool signatures_cut() const { return signatures_cut_; }
  [[nodiscard]] bool cut() const { return cut_; }

 private:
  struct Entry {
    std::size_t begin;
    std::size_t colon;  // from begin
    std::size_t size;
    bool is_signature;
  };

  std::string text_;
  std::vector<Entry> entries_;
  std::size_t signatures_ = 0;
  bool signatures_cut_ = false;
  bool cut_ = false;
};

// The field as it stood in the message, without its final CRLF: every fold is CRLF.
[[nodiscard]] std::string ToMessageForm(std::string_view raw_field);

[[nodiscard]] DkimFieldTrouble FindTrouble(const DkimFieldStore::Field& field);

}  // namespace assay::auth
