// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/ownership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/identity/open_table.h"
#include "lib/identity/sender_judge.h"

namespace assay::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NamedTable Inline(const std::string& entries) {
  const std::string text = "inline:{" + entries + "}";
  auto opened = OpenTable(*ParseTableSpec(text), {});
  return {"T", opened->table};
}

// Gives no answer.
class Silent final : public Table {
 public:
  [[nodiscard]] Result<std::optional<std::string>> Lookup(std::string_view /*key*/,
                                                          Deadline /*until*/) const override {
    return Temporary("no answer");
  }
  [[nodiscard]] bool may_wait() const override { return true; }
};

// Answers every whole address, and counts the parts that it is asked for.
class WholeOnly final : public Table {
 public:
  [[nodiscard]] Result<std::optional<std::string>> Lookup(std::string_view key,
                                                          Deadline /*until*/) const override {
    if (key.find('@') == 0 || key.find('@') == std::string_view::npos) ++parts;
    return std::optional<std::string>();
  }
  [[nodiscard]] bool takes_parts() const override { return false; }
  mutable int parts = 0;
};

mail::Address Parse(std::string_view text) { return *mail::ParsePath(text); }

OwnershipRules Rules() {
  OwnershipRules rules;
  const std::vector<std::string> bare = {"bare.example"};
  rules.bare_domains = LocalDomains(bare);
  rules.any_address_logins = {"relay"};
  return rules;
}

TEST(LookupKeys, PostfixOrder) {
  OwnershipRules rules = Rules();
  EXPECT_THAT(LookupKeys(rules, Parse("bob+x@example.com")),
              ElementsAre("bob+x@example.com", "bob@example.com", "@example.com"));
  EXPECT_THAT(
      LookupKeys(rules, Parse("bob+x@bare.example")),
      ElementsAre("bob+x@bare.example", "bob@bare.example", "bob+x", "bob", "@bare.example"));
  EXPECT_THAT(LookupKeys(rules, Parse("bob")), ElementsAre("bob"));
  EXPECT_THAT(LookupKeys(rules, Parse("+x@example.com")),
              ElementsAre("+x@example.com", "@example.com"));
  EXPECT_THAT(LookupKeys(rules, Parse("mailer-daemon@example.com")).size(), 2U);
  rules.delimiters = "-+";
  EXPECT_THAT(LookupKeys(rules, Parse("bob-x+y@example.com"))[1], "bob@example.com");
  EXPECT_THAT(LookupKeys(rules, Parse("owner-list@example.com")).size(), 2U);
  EXPECT_THAT(LookupKeys(rules, Parse("list-request@example.com")).size(), 2U);
  rules.delimiters.clear();
  EXPECT_THAT(LookupKeys(rules, Parse("bob+x@example.com")).size(), 2U);
  EXPECT_THAT(LookupKeys(rules, Parse("\"a b\"@example.com"))[0], "\"a b\"@example.com");
}

