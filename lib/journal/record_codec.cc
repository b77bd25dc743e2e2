// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/record_codec.h"

#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>

#include "lib/journal/cbor.h"

namespace assay::journal {
namespace {

// `S` or const S.
template <class T, class S>
concept Either = std::same_as<std::remove_const_t<T>, S>;

// The members of each type under the names that stand in the file: one list for both directions.
template <class Visit, Either<DnsAnswer> T>
void Members(T& answer, const Visit& visit) {
  visit("name", answer.name);
  visit("type", answer.type);
  visit("status", answer.status);
  visit("ttl", answer.ttl);
  visit("data", answer.data);
}

template <class Visit, Either<Signature> T>
void Members(T& signature, const Visit& visit) {
  visit("domain", signature.domain);
  visit("selector", signature.selector);
  visit("algorithm", signature.algorithm);
  visit("result", signature.result);
  visit("reason", signature.reason);
  visit("key_bits", signature.key_bits);
}

template <class Visit, Either<Span> T>
void Members(T& span, const Visit& visit) {
  visit("source", span.source);
  visit("text", span.text);
}

template <class Visit, Either<Asked> T>
void Members(T& asked, const Visit& visit) {
  visit("source", asked.source);
  visit("value", asked.value);
}

template <class Visit, Either<Reason> T>
void Members(T& reason, const Visit& visit) {
  visit("depth", reason.depth);
  visit("result", reason.result);
  visit("condition", reason.condition);
  visit("asked", reason.asked);
}

template <class Visit, Either<Hit> T>
void Members(T& hit, const Visit& visit) {
  visit("rule", hit.rule);
  visit("about", hit.about);
  visit("file", hit.file);
  visit("line", hit.line);
  visit("group", hit.group);
  visit("score", hit.score);
  visit("action", hit.action);
  visit("matches", hit.matches);
  visit("reasons", hit.reasons);
  visit("changes", hit.changes);
}

template <class Visit, Either<GroupCut> T>
void Members(T& cut, const Visit& visit) {
  visit("group", cut.group);
  visit("score", cut.score);
}

template <class Visit, Either<ListAnswer> T>
void Members(T& answer, const Visit& visit) {
  visit("list", answer.list);
  visit("asked", answer.asked);
  visit("says", answer.says);
}

template <class Visit, Either<Finding> T>
void Members(T& finding, const Visit& visit) {
  visit("check", finding.check);
  visit("action", finding.action);
  visit("text", finding.text);
  visit("score", finding.score);
  visit("score_name", finding.score_name);
}

template <class Visit, Either<Reply> T>
void Members(T& reply, const Visit& visit) {
  visit("code", reply.code);
  visit("enhanced_code", reply.enhanced_code);
  visit("text", reply.text);
}

template <class Visit, Either<Threshold> T>
void Members(T& threshold, const Visit& visit) {
  visit("value", threshold.value);
  visit("origin", threshold.origin);
}

template <class Visit, Either<Policy> T>
void Members(T& policy, const Visit& visit) {
  visit("name", policy.name);
  visit("mode", policy.mode);
  visit("tag", policy.tag);
  visit("quarantine", policy.quarantine);
  visit("reject", policy.reject);
}

template <class Visit, Either<Session> T>
void Members(T& session, const Visit& visit) {
  visit("client_name", session.client_name);
  visit("client_ip", session.client_ip);
  visit("origin", session.origin);
  visit("helo", session.helo);
  visit("login", session.login);
  visit("login_by", session.login_by);
  visit("mail_from", session.mail_from);
  visit("rcpt_to", session.rcpt_to);
  visit("rcpt_count", session.rcpt_count);
}

template <class Visit, Either<Verdict> T>
void Members(T& verdict, const Visit& visit) {
  visit("action", verdict.action);
  visit("would", verdict.would);
  visit("mode", verdict.mode);
  visit("stage", verdict.stage);
  visit("decided_by", verdict.decided_by);
  visit("reason", verdict.reason);
  visit("reply", verdict.reply);
  visit("would_reply", verdict.would_reply);
  visit("conflict", verdict.conflict);
  visit("not_judged", verdict.not_judged);
}

template <class Visit, Either<Ownership> T>
void Members(T& ownership, const Visit& visit) {
  visit("results", ownership.results);
  visit("denied", ownership.denied);
  visit("allow", ownership.allow);
  visit("why", ownership.why);
}

template <class Visit, Either<Record> T>
void Members(T& record, const Visit& visit) {
  visit("time", record.time);
  visit("ref", record.ref);
  visit("queue_id", record.queue_id);
  visit("message_id", record.message_id);
  visit("generation", record.generation);
  visit("fingerprint", record.fingerprint);
  visit("keep", record.keep);
  visit("session", record.session);
  visit("facts", record.facts);
  visit("limits", record.limits);
  visit("dns", record.dns);
  visit("dns_cut", record.dns_cut);
  visit("signatures", record.signatures);
  visit("lists", record.lists);
  visit("findings", record.findings);
  visit("hits", record.hits);
  visit("shadow", record.shadow);
  visit("more_hits", record.more_hits);
  visit("more_score", record.more_score);
  visit("group_cuts", record.group_cuts);
  visit("score", record.score);
  visit("allowed_by", record.allowed_by);
  visit("policies", record.policies);
  visit("ownership", record.ownership);
  visit("verdict", record.verdict);
  visit("milliseconds", record.milliseconds);
  visit("dns_milliseconds", record.dns_milliseconds);
}

class Encoder {
 public:
  void Put(std::uint64_t value) { out_.Number(value); }
  // Times lie after 1970.
  void Put(std::int64_t value) { out_.Number(static_cast<std::uint64_t>(value)); }
  void Put(double value) { out_.Decimal(value); }
  void Put(bool value) { out_.Flag(value); }
  void Put(const std::string& text) { out_.Text(text); }
  void Put(const std::optional<double>& value) { value ? out_.Decimal(*value) : out_.Null(); }
  void Put(const facts::Value& value) {
    std::visit([this](const auto& alternative) { Put(alternative); }, value);
  }
  void Put(std::monostate) { out_.Null(); }
  void Put(const IpAddress& address) { out_.Address(address); }
  // Half of a record is facts: no names of members for them.
  void Put(const Fact& fact) {
    out_.Array(2);
    out_.Text(fact.name);
    Put(fact.value);
  }
  template <class T>
  void Put(const std::vector<T>& list) {
    out_.Array(list.size());
    for (const T& element : list) Put(element);
  }
  template <class T>
  requires std::is_class_v<T>
  void Put(const T& value) {
    out_.BeginMap();
    Members(value, [this](std::string_view name, const auto& member) {
      if (member == std::remove_cvref_t<decltype(member)>()) return;
      out_.Text(name);
      Put(member);
    });
    out_.EndMap();
  }

