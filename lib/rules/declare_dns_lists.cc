// SPDX-License-Identifier: Apache-2.0
// dnsbl and uribl as written become DnsLists.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/rules/compiler.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

constexpr int kLoopbackPrefix = 8;
constexpr std::uint32_t kBelowLoopback = 0x00FFFFFF;  // the bits behind 127.
constexpr std::string_view kProfiles[] = {"inbound", "submission", "local"};
// Words that stand where codes stand and mean something else.
constexpr std::string_view kReservedCodes[] = {"none", "unknown", "temperror"};

// Letters, digits, '-' and '_' in labels of at most 63 bytes: what stands behind every question.
bool IsZoneName(std::string_view zone) {
  if (zone.empty() || zone.size() > kMaxZoneBytes) return false;
  return std::ranges::all_of(Split(zone, '.'), [](std::string_view label) {
    constexpr std::size_t kMaxLabel = 63;
    return !label.empty() && label.size() <= kMaxLabel && std::ranges::all_of(label, [](char c) {
      return IsAsciiAlnum(c) || c == '-' || c == '_';
    });
  });
}

class DnsListCompiler {
 public:
  DnsListCompiler(Builder& builder, const DnsListSyntax& syntax)
      : builder_(builder), syntax_(syntax) {}

  DnsList Run();

 private:
  void Zone();
  void Asks();
  void Profiles();
  void By();
  void Test();
  void Codes();
  void Code(const ListCodeSyntax& code);
  std::optional<AnswerMatch> Match(const AnswerSyntax& answer, bool refusals);
  std::optional<AnswerMatch> Build(const AnswerSyntax& answer);
  std::optional<AnswerMatch> Network(const AnswerSyntax& answer);
  std::optional<std::uint32_t> Number(const std::string& text, const Place& place);
  void Error(const Place& place, std::string message, std::string hint = {}) {
    builder_.log.Error(place, std::move(message), std::move(hint));
  }

  Builder& builder_;
  const DnsListSyntax& syntax_;
  DnsList list_;
};

DnsList DnsListCompiler::Run() {
  list_.name = syntax_.name.text;
  list_.of_names = syntax_.of_names;
  Zone();
  Asks();
  Profiles();
  By();
  Test();
  Codes();
  return std::move(list_);
}

void DnsListCompiler::Zone() {
  list_.zone = ToLower(syntax_.zone.text);
  if (list_.zone.ends_with('.')) list_.zone.pop_back();
  if (!IsZoneName(list_.zone)) {
    Error(syntax_.zone.place, fmt::format("a zone is a domain of at most {} bytes", kMaxZoneBytes));
  }
}

void DnsListCompiler::Asks() {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < kAskedCount; ++i) {
    const auto asked = static_cast<Asked>(i);
    if (IsAddress(asked) != list_.of_names) words.push_back(ToWord(asked));
  }
  for (const Word& word : syntax_.asks) {
    std::size_t i = 0;
    while (i < kAskedCount && ToWord(static_cast<Asked>(i)) != word.text) ++i;
    if (i == kAskedCount) {
      Error(word.place, fmt::format("{} is nothing that a list is asked about", Quote(word.text)),
            DidYouMean(word.text, words));
    } else if (IsAddress(static_cast<Asked>(i)) == list_.of_names) {
      Error(word.place,
            fmt::format("a {} is not asked about {}", list_.of_names ? "uribl" : "dnsbl",
                        Quote(word.text)),
            "a dnsbl is asked about addresses, a uribl about names");
    } else {
      list_.asks.set(i);
    }
  }
  if (syntax_.asks.empty()) {
    list_.asks.set(static_cast<std::size_t>(list_.of_names ? Asked::kLinks : Asked::kClientIp));
  }
}

void DnsListCompiler::Profiles() {
  for (const Word& word : syntax_.profiles) {
    if (std::ranges::find(kProfiles, word.text) == std::end(kProfiles)) {
      Error(word.place, fmt::format("unknown profile {}", Quote(word.text)),
            DidYouMean(word.text, kProfiles));
    }
    list_.profiles.push_back(word.text);
  }
  if (list_.profiles.empty()) list_.profiles.emplace_back(kProfiles[0]);
}

void DnsListCompiler::By() {
  if (!syntax_.by) return;
  const Word& by = *syntax_.by;
  list_.whole_names = by.text == "host";
  if (!list_.of_names) {
    Error(by.place, "a dnsbl is asked about addresses, which have no hosts or domains");
  } else if (by.text != "host" && by.text != "domain") {
    Error(by.place, fmt::format("expected 'host' or 'domain', found {}", Quote(by.text)));
  }
}

// RFC 5782, 5: 127.0.0.2 is listed and 127.0.0.1 is not; of names, TEST is and INVALID is not.
void DnsListCompiler::Test() {
  if (syntax_.test && !syntax_.test_is_text && syntax_.test->text == "none") return;
  const auto left = [&](const IpAddress& address) {
    const std::string name = list_.QuestionFor(address);
    return name.substr(0, name.size() - list_.zone.size() - 1);
  };
  list_.test = list_.of_names ? "test" : left(IpAddress::V4({127, 0, 0, 2}));
  list_.no_test = list_.of_names ? "invalid" : left(IpAddress::V4({127, 0, 0, 1}));
  if (!syntax_.test) return;
  const Word& test = *syntax_.test;
  const auto address = IpAddress::Parse(test.text);
  if (syntax_.test_is_text) {
    list_.test = ToLower(test.text);
    if (!IsZoneName(*list_.test)) Error(test.place, "a name to test is a domain");
  } else if (address) {
    list_.test = left(*address);
  } else {
    Error(test.place, "a test is one address or one name");
  }
}

