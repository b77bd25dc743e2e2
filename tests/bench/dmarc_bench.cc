// SPDX-License-Identifier: Apache-2.0
// DMARC with every answer at hand: the record at the author domain, at the organizational domain,
// at the end of the longest walk, and a record alone.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <variant>

#include "lib/auth/dmarc.h"
#include "lib/auth/dmarc_record.h"
#include "lib/dns/zone.h"

namespace assay::auth {
namespace {

constexpr const char* kRecord =
    "v=DMARC1; p=reject; sp=quarantine; adkim=r; rua=mailto:d@example.com";

dns::Zone MakeZone() {
  dns::Zone zone;
  zone.AddText("_dmarc.example.com", kRecord);
  zone.AddText("_dmarc.top.example.org", kRecord);
  return zone;
}

struct Message {
  std::string author;
  std::string spf_pass;
  std::string dkim_pass;
};

void Learn(const DmarcCheck& check, dns::Answers& answers) {
  const dns::Zone zone = MakeZone();
  while (true) {
    const auto result = CheckDmarc(check, answers);
    const auto* questions = std::get_if<dns::Questions>(&result);
    if (questions == nullptr) return;
    for (const auto* list : {&questions->needed, &questions->prefetch}) {
      for (const auto& question : *list) {
        answers.Add(question, std::make_shared<dns::Answer>(zone.Lookup(question)));
      }
    }
  }
}

void Walk(benchmark::State& state, const Message& message) {
  DkimOutcome signature;
  signature.result = DkimResult::kPass;
  signature.signing_domain = message.dkim_pass;
  DmarcCheck check;
  check.author_domain = message.author;
  check.spf_result = SpfResult::kPass;
  check.spf_domain = message.spf_pass;
  check.dkim = {&signature, 1};
  dns::Answers answers;
  Learn(check, answers);
  for (auto _ : state) benchmark::DoNotOptimize(CheckDmarc(check, answers));
  state.SetItemsProcessed(state.iterations());
}

void OwnRecord(benchmark::State& state) {
  Walk(state, {"example.com", "example.com", "example.com"});
}
BENCHMARK(OwnRecord);

void OrganizationalDomain(benchmark::State& state) {
  Walk(state, {"news.example.com", "bounce.example.com", "mail.example.com"});
}
BENCHMARK(OrganizationalDomain);

// Ten labels: the walk jumps to seven and goes on to the top; both identifiers walk too.
void LongestWalk(benchmark::State& state) {
  Walk(state, {"a.b.c.d.e.f.g.top.example.org", "h.b.c.d.e.f.g.top.example.org",
               "i.b.c.d.e.f.g.top.example.org"});
}
BENCHMARK(LongestWalk);

void Unrelated(benchmark::State& state) {
  Walk(state, {"example.com", "sender.example.net", "signer.example.net"});
}
BENCHMARK(Unrelated);

void Record(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseDmarcRecord(kRecord));
}
BENCHMARK(Record);

}  // namespace
}  // namespace assay::auth
