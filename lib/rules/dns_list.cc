// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/dns_list.h"

#include <algorithm>
#include <array>

namespace assay::rules {
namespace {

constexpr std::array<std::string_view, kAskedCount> kAskedWords = {
    "client.ip",          "received",        "client.name", "helo", "mail_from.domain",
    "header_from.domain", "reply_to.domain", "dkim.domain", "links"};

constexpr std::uint32_t kLoopback = 0x7F000000;  // 127.0.0.0/8 (RFC 5782, 2.1)
constexpr std::uint32_t kRefusals = 0x7FFFFF00;  // 127.255.255.0/24
constexpr std::uint32_t kNeverListed = kLoopback + 1;

}  // namespace

std::string_view ToWord(Asked asked) { return kAskedWords[static_cast<std::size_t>(asked)]; }

bool IsAddress(Asked asked) { return asked == Asked::kClientIp || asked == Asked::kReceived; }

bool IsRefusal(std::uint32_t answer) {
  return (answer & 0xFFFFFF00U) == kRefusals || answer == kNeverListed;
}

std::optional<std::uint32_t> ToAnswer(const IpAddress& address) {
  if (!address.is_v4()) return {};
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | address.bytes()[i];
  if ((number & 0xFF000000U) != kLoopback) return {};
  return number;
}

std::string DnsList::FullName() const { return (of_names ? "uribl." : "dnsbl.") + name; }

std::optional<std::uint32_t> DnsList::FindCode(std::string_view word) const {
  const auto found = std::ranges::find(codes, word, &ListCode::name);
  if (found == codes.end()) return {};
  return static_cast<std::uint32_t>(found - codes.begin());
}

std::string DnsList::QuestionFor(const IpAddress& address) const {
  std::string question = address.ReverseName();
  const std::string_view arpa = address.is_v4() ? "in-addr.arpa" : "ip6.arpa";
  question.replace(question.size() - arpa.size(), arpa.size(), zone);
  return question;
}

std::string DnsList::QuestionFor(std::string_view asked) const {
  return std::string(asked) + '.' + zone;
}

ListReading DnsList::Read(std::span<const IpAddress> answer) const {
  ListReading reading;
  std::vector<std::uint32_t> numbers;
  for (const IpAddress& address : answer) {
    const auto number = ToAnswer(address);
    if (!number) {
      reading.stranger = address;
    } else if (IsRefusal(*number) || std::ranges::any_of(refused, [&](const AnswerMatch& match) {
                 return match.Covers(*number);
               })) {
      reading.refusal = address;
    } else {
      numbers.push_back(*number);
    }
  }
  if (!reading.good()) return reading;
  for (std::uint32_t code = 0; code < codes.size(); ++code) {
    const bool covers = std::ranges::any_of(codes[code].answers, [&](const AnswerMatch& match) {
      return std::ranges::any_of(numbers,
                                 [&](std::uint32_t number) { return match.Covers(number); });
    });
    if (covers) reading.codes.push_back(code);
  }
  return reading;
}

}  // namespace assay::rules
