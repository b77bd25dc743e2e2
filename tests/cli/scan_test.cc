// SPDX-License-Identifier: Apache-2.0
// `assay scan`, the real binary.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace assay::cli {
namespace {

using namespace std::string_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kZone =
    "example.com          TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
    "soft.example         TXT \"v=spf1 ~all\"\n"
    "broken.example       SERVFAIL\n";
constexpr std::string_view kMessage =
    "From: Alice <alice@example.com>\r\nTo: bob@example.org\r\nSubject: Invoice\r\n\r\nHello, pay "
    "now.\r\n";
constexpr std::string_view kNoRules = "[rules]\ndirectory = \"\"\nlocal = \"\"\n";
constexpr std::string_view kLocal = "[identity]\nlocal_domains = [\"example.org\"]\n";

class ScanProgram : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    zone_ = Write("zone", kZone);
    config_ = Write("assay.toml", kNoRules);
    message_ = Write("message.eml", kMessage);
  }

  // A scan with zone and configuration, from `client` under `mail_from`.
  Finished Scan(const std::string& client, const std::string& mail_from,
                std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "scan",   "-c",         config_,       "--zone",  zone_,    "--client-ip",    client,
        "--helo", "mx.example", "--mail-from", mail_from, "--rcpt", "bob@example.org"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(message_);
    return Run(arguments);
  }

  json ScanJson(const std::string& client, const std::string& mail_from,
                std::vector<std::string> more = {}) {
    more.insert(more.begin(), "--json");
    const Finished finished = Scan(client, mail_from, more);
    json parsed = json::parse(finished.out, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << finished.out << finished.err;
    return parsed;
  }

  std::string zone_;
  std::string config_;
  std::string message_;
};

TEST_F(ScanProgram, AcceptsWhatPasses) {
  const Finished finished = Scan("192.0.2.1", "alice@example.com");
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("verdict: accept\n"));
  EXPECT_THAT(finished.out, HasSubstr("+ Authentication-Results: "));
  EXPECT_THAT(finished.out, HasSubstr("spf=pass"));
}

TEST_F(ScanProgram, MonitorTellsWhatWouldBe) {
  const Finished finished = Scan("203.0.113.9", "alice@example.com");
  EXPECT_EQ(finished.code, 13) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("verdict: accept, would be reject in enforce mode\n"));
  EXPECT_THAT(finished.out, HasSubstr("reply: 550 5.7.23 "));
  EXPECT_THAT(finished.out, HasSubstr("by spf: SPF fail for example.com\n"));
}

TEST_F(ScanProgram, EnforceRefuses) {
  config_ =
      Write("enforce.toml", "mode = \"enforce\"\n" + std::string(kLocal) + std::string(kNoRules));
  const json report = ScanJson("203.0.113.9", "alice@example.com");
  EXPECT_EQ(report["verdict"]["action"], "reject");
  EXPECT_EQ(report["verdict"]["reply"]["code"], 550);
  EXPECT_EQ(report["verdict"]["reply"]["enhanced_code"], "5.7.23");
  EXPECT_EQ(report["verdict"]["mode"], "enforce");
  EXPECT_TRUE(report["header_edits"].empty()) << "a refused message has no header to change";
}

TEST_F(ScanProgram, NamesWhatDnsListsSay) {
  zone_ = Write("zone", std::string(kZone) +
                            "1.2.0.192.ip.example A 127.0.0.2\n"
                            "1.2.0.192.ip.example A 127.0.0.10\n"
                            "1.2.0.192.off.example A 127.255.255.254\n");
  const std::string rules = Write("lists.rules",
                                  "dnsbl ip zone \"ip.example\" { sbl 127.0.0.2 pbl 127.0.0.10 }\n"
                                  "dnsbl off zone \"off.example\" { bad 127.0.0.2 }\n"
                                  "rule LISTED {\n  about \"listed\"\n  score 2\n"
                                  "  when dnsbl.ip is sbl or dnsbl.off\n"
                                  "  hit with dnsbl.ip = sbl\n  miss \"\\nx\"\n}\n");
  const Finished finished = Scan("192.0.2.1", "alice@example.com", {"--rules", rules});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("lists\n"
                                      "  dnsbl.ip                 192.0.2.1: sbl, pbl\n"
                                      "  dnsbl.off                unknown\n"));
  EXPECT_THAT(finished.out, HasSubstr("dnsbl.ip: \"192.0.2.1: sbl\""));
  const json report = ScanJson("192.0.2.1", "alice@example.com", {"--rules", rules});
  EXPECT_EQ(report["lists"], json::parse(R"([
      {"list": "dnsbl.ip", "asked": "192.0.2.1", "says": "sbl, pbl"},
      {"list": "dnsbl.off", "asked": "", "says": "unknown"}])"));
  EXPECT_EQ(report["score"]["total"], 2);
}

