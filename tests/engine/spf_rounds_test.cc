// SPDX-License-Identifier: Apache-2.0
// How long SPF takes when every answer takes equally long, as the engine asks: DNS questions go out
// when they are asked, and all that are under way arrive one delay later.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/dns/zone.h"
#include "lib/engine/evidence.h"

namespace assay::engine {
namespace {

class SlowResolver final : public dns::Resolver {
 public:
  explicit SlowResolver(dns::Zone zone) : zone_(std::move(zone)) {}

  void Ask(const dns::Question& question, const std::shared_ptr<dns::Inbox>& inbox) override {
    under_way_.emplace_back(question, inbox);
    ++asked_;
  }

  // One delay passes.
  void Pass() {
    for (auto& [question, inbox] : std::exchange(under_way_, {})) {
      inbox->Put(question, std::make_shared<dns::Answer>(zone_.Lookup(question)));
    }
  }
  [[nodiscard]] std::size_t asked() const { return asked_; }

 private:
  dns::Zone zone_;
  std::vector<std::pair<dns::Question, std::shared_ptr<dns::Inbox>>> under_way_;
  std::size_t asked_ = 0;
};

struct Took {
  int round_trips = 0;
  std::size_t questions = 0;
  auth::SpfOutcome outcome;
};

Took RunDelayed(const dns::Zone& zone, const char* domain) {
  auth::SpfCheck check;
  check.client_ip = *IpAddress::Parse("192.0.2.1");
  check.domain = domain;
  check.sender = "u@" + check.domain;
  check.helo_domain = "mail.example.net";
  SlowResolver resolver(zone);
  Asker asker(resolver);
  SpfRun run(check, 100);
  Took took;
  for (run.Advance(asker); !run.done() && took.round_trips < 100; ++took.round_trips) {
    resolver.Pass();
    asker.Take();
    run.Advance(asker);
  }
  EXPECT_TRUE(run.done());
  took.questions = resolver.asked();
  if (run.done()) took.outcome = run.outcome();
  return took;
}

dns::Zone TreeOfTenIncludes() {
  auto zone = dns::Zone::Parse(R"(
d.example.com   TXT "v=spf1 include:a.example.com include:b.example.com include:c.example.com -all"
a.example.com   TXT "v=spf1 include:a1.example.com include:a2.example.com -all"
b.example.com   TXT "v=spf1 include:b1.example.com include:b2.example.com -all"
c.example.com   TXT "v=spf1 include:c1.example.com include:c2.example.com include:c3.example.com -all"
a1.example.com  TXT "v=spf1 ip4:203.0.113.1 -all"
a2.example.com  TXT "v=spf1 ip4:203.0.113.2 -all"
b1.example.com  TXT "v=spf1 ip4:203.0.113.3 -all"
b2.example.com  TXT "v=spf1 ip4:203.0.113.4 -all"
c1.example.com  TXT "v=spf1 ip4:203.0.113.5 -all"
c2.example.com  TXT "v=spf1 ip4:203.0.113.6 -all"
c3.example.com  TXT "v=spf1 ip4:192.0.2.1 -all"
)",
                               "zone");
  EXPECT_TRUE(zone);
  return *zone;
}

// Three levels of records: the domain's own, three includes, seven below these.
TEST(SpfRounds, TenIncludesInThreeLevelsTakeThreeRoundTrips) {
  const Took took = RunDelayed(TreeOfTenIncludes(), "d.example.com");
  EXPECT_EQ(took.outcome.result, auth::SpfResult::kPass);
  EXPECT_EQ(took.outcome.record_domain, "c3.example.com");
  EXPECT_EQ(took.round_trips, 3);
  EXPECT_EQ(took.questions, 11U);
}

TEST(SpfRounds, TenIncludesInAChainTakeOneEach) {
  dns::Zone zone;
  for (int i = 0; i < 10; ++i) {
    zone.AddText("n" + std::to_string(i) + ".example.com",
                 "v=spf1 include:n" + std::to_string(i + 1) + ".example.com -all");
  }
  zone.AddText("n10.example.com", "v=spf1 ip4:192.0.2.1 -all");
  const Took took = RunDelayed(zone, "n0.example.com");
  EXPECT_EQ(took.outcome.result, auth::SpfResult::kPass);
  EXPECT_EQ(took.round_trips, 11);
}

TEST(SpfRounds, WidthCostsNothing) {
  dns::Zone zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    const std::string name = "h" + std::to_string(i) + ".example.com";
    record += " a:" + name;
    zone.AddAddress(name, *IpAddress::Parse(i == 9 ? "192.0.2.1" : "203.0.113.1"));
  }
  zone.AddText("wide.example.com", record + " -all");
  const Took took = RunDelayed(zone, "wide.example.com");
  EXPECT_EQ(took.outcome.result, auth::SpfResult::kPass);
  EXPECT_EQ(took.round_trips, 2);
}

}  // namespace
}  // namespace assay::engine
