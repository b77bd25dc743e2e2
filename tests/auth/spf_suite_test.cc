// SPDX-License-Identifier: Apache-2.0
// The test suites of the SPF project (openspf.org and pyspf), from the Debian package
// golang-blitiri-go-spf-dev, whose marks for its own gaps ("skip:") are ignored.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "lib/base/text.h"
#include "tests/auth/spf_support.h"
#include "tests/support/skip.h"

namespace assay::auth {
namespace {

constexpr const char* kFolder = "/usr/share/gocode/src/blitiri.com.ar/go/spf/testdata/";

// The suites' own zone format: {TYPE: data}, TIMEOUT for every type not listed; SPF (type 99) also
// stands for TXT unless the name has TXT entries, of which "NONE" is no record.
class SuiteZone {
 public:
  explicit SuiteZone(const YAML::Node& zonedata) {
    for (const auto& owner : zonedata) AddOwner(owner.first.as<std::string>(), owner.second);
  }
  [[nodiscard]] const dns::Zone& zone() const { return zone_; }

 private:
  static std::string Joined(const YAML::Node& text) {
    if (text.IsScalar()) return text.as<std::string>();
    std::string joined;
    for (const auto& part : text) joined += part.as<std::string>();
    return joined;
  }

  void AddOwner(const std::string& name, const YAML::Node& entries) {
    const bool has_txt = std::any_of(entries.begin(), entries.end(), [](const YAML::Node& entry) {
      return entry.IsMap() && entry["TXT"].IsDefined();
    });
    for (const YAML::Node& entry : entries) {
      if (entry.IsScalar()) {
        AddEntry(name, entry.as<std::string>(), {}, has_txt);
        continue;
      }
      for (const auto& pair : entry)
        AddEntry(name, pair.first.as<std::string>(), pair.second, has_txt);
    }
  }

  void AddEntry(const std::string& name, const std::string& type, const YAML::Node& data,
                bool has_txt) {
    if (type == "TIMEOUT") {
      zone_.Fail(name, {}, dns::Status::kTimeout);
    } else if (type == "CNAMELOOP") {
      zone_.AddAlias(name, name);
    } else if (type == "CNAME") {
      zone_.AddAlias(name, data.as<std::string>());
    } else if (type == "A" || type == "AAAA") {
      zone_.AddAddress(name, IpAddress::Parse(data.as<std::string>()).value());
    } else if (type == "PTR") {
      zone_.AddHost(name, data.as<std::string>());
    } else if (type == "MX") {
      zone_.AddMailExchange(name, {data[0].as<std::uint16_t>(), data[1].as<std::string>()});
    } else if (type == "TXT" ? Joined(data) != "NONE" : type == "SPF" && !has_txt) {
      zone_.AddText(name, Joined(data));
    }
  }

  dns::Zone zone_;
};

struct Tally {
  int run = 0;
  int preferred = 0;
  int accepted = 0;  // a result that the suite allows but does not prefer
  int failed = 0;
};

void RunCase(const std::string& name, const YAML::Node& test, const dns::Zone& zone, Tally& tally) {
  SCOPED_TRACE(name);
  const SpfCheck check =
      MakeCheck(test["host"].as<std::string>(), test["mailfrom"].as<std::string>(""),
                test["helo"].as<std::string>());
  const SpfOutcome outcome = RunSpf(check, zone).outcome;
  const SpfOutcome slow = RunSpf(check, zone, {.max_prefetch = 0}).outcome;
  EXPECT_EQ(outcome.result, slow.result);
  EXPECT_EQ(outcome.mechanism, slow.mechanism);
  EXPECT_EQ(outcome.explanation, slow.explanation);

  const YAML::Node want = test["result"];
  const std::vector<std::string> wanted =
      want.IsSequence() ? want.as<std::vector<std::string>>() : std::vector{want.as<std::string>()};
  const std::string got(ToWord(outcome.result));
  const bool allowed = std::find(wanted.begin(), wanted.end(), got) != wanted.end();
  EXPECT_TRUE(allowed) << "got " << got << " (" << outcome.problem << "), want " << wanted.front();
  bool right_text = true;
  if (test["explanation"].IsDefined() && outcome.result == SpfResult::kFail) {
    const auto text = test["explanation"].as<std::string>();
    right_text = outcome.explanation == (text == "DEFAULT" ? "" : text);
    EXPECT_TRUE(right_text) << outcome.explanation << ", want " << text;
  }
  ++tally.run;
  if (!allowed || !right_text) {
    ++tally.failed;
  } else {
    ++(got == wanted.front() ? tally.preferred : tally.accepted);
  }
}

Tally RunSuite(const std::string& path, const std::set<std::string>& left_out = {}) {
  Tally tally;
  for (const YAML::Node& scenario : YAML::LoadAllFromFile(path)) {
    if (!scenario.IsMap()) continue;
    const SuiteZone zone(scenario["zonedata"]);
    for (const auto& test : scenario["tests"]) {
      const auto name = test.first.as<std::string>();
      if (!left_out.contains(name)) RunCase(name, test.second, zone.zone(), tally);
    }
  }
  return tally;
}

class SpfSuite : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder)) {
      ASSAY_SKIP_WITHOUT_PACKAGE(
          "golang-blitiri-go-spf-dev is not installed; spf_test has records of ours");
    }
  }
  static std::string Path(const char* file) { return std::string(kFolder) + file; }
};

TEST_F(SpfSuite, Rfc7208) {
  const Tally tally = RunSuite(Path("rfc7208-tests.yml"));
  EXPECT_EQ(tally.run, 203);
  EXPECT_EQ(tally.preferred, 203);
}

TEST_F(SpfSuite, Rfc4408) {
  const Tally tally = RunSuite(Path("rfc4408-tests.yml"));
  EXPECT_EQ(tally.run, 191);
  EXPECT_EQ(tally.failed, 0);
  EXPECT_EQ(tally.accepted, 10);  // where RFC 7208 decided otherwise
}

// The two cases left out want a modifier of drafts older than RFC 4408 to count.
TEST_F(SpfSuite, Pyspf) {
  const Tally tally =
      RunSuite(Path("pyspf-tests.yml"), {"default-modifier", "default-modifier-harsh"});
  EXPECT_EQ(tally.run, 14);
  EXPECT_EQ(tally.preferred, 14);
}

}  // namespace
}  // namespace assay::auth