TEST_F(ScanProgram, RefusesAtMailWhereConfigured) {
  config_ = Write("early.toml", "mode = \"enforce\"\n[spf]\nat = \"mail\"\n" + std::string(kLocal) +
                                    std::string(kNoRules));
  const Finished finished = Scan("203.0.113.9", "alice@example.com");
  EXPECT_EQ(finished.code, 13) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("verdict: reject at mail\n"));
}

TEST_F(ScanProgram, RefusesARecipientWhereConfigured) {
  config_ = Write("early.toml", "mode = \"enforce\"\n[spf]\nat = \"rcpt\"\n" + std::string(kLocal) +
                                    std::string(kNoRules));
  const Finished finished = Scan("203.0.113.9", "alice@example.com");
  EXPECT_EQ(finished.code, 13) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("recipient refused: bob@example.org\n"));
  EXPECT_THAT(finished.out, HasSubstr("verdict: reject at rcpt\n"));
}

struct VerdictCase {
  const char* name;
  const char* client;
  const char* mail_from;
  const char* spf;
  int code;
};

constexpr VerdictCase kVerdicts[] = {
    {"softfail_tags", "192.0.2.1", "a@soft.example", "softfail", 10},
    {"no_record", "192.0.2.1", "a@none.example", "none", 0},
    {"dns_trouble", "192.0.2.1", "a@broken.example", "temperror", 0},
};

TEST_F(ScanProgram, ExitStatusIsTheVerdict) {
  for (const VerdictCase& test : kVerdicts) {
    const json report = ScanJson(test.client, test.mail_from);
    EXPECT_EQ(report["facts"]["spf.mail_from"], test.spf) << test.name;
    EXPECT_EQ(Scan(test.client, test.mail_from).code, test.code) << test.name;
  }
  config_ = Write("tempfail.toml", "[spf]\ntemperror = \"tempfail\"\n" + std::string(kNoRules));
  EXPECT_EQ(Scan("192.0.2.1", "a@broken.example").code, 11);
  config_ = Write("quarantine.toml", "[spf]\nnone = \"quarantine\"\n" + std::string(kNoRules));
  EXPECT_EQ(Scan("192.0.2.1", "a@none.example").code, 12);
}

TEST_F(ScanProgram, LoggedInUsersAreSubmission) {
  const json report = ScanJson("203.0.113.9", "alice@example.com", {"--login", "alice"});
  EXPECT_EQ(report["facts"]["profile"], "submission");
  EXPECT_EQ(report["verdict"]["would"], "accept");
}

TEST_F(ScanProgram, WithoutClientItIsLocalMail) {
  const Finished finished = Run({"scan", "-c", config_, "--zone", zone_, "--json", message_});
  EXPECT_EQ(finished.code, 0) << finished.err;
  const json report = json::parse(finished.out);
  EXPECT_EQ(report["facts"]["profile"], "local");
  EXPECT_EQ(report["facts"]["client.ip"], nullptr);
  EXPECT_EQ(report["facts"]["mail_from.null"], true);
}

TEST_F(ScanProgram, ShowsTheBodyWhateverTheRulesRead) {
  const std::string rules =
      Write("subject.rules", "rule S { about \"s\" score 1 when subject ~ /Invoice/ }\n");
  const Finished finished = Scan("192.0.2.1", "alice@example.com", {"--rules", rules});
  EXPECT_THAT(finished.out, HasSubstr("\n  body.length              15\n"));
  EXPECT_THAT(finished.out, HasSubstr("\n  limit.text               no\n"));
}

TEST_F(ScanProgram, TakesMailFromOutOfReturnPath) {
  message_ = Write("returned.eml", "Return-Path: <carol@example.net>\n" + std::string(kMessage));
  const Finished finished = Run({"scan", "-c", config_, "--zone", zone_, "--json", message_});
  EXPECT_EQ(json::parse(finished.out)["facts"]["mail_from"], "carol@example.net");
}

