// SPDX-License-Identifier: Apache-2.0
// What is printed about a message adds up, whatever the rules are; and it is the same from a
// transaction and from the journal.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>

#include "cli/json.h"
#include "cli/scan_report.h"
#include "lib/dns/zone_resolver.h"
#include "lib/journal/record_codec.h"
#include "tests/support/temporary_folder.h"

namespace assay::cli {
namespace {

constexpr std::string_view kWords[] = {"money", "invoice", "hello", "free", "now", "click"};

std::string Thousandths(std::mt19937& random, int most) {
  const int value = static_cast<int>(random() % static_cast<unsigned>(2 * most)) - most;
  return fmt::format("{}{}.{:03}", value < 0 ? "-" : "", std::abs(value) / 1000,
                     std::abs(value) % 1000);
}

// Rules of all forms of score on random words.
std::string RandomRules(std::mt19937& random) {
  std::string text = "group one cap 1.337\ngroup two cap 0.5\n";
  const int rules = 5 + static_cast<int>(random() % 25);
  for (int i = 0; i < rules; ++i) {
    const auto word = kWords[random() % std::size(kWords)];
    std::string score = "score " + Thousandths(random, 4000);
    if (i > 0 && random() % 4 == 0) {
      score = fmt::format("score 0.{:03} each count(body ~ /{}/) cap {}.{:03}", random() % 998 + 1,
                          word, 1 + random() % 3, random() % 1000);
    }
    text += fmt::format("rule R{} {{ about \"r\" {} {} when {} ~ /{}/ }}\n", i,
                        random() % 3 == 0   ? "group one"
                        : random() % 3 == 0 ? "group two"
                                            : "",
                        score, random() % 2 == 0 ? "subject" : "body", word);
  }
  if (random() % 2 == 0) text += "adjust R0 { score " + Thousandths(random, 9000) + " }\n";
  return text;
}

std::string RandomWords(std::mt19937& random) {
  std::string text;
  for (std::size_t i = random() % 12; i > 0; --i) {
    text.append(" ").append(kWords[random() % std::size(kWords)]);
  }
  return text;
}

class ReportTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  ReportTest() {
    config_.authserv_id = "mx.example.net";
    config_.identity.local_domains = {"example.net"};
    config_.rules.directory.clear();
    config_.rules.local = folder_.Path("local.rules");
    config_.journal.keep = config::Keep::kText;
    config_.spf.softfail = {Action::kNone, 0.1};
    config_.spf.none = {Action::kNone, 0.702};
    config_.dkim.none = {Action::kNone, 1.001};
  }

  // One message under these rules, judged.
  ScanReport Judge(const std::string& rules, const std::string& subject, const std::string& body) {
    folder_.Write("local.rules", rules);
    const auto loaded = engine::LoadGeneration(config_, {});
    if (!loaded.generation) throw std::runtime_error(testing::PrintToString(loaded.messages));
    auto resolver = std::make_shared<dns::ZoneResolver>(
        *dns::Zone::Parse("soft.example.com TXT \"v=spf1 ~all\"\n", "zone"), dns::ZoneOptions{});
    auto shared = std::make_shared<engine::Shared>(resolver, 1 << 20, 1);
    engine::Client client;
    client.ip = IpAddress::Parse("192.0.2.1");
    client.helo = "mx.example.com";
    transaction_.emplace(loaded.generation, shared, client, WallTime(std::chrono::seconds(1)));
    transaction_->ExplainHits();
    transaction_->Mail({"<a@soft.example.com>", {}, false});
    transaction_->Rcpt("<u@example.net>");
    transaction_->Field("From", " A <a@soft.example.com>");
    transaction_->Field("Subject", subject);
    transaction_->EndFields();
    transaction_->Body(body + "\r\n");
    transaction_->EndOfMessage();
    (void)transaction_->Conclude();
    return MakeReport(*transaction_, {}, {});
  }

  config::Config config_;
  std::optional<engine::Transaction> transaction_;
};

// The number in front of a line, in thousandths; it has no more than three decimals.
long Units(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  const std::string number = line.substr(begin, line.find(' ', begin) - begin);
  const std::size_t dot = number.find('.');
  EXPECT_TRUE(dot == std::string::npos || number.size() - dot - 1 <= 3) << line;
  return std::lround(std::stod(number) * 1000);
}

struct Sum {
  long parts = 0;
  long total = -1;
  int lines = 0;
};

// Of the section "score".
Sum SumOf(const std::string& report) {
  Sum sum;
  std::stringstream lines(report.substr(report.find("\nscore\n") + 7));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("           ")) continue;  // more about the part above
    if (line.ends_with(" in all")) {
      sum.total = Units(line);
      return sum;
    }
    sum.parts += Units(line);
    ++sum.lines;
  }
  return sum;
}