struct Case {
  const char* name;
  const char* login;
  const char* address;
  Ownership want;
};
constexpr auto kMatch = Ownership::kMatch;
constexpr auto kMismatch = Ownership::kMismatch;
constexpr auto kUnlisted = Ownership::kUnlisted;
const Case kCases[] = {
    {"own address", "bob", "bob@example.com", kMatch},
    {"logins have no case", "BOB", "bob@example.com", kMatch},
    {"addresses have no case", "bob", "Bob@example.com", kMatch},
    {"another's", "carol", "bob@example.com", kMismatch},
    {"a part of a login is not a login", "bo", "bob@example.com", kMismatch},
    {"one of several", "carol", "team@example.com", kMatch},
    {"none of several", "dave", "team@example.com", kMismatch},
    {"extension", "bob", "bob+lists@example.com", kMatch},
    {"another's extension", "carol", "bob+lists@example.com", kMismatch},
    {"an entry with extension goes first", "sales", "bob+sales@example.com", kMatch},
    {"and alone", "bob", "bob+sales@example.com", kMismatch},
    {"catch-all", "erin", "anything@example.org", kMatch},
    {"another's catch-all", "bob", "anything@example.org", kMismatch},
    {"an own entry goes before the catch-all", "erin", "own@example.org", kMismatch},
    {"everybody's", "anyone", "everybody@example.com", kMatch},
    {"bare name in a bare domain", "grace", "grace@bare.example", kMatch},
    {"bare name elsewhere", "grace", "grace@example.com", kUnlisted},
    {"unknown address", "bob", "x@example.net", kUnlisted},
    {"subdomain of a catch-all", "erin", "x@sub.example.org", kUnlisted},
    {"a login for everything", "relay", "x@example.net", kMatch},
    {"alias to an own address", "bob", "info@example.com", kMatch},
    {"alias to the login itself", "henry", "help@example.com", kMatch},
    {"alias of aliases", "carol", "all@example.com", kMatch},
    {"alias to others", "dave", "info@example.com", kMismatch},
    {"a domain that stands for another", "bob", "bob@alias.example", kMatch},
    {"and others' there", "carol", "bob@alias.example", kMismatch},
    {"aliases behind a catch-all", "bob", "list@example.org", kMatch},
    {"an own entry ends the search before aliases", "bob", "locked@example.com", kMismatch},
    {"commands and files are nobody", "bob", "program@example.com", kMismatch},
    {"a circle ends", "bob", "circle@example.com", kMismatch},
};

OwnershipTables Tables() {
  OwnershipTables tables;
  tables.logins = {
      Inline("bob@example.com=bob, { team@example.com = bob, carol }, bob+sales@example.com=sales,"
             "@example.org=erin, own@example.org=frank, everybody@example.com=*, grace=grace,"
             "locked@example.com=carol, carol@example.com=carol")};
  tables.aliases = {Inline(
      "info@example.com=bob@example.com, help@example.com=henry, all@example.com=some@example.com,"
      "{ some@example.com = x@example.net, carol@example.com }, @alias.example=@example.com,"
      "list@example.org=bob@example.com, locked@example.com=bob@example.com,"
      "{ program@example.com = |/bin/true, /var/mail/x, :include:/y },"
      "circle@example.com=circle2@example.com, circle2@example.com=circle@example.com")};
  return tables;
}

TEST(Ownership, Table) {
  const OwnershipRules rules = Rules();
  const OwnershipTables tables = Tables();
  for (const Case& c : kCases) {
    const auto decision = JudgeOwnership(rules, tables, c.login, Parse(c.address), Deadline::max());
    EXPECT_EQ(decision.result, c.want) << c.name << ": " << decision.reason;
    EXPECT_EQ(decision.allow.empty(), c.want == kMatch) << c.name;
    EXPECT_FALSE(decision.reason.empty()) << c.name;
  }
}

TEST(Ownership, RefusalNamesTheEntryThatWouldAllowIt) {
  const auto refused = [](const char* login, const char* address) {
    return JudgeOwnership(Rules(), Tables(), login, Parse(address), Deadline::max());
  };
  const auto listed = refused("carol", "bob+lists@example.com");
  EXPECT_EQ(listed.allow, "T:bob@example.com=bob,carol");
  EXPECT_EQ(listed.reason, "T has bob@example.com for bob");
  EXPECT_EQ(refused("bob", "x@example.org").allow, "T:x@example.org=bob");
  EXPECT_EQ(refused("bob", "new+y@example.net").allow, "T:new@example.net=bob");
}

