// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dkim_verify.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

namespace assay::test {

std::shared_ptr<const auth::DkimLibrary> SharedDkimLibrary() {
  static const auto kLibrary = auth::DkimLibrary::Create();
  if (!kLibrary) std::abort();
  return *kLibrary;
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
  std::string_view rest = message.body;
  while (!rest.empty()) {
    verifier.AddBody(rest.substr(0, chunk));
    rest.remove_prefix(std::min(chunk, rest.size()));
  }
  return verifier.Conclude(answers);
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