TEST_F(ReportTest, ThePrintedSumIsTheSumOfThePrintedParts) {
  std::mt19937 random(5);
  int parts = 0;
  for (int i = 0; i < 150; ++i) {
    const std::string rules = RandomRules(random);
    const ScanReport report = Judge(rules, RandomWords(random), RandomWords(random));
    const std::string text = ReportAsText(report);
    const Sum sum = SumOf(text);
    ASSERT_EQ(sum.total, sum.parts) << rules << text;
    parts += sum.lines;
    // What the header of the message and the verdict say is that sum, too.
    EXPECT_EQ(std::lround(transaction_->MakeRecord().verdict.score * 1000), sum.total);
    // And so is what comes back from the journal.
    const auto decoded = journal::Decode(journal::Encode(report.record));
    ASSERT_TRUE(decoded);
    const Sum recorded = SumOf(ReportAsText(MakeReport(*decoded)));
    EXPECT_EQ(recorded.total, sum.total);
    EXPECT_EQ(recorded.parts, sum.total);
  }
  EXPECT_GT(parts, 500) << "there is something to add up";
}

// More hits than are kept one by one.
TEST_F(ReportTest, WhatIsNotListedIsPartOfTheSum) {
  std::string rules;
  for (std::size_t i = 0; i < journal::kMaxHits + 50; ++i) {
    rules += fmt::format("rule R{} {{ about \"r\" score 0.1 when subject ~ /a/ }}\n", i);
  }
  const ScanReport report = Judge(rules, "a", "x");
  EXPECT_EQ(report.record.more_hits, 50U);
  const Sum sum = SumOf(ReportAsText(report));
  EXPECT_EQ(sum.total, sum.parts);
  EXPECT_LT(journal::Encode(report.record).size(), journal::kMaxRecordBytes);
}

// The file may have been written by somebody else.
TEST(ExplainReport, NothingOfARecordReachesTheTerminalAsItIs) {
  const std::string bad = "\x1b[2J\n\r\x9b\xc2\x9b\xe2\x80\xae";
  journal::Record record;
  record.time = std::numeric_limits<std::int64_t>::max();
  record.ref = record.queue_id = record.message_id = record.fingerprint = bad;
  record.keep = record.allowed_by = bad;
  record.session = {bad, bad, bad, bad, bad, bad, bad, {bad, bad}, 3};
  record.facts = {{bad, bad}, {"dmarc", bad}, {"rcpt_to", std::vector<std::string>{bad, bad}}};
  record.limits = {bad};
  record.dns = {{bad, bad, bad, 1, {bad}}, {bad, "TXT", bad, 1, {bad}}};
  record.signatures = {{bad, bad, bad, bad, bad, 1}};
  record.lists = {{bad, bad, bad}};
  record.findings = {{bad, bad, bad, 0, bad}, {bad, bad, bad, 1, bad}};
  const journal::Reason reason = {99, bad, bad, {{bad, bad}}};
  record.hits = {{bad, bad, bad, 1, bad, 1, bad, {{bad, bad}}, {reason}, {bad}}};
  record.shadow = record.hits;
  record.group_cuts = {{bad, -1}};
  record.policies = {{bad, bad, {1, bad}, {{}, bad}, {2, bad}}};
  record.ownership = {{bad}, bad, bad, bad};
  record.verdict = {bad, bad, bad, bad, bad, bad, {550, bad, bad}, {550, bad, bad}, true, bad};
  const ScanReport report = MakeReport(record);
  const auto is_hidden = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x7f || (byte < 0x20 && c != '\n');
  };
  const std::string text = ReportAsText(report);
  EXPECT_TRUE(std::ranges::none_of(text, is_hidden)) << text;
  EXPECT_LT(std::ranges::count(text, '\n'), 120) << "one line each";
  const std::string json = ReportAsJson(report);
  EXPECT_TRUE(std::ranges::none_of(json, is_hidden)) << json;
}

constexpr const char* kOneRule =
    "rule WIN { about \"Asks for money\" score 6 when subject ~ /money/ and spf.mail_from is "
    "softfail and not dmarc is pass }\n";

TEST_F(ReportTest, TheJournalPrintsWhatTheScanPrints) {
  const ScanReport scanned = Judge(kOneRule, "free money", "text");
  const ScanReport recorded = MakeReport(*journal::Decode(journal::Encode(scanned.record)));
  const auto section = [](const std::string& text, const std::string& from, const std::string& to) {
    const std::size_t begin = text.find("\n" + from);
    return text.substr(begin, text.find("\n" + to, begin + 1) - begin);
  };
  const std::string scan = ReportAsText(scanned);
  const std::string explain = ReportAsText(recorded);
  EXPECT_EQ(section(scan, "dns\n", "checks\n"), section(explain, "dns\n", "checks\n"));
  EXPECT_EQ(section(scan, "score\n", "thresholds\n"), section(explain, "score\n", "thresholds\n"));
  EXPECT_EQ(section(scan, "thresholds\n", "header\n"), section(explain, "thresholds\n", "verdict"));
  EXPECT_EQ(scan.substr(scan.find("\nverdict:")), explain.substr(explain.find("\nverdict:")));
  EXPECT_THAT(explain,
              testing::HasSubstr(
                  "  soft.example.com                         TXT  ttl=300 \"v=spf1 ~all\"\n"));
  EXPECT_THAT(explain, testing::HasSubstr("           yes     spf.mail_from is softfail  "
                                          "[spf.mail_from: softfail]\n"));
  EXPECT_THAT(explain, testing::HasSubstr("           subject: \"money\"\n"));
  EXPECT_THAT(explain, testing::HasSubstr("tag 5 (default), quarantine 10 (default), "
                                          "reject never (default); monitor\n"));
}

}  // namespace
}  // namespace assay::cli
