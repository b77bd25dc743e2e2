// SPDX-License-Identifier: Apache-2.0
#include "tests/rules/rules_testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "lib/base/text.h"
#include "lib/mail/address.h"

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

namespace {

std::string Problem(const std::vector<const mail::Field*>& fields,
                    const mail::AddressField& first) {
  if (fields.empty()) return "missing";
  if (fields.size() > 1) return "several";
  switch (first.problem) {
    case mail::AddressFieldProblem::kNone:
      return "none";
    case mail::AddressFieldProblem::kEmpty:
      return "empty";
    case mail::AddressFieldProblem::kSyntax:
      return "syntax";
    case mail::AddressFieldProblem::kGroup:
      return "group";
    case mail::AddressFieldProblem::kControlBytes:
      return "control";
    case mail::AddressFieldProblem::kUtf8:
      return "utf8";
    case mail::AddressFieldProblem::kTooMany:
      return "too_many";
  }
  return "syntax";
}

}  // namespace

void DeriveFacts(const mail::Message& message, facts::FactSet& facts) {
  const auto fields = message.Find("From");
  const mail::AddressField first =
      fields.empty() ? mail::AddressField() : mail::ParseAddressField(fields.front()->value);
  std::vector<std::string> authors;
  for (const mail::Field* field : fields) {
    for (const mail::Mailbox& mailbox : mail::ParseAddressField(field->value).mailboxes) {
      authors.push_back(mailbox.address.ToString());
    }
  }
  if (authors.size() == 1) facts.Set(Id::kHeaderFromDomain, first.mailboxes.front().address.domain);
  if (!first.mailboxes.empty() && !first.mailboxes.front().display_name.empty()) {
    facts.Set(Id::kHeaderFromName, first.mailboxes.front().display_name);
  }
  facts.Set(Id::kHeaderFromProblem, Problem(fields, first));
  facts.Set(Id::kHeaderFromCount, static_cast<double>(authors.size()));
  facts.Set(Id::kHeaderFromFields, static_cast<double>(fields.size()));
  facts.Set(Id::kHeaderFrom, std::move(authors));
  std::vector<std::string> domains;
  for (const mail::Field* field : message.Find("Reply-To")) {
    for (const mail::Mailbox& mailbox : mail::ParseAddressField(field->value).mailboxes) {
      domains.push_back(mailbox.address.domain);
    }
  }
  facts.Set(Id::kReplyToDomain, std::move(domains));
  facts.Set(Id::kMessageFields, static_cast<double>(message.field_count()));
  facts.Set(Id::kMessageSize, static_cast<double>(message.header_size() + message.body_size()));
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
