// SPDX-License-Identifier: Apache-2.0
// When answers come, and in which order, must not show in the verdict; how long it takes follows
// the depth of the includes.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tests/auth/spf_reference.h"
#include "tests/auth/spf_support.h"

namespace assay::auth {
namespace {

// Draws zones of a few names that refer to each other, with everything that can be wrong in one.
class RandomWorld {
 public:
  explicit RandomWorld(unsigned seed) : random_(seed) {
    for (int i = 0; i < kNames; ++i) AddName(Name(i));
    for (int i = Below(3); i > 0; --i) zone_.AddHost(client().ReverseName(), Name(Below(kNames)));
    if (Below(10) == 0) zone_.Fail(client().ReverseName(), {}, dns::Status::kServFail);
  }

  [[nodiscard]] const dns::Zone& zone() const { return zone_; }
  [[nodiscard]] IpAddress client() const {
    return IpAddress::Parse(v6_ ? "2001:db8::1" : "192.0.2.1").value();
  }
  [[nodiscard]] SpfCheck check() const {
    return MakeCheck(client().ToString(), "u@n0.example.com", "n1.example.com");
  }
  std::mt19937& random() { return random_; }
  int Below(int bound) { return std::uniform_int_distribution(0, bound - 1)(random_); }

 private:
  static constexpr int kNames = 9;
  static std::string Name(int i) { return "n" + std::to_string(i) + ".example.com"; }

  std::string Address() {
    if (Below(4) == 0) return v6_ ? "2001:db8::1" : "192.0.2.1";
    return (v6_ ? "2001:db8::" : "192.0.2.") + std::to_string(Below(200) + 2);
  }

  std::string Domain() {
    switch (Below(8)) {
      case 0:
        return "%{h}";
      case 1:
        return "n" + std::to_string(Below(kNames)) + ".%{d2}";
      case 2:
        return Below(3) == 0 ? "%{p}" : "gone.example.com";
      default:
        return Name(Below(kNames));
    }
  }

  std::string Term() {
    static constexpr const char* kQualifiers[] = {"", "+", "-", "~", "?"};
    const std::string qualifier = kQualifiers[Below(5)];
    const std::string cidr = Below(4) == 0 ? "/24//0" : "";
    switch (Below(14)) {
      case 0:
      case 1:
      case 2:
        return qualifier + "include:" + Domain();
      case 3:
        return qualifier + "a" + cidr;
      case 4:
        return qualifier + "a:" + Domain() + cidr;
      case 5:
      case 6:
        return qualifier + "mx:" + Domain() + cidr;
      case 7:
        return qualifier + "ptr:" + Domain();
      case 8:
        return qualifier + "exists:" + Domain();
      case 9:
        return qualifier + (v6_ ? "ip6:" : "ip4:") + Address();
      case 10:
        return "redirect=" + Domain();
      case 11:
        return "exp=" + Domain();
      case 12:
        return Below(3) == 0 ? "all" : "ip4:10.0.0.0/8";
      default:
        return Below(12) == 0 ? "oops" : "mod=x";
    }
  }

  void AddName(const std::string& name) {
    std::string record = "v=spf1";
    for (int i = Below(6); i > 0; --i) record += ' ' + Term();
    if (Below(3) == 0) record += " -all";
    if (Below(8) != 0) zone_.AddText(name, record);
    if (Below(12) == 0) zone_.AddText(name, "v=spf1 %{i}");
    for (int i = Below(3); i > 0; --i) zone_.AddAddress(name, IpAddress::Parse(Address()).value());
    for (int i = Below(4); i > 0; --i) {
      zone_.AddMailExchange(name, {static_cast<std::uint16_t>(Below(3)), Name(Below(kNames))});
    }
    const auto type = Below(2) == 0 ? dns::RrType::kTxt : dns::RrType::kA;
    if (Below(15) == 0) zone_.Fail(name, type, dns::Status::kTimeout);
  }

