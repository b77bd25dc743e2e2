// SPDX-License-Identifier: Apache-2.0
// What a signed message costs: one signature per algorithm, the body per canonicalization, the key
// record, no signature.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/auth/dkim.h"
#include "lib/auth/dkim_key.h"
#include "tests/support/dkim_verify.h"

namespace {

using assay::test::At;
using assay::test::SignOptions;
using assay::test::TestKey;
using assay::test::TestMessage;

constexpr char kKeyName[] = "test._domainkey.example.com";
constexpr std::size_t kChunk = 65535;  // what libmilter hands over at most

TestMessage MessageWithBody(std::size_t bytes) {
  TestMessage message{{{"Received", " from a.example by b.example; Mon, 1 Jan 2024 00:00:00 +0000"},
                       {"From", " Alice <alice@example.com>"},
                       {"To", " bob@example.org"},
                       {"Subject", " Invoice"},
                       {"Date", " Mon, 1 Jan 2024 00:00:00 +0000"}},
                      ""};
  while (message.body.size() < bytes) {
    message.body += "A line of text as people write it, with  some double  space now and then.\r\n";
  }
  return message;
}

void Verify(benchmark::State& state, const TestMessage& message, const assay::dns::Answers& answers,
            assay::auth::DkimResult want) {
  for (auto unused : state) {
    (void)unused;
    const auto evidence = VerifyDkim(message, answers, At(1'700'000'000), kChunk);
    const auto got = evidence.signatures.empty() ? assay::auth::DkimResult::kNone
                                                 : evidence.signatures.front().result;
    if (got != want) state.SkipWithError("unexpected result");
  }
}

void BenchSignature(benchmark::State& state, TestKey key, const char* algorithm) {
  SignOptions options;
  options.key = key;
  options.algorithm = algorithm;
  TestMessage message = MessageWithBody(1000);
  AddDkimSignature(message, options);
  Verify(state, message, assay::test::TxtAnswers({{kKeyName, assay::test::KeyRecord(key)}}),
         assay::auth::DkimResult::kPass);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BenchSignature, rsa_1024, TestKey::kRsa1024, "rsa-sha256");
BENCHMARK_CAPTURE(BenchSignature, rsa_2048, TestKey::kRsa2048, "rsa-sha256");
BENCHMARK_CAPTURE(BenchSignature, rsa_4096, TestKey::kRsa4096, "rsa-sha256");
BENCHMARK_CAPTURE(BenchSignature, ed25519, TestKey::kEd25519, "ed25519-sha256");

void BenchBody(benchmark::State& state, const char* canonicalization, bool with_length) {
  SignOptions options;
  options.key = TestKey::kEd25519;
  options.algorithm = "ed25519-sha256";
  options.canonicalization = canonicalization;
  TestMessage message = MessageWithBody(1U << 20U);
  if (with_length) options.body_length = 1000;
  AddDkimSignature(message, options);
  Verify(state, message, assay::test::TxtAnswers({{kKeyName, assay::test::KeyRecord(options.key)}}),
         with_length ? assay::auth::DkimResult::kPolicy : assay::auth::DkimResult::kPass);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.body.size()));
}
BENCHMARK_CAPTURE(BenchBody, simple, "simple/simple", false);
BENCHMARK_CAPTURE(BenchBody, relaxed, "relaxed/relaxed", false);
BENCHMARK_CAPTURE(BenchBody, relaxed_with_length, "relaxed/relaxed", true);

void BenchUnsigned(benchmark::State& state) {
  const TestMessage message = MessageWithBody(1U << 20U);
  Verify(state, message, {}, assay::auth::DkimResult::kNone);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.body.size()));
}
BENCHMARK(BenchUnsigned);

void BenchKeyRecord(benchmark::State& state, TestKey key) {
  const std::string record = assay::test::KeyRecord(key);
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(assay::auth::ParseDkimKey(record));
  }
}
BENCHMARK_CAPTURE(BenchKeyRecord, rsa_2048, TestKey::kRsa2048);
BENCHMARK_CAPTURE(BenchKeyRecord, ed25519, TestKey::kEd25519);

}  // namespace
