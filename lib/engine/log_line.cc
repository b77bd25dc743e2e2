// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/engine/transaction.h"

namespace assay::engine {
namespace {

constexpr std::size_t kMaxListed = 10;  // recipients, authors and rules named in one line

std::string_view Disposition(Action action) {
  return action == Action::kNone ? "accept" : ToWord(action);
}

// Spaces too: a field of the line ends at one.
std::string Bracketed(std::string_view text) {
  std::string safe = "<";
  for (const char c : EscapeForLog(text)) {
    if (c == ' ') {
      safe += "\\x20";
    } else {
      safe += c;
    }
  }
  return safe + '>';
}

// A value that may hold spaces or nothing.
std::string Bare(std::string_view text) {
  if (text.empty()) return "-";
  std::string safe = EscapeForLog(text);
  for (char& c : safe) {
    if (c == ' ' || c == ',') c = '_';
  }
  return safe;
}

std::string BracketedList(const std::vector<std::string>& texts) {
  if (texts.empty()) return "-";
  std::string list;
  for (std::size_t i = 0; i < texts.size() && i < kMaxListed; ++i) {
    if (i > 0) list += ',';
    list += Bracketed(texts[i]);
  }
  return texts.size() > kMaxListed ? list + ",..." : list;
}

std::string BareList(const std::vector<std::string>& texts) {
  if (texts.empty()) return "-";
  std::string list;
  for (std::size_t i = 0; i < texts.size() && i < kMaxListed; ++i) {
    if (i > 0) list += ',';
    list += Bare(texts[i]);
  }
  return texts.size() > kMaxListed ? list + ",..." : list;
}

// The threshold that the score is nearest to matter for: the lowest one.
std::string Threshold(const policy::Thresholds& thresholds) {
  const double lowest = std::min({thresholds.tag, thresholds.quarantine, thresholds.reject});
  return lowest == policy::kNever ? "-" : fmt::format("{:g}", lowest);
}

std::string Dmarc(const Record& record) {
  if (record.dmarc_policy == "-" || record.dmarc == "none") return record.dmarc;
  const std::string_view comma = record.dmarc_instead.empty() ? "" : ",";
  return fmt::format("{}({}{}{})", record.dmarc, record.dmarc_policy, comma, record.dmarc_instead);
}

const policy::Reply& LoggedReply(const policy::Verdict& verdict) {
  return verdict.action == verdict.would ? verdict.reply : verdict.would_reply;
}

std::string Code(const policy::Verdict& verdict) {
  const policy::Reply& reply = LoggedReply(verdict);
  return reply.code == 0 ? "-" : reply.enhanced_code;
}

std::string_view Would(const policy::Verdict& verdict) {
  return verdict.would == verdict.action ? "-" : Disposition(verdict.would);
}

// Only for mail with a login, and of these fields only those that have something to say.
std::string LoginFields(const Record& record) {
  std::string fields;
  if (!record.login_by.empty() && record.login_by != "sasl") {
    fields += fmt::format(" login_by={}", record.login_by);
  }
  if (!record.identity.empty()) fields += fmt::format(" identity={}", BareList(record.identity));
  if (!record.denied.empty()) fields += fmt::format(" denied={}", Bracketed(record.denied));
  if (!record.why.empty()) fields += fmt::format(" why={}", Bare(record.why));
  if (!record.allow.empty()) fields += fmt::format(" allow={}", Bracketed(record.allow));
  if (record.login_counts) {
    fields += fmt::format(" login_messages={} login_rcpts={} login_froms={}",
                          record.login_counts->messages, record.login_counts->recipients,
                          record.login_counts->authors);
  }
  return fields;
}

}  // namespace

std::string FormatText(const Record& record) {
  const policy::Verdict& verdict = record.verdict;
  std::string line = fmt::format(
      "{}: {} stage={} client={}[{}] origin={} helo={} login={} profile={} from={} hfrom={} "
      "rcpt={} nrcpt={}",
      record.queue_id.empty() ? "NOQUEUE" : Bare(record.queue_id), Disposition(verdict.action),
      ToWord(verdict.stage), Bare(record.client_name), Bare(record.client_ip), record.origin,
      Bracketed(record.helo), Bare(record.login), record.profile, Bracketed(record.mail_from),
      BracketedList(record.header_from), BracketedList(record.rcpt_to), record.rcpt_to.size());
  line += fmt::format(
      " spf={} helo_spf={} dkim={} dmarc={} arc={} score={}/{} rules={} checks={} limits={} "
      "lists={}",
      record.spf, record.spf_helo, record.dkim, Dmarc(record), record.arc, verdict.score,
      Threshold(verdict.thresholds), BareList(record.rules), BareList(record.checks),
      BareList(record.limits), BareList(record.lists));
  line += fmt::format(" by={} would={} code={} ms={} dns_ms={} gen={} ref={}",
                      Bare(verdict.decided_by), Would(verdict), Code(verdict), record.milliseconds,
                      record.waited_milliseconds, record.generation, record.ref);
  line += LoginFields(record);
  if (!record.shadow.empty()) line += fmt::format(" shadow={}", BareList(record.shadow));
  if (!record.not_judged.empty()) line += fmt::format(" not_judged={}", Bare(record.not_judged));
  return line;
}

std::string FormatJson(const Record& record) {
  const policy::Verdict& verdict = record.verdict;
  // Ordered as in the text line.
  nlohmann::ordered_json line;
  line["queue_id"] = record.queue_id;
  line["verdict"] = Disposition(verdict.action);
  line["stage"] = ToWord(verdict.stage);
  line["client"] = record.client_name;
  line["client_ip"] = record.client_ip;
  line["origin"] = record.origin;
  line["helo"] = record.helo;
  line["login"] = record.login;
  line["profile"] = record.profile;
  line["from"] = record.mail_from;
  line["hfrom"] = record.header_from;
  line["rcpt"] = record.rcpt_to;
  line["spf"] = record.spf;
  line["helo_spf"] = record.spf_helo;
  line["dkim"] = record.dkim;
  line["dmarc"] = record.dmarc;
  line["dmarc_policy"] = record.dmarc_policy;
  line["dmarc_instead"] = record.dmarc_instead;
  line["arc"] = record.arc;
  line["score"] = verdict.score;
  line["rules"] = record.rules;
  line["checks"] = record.checks;
  line["limits"] = record.limits;
  line["lists"] = record.lists;
  line["by"] = verdict.decided_by;
  line["would"] = Disposition(verdict.would);
  line["code"] = LoggedReply(verdict).enhanced_code;
  line["ms"] = record.milliseconds;
  line["dns_ms"] = record.waited_milliseconds;
  line["gen"] = record.generation;
  line["ref"] = record.ref;
  if (!record.login_by.empty()) {
    line["login_by"] = record.login_by;
    line["identity"] = record.identity;
    line["denied"] = record.denied;
    line["why"] = record.why;
    line["allow"] = record.allow;
  }
  if (record.login_counts) {
    line["login_messages"] = record.login_counts->messages;
    line["login_rcpts"] = record.login_counts->recipients;
    line["login_froms"] = record.login_counts->authors;
  }
  line["shadow"] = record.shadow;
  line["not_judged"] = record.not_judged;
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace assay::engine
