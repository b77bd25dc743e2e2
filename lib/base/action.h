// SPDX-License-Identifier: Apache-2.0
// What a check, a rule or a threshold may ask for. Kept here because configuration, rules and
// policy all name it.
#pragma once

#include <optional>
#include <string_view>

namespace assay {

// In ascending precedence: where several ask, the greatest is done. kDiscard stands outside this
// order: it is done only when the configuration allows it and nothing asks for more than a tag.
enum class Action { kNone, kTag, kTempFail, kQuarantine, kReject, kDiscard };

// "none", "tag", "tempfail", "quarantine", "reject", "discard".
[[nodiscard]] constexpr std::string_view ToWord(Action action) {
  switch (action) {
    case Action::kNone:
      return "none";
    case Action::kTag:
      return "tag";
    case Action::kTempFail:
      return "tempfail";
    case Action::kQuarantine:
      return "quarantine";
    case Action::kReject:
      return "reject";
    case Action::kDiscard:
      return "discard";
  }
  return "none";
}

[[nodiscard]] constexpr std::optional<Action> ParseAction(std::string_view word) {
  for (const Action action : {Action::kNone, Action::kTag, Action::kTempFail, Action::kQuarantine,
                              Action::kReject, Action::kDiscard}) {
    if (ToWord(action) == word) return action;
  }
  return {};
}

// Where in the SMTP dialogue a fact becomes known or a check answers.
enum class Stage { kConnect, kHelo, kMail, kRcpt, kHeaders, kEndOfMessage };

[[nodiscard]] constexpr std::string_view ToWord(Stage stage) {
  switch (stage) {
    case Stage::kConnect:
      return "connect";
    case Stage::kHelo:
      return "helo";
    case Stage::kMail:
      return "mail";
    case Stage::kRcpt:
      return "rcpt";
    case Stage::kHeaders:
      return "headers";
    case Stage::kEndOfMessage:
      return "eom";
  }
  return "eom";
}

}  // namespace assay