TEST_F(ScanProgram, LineEndsAndMboxLineMakeNoDifference) {
  std::string lf(kMessage);
  std::erase(lf, '\r');
  const json crlf_facts = ScanJson("192.0.2.1", "alice@example.com")["facts"];
  EXPECT_EQ(crlf_facts["subject"], json({"Invoice"}));
  message_ = Write("lf.eml", lf);
  EXPECT_EQ(ScanJson("192.0.2.1", "alice@example.com")["facts"], crlf_facts);
  message_ = Write("mbox.eml", "From alice@example.com Sat Nov 21 12:00:00 2026\n" + lf);
  EXPECT_EQ(ScanJson("192.0.2.1", "alice@example.com")["facts"], crlf_facts);
}

TEST_F(ScanProgram, ReadsStandardInput) {
  const Finished finished = Run({"scan", "-c", config_, "--zone", zone_, "-"}, kMessage);
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("\"Invoice\""));
}

constexpr std::string_view kRules =
    "group money cap 0.5\n"
    "rule ONE { about \"one\" score 0.1 when subject ~ /invoice/i hit \"Subject: invoice\" miss "
    "\"Subject: x\" }\n"
    "rule TWO { about \"two\" score 0.2 when body ~ /pay now/i hit \"A: b\\n\\npay now\" miss \"A: "
    "b\\n\\nx\" }\n"
    "rule THREE { about \"three\" group money score 1.137 when header_from.domain is "
    "\"example.com\"\n"
    "  hit \"From: a@example.com\" miss \"From: a@example.org\" }\n";

TEST_F(ScanProgram, PrintedScoreIsTheSumOfThePrintedParts) {
  const std::string rules = Write("t.rules", kRules);
  const Finished finished = Scan("192.0.2.1", "alice@example.com", {"--rules", rules});
  EXPECT_THAT(finished.out, HasSubstr("subject: \"Invoice\""));
  long thousandths = 0;
  long total = -1;
  std::stringstream lines(finished.out.substr(finished.out.find("score\n")));
  std::string line;
  std::getline(lines, line);
  int parts = 0;
  while (total < 0 && std::getline(lines, line)) {
    if (line.starts_with("           ")) continue;  // about and matches
    const double value = std::stod(line);
    const long rounded = std::lround(value * 1000);
    EXPECT_NEAR(value * 1000, static_cast<double>(rounded), 1e-9) << line;
    if (line.find(" in all") != std::string::npos) {
      total = rounded;
    } else {
      thousandths += rounded;
      ++parts;
    }
  }
  EXPECT_EQ(parts, 4) << "three rules and a cap:\n" << finished.out << finished.err;
  EXPECT_EQ(total, thousandths);
  EXPECT_EQ(total, 800);
}

TEST_F(ScanProgram, JsonNamesRuleFileLineAndMatch) {
  const std::string rules = Write("t.rules", kRules);
  const json report = ScanJson("192.0.2.1", "alice@example.com", {"--rules", rules});
  ASSERT_EQ(report["score"]["hits"].size(), 3U);
  const json& hit = report["score"]["hits"][0];
  EXPECT_EQ(hit["rule"], "ONE");
  EXPECT_EQ(hit["file"], rules);
  EXPECT_EQ(hit["line"], 2);
  EXPECT_EQ(hit["matches"][0]["text"], "Invoice");
  EXPECT_EQ(report["score"]["group_cuts"][0]["group"], "money");
  EXPECT_DOUBLE_EQ(report["score"]["total"], 0.8);
}

bool IsTerminalSafe(const std::string& text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\n' || (byte >= 0x20 && byte != 0x7f);
  });
}

struct HostileCase {
  const char* name;
  std::string message;
};

