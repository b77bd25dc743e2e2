// SPDX-License-Identifier: Apache-2.0
// SPF: parsing a record, and whole evaluations with every answer at hand.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <variant>

#include "lib/auth/spf.h"
#include "lib/auth/spf_record.h"
#include "lib/dns/zone.h"

namespace assay::auth {
namespace {

// Twelve IPv4 and four IPv6 networks, as large senders publish them.
std::string Networks(int block) {
  std::string record = "v=spf1";
  for (int i = 0; i < 12; ++i) {
    record += " ip4:10." + std::to_string(block) + "." + std::to_string(i) + ".0/24";
  }
  for (int i = 0; i < 4; ++i) {
    record += " ip6:2001:db8:" + std::to_string(block * 16 + i) + "::/48";
  }
  return record + " -all";
}

dns::Zone TreeZone() {
  dns::Zone zone;
  zone.AddText("tree.example.com",
               "v=spf1 include:i0.example.com include:i1.example.com include:i2.example.com "
               "include:i3.example.com -all");
  for (int i = 0; i < 4; ++i) zone.AddText("i" + std::to_string(i) + ".example.com", Networks(i));
  zone.AddText("one.example.com", "v=spf1 ip4:10.3.11.0/24 -all");
  zone.AddText("macro.example.com",
               "v=spf1 exists:%{ir}.%{l1r-}.list.example.com -all exp=e.%{d2}");
  zone.AddText("e.example.com", "See http://example.com/why?i=%{I}&s=%{S}");
  return zone;
}

SpfCheck Check(const std::string& domain, std::string_view client_ip) {
  SpfCheck check;
  check.client_ip = IpAddress::Parse(client_ip).value();
  check.domain = domain;
  check.sender = "first-last@" + domain;
  check.helo_domain = "mail.example.net";
  return check;
}

// Every answer that the check asks for, until it ends; the number of passes that took.
int Learn(const SpfCheck& check, const dns::Zone& zone, dns::Answers& answers) {
  for (int passes = 1;; ++passes) {
    const auto result = CheckSpf(check, answers);
    const auto* questions = std::get_if<dns::Questions>(&result);
    if (questions == nullptr) return passes;
    for (const auto* list : {&questions->needed, &questions->prefetch}) {
      for (const auto& question : *list) {
        answers.Add(question, std::make_shared<dns::Answer>(zone.Lookup(question)));
      }
    }
  }
}

void Evaluate(benchmark::State& state, const SpfCheck& check) {
  dns::Answers answers;
  Learn(check, TreeZone(), answers);
  for (auto _ : state) benchmark::DoNotOptimize(CheckSpf(check, answers));
  state.SetItemsProcessed(state.iterations());
}

void ParseRecord(benchmark::State& state) {
  const std::string record = Networks(1);
  for (auto _ : state) benchmark::DoNotOptimize(spf::ParseRecord(record));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record.size()));
}
BENCHMARK(ParseRecord);

void OneRecord(benchmark::State& state) { Evaluate(state, Check("one.example.com", "10.3.11.7")); }
BENCHMARK(OneRecord);

void FourIncludesLastMatches(benchmark::State& state) {
  Evaluate(state, Check("tree.example.com", "10.3.11.7"));
}
BENCHMARK(FourIncludesLastMatches);

void MacroFailWithExplanation(benchmark::State& state) {
  Evaluate(state, Check("macro.example.com", "10.9.9.9"));
}
BENCHMARK(MacroFailWithExplanation);

// As a message with a cold cache costs it: all passes from nothing known to the outcome.
void FourIncludesFromNothing(benchmark::State& state) {
  const dns::Zone zone = TreeZone();
  const SpfCheck check = Check("tree.example.com", "10.3.11.7");
  for (auto _ : state) {
    dns::Answers answers;
    benchmark::DoNotOptimize(Learn(check, zone, answers));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FourIncludesFromNothing);

}  // namespace
}  // namespace assay::auth
