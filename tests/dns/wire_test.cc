// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/wire.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/dns_packet.h"

namespace assay::dns {
namespace {

using std::chrono::seconds;
using test::DnsQuery;
using test::DnsReply;

const Question kText("example.com", RrType::kTxt);
constexpr std::uint16_t kTxt = 16;
constexpr std::uint16_t kMx = 15;

Answer Parse(const std::string& bytes, const Question& question = kText) {
  return ParseReply(test::AsBytes(bytes), question);
}

DnsReply Reply(const Question& question = kText, int rcode = test::kNoError) {
  return DnsReply(DnsQuery::For(question), rcode);
}

TEST(IsEncodable, Limits) {
  const std::string label63(63, 'a');
  const std::string name253 = label63 + '.' + label63 + '.' + label63 + '.' + std::string(61, 'a');
  struct Case {
    std::string name;
    bool want;
  };
  const Case cases[] = {
      {"example.com", true},
      {"a", true},
      {label63 + ".example", true},
      {std::string(64, 'a') + ".example", false},
      {name253, true},
      {name253 + "a", false},
      {"", false},
      {"a..b", false},
      {".a", false},
      {"a.", false},
      {"odd \xff\\name", true},
      {std::string("a\0b", 3), false},
  };
  for (const Case& c : cases) EXPECT_EQ(IsEncodable(c.name), c.want) << c.name;
}

TEST(ParseReply, Addresses) {
  const Question a("example.com", RrType::kA);
  const Answer v4 = Parse(Reply(a)
                              .Address("example.com", "192.0.2.1", 60)
                              .Address("EXAMPLE.com", "192.0.2.2", 50)
                              .Bytes(),
                          a);
  EXPECT_EQ(v4.status, Status::kSuccess);
  EXPECT_EQ(v4.ttl, seconds(50));
  EXPECT_EQ(v4.addresses, (std::vector<IpAddress>{*IpAddress::Parse("192.0.2.1"),
                                                  *IpAddress::Parse("192.0.2.2")}));
  const Question aaaa("example.com", RrType::kAaaa);
  const Answer v6 = Parse(Reply(aaaa).Address("example.com", "2001:db8::1").Bytes(), aaaa);
  EXPECT_EQ(v6.addresses, std::vector<IpAddress>{*IpAddress::Parse("2001:db8::1")});
}

TEST(ParseReply, TextStringsAreJoinedRecordsAreNot) {
  const std::string long_text(700, 'k');
  const Answer answer =
      Parse(Reply().Text("example.com", long_text).Text("example.com", "").Bytes());
  EXPECT_EQ(answer.texts, (std::vector<std::string>{long_text, ""}));
}

TEST(ParseReply, MailExchangesAndHosts) {
  const Question mx("example.com", RrType::kMx);
  const Answer exchanges =
      Parse(Reply(mx)
                .Record("example.com", kMx, 60,
                        test::WireNumber16(10) + test::WireName("Mail.Example.com"))
                .Record("example.com", kMx, 60, test::WireNumber16(0) + test::WireName(""))
                .Bytes(),
            mx);
  EXPECT_EQ(exchanges.mail_exchanges,
            (std::vector<MailExchange>{{10, "mail.example.com"}, {0, ""}}));
  const Question ptr("1.2.0.192.in-addr.arpa", RrType::kPtr);
  const Answer hosts =
      Parse(Reply(ptr).Record(ptr.name, 12, 60, test::WireName("Host.example.com")).Bytes(), ptr);
  EXPECT_EQ(hosts.hosts, std::vector<std::string>{"host.example.com"});
}

TEST(ParseReply, CompressedNames) {
  // Owner: pointer to the question's name at 12. Host: "mail" and a pointer to it.
  const Question mx("example.com", RrType::kMx);
  const std::string host = std::string("\x04mail\xc0\x0c", 7);
  const std::string record = std::string("\xc0\x0c", 2) + test::WireNumber16(kMx) +
                             test::WireNumber16(1) + test::WireNumber32(60) +
                             test::WireNumber16(2 + 7) + test::WireNumber16(5) + host;
  const Answer answer = Parse(Reply(mx).Raw(record).Bytes(), mx);
  EXPECT_EQ(answer.mail_exchanges, (std::vector<MailExchange>{{5, "mail.example.com"}}));
}

TEST(ParseReply, DotInsideALabelIsNotASeparator) {
  const Question ptr("1.2.0.192.in-addr.arpa", RrType::kPtr);
  const std::string host = std::string("\x10mail.example.com\x00", 18);
  const Answer answer = Parse(Reply(ptr).Record(ptr.name, 12, 60, host).Bytes(), ptr);
  EXPECT_EQ(answer.hosts, std::vector<std::string>{"mail\\046example\\046com"});
  const std::string nul = std::string("\x01\x00\x00", 3);
  EXPECT_EQ(Parse(Reply(ptr).Record(ptr.name, 12, 60, nul).Bytes(), ptr).hosts,
            std::vector<std::string>{"\\000"});
}

TEST(ParseReply, FollowsChainsInAnyOrder) {
  const Answer answer = Parse(Reply()
                                  .Text("c.example", "found", 600)
                                  .Cname("b.example", "c.example", 40)
                                  .Text("other.example", "not this one", 1)
                                  .Cname("example.com", "B.Example", 50)
                                  .Bytes());
  EXPECT_EQ(answer.status, Status::kSuccess);
  EXPECT_EQ(answer.texts, std::vector<std::string>{"found"});
  EXPECT_EQ(answer.ttl, seconds(40));
}

TEST(ParseReply, ChainsHaveALimit) {
  const auto chain = [](int length) {
    DnsReply reply = Reply();
    std::string owner = "example.com";
    for (int i = 0; i < length; ++i) {
      const std::string target = 'n' + std::to_string(i) + ".example";
      reply.Cname(owner, target);
      owner = target;
    }
    return Parse(reply.Text(owner, "end").Bytes()).status;
  };
  EXPECT_EQ(chain(kMaxCnameHops), Status::kSuccess);
  EXPECT_EQ(chain(kMaxCnameHops + 1), Status::kServFail);
}

struct StatusCase {
  const char* name;
  DnsReply reply;
  Status want;
  seconds ttl = seconds(0);
};

class ReplyStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(ReplyStatus, Is) {
  const Answer answer = Parse(GetParam().reply.Bytes());
  EXPECT_EQ(answer.status, GetParam().want);
  EXPECT_EQ(answer.ttl, GetParam().ttl);
  EXPECT_TRUE(answer.texts.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Wire, ReplyStatus,
    testing::Values(
        StatusCase{"nodata_without_soa", Reply(), Status::kNoData},
        StatusCase{"nodata_minimum", Reply().Soa("example.com", 900, 300), Status::kNoData,
                   seconds(300)},
        StatusCase{"nodata_soa_ttl", Reply().Soa("example.com", 60, 300), Status::kNoData,
                   seconds(60)},
        StatusCase{"nxdomain", Reply(kText, test::kNxDomain).Soa("com", 60, 300), Status::kNxDomain,
                   seconds(60)},
        StatusCase{"nxdomain_of_alias",
                   Reply(kText, test::kNxDomain)
                       .Cname("example.com", "b.example", 20)
                       .Soa("example", 60, 300),
                   Status::kNxDomain, seconds(20)},
        StatusCase{"alias_alone", Reply().Cname("example.com", "b.example"), Status::kNoData},
        StatusCase{"other_owner_only", Reply().Text("b.example", "x"), Status::kNoData},
        StatusCase{"other_type_only", Reply().Address("example.com", "192.0.2.1"), Status::kNoData},
        StatusCase{"other_class_only",
                   Reply().Raw(test::WireName("example.com") + test::WireNumber16(kTxt) +
                               test::WireNumber16(3) + test::WireNumber32(60) +
                               test::WireNumber16(2) + "\x01x"),
                   Status::kNoData},
        StatusCase{"servfail", Reply(kText, test::kServFail), Status::kServFail},
        StatusCase{"refused", Reply(kText, test::kRefused), Status::kRefused},
        StatusCase{"not_implemented", Reply(kText, 4), Status::kServFail},
        StatusCase{"alias_of_itself", Reply().Cname("example.com", "example.com"),
                   Status::kServFail},
        StatusCase{"alias_loop",
                   Reply().Cname("example.com", "b.example").Cname("b.example", "example.com"),
                   Status::kServFail},
        StatusCase{"truncated", Reply().Text("example.com", "x").Truncated(), Status::kMalformed},
        StatusCase{"text_without_string", Reply().Record("example.com", kTxt, 60, ""),
                   Status::kMalformed},
        StatusCase{"text_string_too_long", Reply().Record("example.com", kTxt, 60, "\x05xx"),
                   Status::kMalformed},
        StatusCase{"one_good_one_bad",
                   Reply().Text("example.com", "x").Record("example.com", kTxt, 60, "\x05xx"),
                   Status::kMalformed},
        StatusCase{"record_missing", Reply().Raw(""), Status::kMalformed},
        StatusCase{"record_cut_off",
                   Reply().Raw(test::WireName("example.com") + std::string("\x00\x10", 2)),
                   Status::kMalformed},
        StatusCase{
            "alias_data_too_long",
            Reply().Record("example.com", test::kTypeCname, 60, test::WireName("b.example") + "x"),
            Status::kMalformed},
        StatusCase{"pointer_to_itself",
                   Reply().Record("example.com", test::kTypeCname, 60, "\xc0\x35"),
                   Status::kMalformed},
        StatusCase{"pointer_forward", Reply().Raw("\xc0\xff"), Status::kMalformed},
        StatusCase{"reserved_label_type", Reply().Raw("\x80\x01\x01\x01"), Status::kMalformed}),
    [](const auto& i) { return std::string(i.param.name); });

TEST(ParseReply, NotAReplyToThisQuestion) {
  const std::string good = Reply().Text("example.com", "x").Bytes();
  ASSERT_EQ(Parse(good).status, Status::kSuccess);
  EXPECT_EQ(Parse(good, Question("example.org", RrType::kTxt)).status, Status::kMalformed);
  EXPECT_EQ(Parse(good, Question("example.com", RrType::kMx)).status, Status::kMalformed);
  const auto with = [&good](std::size_t at, char value) {
    std::string bytes = good;
    bytes[at] = value;
    return Parse(bytes).status;
  };
  EXPECT_EQ(with(2, '\x01'), Status::kMalformed);   // a query
  EXPECT_EQ(with(2, '\xa9'), Status::kMalformed);   // opcode UPDATE
  EXPECT_EQ(with(5, '\x00'), Status::kMalformed);   // no question
  EXPECT_EQ(with(5, '\x02'), Status::kMalformed);   // two questions
  EXPECT_EQ(with(12, '\x08'), Status::kMalformed);  // another name
}

TEST(ParseReply, EveryCutIsMalformed) {
  const std::string good =
      Reply().Cname("example.com", "b.example").Text("b.example", "text").Bytes();
  ASSERT_EQ(Parse(good).status, Status::kSuccess);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(Parse(good.substr(0, size)).status, Status::kMalformed) << size;
  }
  const std::string negative = Reply().Soa("example.com", 60, 60).Bytes();
  for (std::size_t size = 0; size < negative.size(); ++size) {
    EXPECT_EQ(Parse(negative.substr(0, size)).status, Status::kMalformed) << size;
  }
}

TEST(ParseReply, TtlWithTheTopBitIsZero) {
  EXPECT_EQ(Parse(Reply().Text("example.com", "x", 0x80000000U).Bytes()).ttl, seconds(0));
  EXPECT_EQ(Parse(Reply().Text("example.com", "x", 0x7fffffffU).Bytes()).ttl, kMaxTtl);
}

TEST(ParseReply, NamesHaveALimitThroughPointersToo) {
  // Each label of 63 bytes is followed by a pointer to the one before: five of them are beyond 255
  // bytes.
  std::string records;
  const Question ptr("a.example", RrType::kPtr);
  const std::string label = '\x3f' + std::string(63, 'x');
  const std::size_t start = Reply(ptr).Bytes().size();
  std::string data = label + '\0';
  std::size_t previous = start + test::WireName("a.example").size() + 10;
  for (int i = 0; i < 4; ++i) {
    const std::size_t here = previous + (i == 0 ? 65 : 66);
    data += label + static_cast<char>(0xc0U | previous >> 8U) + static_cast<char>(previous & 0xffU);
    previous = here;
  }
  // The data as a whole is not one name; point at its last part with a second record.
  const std::string pointer = {static_cast<char>(0xc0U | previous >> 8U),
                               static_cast<char>(previous & 0xffU)};
  const auto status = [&](const std::string& target) {
    return Parse(Reply(ptr)
                     .Record("a.example", 99, 60, data)
                     .Record("a.example", 12, 60, target)
                     .Bytes(),
                 ptr)
        .status;
  };
  EXPECT_EQ(status(pointer), Status::kMalformed);
  const std::size_t third = previous - std::size_t{2} * 66;
  EXPECT_EQ(status({static_cast<char>(0xc0U | third >> 8U), static_cast<char>(third & 0xffU)}),
            Status::kSuccess);
}

TEST(ParseReply, RecordsHaveALimit) {
  const auto status = [](std::size_t count) {
    DnsReply reply = Reply();
    for (std::size_t i = 0; i < count; ++i) reply.Text("example.com", "x");
    return Parse(reply.Bytes()).status;
  };
  EXPECT_EQ(status(kMaxRecords), Status::kSuccess);
  EXPECT_EQ(status(kMaxRecords + 1), Status::kMalformed);
}

TEST(IsTruncated, OnlyOfReplies) {
  EXPECT_TRUE(IsTruncated(test::AsBytes(Reply().Truncated().Bytes())));
  EXPECT_FALSE(IsTruncated(test::AsBytes(Reply().Bytes())));
  EXPECT_FALSE(IsTruncated({}));
}

}  // namespace
}  // namespace assay::dns