void DnsListCompiler::Codes() {
  for (const ListCodeSyntax& code : syntax_.codes) Code(code);
  if (syntax_.codes.empty()) {
    Error(syntax_.name.place, fmt::format("list {} has no codes", Quote(syntax_.name.text)),
          "say which answers count, so that no other is taken for a listing: listed 127.0.0.2");
  }
  if (list_.codes.size() > kMaxListCodes) {
    Error(syntax_.name.place, fmt::format("a list has at most {} codes", kMaxListCodes));
  }
}

void DnsListCompiler::Code(const ListCodeSyntax& code) {
  CheckName(code.name, builder_.log);
  const bool refused = code.name.text == "refused";
  if (std::ranges::find(kReservedCodes, code.name.text) != std::end(kReservedCodes)) {
    Error(code.name.place, fmt::format("{} is no name for a code", Quote(code.name.text)),
          "it says in examples and conditions that a list has no answer");
  }
  if (list_.FindCode(code.name.text) || (refused && !list_.refused.empty())) {
    Error(code.name.place, fmt::format("code {} is there already", Quote(code.name.text)),
          "write all its answers behind each other with commas");
  }
  std::vector<AnswerMatch> matches;
  for (const AnswerSyntax& answer : code.answers) {
    if (const auto match = Match(answer, refused)) matches.push_back(*match);
  }
  if (refused) {
    list_.refused = std::move(matches);
  } else {
    list_.codes.push_back({code.name.text, std::move(matches)});
  }
}

std::optional<AnswerMatch> DnsListCompiler::Match(const AnswerSyntax& answer, bool refusals) {
  const auto match = Build(answer);
  if (!match || refusals) return match;
  if (IsRefusal(match->first) && IsRefusal(match->last) && match->mask == 0xFFFFFFFF) {
    Error(answer.place, "lists answer this when they refuse the question: it is never a listing",
          "where this is another list's way to refuse, call the code 'refused'");
    return {};
  }
  return match;
}

std::optional<AnswerMatch> DnsListCompiler::Build(const AnswerSyntax& answer) {
  if (answer.form == AnswerSyntax::Form::kNetwork) {
    return Network(answer);
  }
  const auto first = Number(answer.first, answer.place);
  if (!first) return {};
  if (answer.form == AnswerSyntax::Form::kBits) {
    if ((*first & kBelowLoopback) == 0) {
      Error(answer.place, "every answer has these bits", "bits 127.0.0.8 asks for one of them");
      return {};
    }
    return AnswerMatch{*first, *first, *first};
  }
  if (answer.form == AnswerSyntax::Form::kMask) {
    const auto mask = IpAddress::Parse(answer.second);
    if (!mask || !mask->is_v4()) {
      Error(answer.place, "a mask is an IPv4 address: 127.0.0.3 mask 255.0.0.255");
      return {};
    }
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) bits = bits << 8 | mask->bytes()[i];
    return AnswerMatch{*first & bits, *first & bits, bits};
  }
  const auto last = Number(answer.second, answer.place);
  if (!last) return {};
  if (*last < *first) {
    Error(answer.place, "the range ends before it begins");
    return {};
  }
  return AnswerMatch{*first, *last};
}

std::optional<AnswerMatch> DnsListCompiler::Network(const AnswerSyntax& answer) {
  const auto network = IpNetwork::Parse(answer.first);
  const bool inside = network && network->prefix() >= kLoopbackPrefix;
  const auto first = Number(inside ? network->address().ToString() : std::string(), answer.place);
  if (!first) return {};
  const auto prefix = static_cast<unsigned>(network->prefix());
  const std::uint32_t hosts = prefix == 32 ? 0 : 0xFFFFFFFFU >> prefix;
  return AnswerMatch{*first & ~hosts, *first | hosts};
}

std::optional<std::uint32_t> DnsListCompiler::Number(const std::string& text, const Place& place) {
  const auto address = IpAddress::Parse(text);
  auto number = address ? ToAnswer(*address) : std::optional<std::uint32_t>();
  if (!number) {
    Error(place, "answers are addresses in 127.0.0.0/8 (RFC 5782, 2.1)",
          "another answer comes from somebody who has taken over the list's name");
  }
  return number;
}

}  // namespace

void DeclareDnsLists(Builder& builder, const FileSyntax& file) {
  for (const DnsListSyntax& syntax : file.dns_lists) {
    CheckName(syntax.name, builder.log);
    const auto known = std::ranges::find_if(builder.dns_lists, [&](const auto& entry) {
      return builder.program.dns_lists[entry.second.id].name == syntax.name.text;
    });
    if (known != builder.dns_lists.end()) {
      builder.log.Error(syntax.name.place,
                        fmt::format("list {} is already defined at {}", Quote(syntax.name.text),
                                    builder.log.sources().Where(known->second.place)));
      continue;
    }
    if (builder.dns_lists.size() >= kMaxDnsLists) {
      builder.log.Error(syntax.name.place,
                        fmt::format("a rule set has at most {} DNS lists", kMaxDnsLists));
      return;
    }
    DnsList list = DnsListCompiler(builder, syntax).Run();
    const auto id = static_cast<DnsListId>(builder.program.dns_lists.size());
    builder.dns_lists[list.FullName()] = {id, syntax.name.place};
    builder.program.dns_lists.push_back(std::move(list));
  }
}

const DnsList* FindDnsList(Builder& builder, const Word& name, DnsListId& id) {
  const auto found = builder.dns_lists.find(name.text);
  if (found != builder.dns_lists.end()) {
    id = found->second.id;
    return &builder.program.dns_lists[id];
  }
  builder.log.Error(name.place, fmt::format("unknown DNS list {}", Quote(name.text)),
                    Suggest(builder, name.text, builder.dns_lists));
  return nullptr;
}

}  // namespace assay::rules