TEST(Ownership, LoginThatIsAnAddress) {
  OwnershipRules rules = Rules();
  const auto judge = [&](const char* login, const char* address) {
    return JudgeOwnership(rules, {}, login, Parse(address), Deadline::max()).result;
  };
  EXPECT_EQ(judge("bob@example.com", "bob@example.com"), kUnlisted);
  rules.login_is_address = true;
  EXPECT_EQ(judge("bob@example.com", "bob@example.com"), kMatch);
  EXPECT_EQ(judge("Bob@Example.com", "bob+x@example.com"), kMatch);
  EXPECT_EQ(judge("bob@example.com", "bob@example.org"), kUnlisted);
  EXPECT_EQ(judge("bob", "bob@example.com"), kUnlisted);
  EXPECT_EQ(judge("bob@example.com", "bobx@example.com"), kUnlisted);
}

TEST(Ownership, KeysGoBeforeTables) {
  OwnershipTables tables;
  tables.logins = {Inline("@example.com=erin"), Inline("bob@example.com=bob")};
  EXPECT_EQ(JudgeOwnership({}, tables, "bob", Parse("bob@example.com"), Deadline::max()).result,
            kMatch);
  EXPECT_EQ(JudgeOwnership({}, tables, "erin", Parse("bob@example.com"), Deadline::max()).result,
            kMismatch);
}

TEST(Ownership, PatternsSeeWholeAddressesOnly) {
  auto whole = std::make_shared<WholeOnly>();
  OwnershipTables tables;
  tables.logins = {{"W", whole}};
  (void)JudgeOwnership(Rules(), tables, "bob", Parse("bob+x@bare.example"), Deadline::max());
  EXPECT_EQ(whole->parts, 0);
}

TEST(Ownership, NoAnswerIsNeverAVerdict) {
  OwnershipTables tables;
  tables.logins = {Inline("bob@example.com=bob"), {"S", std::make_shared<Silent>()}};
  EXPECT_TRUE(tables.may_wait());
  const auto judge = [&](const char* address) {
    return JudgeOwnership({}, tables, "bob", Parse(address), Deadline::max()).result;
  };
  EXPECT_EQ(judge("bob@example.com"), kMatch) << "found before the silent table";
  EXPECT_EQ(judge("carol@example.com"), Ownership::kTempError);
}

TEST(Ownership, UnreadTableIsOffUnlessAnotherSaysYes) {
  OwnershipTables tables;
  tables.logins = {{"off", nullptr}, Inline("bob@example.com=bob")};
  const auto judge = [&](const char* login, const char* address) {
    return JudgeOwnership({}, tables, login, Parse(address), Deadline::max());
  };
  EXPECT_EQ(judge("bob", "bob@example.com").result, kMatch);
  EXPECT_EQ(judge("carol", "bob@example.com").result, Ownership::kOff);
  EXPECT_THAT(judge("carol", "x@example.com").reason, HasSubstr("off could not be read"));
  tables.logins = {Inline("bob@example.com=bob"), {"off", nullptr}};
  EXPECT_EQ(judge("carol", "bob@example.com").result, kMismatch) << "the first entry decides";
}

TEST(Ownership, AliasesAreFollowedOnlySoFar) {
  std::string entries;
  for (int i = 0; i < 300; ++i) {
    entries += "a" + std::to_string(i) + "@x.example=a" + std::to_string(i + 1) + "@x.example,";
  }
  OwnershipTables tables;
  tables.logins = {Inline("a50@x.example=near, a290@x.example=far")};
  tables.aliases = {Inline(entries)};
  EXPECT_EQ(JudgeOwnership({}, tables, "near", Parse("a0@x.example"), Deadline::max()).result,
            kMatch);
  EXPECT_NE(JudgeOwnership({}, tables, "far", Parse("a0@x.example"), Deadline::max()).result,
            kMatch);
}