std::vector<HostileCase> HostileMessages() {
  std::string fields;
  for (int i = 0; i < 10'000; ++i) fields += "X-" + std::to_string(i) + ": y\n";
  return {
      {"nuls", "Subject: a\0b\x1b[2J\nFrom: \0@\0\n\n\0\0\x1b]0;x\x07"s},
      {"escapes", "Subject: \x1b[31mred\x1b[0m\nFrom: \"\x1b[2J\" <a@example.com>\n\nx\n"},
      {"not_utf8", "Subject: \xff\xfe\x80\nX: \xc3\n\n\xff\xff"},
      {"long_field", "Subject: " + std::string(60'000, 'a') + "\n\nx\n"},
      {"many_fields", fields + "\nx\n"},
      {"no_header", "\n\n\n"},
      {"no_body", "Subject: x"},
      {"bare_cr", "Subject: a\rb\r\r\nX: y\r\r\n\r\rbody\r"},
      {"one_byte", "\n"},
      {"only_nuls", std::string(1000, '\0')},
      {"one_long_line", std::string(1'000'000, 'x')},
      {"broken_mime",
       "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n--b\nContent-Type: \n\n--b"},
  };
}

TEST_F(ScanProgram, HostileMessagesNeitherCrashNorReachTheTerminal) {
  for (const HostileCase& test : HostileMessages()) {
    message_ = Write("hostile.eml", test.message);
    const Finished finished = Scan("192.0.2.1", "alice@example.com");
    EXPECT_LT(finished.code, 64) << test.name << finished.err;
    EXPECT_TRUE(IsTerminalSafe(finished.out)) << test.name;
    EXPECT_TRUE(IsTerminalSafe(finished.err)) << test.name;
    EXPECT_TRUE(ScanJson("192.0.2.1", "alice@example.com").is_object()) << test.name;
  }
}

TEST_F(ScanProgram, HostileEnvelopeReachesNoTerminal) {
  const Finished finished = Run({"scan", "-c", config_, "--zone", zone_, "--client-ip", "192.0.2.1",
                                 "--client-name", "\x1b[2J", "--helo", "\x1b[2J", "--mail-from",
                                 "\x1b[2J\"@\xff<>", "--rcpt", "\n@\x7f", "--rcpt", "", message_});
  EXPECT_LT(finished.code, 64) << finished.err;
  EXPECT_TRUE(IsTerminalSafe(finished.out));
  EXPECT_TRUE(IsTerminalSafe(finished.err));
}

TEST_F(ScanProgram, TakesSeveralRuleFilesAndTheMessageAfterThem) {
  const std::string first =
      Write("1.rules", "rule A1 { about \"x\" score 1 when subject ~ /Invoice/ }\n");
  const std::string second =
      Write("2.rules", "rule B2 { about \"x\" score 2 when subject ~ /Invoice/ }\n");
  const json report = ScanJson("192.0.2.1", "alice@example.com", {"--rules", first, second});
  ASSERT_EQ(report["score"]["hits"].size(), 2U);
  EXPECT_EQ(report["score"]["total"], 3);
}

TEST_F(ScanProgram, SaysWhatItCannotUse) {
  const std::string empty = Write("empty.eml", "");
  EXPECT_EQ(Run({"scan", "-c", config_, empty}).code, 65);
  EXPECT_EQ(Run({"scan", "-c", config_, "-"}).code, 65);
  const Finished missing = Run({"scan", "-c", config_, Path("missing.eml")});
  EXPECT_EQ(missing.code, 66);
  EXPECT_EQ(missing.err, "assay scan: " + Path("missing.eml") + ": No such file or directory\n");
  EXPECT_EQ(Run({"scan", "-c", config_, Path("")}).code, 66) << "a directory";
  EXPECT_EQ(Run({"scan", "-c", Path("missing.toml"), message_}).code, 66);
  const Finished bad_ip = Run({"scan", "-c", config_, "--client-ip", "192.0.2.256", message_});
  EXPECT_EQ(bad_ip.code, 64);
  EXPECT_THAT(bad_ip.err, HasSubstr("192.0.2.256"));
  const Finished bad_config = Run({"scan", "-c", Write("bad.toml", "colour = 1\n"), message_});
  EXPECT_EQ(bad_config.code, 78);
  EXPECT_THAT(bad_config.err, HasSubstr("bad.toml:1:1: error: unknown key \"colour\""));
  EXPECT_EQ(
      Run({"scan", "-c", config_, "--zone", Write("bad.zone", "example.com WHAT\n"), message_})
          .code,
      78);
  EXPECT_EQ(Run({"scan", "-c", config_, "--zone", Path("missing.zone"), message_}).code, 78);
  const Finished bad_rules = Run({"scan", "-c", config_, "--zone", zone_, "--rules",
                                  Write("bad.rules", "rule {\n"), message_});
  EXPECT_EQ(bad_rules.code, 78);
  EXPECT_THAT(bad_rules.err, HasSubstr("bad.rules:1:"));
  EXPECT_THAT(bad_rules.out, Not(HasSubstr("verdict")));
}

}  // namespace
}  // namespace assay::cli