  std::mt19937 random_;
  bool v6_ = random_() % 3 == 0;
  dns::Zone zone_;
};

bool Same(const SpfOutcome& a, const SpfOutcome& b) {
  return a.result == b.result && a.mechanism == b.mechanism && a.record_domain == b.record_domain &&
         a.explanation == b.explanation && a.problem == b.problem;
}

// Answers arrive one at a time in any order, each followed by another pass.
SpfOutcome RunShuffled(const SpfCheck& check, RandomWorld& world) {
  dns::Answers answers;
  std::set<dns::Question> open;
  for (int pass = 0; pass < 1000; ++pass) {
    const auto result = CheckSpf(check, answers);
    if (const auto* outcome = std::get_if<SpfOutcome>(&result)) return *outcome;
    const auto& questions = std::get<dns::Questions>(result);
    for (const auto& question : questions.needed) open.insert(question);
    for (const auto& question : questions.prefetch) open.insert(question);
    auto next = open.begin();
    std::advance(next, world.Below(static_cast<int>(open.size())));
    answers.Add(*next, std::make_shared<dns::Answer>(world.zone().Lookup(*next)));
    open.erase(next);
  }
  ADD_FAILURE() << "no end";
  return {};
}

// Everything that any evaluation might ask is known from the start.
SpfOutcome RunKnowingAll(const SpfCheck& check, const dns::Zone& zone, const SpfRun& before) {
  dns::Answers answers;
  const auto add = [&](std::string_view name, dns::RrType type) {
    const dns::Question question(name, type);
    answers.Add(question, std::make_shared<dns::Answer>(zone.Lookup(question)));
  };
  for (const auto& asked : before.asked) {
    for (const auto type : {dns::RrType::kTxt, dns::RrType::kA, dns::RrType::kAaaa,
                            dns::RrType::kMx, dns::RrType::kPtr}) {
      add(asked.name, type);
    }
  }
  const auto result = CheckSpf(check, answers);
  const auto* outcome = std::get_if<SpfOutcome>(&result);
  EXPECT_NE(outcome, nullptr) << "asks although everything is known";
  return outcome == nullptr ? SpfOutcome() : *outcome;
}

TEST(SpfReplay, VerdictDoesNotDependOnTiming) {
  std::map<SpfResult, int> seen;
  std::size_t saved = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    RandomWorld world(seed);
    const SpfRun eager = RunSpf(world.check(), world.zone());
    const SpfRun lazy = RunSpf(world.check(), world.zone(), {.max_prefetch = 0});
    const SpfOutcome shuffled = RunShuffled(world.check(), world);
    const SpfOutcome knowing = RunKnowingAll(world.check(), world.zone(), lazy);
    EXPECT_TRUE(Same(eager.outcome, lazy.outcome))
        << eager.outcome.problem << " / " << lazy.outcome.problem;
    EXPECT_TRUE(Same(eager.outcome, shuffled))
        << eager.outcome.problem << " / " << shuffled.problem;
    EXPECT_TRUE(Same(eager.outcome, knowing)) << eager.outcome.problem << " / " << knowing.problem;
    EXPECT_FALSE(eager.outcome.problem.starts_with("libspf2")) << eager.outcome.problem;
    const SpfOutcome plain = EvaluatePlainly(world.check(), world.zone());
    EXPECT_EQ(ToWord(eager.outcome.result), ToWord(plain.result)) << eager.outcome.problem;
    EXPECT_EQ(eager.outcome.mechanism, plain.mechanism);
    EXPECT_EQ(eager.outcome.record_domain, plain.record_domain);
    EXPECT_LE(eager.rounds, lazy.rounds);
    saved += lazy.rounds - eager.rounds;
    ++seen[eager.outcome.result];
    if (HasFailure()) break;
  }
  // The worlds are no test if they all end alike.
  EXPECT_EQ(seen.size(), 7U);
  for (const auto& [result, count] : seen) EXPECT_GT(count, 30) << ToWord(result);
  EXPECT_GT(saved, 1000U);
}

// Ten includes: three, under each two more, and one below one of these.
TEST(SpfReplay, RoundsFollowTheDepthOfTheTree) {
  const dns::Zone zone = MakeZone(R"(
d.example.com   TXT "v=spf1 include:a.example.com include:b.example.com include:c.example.com -all"
a.example.com   TXT "v=spf1 include:a1.example.com include:a2.example.com -all"
b.example.com   TXT "v=spf1 include:b1.example.com include:b2.example.com -all"
c.example.com   TXT "v=spf1 include:c1.example.com include:c2.example.com -all"
a1.example.com  TXT "v=spf1 ip4:203.0.113.1 -all"
a2.example.com  TXT "v=spf1 ip4:203.0.113.2 -all"
b1.example.com  TXT "v=spf1 include:b11.example.com -all"
b2.example.com  TXT "v=spf1 ip4:203.0.113.4 -all"
b11.example.com TXT "v=spf1 ip4:203.0.113.5 -all"
c1.example.com  TXT "v=spf1 ip4:203.0.113.6 -all"
c2.example.com  TXT "v=spf1 ip4:192.0.2.1 -all"
)");
  const SpfCheck check = MakeCheck("192.0.2.1", "u@d.example.com");
  const SpfRun eager = RunSpf(check, zone);
  EXPECT_EQ(eager.outcome.result, SpfResult::kPass);
  EXPECT_EQ(eager.rounds, 4U);  // the record itself, then three levels
  EXPECT_EQ(eager.asked.size(), 11U);
  EXPECT_EQ(RunSpf(check, zone, {.max_prefetch = 0}).rounds, 11U);
}

TEST(SpfReplay, HostsOfAnMxAreAskedTogether) {
  dns::Zone zone;
  zone.AddText("d.example.com", "v=spf1 mx:%{d} a:last.example.com -all");
  zone.AddAddress("last.example.com", IpAddress::Parse("192.0.2.1").value());
  for (int i = 0; i < 10; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example.com";
    zone.AddMailExchange("d.example.com", {10, host});
    zone.AddAddress(host, IpAddress::Parse("203.0.113.1").value());
  }
  const SpfRun run = RunSpf(MakeCheck("192.0.2.1", "u@d.example.com"), zone);
  EXPECT_EQ(run.outcome.result, SpfResult::kPass);
  EXPECT_EQ(run.rounds, 3U);  // TXT, MX and A, hosts
}

TEST(SpfReplay, AskingAgainWithTheSameAnswersGivesTheSame) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    RandomWorld world(seed);
    const auto first = CheckSpf(world.check(), {});
    const auto second = CheckSpf(world.check(), {});
    ASSERT_EQ(first.index(), second.index());
    if (const auto* questions = std::get_if<dns::Questions>(&first)) {
      EXPECT_EQ(questions->needed, std::get<dns::Questions>(second).needed);
      EXPECT_EQ(questions->prefetch, std::get<dns::Questions>(second).prefetch);
    }
  }
}

}  // namespace
}  // namespace assay::auth
