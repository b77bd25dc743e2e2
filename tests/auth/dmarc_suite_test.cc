// SPDX-License-Identifier: Apache-2.0
// The DMARC cases of mailauth (MIT), recorded as JSON: $ASSAY_SUITES/dmarc/*.json. A case is a
// zone, authenticated domains and a list of expectations (path, op, value) in the words of that
// library's result.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/auth/dmarc_record.h"
#include "tests/auth/dmarc_fixture.h"

namespace assay::auth {
namespace {

using nlohmann::json;

// Part of that library's interface, not of DMARC.
constexpr std::string_view kNotOurs[] = {
    "pct", "rr", "info", "error", "status.comment", "alignment.dkim.underSized", "?"};

// RFC 9989, 4.10: several records at one name are discarded and the walk goes on; that library
// stops there.
constexpr std::string_view kWalksOn =
    "does not inherit the org policy when the author domain publishes multiple records "
    "(\xc2\xa7"
    "4.10 step 2)";

dns::Zone ReadZone(const json& names) {
  dns::Zone zone;
  for (const auto& [name, records] : names.items()) {
    for (const auto& text : records.value("TXT", json::array())) {
      std::string joined;
      for (const auto& part : text) joined += part.get<std::string>();
      zone.AddText(name, joined);
    }
    for (const auto& address : records.value("A", json::array())) {
      zone.AddAddress(name, *IpAddress::Parse(address.get<std::string>()));
    }
    for (const auto& exchange : records.value("MX", json::array())) {
      zone.AddMailExchange(name, {1, exchange.at("exchange").get<std::string>()});
    }
    if (records.contains("ERROR")) zone.Fail(name, std::nullopt, dns::Status::kTimeout);
  }
  return zone;
}

std::vector<std::string> Domains(const json& list) {
  std::vector<std::string> domains;
  for (const auto& entry : list) {
    domains.push_back((entry.is_string() ? entry : entry.at("domain")).get<std::string>());
  }
  return domains;
}

std::string AuthorDomain(const json& header_from) {
  if (header_from.is_array() && header_from.size() != 1) return {};
  const auto address = (header_from.is_array() ? header_from[0] : header_from).get<std::string>();
  return address.substr(address.find('@') + 1);
}

// What the evaluation gives, in the library's paths. An absent path was falsy or undefined there.
using Facts = std::map<std::string, json>;

Facts Evaluate(const json& call) {
  const json& input = call.at("input");
  const dns::Zone zone = ReadZone(call.at("zone"));
  std::vector<DkimOutcome> dkim;
  for (std::string& domain : Domains(input.at("dkimDomains")))
    dkim.push_back(DkimPass(std::move(domain)));
  DmarcCheck check;
  check.author_domain = AuthorDomain(input.at("headerFrom"));
  check.dkim = dkim;
  const auto spf = Domains(input.at("spfDomains"));
  EXPECT_LE(spf.size(), 1U);
  if (!spf.empty()) {
    check.spf_result = SpfResult::kPass;
    check.spf_domain = spf.front();
  }
  const DmarcOutcome outcome = RunDmarc(check, zone).outcome;
  // Not evaluated at all is `false` there.
  if (outcome.result == DmarcResult::kPermError) return {};
  Facts facts{{"", true}, {"status.result", ToWord(outcome.result)}};
  facts["status.header.from"] = check.author_domain;
  facts["domain"] = outcome.organizational_domain;
  if (outcome.policy_domain.empty()) return facts;
  const auto record = ParseDmarcRecord(
      zone.Lookup({"_dmarc." + outcome.policy_domain, dns::RrType::kTxt}).texts.at(0));
  facts["status.header.d"] = outcome.policy_domain;
  facts["policy"] = ToWord(outcome.policy);
  facts["p"] = ToWord(outcome.record_policy);
  if (record->sp) facts["sp"] = ToWord(*record->sp);
  facts["alignment.dkim.strict"] = record->strict_dkim;
  facts["alignment.spf.strict"] = record->strict_spf;
  if (outcome.dkim_aligned) facts["alignment.dkim.result"] = outcome.organizational_domain;
  if (outcome.spf_aligned) facts["alignment.spf.result"] = outcome.organizational_domain;
  return facts;
}

bool Holds(const json& expectation, const Facts& facts) {
  const auto op = expectation.at("op").get<std::string>();
  const auto found = facts.find(expectation.at("path").get<std::string>());
  const json value = found == facts.end() ? json() : found->second;
  if (op == "equal") return value == expectation.at("value");
  if (op == "true") return value == true;
  if (op == "false") return value.is_null() || value == false;
  if (op == "undefined" || op == "not.ok") return value.is_null() || value == false;
  if (op == "not.property") return !facts.contains(expectation.at("value").get<std::string>());
  ADD_FAILURE() << "unknown op " << op;
  return false;
}

int RunCase(const json& test) {
  std::vector<Facts> results;
  for (const json& call : test.at("calls")) results.push_back(Evaluate(call));
  int checked = 0;
  for (const json& expectation : test.at("expect")) {
    const auto path = expectation.at("path").get<std::string>();
    if (std::ranges::find(kNotOurs, path) != std::end(kNotOurs)) continue;
    ++checked;
    EXPECT_TRUE(Holds(expectation, results.at(expectation.at("call").get<std::size_t>())))
        << test.at("name") << "\n"
        << expectation;
  }
  return checked;
}

TEST(DmarcSuite, Mailauth) {
  const char* const suites = std::getenv("ASSAY_SUITES");
  if (suites == nullptr) GTEST_SKIP() << "ASSAY_SUITES is not set; dmarc_test has cases of ours";
  int cases = 0;
  int checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(suites) + "/dmarc")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    for (const json& test : json::parse(file)) {
      ++cases;
      if (test.at("name") == kWalksOn) {
        const Facts facts = Evaluate(test.at("calls").at(0));
        EXPECT_EQ(facts.at("status.result"), "fail");
        EXPECT_EQ(facts.at("policy"), "none");
        EXPECT_EQ(facts.at("status.header.d"), "example.com");
        continue;
      }
      checked += RunCase(test);
    }
  }
  // So that a moved folder or a renamed member does not pass for success.
  EXPECT_EQ(cases, 63);
  EXPECT_EQ(checked, 93);
}

}  // namespace
}  // namespace assay::auth
