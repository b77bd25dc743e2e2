// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf_evaluation.h"

#include <algorithm>
#include <span>
#include <utility>

#include "lib/auth/spf_prefetch.h"
#include "lib/base/text.h"

namespace assay::auth::spf {
namespace {

constexpr std::string_view kTokenEnd =
    ".q";  // tokens look like host names, so that libspf2 does not warn

const dns::Answer& NoSuchName() {
  static const dns::Answer answer = [] {
    dns::Answer none;
    none.status = dns::Status::kNxDomain;
    return none;
  }();
  return answer;
}

std::string DropDot(std::string_view name) {
  return std::string(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
}

// 4.3: a domain that is malformed or has one label only has no SPF result; nor has an address
// literal.
bool IsCheckable(std::string_view domain) {
  return IsQueryName(domain) && domain.find('.') != std::string_view::npos && domain.front() != '[';
}

std::string Describe(std::string_view name, dns::RrType type) {
  return std::string(ToWord(type)) + " of " + EscapeForLog(name);
}

// How close a host is to a domain (7.3): 0 itself, 1 below it, or kElsewhere.
constexpr int kElsewhere = 2;
int Distance(std::string_view host, std::string_view domain) {
  if (EqualsIgnoreCase(host, domain)) return 0;
  const bool below = host.size() > domain.size() && EndsWithIgnoreCase(host, domain) &&
                     host[host.size() - domain.size() - 1] == '.';
  return below ? 1 : kElsewhere;
}

bool Holds(const dns::Answer& answer, const IpAddress& address) {
  return std::ranges::find(answer.addresses, address) != answer.addresses.end();
}

}  // namespace

Evaluation::Evaluation(const SpfCheck& check, const dns::Answers& answers)
    : check_(check), answers_(answers) {
  targets_.push_back({});  // kRootToken
}

std::optional<dns::Question> Evaluation::FirstQuestion() const {
  const std::string domain = DropDot(check_.domain);
  if (!IsCheckable(domain)) return {};
  dns::Question question(domain, dns::RrType::kTxt);
  if (answers_.Find(question) != nullptr) return {};
  return question;
}

std::optional<std::string> Evaluation::FetchRecord(std::string_view token) {
  const Target* target = Find(token);
  if (stopped() || target == nullptr) return {};
  const auto domain = RecordDomain(*target);
  if (!domain) return {};
  const auto text = RecordText(*target, *domain);
  if (!text) return {};
  auto record = ParseRecord(*text);
  if (!record) {
    Stop(SpfResult::kPermError, "record of " + EscapeForLog(*domain) + ": " + record.error().what);
    return {};
  }
  const bool top = target->kind == Target::Kind::kRoot ||
                   (target->kind == Target::Kind::kRedirect && target->source->top);
  const OpenRecord& open = records_.emplace_back(OpenRecord{*domain, std::move(*record), top});
  if (top) top_ = &open;
  return WriteCanonical(open);
}

std::optional<std::string> Evaluation::RecordDomain(const Target& target) {
  if (target.kind == Target::Kind::kRoot) {
    std::string domain = DropDot(check_.domain);
    if (!IsCheckable(domain)) {
      Stop(SpfResult::kNone, {});
      return {};
    }
    return domain;
  }
  current_record_ = target.source;
  current_term_ =
      target.directive == nullptr ? target.source->record.redirect_text : target.directive->text;
  term_is_void_ = false;
  if (!CountTerm()) return {};
  return TargetName(target);
}

std::optional<std::string_view> Evaluation::RecordText(const Target& target,
                                                       std::string_view domain) {
  const dns::Answer* answer = Ask(domain, dns::RrType::kTxt);
  if (answer == nullptr) return {};
  const Selection selection = SelectRecord(*answer);
  switch (selection.kind) {
    case Selection::Kind::kRecord:
      return selection.text;
    case Selection::Kind::kTemporary:
      Stop(SpfResult::kTempError,
           Describe(domain, dns::RrType::kTxt) + ": " + std::string(ToWord(answer->status)));
      return {};
    case Selection::Kind::kSeveral:
      Stop(SpfResult::kPermError, EscapeForLog(domain) + " has more than one SPF record");
      return {};
    case Selection::Kind::kNone:
      break;
  }
  // 5.2 and 6.1: an include or a redirect must lead to a record.
  const bool root = target.kind == Target::Kind::kRoot;
  Stop(root ? SpfResult::kNone : SpfResult::kPermError,
       root ? "" : EscapeForLog(domain) + " has no SPF record");
  return {};
}

std::string Evaluation::WriteCanonical(const OpenRecord& open) {
  std::string text = "v=spf1";
  bool asks_dns = false;
  for (const Directive& directive : open.record.directives) {
    if (directive.asks_dns()) {
      text += WriteDirective(open, directive);
      asks_dns = true;
      continue;
    }
    // A network that the client is not in cannot matter; leaving it out keeps every record below
    // the 511 bytes behind which libspf2 drops terms without a word.
    if (!directive.MatchesAtOnce(check_.client_ip)) continue;
    if (asks_dns) {
      // Never matches: it tells us that no term before it did.
      text += " exists:" + NewToken({Target::Kind::kDecider, &open, &directive, {}});
    } else {
      current_record_ = &open;
      current_term_ = directive.text;
    }
    return text + WriteDirective(open, directive);
  }
  // 6.1: evaluated behind all mechanisms, wherever it stands.
  if (open.record.redirect) {
    text += " redirect=" + NewToken({Target::Kind::kRedirect, &open, nullptr, {}});
  }
  return text;
}

std::string Evaluation::WriteDirective(const OpenRecord& open, const Directive& directive) {
  std::string text = {' ', kQualifiers[static_cast<std::size_t>(directive.qualifier)]};
  if (!directive.asks_dns()) {
    // libspf2 refuses /0, which matches as "all" does.
    if (!directive.network || directive.network->prefix() == 0) return text + "all";
    return text + (directive.mechanism == Mechanism::kIp4 ? "ip4:" : "ip6:") +
           directive.network->ToString();
  }
  const std::string token = NewToken({Target::Kind::kDirective, &open, &directive, {}});
  if (directive.mechanism == Mechanism::kInclude) return text + "include:" + token;
  if (directive.mechanism != Mechanism::kA && directive.mechanism != Mechanism::kMx) {
    return text + "exists:" + token;
  }
  text += (directive.mechanism == Mechanism::kA ? "a:" : "mx:") + token;
  // Only the client's family; /0 is seen to by LookupAddresses().
  const bool v4 = check_.client_ip.is_v4();
  const int prefix = v4 ? directive.prefix_v4 : directive.prefix_v6;
  if (prefix == 0 || prefix == check_.client_ip.bits()) return text;
  return text + (v4 ? "/" : "//") + std::to_string(prefix);
}

std::optional<Evaluation::Reply> Evaluation::Lookup(std::string_view token) {
  const Target* target = Find(token);
  if (stopped() || target == nullptr || target->directive == nullptr) return {};
  current_record_ = target->source;
  current_term_ = target->directive->text;
  switch (target->kind) {
    case Target::Kind::kDirective:
      return LookupDirective(*target);
    case Target::Kind::kHost:
      return LookupAddresses(*target->directive, target->host);
    case Target::Kind::kHostTooMany:
      return Stop(SpfResult::kPermError,
                  "mx has more than " + std::to_string(kMaxHosts) + " hosts");
    default:
      return Reply();  // kDecider
  }
}

std::optional<Evaluation::Reply> Evaluation::LookupDirective(const Target& target) {
  term_is_void_ = false;
  if (!CountTerm()) return {};
  const auto name = TargetName(target);
  if (!name) return {};
  switch (target.directive->mechanism) {
    case Mechanism::kA:
      return LookupAddresses(*target.directive, *name);
    case Mechanism::kMx:
      return LookupMailHosts(target, *name);
    case Mechanism::kPtr:
      return LookupPtr(*name);
    default:
      break;
  }
  // 5.7: exists asks for A whatever the client's family.
  const dns::Answer* answer = AskForTerm(*name, dns::RrType::kA);
  if (answer == nullptr) return {};
  Reply reply;
  if (!answer->addresses.empty()) reply.addresses.emplace_back();
  return reply;
}

std::optional<Evaluation::Reply> Evaluation::LookupAddresses(const Directive& directive,
                                                             std::string_view name) {
  const dns::Answer* answer = AskForTerm(name, AddressType(check_.client_ip));
  if (answer == nullptr) return {};
  const int prefix = check_.client_ip.is_v4() ? directive.prefix_v4 : directive.prefix_v6;
  Reply reply;
  reply.addresses = answer->addresses;
  // 5.3: /0 matches when there is any address.
  if (prefix == 0 && !reply.addresses.empty()) reply.addresses = {check_.client_ip};
  return reply;
}

std::optional<Evaluation::Reply> Evaluation::LookupMailHosts(const Target& target,
                                                             std::string_view name) {
  const dns::Answer* answer = AskForTerm(name, dns::RrType::kMx);
  if (answer == nullptr) return {};
  Reply reply;
  for (const std::string_view host : MailHosts(*answer)) {
    if (reply.hosts.size() == kMaxHosts) {
      reply.hosts.push_back(
          NewToken({Target::Kind::kHostTooMany, target.source, target.directive, {}}));
      break;
    }
    siblings_.emplace_back(host, AddressType(check_.client_ip));
    reply.hosts.push_back(
        NewToken({Target::Kind::kHost, target.source, target.directive, std::string(host)}));
  }
  return reply;
}

std::optional<Evaluation::Reply> Evaluation::LookupPtr(std::string_view domain) {
  const dns::Answer* names = Ask(check_.client_ip.ReverseName(), dns::RrType::kPtr);
  if (names == nullptr || !CountVoid(*names)) return {};
  const auto name = ValidatedName(domain, false, *names);
  if (!name) return {};
  Reply reply;
  if (!name->empty()) reply.addresses.emplace_back();
  return reply;
}

// 5.5: a failure to find the names, or the addresses of one of them, is no error but no match. Only
// the names that could match are looked up.
std::optional<std::string> Evaluation::ValidatedName(std::string_view domain, bool any,
                                                     const dns::Answer& names) {
  std::vector<std::string_view> candidates;
  for (const std::string& host :
       std::span(names.hosts).first(std::min(names.hosts.size(), kMaxHosts))) {
    if (any || Distance(host, domain) < kElsewhere) candidates.emplace_back(host);
  }
  std::ranges::stable_sort(candidates, {}, [domain](auto host) { return Distance(host, domain); });
  const dns::RrType type = AddressType(check_.client_ip);
  for (const std::string_view host : candidates) {
    const dns::Answer* answer = Ask(host, type);
    if (answer == nullptr) {
      for (const std::string_view other : candidates) siblings_.emplace_back(other, type);
      return {};
    }
    if (Holds(*answer, check_.client_ip)) return std::string(host);
  }
  return std::string();
}

std::optional<std::string> Evaluation::TargetName(const Target& target) {
  const bool redirect = target.directive == nullptr;
  const auto& macro = redirect ? target.source->record.redirect : target.directive->domain;
  return macro ? Expand(*macro, target.source->domain) : target.source->domain;
}

std::optional<std::string> Evaluation::Expand(const MacroString& macro, std::string_view domain) {
  const auto client_name = ClientName(macro, domain);
  if (!client_name) return {};
  return ExpandName(macro, {check_, domain, *client_name});
}

std::optional<std::string> Evaluation::ClientName(const MacroString& macro,
                                                  std::string_view domain) {
  std::string name = "unknown";
  if (!UsesValidatedName(macro)) return name;
  // 4.6.4: the question counts like a term; not so in an explanation, which comes behind the
  // result.
  if (!concluded_ && !CountTerm()) return {};
  const dns::Answer* names = Ask(check_.client_ip.ReverseName(), dns::RrType::kPtr);
  if (names == nullptr || (!concluded_ && !CountVoid(*names))) return {};
  auto validated = ValidatedName(domain, true, *names);
  if (validated && validated->empty()) return name;
  return validated;
}

bool Evaluation::CountTerm() {
  if (++terms_ <= kMaxDnsTerms) return true;
  Stop(SpfResult::kPermError, "more than " + std::to_string(kMaxDnsTerms) + " terms that need DNS");
  return false;
}

bool Evaluation::CountVoid(const dns::Answer& answer) {
  const bool nothing =
      answer.status == dns::Status::kNoData || answer.status == dns::Status::kNxDomain;
  if (!nothing || &answer == &NoSuchName() || term_is_void_) return true;
  term_is_void_ = true;
  if (++void_terms_ <= kMaxVoidTerms) return true;
  Stop(SpfResult::kPermError,
       "more than " + std::to_string(kMaxVoidTerms) + " terms whose names have nothing in DNS");
  return false;
}

const dns::Answer* Evaluation::Ask(std::string_view name, dns::RrType type) {
  if (!IsQueryName(name)) return &NoSuchName();
  dns::Question question(name, type);
  const dns::Answer* answer = answers_.Find(question);
  if (answer == nullptr) missing_ = std::move(question);
  return answer;
}

const dns::Answer* Evaluation::AskForTerm(std::string_view name, dns::RrType type) {
  const dns::Answer* answer = Ask(name, type);
  if (answer == nullptr) return nullptr;
  if (dns::IsTemporary(answer->status)) {
    Stop(SpfResult::kTempError, Describe(name, type) + ": " + std::string(ToWord(answer->status)));
    return nullptr;
  }
  return CountVoid(*answer) ? answer : nullptr;
}

const Evaluation::Target* Evaluation::Find(std::string_view token) const {
  if (!token.ends_with(kTokenEnd)) return nullptr;
  const auto number = ParseNumber(token.substr(0, token.size() - kTokenEnd.size()));
  return number && *number < targets_.size() ? &targets_[*number] : nullptr;
}

std::string Evaluation::NewToken(Target target) {
  targets_.push_back(std::move(target));
  return std::to_string(targets_.size() - 1) + std::string(kTokenEnd);
}

std::nullopt_t Evaluation::Stop(SpfResult result, std::string problem) {
  SpfOutcome& outcome = failure_.emplace();
  outcome.result = result;
  outcome.problem = std::move(problem);
  if (result == SpfResult::kNone) return std::nullopt;
  outcome.mechanism = current_term_;
  outcome.record_domain =
      current_record_ == nullptr ? DropDot(check_.domain) : current_record_->domain;
  return std::nullopt;
}

void Evaluation::Fail(std::string problem) {
  if (!stopped()) Stop(SpfResult::kTempError, std::move(problem));
}

std::variant<SpfOutcome, dns::Questions> Evaluation::Conclude(SpfResult result, bool by_term) {
  if (failure_) return *failure_;
  if (missing_) return MissingQuestions();
  concluded_ = true;
  SpfOutcome outcome;
  outcome.result = result;
  if (by_term && current_record_ != nullptr) {
    outcome.mechanism = current_term_;
    outcome.record_domain = current_record_->domain;
  }
  if (result == SpfResult::kFail) {
    auto explanation = Explain();
    if (!explanation) return MissingQuestions();
    outcome.explanation = std::move(*explanation);
  }
  return outcome;
}

// 6.2: whatever is wrong with an explanation, the result stays and there is none.
std::optional<std::string> Evaluation::Explain() {
  if (top_ == nullptr || !top_->record.explanation) return std::string();
  const auto name = Expand(*top_->record.explanation, top_->domain);
  if (!name) return {};
  const dns::Answer* answer = Ask(*name, dns::RrType::kTxt);
  if (answer == nullptr) return {};
  if (answer->texts.size() != 1) return std::string();
  const auto macro = ParseMacroString(answer->texts.front(), MacroUse::kExplanation);
  if (!macro) return std::string();
  const auto client_name = ClientName(*macro, top_->domain);
  if (!client_name) return {};
  std::string text = ExpandText(*macro, {check_, top_->domain, *client_name}, kMaxExplanation);
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return printable ? text : std::string();
}

dns::Questions Evaluation::MissingQuestions() const {
  dns::Questions questions{{*missing_}, {}};
  std::vector<dns::Question> likely =
      concluded_ ? std::vector<dns::Question>() : Prefetch(check_, answers_);
  likely.insert(likely.end(), siblings_.begin(), siblings_.end());
  for (dns::Question& question : likely) {
    const auto& taken = questions.prefetch;
    if (taken.size() == kMaxPrefetch) break;
    if (question == *missing_ || answers_.Find(question) != nullptr ||
        !IsQueryName(question.name) || std::ranges::find(taken, question) != taken.end()) {
      continue;
    }
    questions.prefetch.push_back(std::move(question));
  }
  return questions;
}

}  // namespace assay::auth::spf
