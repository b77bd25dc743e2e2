// SPDX-License-Identifier: Apache-2.0
// A whole message through the engine with every DNS answer at hand: SPF of both identities, one
// RSA-2048 signature, DMARC, header edits and the log line; no rules. What the MTA's side costs,
// and DNS, is not in it.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
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

void Message(benchmark::State& state) {
  config::Config config;
  config.authserv_id = "mx.example.net";
  config.identity.local_domains = {"example.net"};
  config.rules.directory.clear();
  config.rules.local.clear();
  const auto report = LoadGeneration(config, {});
  const auto shared =
      std::make_shared<Shared>(std::make_shared<dns::ZoneResolver>(MakeZone()), 1U << 28U, 4);
  const test::TestMessage message = MakeMessage(static_cast<std::size_t>(state.range(0)));
  Client client;
  client.ip = IpAddress::Parse("192.0.2.1");
  client.name = client.helo = "mail.example.com";
  client.mta_name = "mx.example.net";
  for (auto _ : state) {
    Transaction transaction(report.generation, shared, client,
                            WallTime(std::chrono::seconds(1'700'000'000)));
    transaction.Mail({"<alice@example.com>", {}, false});
    transaction.Rcpt("<bob@example.net>");
    for (const auto& field : message.fields) transaction.Field(field.name, field.value);
    transaction.EndFields();
    transaction.Body(message.body);
    transaction.EndOfMessage();
    benchmark::DoNotOptimize(transaction.Conclude());
    const Record record = transaction.MakeRecord();
    if (record.dmarc != "pass" || record.dkim != "pass") state.SkipWithError("unexpected result");
    benchmark::DoNotOptimize(transaction.HeaderEdits());
    benchmark::DoNotOptimize(FormatText(record));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Message)->Arg(2000)->Arg(100'000);

}  // namespace
}  // namespace assay::engine
