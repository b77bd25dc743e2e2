// SPDX-License-Identifier: Apache-2.0
// One SPF evaluation, seen from libspf2's DNS hooks. libspf2 gets records in which every name is a
// token ("7.q"), and asks for these tokens; here they are traced back to the term they stand for,
// so that macros, the limits of RFC 7208 4.6.4 and the difference between "does not exist" and "not
// known yet" are ours, and no text of a stranger reaches the library.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/auth/spf.h"
#include "lib/auth/spf_record.h"
#include "lib/dns/answer.h"

namespace assay::auth::spf {

// RFC 7208, 4.6.4: terms for which DNS said "nothing there".
inline constexpr std::size_t kMaxVoidTerms = 2;
inline constexpr std::size_t kMaxExplanation = 1000;  // bytes; more than an SMTP reply can show

class Evaluation {
 public:
  // Both must outlive the evaluation.
  Evaluation(const SpfCheck& check, const dns::Answers& answers);
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // The name under which libspf2 asks for the record of the domain checked.
  static constexpr std::string_view kRootToken = "0.q";

  // The question without whose answer there is nothing to evaluate; nothing when it is answered, or
  // when there is none to ask.
  [[nodiscard]] std::optional<dns::Question> FirstQuestion() const;

  // The canonical record behind kRootToken, an include or a redirect; nothing when the evaluation
  // must stop.
  [[nodiscard]] std::optional<std::string> FetchRecord(std::string_view token);

  // What a mechanism's name has in DNS; empty when it does not match.
  struct Reply {
    bool stop = false;  // unwind: nothing more will be answered
    std::vector<IpAddress>
        addresses;                   // of the client's family; any address when an `exists` matches
    std::vector<std::string> hosts;  // tokens for the hosts of an MX
  };
  // Nothing when the evaluation must stop.
  [[nodiscard]] std::optional<Reply> Lookup(std::string_view token);

  // Ends the evaluation with an error that lies neither in DNS nor in a record.
  void Fail(std::string problem);

  // When libspf2 has come to an end: the outcome, or what is still missing. `result` counts unless
  // a hook had to stop; `by_term` says that a term decided it, not the end of the record.
  [[nodiscard]] std::variant<SpfOutcome, dns::Questions> Conclude(SpfResult result, bool by_term);

 private:
  struct OpenRecord {
    std::string domain;
    Record record;
    bool top = false;  // not inside an include: its exp= counts (6.2)
  };
  struct Target {
    enum class Kind { kRoot, kDirective, kRedirect, kHost, kHostTooMany, kDecider };
    Kind kind = Kind::kRoot;
    const OpenRecord* source = nullptr;    // null for kRoot
    const Directive* directive = nullptr;  // null for kRoot and kRedirect
    std::string host;                      // kHost
  };

  [[nodiscard]] bool stopped() const { return failure_ || missing_; }
  [[nodiscard]] const Target* Find(std::string_view token) const;
  std::string NewToken(Target target);
  [[nodiscard]] std::string WriteCanonical(const OpenRecord& open);
  [[nodiscard]] std::string WriteDirective(const OpenRecord& open, const Directive& directive);

  // Each of these returns nothing or null, with failure_ or missing_ set, when the evaluation must
  // stop.
  [[nodiscard]] bool CountTerm();
  [[nodiscard]] bool CountVoid(const dns::Answer& answer);
  [[nodiscard]] const dns::Answer* Ask(std::string_view name, dns::RrType type);
  [[nodiscard]] const dns::Answer* AskForTerm(std::string_view name, dns::RrType type);
  [[nodiscard]] std::optional<std::string> TargetName(const Target& target);
  [[nodiscard]] std::optional<std::string> Expand(const MacroString& macro,
                                                  std::string_view domain);
  // %{p} as far as the macro uses it.
  [[nodiscard]] std::optional<std::string> ClientName(const MacroString& macro,
                                                      std::string_view domain);
  [[nodiscard]] std::optional<std::string> RecordDomain(const Target& target);
  [[nodiscard]] std::optional<std::string_view> RecordText(const Target& target,
                                                           std::string_view domain);
  [[nodiscard]] std::optional<std::string> Explain();
  // The client's validated names (5.5): the first below `domain`; with `any`, another one rather
  // than none. Empty when there is none.
  [[nodiscard]] std::optional<std::string> ValidatedName(std::string_view domain, bool any,
                                                         const dns::Answer& names);

  [[nodiscard]] std::optional<Reply> LookupDirective(const Target& target);
  [[nodiscard]] std::optional<Reply> LookupAddresses(const Directive& directive,
                                                     std::string_view name);
  [[nodiscard]] std::optional<Reply> LookupMailHosts(const Target& target, std::string_view name);
  [[nodiscard]] std::optional<Reply> LookupPtr(std::string_view domain);

  std::nullopt_t Stop(SpfResult result, std::string problem);
  [[nodiscard]] dns::Questions MissingQuestions() const;

  const SpfCheck& check_;
  const dns::Answers& answers_;
  std::deque<OpenRecord> records_;  // a deque: targets point into it
  std::deque<Target> targets_;
  const OpenRecord* top_ = nullptr;
  const OpenRecord* current_record_ = nullptr;  // where the evaluation stands
  std::string_view current_term_;
  std::size_t terms_ = 0;
  std::size_t void_terms_ = 0;
  bool term_is_void_ = false;
  std::optional<SpfOutcome> failure_;
  std::optional<dns::Question> missing_;
  std::vector<dns::Question> siblings_;  // likely to be missing next
  bool concluded_ = false;
};

}  // namespace assay::auth::spf