// From, Sender and Resent-From together.
struct HeaderCase {
  const char* name;
  std::vector<const char*> from;
  std::vector<const char*> sender;
  std::vector<const char*> resent;
  SenderResult want_from;
  const char* want_sender;  // "-": no such field
};
const HeaderCase kHeaderCases[] = {
    {"own", {"bob@example.com"}, {}, {}, SenderResult::kMatch, "-"},
    {"another's", {"carol@example.com"}, {}, {}, SenderResult::kMismatch, "-"},
    {"Sender does not vouch for From",
     {"carol@example.com"},
     {"bob@example.com"},
     {},
     SenderResult::kMismatch,
     "match"},
    {"own From, another's Sender",
     {"bob@example.com"},
     {"carol@example.com"},
     {},
     SenderResult::kMatch,
     "mismatch"},
    {"every author has to be own",
     {"bob@example.com", "carol@example.com"},
     {},
     {},
     SenderResult::kMismatch,
     "-"},
    {"the order does not matter",
     {"carol@example.com", "bob@example.com"},
     {},
     {},
     SenderResult::kMismatch,
     "-"},
    {"two own authors", {"bob@example.com", "team@example.com"}, {}, {}, SenderResult::kMatch, "-"},
    {"listed for others is worse than unlisted",
     {"x@example.net", "carol@example.com"},
     {},
     {},
     SenderResult::kMismatch,
     "-"},
    {"resent by the login", {"x@example.net"}, {}, {"bob@example.com"}, SenderResult::kResent, "-"},
    {"resent by another",
     {"x@example.net"},
     {},
     {"carol@example.com"},
     SenderResult::kUnlisted,
     "-"},
    {"own From, resent by another",
     {"bob@example.com"},
     {},
     {"carol@example.com"},
     SenderResult::kMatch,
     "-"},
    // MTAs put MAIL FROM there.
    {"no From", {}, {}, {}, SenderResult::kMatch, "-"},
    {"no From, but resent", {}, {}, {"bob@example.com"}, SenderResult::kMatch, "-"},
};

AddressList List(const std::vector<const char*>& texts) {
  AddressList list;
  for (const char* text : texts) {
    list.present = true;
    list.addresses.push_back(Parse(text));
  }
  return list;
}

TEST(SenderJudge, AFromThatMayHaveBeenCutAwayIsNotMissing) {
  const OwnershipRules rules = Rules();
  const OwnershipTables tables = Tables();
  HeaderSenders header;
  header.from.readable = false;
  const auto decision = SenderJudge(rules, tables, "bob").Header(header, Deadline::max());
  EXPECT_EQ(decision.from.result, SenderResult::kMalformed);
}

TEST(SenderJudge, Header) {
  const OwnershipRules rules = Rules();
  const OwnershipTables tables = Tables();
  for (const HeaderCase& c : kHeaderCases) {
    SenderJudge judge(rules, tables, "bob");
    const auto decision =
        judge.Header({List(c.from), List(c.sender), List(c.resent)}, Deadline::max());
    EXPECT_EQ(ToWord(decision.from.result), ToWord(c.want_from)) << c.name;
    EXPECT_EQ(decision.sender ? ToWord(decision.sender->result) : "-", c.want_sender) << c.name;
  }
}

TEST(SenderJudge, UnreadableIsNeverOwn) {
  const OwnershipRules rules = Rules();
  const OwnershipTables tables = Tables();
  SenderJudge judge(rules, tables, "bob");
  HeaderSenders header{List({"bob@example.com"}), List({"bob@example.com"}), {}};
  header.from.readable = header.sender.readable = false;
  const auto decision = judge.Header(header, Deadline::max());
  EXPECT_EQ(decision.from.result, SenderResult::kMalformed);
  EXPECT_EQ(decision.sender->result, SenderResult::kMalformed);
}

TEST(SenderJudge, NullPath) {
  const OwnershipRules rules = Rules();
  const OwnershipTables tables = Tables();
  SenderJudge judge(rules, tables, "bob");
  EXPECT_EQ(judge.MailFrom({}, true, Deadline::max()).result, SenderResult::kNull);
  EXPECT_EQ(judge.MailFrom(Parse("carol@example.com"), false, Deadline::max()).result,
            SenderResult::kMismatch);
}

}  // namespace
}  // namespace assay::identity
