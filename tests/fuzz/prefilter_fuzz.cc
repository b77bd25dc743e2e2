// SPDX-License-Identifier: Apache-2.0
// Any patterns and texts: what RE2 finds, the prefilter lets through. First the patterns, one in a
// line, behind its flags and a blank; an empty line; then the texts, one in a line and all
// together.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/rules/pattern_table.h"
#include "lib/rules/screening.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMaxPatternCount = 8;
constexpr std::size_t kPadding = 150;
constexpr std::size_t kMemory = 16UL * 1024 * 1024;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = mail::Utf8SequenceLength(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void Run(std::string_view input) {
  const std::size_t middle = std::min(input.find("\n\n"), input.size());
  const std::string_view rest = input.substr(std::min(middle + 2, input.size()));
  const std::vector<SourceFile> files = {{"fuzz.rules", std::string(64 * 1024, 'x'), false}};
  const Sources sources(files);
  DiagnosticLog log(sources);
  PatternTableBuilder builder(log);
  std::vector<TextMatch> asked;
  const auto add = [&](std::string_view flags, std::string_view body) {
    const auto id = builder.Add({std::string(body), std::string(flags), {}});
    if (id) asked.push_back({0, *id});
  };
  add("", "Zebra7");  // one alone would have no prefilter
  add("i", "quagga");
  for (const std::string_view line : Split(input.substr(0, middle), '\n')) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || asked.size() > kMaxPatternCount) continue;
    if (IsUtf8(line)) add(line.substr(0, blank), line.substr(blank + 1));
  }
  const auto table = builder.Build(kMemory, asked);
  if (table == nullptr || log.has_errors()) return;
  std::vector<std::string> texts = {std::string(rest)};
  for (const std::string_view line : Split(rest, '\n')) texts.emplace_back(line);
  const std::string padding(kPadding, 'x');  // long texts are scanned in pieces
  texts.push_back(padding + std::string(rest) + padding);
  const Prefilter* filter = table->FilterOf(0);
  Require(filter != nullptr, "no prefilter");
  const Screening screening(*filter, texts);
  for (const TextMatch& match : asked) {
    const auto slot = table->SlotOf(match);
    if (!slot) continue;
    std::vector<bool> chosen(texts.size());
    const TextChoice choice = screening.TextsFor(*slot);
    for (std::size_t i = 0; i < choice.size(); ++i) chosen[choice[i]] = true;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      Require(chosen[i] || !table->Matches(match.pattern, texts[i]), "a match is lost");
    }
  }
}

}  // namespace
}  // namespace assay::rules

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::rules::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
