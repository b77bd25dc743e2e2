// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dkim_verify.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>

namespace assay::test {

std::shared_ptr<const auth::DkimLibrary> SharedDkimLibrary() {
  static const auto library = auth::DkimLibrary::Create();
  if (!library) std::abort();
  return *library;
}

dns::Answers TxtAnswers(const std::vector<std::pair<std::string, std::string>>& records) {
  std::map<std::string, dns::Answer> by_name;
  for (const auto& [name, text] : records) {
    by_name[name].status = dns::Status::kSuccess;
    by_name[name].texts.push_back(text);
  }
  dns::Answers answers;
  for (const auto& [name, answer] : by_name) {
    answers.Add({name, dns::RrType::kTxt}, std::make_shared<const dns::Answer>(answer));
  }
  return answers;
}

void AddTxtStatus(dns::Answers& answers, std::string_view name, dns::Status status) {
  dns::Answer answer;
  answer.status = status;
  answers.Add({name, dns::RrType::kTxt}, std::make_shared<const dns::Answer>(answer));
}

auth::DkimEvidence VerifyDkim(const TestMessage& message, const dns::Answers& answers, WallTime now,
                              std::size_t chunk) {
  auth::DkimVerifier verifier(SharedDkimLibrary(), now);
  for (const TestField& field : message.fields) verifier.AddField(field.name, field.value);
  (void)verifier.EndFields();
  return FinishWith(verifier, message.body, chunk, answers);
}

dns::Answers AnswerAll(const std::vector<dns::Question>& questions, const std::string& record) {
  dns::Answers answers;
  for (const dns::Question& question : questions) {
    dns::Answer answer;
    answer.status = dns::Status::kSuccess;
    answer.texts.push_back(record);
    answers.Add(question, std::make_shared<const dns::Answer>(std::move(answer)));
  }
  return answers;
}

std::string SuiteFolder(const std::string& name) {
  const char* const suites = std::getenv("ASSAY_SUITES");
  return suites == nullptr ? "" : std::string(suites) + "/" + name + "/";
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  return lines;
}

std::string ResultWords(const auth::DkimEvidence& evidence) {
  std::string words;
  for (const auth::DkimOutcome& outcome : evidence.signatures) {
    if (!words.empty()) words += ' ';
    words += ToWord(outcome.result);
  }
  return words.empty() ? "none" : words;
}

std::string Describe(const auth::DkimEvidence& evidence) {
  std::string text;
  for (const auth::DkimOutcome& outcome : evidence.signatures) {
    text += std::string(ToWord(outcome.result)) + " d=" + outcome.signing_domain +
            " s=" + outcome.selector + " (" + outcome.reason + ")\n";
  }
  return text;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace assay::test
