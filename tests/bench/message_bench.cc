// SPDX-License-Identifier: Apache-2.0
// A whole message through the engine with every DNS answer at hand: SPF of both identities, one
// RSA-2048 signature, DMARC, header edits and the log line. What the MTA's side costs, and DNS, is
// not in it. Message: one signed text; the shipped rules where the second argument is 1; a journal,
// its thread included, where the third is. Scan: messages of ASSAY_CORPUS (words without it)
// with no rules (0), the shipped ones (1), and those copied nine times with other words (10).
#include <benchmark/benchmark.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
#include "lib/journal/writer.h"
#include "tests/bench/matcher_sets.h"
#include "tests/support/dkim_signer.h"

namespace assay::engine {
namespace {

dns::Zone MakeZone() {
  dns::Zone zone;
  zone.AddText("example.com", "v=spf1 include:one.example.com include:two.example.com -all");
  zone.AddText("one.example.com", "v=spf1 ip4:10.1.0.0/16 ip4:10.2.0.0/16 ip6:2001:db8::/48 -all");
  zone.AddText("two.example.com", "v=spf1 ip4:10.3.0.0/16 ip4:192.0.2.0/24 -all");
  zone.AddText("mail.example.com", "v=spf1 a -all");
  zone.AddAddress("mail.example.com", *IpAddress::Parse("192.0.2.1"));
  zone.AddText("_dmarc.example.com", "v=DMARC1; p=reject; rua=mailto:d@example.com");
  zone.AddText("test._domainkey.example.com", test::KeyRecord(test::TestKey::kRsa2048));
  return zone;
}

test::TestMessage MakeMessage(std::size_t body_bytes) {
  test::TestMessage message;
  for (int i = 0; i < 4; ++i) {
    message.fields.push_back(
        {"Received",
         " from a.example (a.example [192.0.2.7])\n\tby b.example (Postfix) with ESMTP "
         "id 4XyZ1w\n\tfor <u@example.net>; Sat, 21 Nov 2026 10:00:00 +0000 (UTC)"});
  }
  for (const auto& [name, value] :
       {std::pair{"From", " Alice Example <alice@example.com>"},
        std::pair{"To", " Bob <bob@example.net>, carol@example.net"},
        std::pair{"Subject", " =?utf-8?q?M=C3=BCnchen?= and more"},
        std::pair{"Date", " Sat, 21 Nov 2026 10:00:00 +0000"},
        std::pair{"Message-ID", " <1@mail.example.com>"}, std::pair{"MIME-Version", " 1.0"},
        std::pair{"Content-Type", " text/plain; charset=utf-8"},
        std::pair{"X-Mailer", " Example Mailer 1.0"}}) {
    message.fields.push_back({name, value});
  }
  while (message.body.size() < body_bytes) {
    message.body += "A line of text as people write it, with  some double  space now and then.\r\n";
  }
  AddDkimSignature(message, test::SignOptions());
  return message;
}

config::Config MakeConfig() {
  config::Config config;
  config.authserv_id = "mx.example.net";
  config.identity.local_domains = {"example.net"};
  config.rules.directory.clear();
  config.rules.local.clear();
  return config;
}

std::shared_ptr<Shared> MakeShared() {
  return std::make_shared<Shared>(std::make_shared<dns::ZoneResolver>(MakeZone()), 1U << 28U, 4);
}

Client MakeClient() {
  Client client;
  client.ip = IpAddress::Parse("192.0.2.1");
  client.name = client.helo = "mail.example.com";
  client.mta_name = "mx.example.net";
  return client;
}

// From MAIL to the log line.
Record Judge(Transaction& transaction, const test::TestMessage& message) {
  transaction.Mail({"<alice@example.com>", {}, false});
  transaction.Rcpt("<bob@example.net>");
  for (const auto& field : message.fields) transaction.Field(field.name, field.value);
  transaction.EndFields();
  transaction.Body(message.body);
  transaction.EndOfMessage();
  benchmark::DoNotOptimize(transaction.Conclude());
  Record record = transaction.MakeRecord();
  benchmark::DoNotOptimize(transaction.HeaderEdits());
  benchmark::DoNotOptimize(FormatText(record));
  return record;
}

void Message(benchmark::State& state) {
  config::Config config = MakeConfig();
  if (state.range(1) != 0) config.rules.directory = ASSAY_SOURCE_DIR "/rules";
  const auto report = LoadGeneration(config, {});
  const auto shared = MakeShared();
  const std::string path = std::filesystem::temp_directory_path() / "assay-message-bench.db";
  std::optional<journal::Writer> journal;
  if (state.range(2) != 0) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    journal::WriterOptions options;
    options.path = path;
    options.queue_rows = options.queue_bytes = 1U << 30U;  // all of them are to be written
    journal.emplace(std::move(options), [](bool, std::string_view) {});
    shared->set_journal(&*journal);
  }
  const test::TestMessage message = MakeMessage(static_cast<std::size_t>(state.range(0)));
  const std::clock_t begin = std::clock();
  for (auto _ : state) {
    Transaction transaction(report.generation, shared, MakeClient(),
                            WallTime(std::chrono::seconds(1'700'000'000)));
    const Record record = Judge(transaction, message);
    if (record.dmarc != "pass" || record.dkim != "pass") state.SkipWithError("unexpected result");
    transaction.WriteJournal(record);
  }
  if (journal) {
    journal->Stop(SteadyClock::now() + std::chrono::minutes(1));
    if (journal->counters().dropped > 0) state.SkipWithError("records were dropped");
  }
  // Of all threads, with what the journal had left to write.
  state.counters["cpu_us"] = static_cast<double>(std::clock() - begin) /
                             static_cast<double>(CLOCKS_PER_SEC) * 1e6 /
                             static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Message)
    ->ArgNames({"bytes", "rules", "journal"})
    ->ArgsProduct({{2000, 100'000}, {0, 1}, {0, 1}})
    ->UseRealTime();

std::vector<test::TestMessage> SampledMessages() {
  std::vector<test::TestMessage> samples;
  for (const mail::Message& sample : rules::SampleMessages(300)) {
    test::TestMessage& message = samples.emplace_back();
    for (const mail::Field& field : sample.fields()) {
      message.fields.push_back({field.name, field.value});
    }
    message.body = sample.body();
  }
  return samples;
}

[[gnu::noinline]] void JudgeAll(const std::shared_ptr<const Generation>& generation,
                                const std::shared_ptr<Shared>& shared,
                                const std::vector<test::TestMessage>& messages) {
  for (const test::TestMessage& message : messages) {
    Transaction transaction(generation, shared, MakeClient(),
                            WallTime(std::chrono::seconds(1'700'000'000)));
    benchmark::DoNotOptimize(Judge(transaction, message));
  }
}

// One iteration is all of the messages; an item is one of them.
void Scan(benchmark::State& state) {
  const auto generation =
      std::make_shared<Generation>(*LoadGeneration(MakeConfig(), {}).generation);
  if (state.range(0) > 0) {
    const int copies = static_cast<int>(state.range(0)) - 1;
    generation->rules = rules::MustCompile(rules::WithCopies(rules::ShippedFiles(), copies));
  }
  const auto shared = MakeShared();
  const std::vector<test::TestMessage> messages = SampledMessages();
  JudgeAll(generation, shared, messages);  // RE2 builds its automata as they are needed
  for (auto _ : state) JudgeAll(generation, shared, messages);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(messages.size()));
}
BENCHMARK(Scan)->Arg(0)->Arg(1)->Arg(10);

}  // namespace
}  // namespace assay::engine
