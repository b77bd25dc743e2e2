// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

constexpr std::string_view kDnsListKeywords[] = {
    "dnsbl", "uribl", "zone", "ask", "by", "for", "test", "to", "mask", "bits", "refused", "none"};

class DnsListParser {
 public:
  explicit DnsListParser(TokenReader& reader) : reader_(reader) {}

  std::optional<DnsListSyntax> Run();

 private:
  bool Option(DnsListSyntax& list);
  bool Words(std::vector<Word>& words, std::string_view what);
  bool Test(DnsListSyntax& list);
  bool Code(DnsListSyntax& list);
  bool Answer(ListCodeSyntax& code);
  std::optional<std::string> Address(std::string_view what);
  // Reports an option that stands twice.
  void Once(bool known) {
    if (known) {
      reader_.log().Error(reader_.Peek().place,
                          fmt::format("a list has one '{}'", reader_.Peek().text));
    }
  }

  TokenReader& reader_;
};

std::optional<DnsListSyntax> DnsListParser::Run() {
  DnsListSyntax list;
  list.of_names = reader_.Take().Is("uribl");
  auto name = reader_.ExpectName("the name of the list");
  if (!name || !reader_.Expect("zone", "behind the list's name")) return {};
  list.name = *std::move(name);
  auto zone = reader_.ExpectText("the zone in quotes");
  if (!zone) return {};
  list.zone = *std::move(zone);
  while (!reader_.Skip("{")) {
    if (!Option(list)) return {};
  }
  while (!reader_.Skip("}")) {
    if (!Code(list)) return {};
  }
  return list;
}

bool DnsListParser::Option(DnsListSyntax& list) {
  const Token& token = reader_.Peek();
  if (token.Is("ask")) {
    Once(!list.asks.empty());
    return Words(list.asks, "what the list is asked about: client.ip, links");
  }
  if (token.Is("for")) {
    Once(!list.profiles.empty());
    return Words(list.profiles, "a profile: inbound, submission, local");
  }
  if (token.Is("by")) {
    Once(list.by.has_value());
    reader_.Take();
    list.by = reader_.ExpectName("domain or host");
    return list.by.has_value();
  }
  if (token.Is("test")) {
    Once(list.test.has_value());
    return Test(list);
  }
  constexpr std::string_view kOptions[] = {"ask", "by", "for", "test"};
  reader_.Unexpected("'ask', 'by', 'for', 'test' or '{'", DidYouMean(token.text, kOptions));
  return false;
}

bool DnsListParser::Words(std::vector<Word>& words, std::string_view what) {
  reader_.Take();
  do {
    auto word = reader_.ExpectName(what);
    if (!word) return false;
    words.push_back(*std::move(word));
  } while (reader_.Skip(","));
  return true;
}

// test "name", test 127.0.0.2, test none
bool DnsListParser::Test(DnsListSyntax& list) {
  reader_.Take();
  if (reader_.Peek().kind == TokenKind::kString) {
    list.test = reader_.ExpectText("a name");
    list.test_is_text = true;
    return true;
  }
  if (reader_.Peek().kind == TokenKind::kAddress || reader_.Peek().Is("none")) {
    const Token token = reader_.Take();
    list.test = Word{std::string(token.text), token.place};
    return true;
  }
  reader_.Unexpected("what must be listed, in quotes or as an address, or 'none'");
  return false;
}

// name answer, answer …
bool DnsListParser::Code(DnsListSyntax& list) {
  auto name = reader_.ExpectName("the name of a code, or '}' at the end of the list");
  if (!name) return false;
  ListCodeSyntax code;
  code.name = *std::move(name);
  do {
    if (!Answer(code)) return false;
  } while (reader_.Skip(","));
  list.codes.push_back(std::move(code));
  return true;
}

bool DnsListParser::Answer(ListCodeSyntax& code) {
  constexpr std::string_view kAnswer = "an answer: 127.0.0.2, 127.0.0.4/30 or bits 127.0.0.8";
  AnswerSyntax answer;
  answer.place = reader_.Peek().place;
  const bool bits = reader_.Skip("bits");
  auto first = Address(bits ? "an address behind 'bits'" : kAnswer);
  if (!first) return false;
  answer.first = *std::move(first);
  if (bits) {
    answer.form = AnswerSyntax::Form::kBits;
  } else if (reader_.Peek().Is("to") || reader_.Peek().Is("mask")) {
    answer.form = reader_.Take().Is("to") ? AnswerSyntax::Form::kRange : AnswerSyntax::Form::kMask;
    auto second = Address("an address");
    if (!second) return false;
    answer.second = *std::move(second);
  }
  answer.place = Span(answer.place, reader_.last());
  code.answers.push_back(std::move(answer));
  return true;
}

std::optional<std::string> DnsListParser::Address(std::string_view what) {
  if (reader_.Peek().kind != TokenKind::kAddress) {
    reader_.Unexpected(what);
    return {};
  }
  return std::string(reader_.Take().text);
}

}  // namespace

std::optional<DnsListSyntax> ParseDnsList(TokenReader& reader) {
  return DnsListParser(reader).Run();
}

std::span<const std::string_view> DnsListKeywords() { return kDnsListKeywords; }

}  // namespace assay::rules
