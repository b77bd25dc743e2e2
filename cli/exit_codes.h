// SPDX-License-Identifier: Apache-2.0
// Exit statuses of assay(1). Those for errors are the ones of sysexits(3); verdicts lie below them.
#pragma once

#include "lib/base/action.h"

namespace assay::cli {

inline constexpr int kOk = 0;
inline constexpr int kTestsFailed = 1;
inline constexpr int kNotOwned = 1;      // `assay identity check`: an address is not the login's
inline constexpr int kNotFound = 1;      // `assay explain`: no such message in the journal
inline constexpr int kUsage = 64;        // EX_USAGE
inline constexpr int kBadData = 65;      // EX_DATAERR: the message is none
inline constexpr int kNoInput = 66;      // EX_NOINPUT: a file cannot be read
inline constexpr int kUnavailable = 69;  // EX_UNAVAILABLE: assayd cannot be reached
inline constexpr int kInternal = 70;     // EX_SOFTWARE
inline constexpr int kNoOutput = 74;     // EX_IOERR: standard output cannot be written
inline constexpr int kTemporary = 75;    // EX_TEMPFAIL: a table gives no answer now
inline constexpr int kBadConfig = 78;    // EX_CONFIG: configuration, rules or zone are in error

// What `assay scan` ends with: 0 for a message that is accepted as it is, else from 10 up.
[[nodiscard]] constexpr int ExitCode(Action action) {
  switch (action) {
    case Action::kNone:
      return kOk;
    case Action::kTag:
      return 10;
    case Action::kTempFail:
      return 11;
    case Action::kQuarantine:
      return 12;
    case Action::kReject:
      return 13;
    case Action::kDiscard:
      return 14;
  }
  return kInternal;
}

}  // namespace assay::cli
