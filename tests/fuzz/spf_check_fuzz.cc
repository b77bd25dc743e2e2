// SPDX-License-Identifier: Apache-2.0
// A whole SPF evaluation in a hostile world. The first line of the input is "CLIENT-IP MAIL-FROM
// HELO", every other one "NAME TYPE DATA" of a zone; what cannot be read is left out. It always
// ends, asks nothing twice, gives the same result with and without early answers, and libspf2 never
// has an error of its own.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/auth/received_spf.h"
#include "lib/auth/spf.h"
#include "lib/base/text.h"
#include "lib/dns/zone.h"

using assay::IpAddress;
using assay::auth::SpfCheck;
using assay::auth::SpfOutcome;
using assay::auth::SpfResult;
namespace dns = assay::dns;

namespace {

constexpr int kMaxRounds = 200;  // ten MX of ten hosts, one at a time, and the records

void Require(bool holds) {
  if (!holds) std::abort();
}

// The next word of `line`; the rest stays.
std::string_view TakeWord(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

void AddRecord(dns::Zone& zone, std::string_view line) {
  const std::string_view name = TakeWord(line);
  const std::string_view type = TakeWord(line);
  if (type == "A" || type == "AAAA") {
    if (const auto address = IpAddress::Parse(line)) zone.AddAddress(name, *address);
  } else if (type == "MX") {
    const auto preference = static_cast<std::uint16_t>(line.size());
    zone.AddMailExchange(name, {preference, std::string(line)});
  } else if (type == "PTR") {
    zone.AddHost(name, line);
  } else if (type == "CNAME") {
    zone.AddAlias(name, line);
  } else if (type == "FAIL") {
    zone.Fail(name, {}, dns::Status::kServFail);
  } else {
    zone.AddText(name, line);
  }
}

SpfOutcome Run(const SpfCheck& check, const dns::Zone& zone, bool prefetch) {
  dns::Answers answers;
  const auto answer = [&](const dns::Question& question) {
    Require(answers.Find(question) == nullptr);
    answers.Add(question, std::make_shared<dns::Answer>(zone.Lookup(question)));
  };
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto result = CheckSpf(check, answers);
    if (const auto* outcome = std::get_if<SpfOutcome>(&result)) return *outcome;
    const auto& questions = std::get<dns::Questions>(result);
    Require(!questions.needed.empty());
    for (const auto& question : questions.needed) answer(question);
    if (!prefetch) continue;
    for (const auto& question : questions.prefetch) answer(question);
  }
  std::abort();
}

void RequireSane(const SpfCheck& check, const SpfOutcome& outcome) {
  const bool error =
      outcome.result == SpfResult::kPermError || outcome.result == SpfResult::kTempError;
  Require(outcome.problem.empty() != error);
  Require(!outcome.problem.starts_with("libspf2"));
  Require(outcome.result == SpfResult::kFail || outcome.explanation.empty());
  for (const char c : outcome.problem + outcome.explanation) Require(c >= ' ' && c <= '~');
  for (const char c : WriteReceivedSpf(check, outcome, assay::auth::SpfIdentity::kMailFrom)) {
    Require((c >= ' ' && c <= '~') || c == '\n' || c == '\t');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> lines = assay::Split(text, '\n');
  std::string_view first = lines.front();
  SpfCheck check;
  check.client_ip = IpAddress::Parse(TakeWord(first)).value_or(IpAddress());
  check.sender = TakeWord(first);
  check.helo_domain = first;
  check.domain = check.sender.substr(check.sender.rfind('@') + 1);
  dns::Zone zone;
  for (std::size_t i = 1; i < lines.size(); ++i) AddRecord(zone, lines[i]);

  const SpfOutcome eager = Run(check, zone, true);
  const SpfOutcome lazy = Run(check, zone, false);
  Require(eager.result == lazy.result && eager.mechanism == lazy.mechanism &&
          eager.record_domain == lazy.record_domain && eager.explanation == lazy.explanation &&
          eager.problem == lazy.problem);
  RequireSane(check, eager);
  return 0;
}