  [[nodiscard]] std::string Take() { return out_.Take(); }

 private:
  CborWriter out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view data) : in_(data) {}

  [[nodiscard]] bool Get(std::uint64_t& value) { return Into(in_.Number(), value); }
  [[nodiscard]] bool Get(std::int64_t& value) {
    const auto number = in_.Number();
    if (!number || !std::in_range<std::int64_t>(*number)) return false;
    value = static_cast<std::int64_t>(*number);
    return true;
  }
  [[nodiscard]] bool Get(double& value) { return Into(in_.Decimal(), value); }
  [[nodiscard]] bool Get(bool& value) { return Into(in_.Flag(), value); }
  [[nodiscard]] bool Get(std::string& text) { return Into(in_.Text(), text); }
  [[nodiscard]] bool Get(std::optional<double>& value) {
    if (in_.Null()) return true;
    return Into(in_.Decimal(), value);
  }
  [[nodiscard]] bool Get(facts::Value& value) {
    switch (in_.Next()) {
      case CborReader::Kind::kNull:
        return in_.Null();
      case CborReader::Kind::kFlag:
        return Into(in_.Flag(), value);
      case CborReader::Kind::kDecimal:
        return Into(in_.Decimal(), value);
      case CborReader::Kind::kText:
        return Get(value.emplace<std::string>());
      case CborReader::Kind::kArray:
        return Get(value.emplace<std::vector<std::string>>());
      case CborReader::Kind::kAddress:
        return Into(in_.Address(), value);
      default:
        return false;
    }
  }
  [[nodiscard]] bool Get(Fact& fact) {
    return in_.Array() == 2 && Get(fact.name) && Get(fact.value);
  }
  template <class T>
  [[nodiscard]] bool Get(std::vector<T>& list) {
    const auto size = in_.Array();
    if (!size) return false;
    list.clear();
    for (std::uint64_t i = 0; i < *size; ++i) {
      if (!Get(list.emplace_back())) return false;
    }
    return true;
  }
  template <class T>
  requires std::is_class_v<T>
  [[nodiscard]] bool Get(T& value) {
    if (!in_.BeginMap()) return false;
    while (!in_.EndMap()) {
      const auto key = in_.Text();
      if (!key || !GetMember(value, *key)) return false;
    }
    return true;
  }

  [[nodiscard]] bool AtEnd() const { return in_.AtEnd(); }

 private:
  template <class From, class To>
  [[nodiscard]] static bool Into(const std::optional<From>& from, To& to) {
    if (from) to = *from;
    return from.has_value();
  }
  template <class T>
  [[nodiscard]] bool GetMember(T& value, std::string_view key) {
    bool found = false;
    bool good = true;
    Members(value, [&](std::string_view name, auto& member) {
      if (found || name != key) return;
      found = true;
      good = Get(member);
    });
    return found ? good : in_.Skip();
  }

  CborReader in_;
};

}  // namespace

std::string Encode(const Record& record) {
  Encoder encoder;
  encoder.Put(record);
  return encoder.Take();
}

std::optional<Record> Decode(std::string_view data) {
  Decoder decoder(data);
  Record record;
  if (!decoder.Get(record) || !decoder.AtEnd()) return {};
  return record;
}

}  // namespace assay::journal
