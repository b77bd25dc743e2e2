// SPDX-License-Identifier: Apache-2.0
// The tag=value lists of DKIM-Signature fields and key records (RFC 6376, 3.2), parsed strictly:
// what the grammar does not allow, or what libopendkim would read differently from us, is refused.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "lib/auth/dkim.h"

namespace assay::auth {

// Why a signature or a key gives no pass: the result that follows and one line for the reason.
struct DkimProblem {
  DkimResult result = DkimResult::kPermError;
  std::string reason;
};

// Whether bytes >= 0x80 may stand in values: RFC 8616 allows UTF-8 in some tags of both lists.
enum class TagBytes { kAscii, kAny };

struct DkimTag {
  std::string_view name;
  std::string_view value;  // without surrounding white space; folding white space inside is kept
  bool space_before_equals = false;  // "b =": legal, but libopendkim does not find its b= then
};

// The tags in order. Every name is different, case ignored.
class DkimTagList {
 public:
  // Views into `text`, which must live as long as the result. Linear but for sorting the names.
  // Empty names, empty tag-specs, bytes outside the grammar and names that occur twice (in any
  // case: libopendkim ignores it) are errors.
  [[nodiscard]] static tl::expected<DkimTagList, std::string> Parse(std::string_view text,
                                                                    TagBytes bytes);

  // The tag of that name (case-sensitive, RFC 6376 3.2), or null.
  [[nodiscard]] const DkimTag* Find(std::string_view name) const;
  [[nodiscard]] const std::vector<DkimTag>& all() const { return tags_; }

 private:
  std::vector<DkimTag> tags_;
};

// The parts between colons without the white space around them; empty parts are kept.
[[nodiscard]] std::vector<std::string_view> SplitColons(std::string_view value);

// Text of a sender in single quotes for a reason: printable ASCII, cut when long.
[[nodiscard]] std::string QuoteForReason(std::string_view text);

}  // namespace assay::auth
