// SPDX-License-Identifier: Apache-2.0
#include "tests/rules/rules_testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "lib/base/text.h"

namespace assay::rules {

using facts::Id;

RuleSet::Compiled CompileText(std::string_view text, const CompileOptions& options) {
  const std::vector<SourceFile> files = {{"test.rules", std::string(text), false}};
  return RuleSet::Compile(files, options);
}

std::shared_ptr<const RuleSet> MustCompile(std::string_view text, const CompileOptions& options) {
  RuleSet::Compiled compiled = CompileText(text, options);
  EXPECT_NE(compiled.rules, nullptr) << FormatAll(compiled.diagnostics);
  return compiled.rules;
}

std::string FormatAll(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) out += Format(diagnostic);
  return out;
}

std::string RuleFile(std::string_view condition, std::string_view lines) {
  return "rule R {\n  about \"a test\"\n  " + std::string(lines) + "\n  when " +
         std::string(condition) + "\n  hit \"\\nx\"\n  miss \"\\nx\"\n}\n";
}

mail::Message MakeMessage(std::string_view text) {
  mail::Message message;
  const std::size_t end = text.starts_with('\n') ? 0 : text.find("\n\n");
  const std::string_view header = text.substr(0, end);
  for (const std::string_view line : Split(header, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      message.AddField(line.substr(0, colon), line.substr(colon + 1));
  }
  if (end == std::string_view::npos) return message;
  const std::string_view body = text.substr(end == 0 ? 1 : end + 2);
  for (const std::string_view line : Split(body, '\n')) message.AddBody(std::string(line) + "\r\n");
  return message;
}

Hits Evaluate(const RuleSet& rules, std::string_view text, const facts::FactSet& facts) {
  const mail::Message message = MakeMessage(text);
  mail::Views views(message);
  return rules.Evaluate({facts, views});
}

std::string HitNames(const Hits& hits) {
  std::vector<std::string> names;
  for (const Hit& hit : hits.hits) names.push_back(hit.rule->name);
  return Join(names, " ");
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<SourceFile> ShippedFiles() {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/rules")) {
    if (entry.path().extension() != ".rules") continue;
    files.push_back({entry.path().filename().string(), ReadText(entry.path().string()), true});
  }
  std::ranges::sort(files, {}, &SourceFile::name);
  return files;
}

}  // namespace assay::rules
