// SPDX-License-Identifier: Apache-2.0
// The shipped rules: loading them, and judging a 20 KB message.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lib/mail/message.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {
namespace {

constexpr std::size_t kBodyBytes = 20 * 1024;

std::vector<SourceFile> LoadShipped() {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/rules")) {
    if (entry.path().extension() != ".rules") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    files.push_back({entry.path().filename().string(), std::move(text), true});
  }
  std::ranges::sort(files, {}, &SourceFile::name);
  return files;
}

std::shared_ptr<const RuleSet> MustCompile() {
  RuleSet::Compiled compiled = RuleSet::Compile(LoadShipped(), {});
  if (compiled.rules == nullptr) {
    for (const Diagnostic& diagnostic : compiled.diagnostics)
      std::fputs(Format(diagnostic).c_str(), stderr);
    std::exit(1);
  }
  return compiled.rules;
}

mail::Message MakeMessage() {
  mail::Message message;
  message.AddField("From", " Ann Example <ann@example.com>");
  message.AddField("To", " bob@example.net");
  message.AddField("Subject", " Minutes of the meeting in October");
  message.AddField("Date", " Mon, 5 Oct 2026 10:00:00 +0000");
  message.AddField("Message-ID", " <1@example.com>");
  std::string body;
  while (body.size() < kBodyBytes) {
    body +=
        "The committee met on Monday and spoke about the account of last year, the new password "
        "rules\r\n"
        "and the transfer of the library to the second floor; see "
        "https://www.example.com/minutes.\r\n\r\n";
  }
  message.AddBody(body);
  return message;
}

facts::FactSet MakeFacts() {
  facts::FactSet facts;
  facts.Set(facts::Id::kProfile, std::string("inbound"));
  facts.Set(facts::Id::kClientIp, *IpAddress::Parse("192.0.2.1"));
  facts.Set(facts::Id::kClientName, std::string("mail.example.com"));
  facts.Set(facts::Id::kHelo, std::string("mail.example.com"));
  facts.Set(facts::Id::kSpfMailFrom, std::string("pass"));
  facts.Set(facts::Id::kDmarc, std::string("none"));
  return facts;
}

void BenchCompileShipped(benchmark::State& state) {
  const std::vector<SourceFile> files = LoadShipped();
  for (auto _ : state) benchmark::DoNotOptimize(RuleSet::Compile(files, {}));
}
BENCHMARK(BenchCompileShipped)->Unit(benchmark::kMillisecond);

// Rules alone: the views are made once.
void BenchEvaluateShipped(benchmark::State& state) {
  const auto rules = MustCompile();
  const mail::Message message = MakeMessage();
  const facts::FactSet facts = MakeFacts();
  mail::Views views(message);
  for (auto _ : state) benchmark::DoNotOptimize(rules->Evaluate({facts, views}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.body_size()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BenchEvaluateShipped)->Unit(benchmark::kMicrosecond);

// Views and rules, as for each new message.
void BenchJudgeShipped(benchmark::State& state) {
  const auto rules = MustCompile();
  const mail::Message message = MakeMessage();
  const facts::FactSet facts = MakeFacts();
  for (auto _ : state) {
    mail::Views views(message);
    benchmark::DoNotOptimize(rules->Evaluate({facts, views}));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.body_size()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BenchJudgeShipped)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace assay::rules
