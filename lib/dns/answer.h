// SPDX-License-Identifier: Apache-2.0
// DNS as data: what a check asks, what it was told, and everything a transaction knows so far.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ip_address.h"

namespace assay::dns {

// The record types that checks ask for; values are those of the wire.
enum class RrType : std::uint16_t { kA = 1, kPtr = 12, kMx = 15, kTxt = 16, kAaaa = 28 };

[[nodiscard]] std::string_view ToWord(RrType type);  // "A", "TXT", …

// A name in lower case without the trailing dot, and a type. Names are bytes; a name that cannot be
// encoded (label over 63 bytes, empty label, over 253 bytes) is a legal Question whose answer is
// NXDOMAIN.
struct Question {
  std::string name;
  RrType type = RrType::kTxt;

  Question() = default;
  // Lower-cases and drops one trailing dot.
  Question(std::string_view name, RrType type);
  auto operator<=>(const Question&) const = default;
};

// These stay different to the end: whether "no" means "there is none" decides between none and
// temperror.
enum class Status {
  kSuccess,   // at least one record of the type asked for, CNAMEs followed
  kNoData,    // the name exists, without records of this type
  kNxDomain,  // the name does not exist
  kServFail,
  kRefused,
  kTimeout,    // nothing came in time, or the deadline of the message passed first
  kMalformed,  // an answer that could not be parsed
  kLimit,      // not asked: this message had used up its questions (limit.dns)
};

[[nodiscard]] std::string_view ToWord(
    Status status);  // "NOERROR", "NODATA", "NXDOMAIN", "SERVFAIL", …
// Whether asking again later may give something else: everything but kSuccess, kNoData and
// kNxDomain.
[[nodiscard]] bool IsTemporary(Status status);

struct MailExchange {
  std::uint16_t preference = 0;
  std::string host;
  auto operator<=>(const MailExchange&) const = default;
};

// The answer to one Question. Only the member that fits the type is filled; order is that of the
// answer.
struct Answer {
  Status status = Status::kTimeout;
  std::chrono::seconds ttl{0};       // of the records, or of the negative answer (RFC 2308)
  std::vector<IpAddress> addresses;  // A, AAAA
  std::vector<std::string>
      texts;  // TXT: the strings of one record joined (RFC 7208 3.3), bytes as sent
  std::vector<MailExchange> mail_exchanges;  // MX
  std::vector<std::string> hosts;            // PTR, lower case without trailing dot

  bool operator==(const Answer&) const = default;
};
using AnswerPtr =
    std::shared_ptr<const Answer>;  // shared with the cache; never null where one is handed over

// What one transaction has been told so far. A value of one thread; copying shares the answers.
class Answers {
 public:
  // The answer, or null when the question has not been answered yet. Valid while this object lives.
  [[nodiscard]] const Answer* Find(const Question& question) const;
  // The first answer to a question stays: a verdict must not change under a check that runs twice.
  void Add(const Question& question, AnswerPtr answer);
  [[nodiscard]] std::size_t size() const { return known_.size(); }
  [[nodiscard]] const std::map<Question, AnswerPtr>& all() const { return known_; }

 private:
  std::map<Question, AnswerPtr> known_;
};

// What a check still lacks.
struct Questions {
  std::vector<Question> needed;    // without these the check cannot go on
  std::vector<Question> prefetch;  // likely to be needed next; asking them early only saves time
};

}  // namespace assay::dns
