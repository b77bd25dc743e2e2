// SPDX-License-Identifier: Apache-2.0
// Messages through a whole transaction, for tests of DMARC, ARC and From.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
#include "tests/support/arc_sealer.h"
#include "tests/support/temporary_folder.h"

namespace assay::engine {

inline constexpr const char* kDmarcZone = R"(
good.example.com          TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.good.example.com   TXT "v=DMARC1; p=reject"
lists.example.net         TXT "v=spf1 ip4:192.0.2.0/24 -all"
bank.example.org          TXT "v=spf1 -all"
_dmarc.bank.example.org   TXT "v=DMARC1; p=quarantine"
_dmarc.safe.example.org   TXT "v=DMARC1; p=reject"
_dmarc.lax.example.org    TXT "v=DMARC1; p=none"
trouble.example.net       SERVFAIL
_dmarc.trouble.example.org SERVFAIL
arc._domainkey.trouble.example.net SERVFAIL
legitimate.com            TXT "v=spf1 -all"
_dmarc.legitimate.com     TXT "v=DMARC1; p=reject"
attack.com                TXT "v=spf1 ip4:192.0.2.0/24 -all"
33.attack.com             TXT "v=spf1 ip4:192.0.2.0/24 -all"
)";

// One TXT string holds 255 bytes.
inline std::string KeyLine(const std::string& domain, test::TestKey key) {
  const std::string record = test::KeyRecord(key);
  return "arc._domainkey." + domain + " TXT \"" + record.substr(0, 200) + "\" \"" +
         (record.size() > 200 ? record.substr(200) : "") + "\"\n";
}

class DmarcActionTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  DmarcActionTest() {
    config_.mode = config::Mode::kEnforce;
    config_.authserv_id = "mx.example.net";
    config_.identity.local_domains = {"ours.example"};
    config_.rules.directory.clear();
    config_.rules.local = folder_.Path("local.rules");
    std::ofstream(config_.rules.local) << "";
  }

  // Delivers from 192.0.2.10, whose SPF passes for good.example.com, lists.example.net, attack.com.
  const policy::Verdict& Send(const std::string& mail_from, const test::TestMessage& message,
                              const std::string& helo = "mx.good.example.com") {
    auto report = LoadGeneration(config_, {});
    EXPECT_TRUE(report.generation) << testing::PrintToString(report.messages);
    const std::string zone = kDmarcZone + KeyLine("lists.example.net", test::TestKey::kRsa2048) +
                             KeyLine("evil.example", test::TestKey::kEd25519);
    dns::ZoneOptions options;
    options.timeout = std::chrono::seconds(30);
    shared_ = std::make_shared<Shared>(
        std::make_shared<dns::ZoneResolver>(*dns::Zone::Parse(zone, "zone"), options), 1 << 20, 4);
    Client client;
    client.ip = IpAddress::Parse("192.0.2.10");
    client.helo = helo;
    client.mta_name = "mx.example.net";
    transaction_.emplace(report.generation, shared_, client,
                         WallTime(std::chrono::seconds(1'700'000'000)));
    transaction_->Mail({mail_from, {}, false});
    transaction_->Rcpt("<user@ours.example>");
    for (const auto& field : message.fields) transaction_->Field(field.name, field.value);
    transaction_->EndFields();
    transaction_->Body(message.body);
    transaction_->EndOfMessage();
    EXPECT_FALSE(transaction_->Waiting(Stage::kEndOfMessage));
    return transaction_->Conclude();
  }

  std::string Fact(facts::Id id) { return facts::Print(transaction_->facts().Get(id)); }

  std::string Results() {
    for (const HeaderEdit& edit : transaction_->HeaderEdits()) {
      if (edit.name == "Authentication-Results" && edit.kind == HeaderEdit::Kind::kInsert) {
        return edit.value;
      }
    }
    return "absent";
  }

  config::Config config_;
  std::shared_ptr<Shared> shared_;
  std::optional<Transaction> transaction_;
};

inline test::TestMessage Message(const std::string& from) {
  return {{{"From", from}, {"To", " user@ours.example"}, {"Subject", " hello"}}, "text\r\n"};
}

// As a list does it: the author's message, changed, sealed and sent on.
inline test::TestMessage Sealed(const std::string& from, const std::string& author_domain,
                                test::SealOptions options = {}) {
  test::TestMessage message = Message(from);
  if (options.domain == "lists.example.org") options.domain = "lists.example.net";
  options.signed_fields = {"From", "To", "Subject"};
  options.results = "lists.example.net; dmarc=pass header.from=" + author_domain;
  AddArcSet(message, options);
  return message;
}

}  // namespace assay::engine
