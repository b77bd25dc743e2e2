// SPDX-License-Identifier: Apache-2.0
// What a DNS answer costs apart from the network: reading its packet, and finding it in the cache.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/dns/cache.h"
#include "lib/dns/wire.h"

namespace assay::dns {
namespace {

// A TXT reply for example.com: header, question, one record of two strings that points at the
// question's name.
std::vector<std::uint8_t> TextReply() {
  std::string packet("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00", 12);
  packet += std::string(
      "\x07"
      "example\x03"
      "com\x00\x00\x10\x00\x01",
      17);
  packet += std::string("\xc0\x0c\x00\x10\x00\x01\x00\x00\x01\x2c\x01\x94", 12);
  for (int i = 0; i < 2; ++i) packet += '\xc9' + std::string(201, 'x');
  return {packet.begin(), packet.end()};
}

void BenchParseReply(benchmark::State& state) {
  const std::vector<std::uint8_t> packet = TextReply();
  const Question question("example.com", RrType::kTxt);
  if (ParseReply(packet, question).status != Status::kSuccess) state.SkipWithError("bad packet");
  for (auto _ : state) benchmark::DoNotOptimize(ParseReply(packet, question));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(packet.size()));
}
BENCHMARK(BenchParseReply);

void BenchCacheHit(benchmark::State& state) {
  Cache cache(std::size_t{64} << 20);
  const Deadline now{};
  std::vector<Question> questions;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    questions.emplace_back("host-" + std::to_string(i) + ".example.com", RrType::kTxt);
    Answer answer;
    answer.status = Status::kSuccess;
    answer.ttl = std::chrono::seconds(60);
    cache.Add(questions.back(), std::make_shared<const Answer>(std::move(answer)), now);
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.Find(questions[next], now));
    next = (next + 7919) % questions.size();  // a prime: walks over all of them
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BenchCacheHit)->Arg(100)->Arg(10'000)->Arg(100'000);

}  // namespace
}  // namespace assay::dns
