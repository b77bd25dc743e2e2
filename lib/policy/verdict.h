// SPDX-License-Identifier: Apache-2.0
// From what checks and rules ask for to the one thing that is done with a message.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>

#include "lib/base/action.h"
#include "lib/rules/rule_set.h"

namespace assay::policy {

// kMonitor refuses nothing: what would have been done is only written down.
enum class Mode { kMonitor, kEnforce };

// An SMTP reply (RFC 5321, 4.2; enhanced codes RFC 3463 and 7372). `text` is one line of printable
// ASCII; the milter edge doubles "%" itself.
struct Reply {
  int code = 0;               // 0: none
  std::string enhanced_code;  // "5.7.23"
  std::string text;
  bool operator==(const Reply&) const = default;
};

// What one check asks for.
struct Finding {
  std::string check;  // "spf", "identity.local_claim": as in the log and the configuration
  Action action = Action::kNone;  // what the configuration says for this result
  Reply reply;                    // for kReject and kTempFail
  std::string text;               // the reason, one line, for the log and for quarantine
  std::optional<Mode>
      mode;  // the check's own mode, which goes before the site's; unset: the policy's
  bool site_level = false;  // no recipient's policy may soften it
  double score = 0;         // joins the scores of the rules, wherever `mode` lets the finding count
  // What the log and X-Spam-Status call this part of the score: "spf.softfail", the key that set it
  std::string score_name = {};
};

inline constexpr double kNever = std::numeric_limits<double>::infinity();

// A message whose score reaches a threshold gets that action.
struct Thresholds {
  double tag = kNever;
  double quarantine = kNever;
  double reject = kNever;
  bool operator==(const Thresholds&) const = default;
};

// What applies for a set of recipients.
struct Policy {
  std::string name = "site";  // or the tenant's name
  Mode mode = Mode::kMonitor;
  bool own_mode =
      false;  // a tenant that chose its mode: its monitor also holds back checks that enforce
  Thresholds thresholds;
  bool operator==(const Policy&) const = default;
};

// The policies of one site.
struct Site {
  Policy site;
  bool allow_discard = false;  // else discard counts as quarantine
};

struct Verdict {
  Action action = Action::kNone;  // what is done; kNone and kTag accept the message
  Action would = Action::kNone;   // what would be done if everything were enforced
  Reply reply;                    // for kReject and kTempFail
  Reply would_reply;              // the same for `would`
  std::string
      decided_by;  // check or rule name behind `would`; "score" for a threshold; empty for kNone
  std::string reason;                  // its text; the quarantine reason
  double score = 0;                    // of rules and findings
  Thresholds thresholds;               // those that `score` was held against
  Stage stage = Stage::kEndOfMessage;  // where it was given
  bool conflict = false;               // the recipients' policies asked for different actions
};

// Decides by precedence reject > quarantine > tempfail > tag (DESIGN: direct actions of checks and
// rules, then thresholds). `recipients` are the distinct policies of the accepted recipients,
// site.site when there is none of them. With several the mildest enforced wish wins, above the
// floor of site-level findings and the site's reject threshold; a policy under which nothing is
// enforced does not vote. `allow` in the hits lifts thresholds and rule actions, never findings.
[[nodiscard]] Verdict Decide(const Site& site, std::span<const Policy* const> recipients,
                             std::span<const Finding> findings, const rules::Hits& hits);

}  // namespace assay::policy
