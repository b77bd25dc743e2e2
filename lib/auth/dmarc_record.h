// SPDX-License-Identifier: Apache-2.0
// One DMARC Policy Record (RFC 9989, 4.7 and 4.8).
#pragma once

#include <optional>
#include <string_view>

#include "lib/auth/dmarc.h"

namespace assay::auth {

enum class DmarcPsd { kUnknown, kNo, kYes };

struct DmarcRecord {
  DmarcPolicy p = DmarcPolicy::kNone;
  std::optional<DmarcPolicy> sp;  // existing subdomains
  std::optional<DmarcPolicy> np;  // subdomains that do not exist
  bool strict_dkim = false;       // adkim=s
  bool strict_spf = false;        // aspf=s
  bool test_mode = false;         // t=y
  DmarcPsd psd = DmarcPsd::kUnknown;
  // False: no valid p=, or a bad sp= or np=, and no rua= that would make it p=none (4.10.1). Such a
  // record is found and obeyed in so far as no DMARC processing takes place.
  bool applies = true;
};

// Reads one TXT record, its strings joined. Nothing when it is no DMARC record at all: it does not
// begin with exactly v=DMARC1 (white space around "=" allowed, that value in this case). After that
// nothing is fatal: unknown tags (pct, rf, ri are such now), repeated ones and bad values are
// passed over, so that the default holds. Linear.
[[nodiscard]] std::optional<DmarcRecord> ParseDmarcRecord(std::string_view text);

}  // namespace assay::auth
