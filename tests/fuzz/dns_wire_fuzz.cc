// SPDX-License-Identifier: Apache-2.0
// A reply packet from a hostile server. Properties: the answer is consistent in itself, the same
// bytes give the same answer, and a packet written from the answer parses to it again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "lib/dns/wire.h"
#include "tests/support/dns_packet.h"

namespace {

using assay::dns::Answer;
using assay::dns::Question;
using assay::dns::RrType;
using assay::dns::Status;

void Require(bool property) {
  if (!property) std::abort();
}

// The question of the packet itself, so that a mutation gets past the comparison with it.
Question QuestionIn(std::span<const std::uint8_t> packet, RrType fallback) {
  const auto query = assay::test::DnsQuery::Parse(packet);
  if (!query) return {"example.com", fallback};
  for (const RrType type : {RrType::kA, RrType::kAaaa, RrType::kMx, RrType::kTxt, RrType::kPtr}) {
    if (query->type == static_cast<std::uint16_t>(type)) return {query->name, type};
  }
  return {query->name, fallback};
}

std::size_t RecordsOf(const Answer& answer, RrType type) {
  switch (type) {
    case RrType::kA:
    case RrType::kAaaa:
      return answer.addresses.size();
    case RrType::kMx:
      return answer.mail_exchanges.size();
    case RrType::kTxt:
      return answer.texts.size();
    case RrType::kPtr:
      return answer.hosts.size();
  }
  return 0;
}

// Whether a packet can be written from it: names as they were, and no mapped address, which is held
// as IPv4.
bool CanBeWritten(const Question& question, const Answer& answer) {
  const auto plain = [](const std::string& name) {
    return name.empty() || (assay::dns::IsEncodable(name) && name.find('\\') == std::string::npos);
  };
  const bool v4 = question.type == RrType::kA;
  return plain(question.name) && std::ranges::all_of(answer.hosts, plain) &&
         std::ranges::all_of(answer.mail_exchanges, plain, &assay::dns::MailExchange::host) &&
         std::ranges::all_of(answer.addresses, [v4](const auto& a) { return a.is_v4() == v4; });
}

void Check(std::span<const std::uint8_t> packet, const Question& question) {
  const Answer answer = assay::dns::ParseReply(packet, question);
  const std::size_t records = answer.addresses.size() + answer.mail_exchanges.size() +
                              answer.texts.size() + answer.hosts.size();
  Require(records == RecordsOf(answer, question.type));
  Require((answer.status == Status::kSuccess) == (records > 0));
  Require(records <= assay::dns::kMaxRecords);
  Require(answer.ttl.count() >= 0 && answer.ttl <= assay::dns::kMaxTtl);
  Require(answer.status != Status::kTimeout && answer.status != Status::kLimit);
  if (assay::dns::IsTemporary(answer.status)) Require(answer.ttl.count() == 0);
  for (const std::string& host : answer.hosts)
    Require(Question(host + '.', RrType::kA).name == host);
  Require(assay::dns::ParseReply(packet, question) == answer);

  if (answer.status != Status::kSuccess || !CanBeWritten(question, answer)) return;
  const std::string written =
      assay::test::DnsReply(assay::test::DnsQuery::For(question), answer).Bytes();
  Require(assay::dns::ParseReply(assay::test::AsBytes(written), question) == answer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> packet(data, size);
  for (const RrType type : {RrType::kA, RrType::kTxt}) Check(packet, QuestionIn(packet, type));
  (void)assay::dns::IsTruncated(packet);
  return 0;
}
