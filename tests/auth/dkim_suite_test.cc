// SPDX-License-Identifier: Apache-2.0
// Messages and expectations of others. Where our answer differs on purpose, the tables below say
// so.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "tests/support/dkim_verify.h"

namespace assay::auth {
namespace {

using test::At;
using test::Describe;
using test::Lines;
using test::ReadFile;
using test::ResultWords;
using test::SuiteFolder;

// "name text" lines; NXDOMAIN, ~~text~~ for a failure, "" for an empty record.
dns::Answers ReadKeys(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> records;
  std::vector<std::pair<std::string, dns::Status>> failures;
  for (const std::string& line : Lines(ReadFile(path))) {
    const std::size_t space = line.find_first_of(" \t");
    const std::string name = line.substr(0, space);
    const std::string text(Trim(std::string_view(line).substr(space)));
    if (text == "NXDOMAIN") {
      failures.emplace_back(name, dns::Status::kNxDomain);
    } else if (text.starts_with("~~")) {
      failures.emplace_back(name, dns::Status::kServFail);
    } else {
      records.emplace_back(name, text == "\"\"" ? "" : text);
    }
  }
  dns::Answers answers = test::TxtAnswers(records);
  for (const auto& [name, status] : failures) test::AddTxtStatus(answers, name, status);
  return answers;
}

// A name that a suite's key file does not have does not exist.
DkimEvidence Verify(const std::string& path, dns::Answers answers, long long now) {
  const test::TestMessage message = test::ReadMessage(ReadFile(path));
  DkimVerifier verifier(test::SharedDkimLibrary(), At(now));
  for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
  for (const dns::Question& question : verifier.EndFields()) {
    if (answers.Find(question) == nullptr) {
      test::AddTxtStatus(answers, question.name, dns::Status::kNxDomain);
    }
  }
  verifier.AddBody(message.body);
  return verifier.Conclude(answers);
}

// One result for the message, as Mail::DKIM gives it: the best of its signatures.
std::string Overall(const DkimEvidence& evidence) {
  for (const DkimResult result :
       {DkimResult::kPass, DkimResult::kPolicy, DkimResult::kFail, DkimResult::kTempError,
        DkimResult::kPermError, DkimResult::kNeutral}) {
    for (const DkimOutcome& outcome : evidence.signatures) {
      if (outcome.result == result) return std::string(ToWord(result));
    }
  }
  return "none";
}

using Differences = std::map<std::string, std::string>;  // file -> our results

void Expect(const std::string& file, const std::string& got, const std::string& want,
            const Differences& differences) {
  const auto ours = differences.find(file.substr(0, file.find('.')));
  if (ours == differences.end()) {
    EXPECT_EQ(got, want) << file;
  } else {
    EXPECT_EQ(got, ours->second) << file;
    EXPECT_NE(got, want) << file << " is no difference any more";
  }
}

TEST(DkimSuite, RfcExamples) {
  const std::string folder = SuiteFolder("rfc-examples");
  if (folder.empty()) GTEST_SKIP() << "ASSAY_SUITES is not set; dkim_test has signatures of ours";
  const dns::Answers keys = ReadKeys(folder + "keys");
  int count = 0;
  for (const std::string& line : Lines(ReadFile(folder + "EXPECTED.tsv"))) {
    const auto columns = Split(line, '\t');
    const std::string file(columns[0]);
    Expect(file, ResultWords(Verify(folder + file, keys, 1'700'000'000)), std::string(columns[1]),
           {});
    ++count;
  }
  EXPECT_EQ(count, 6);
}

TEST(DkimSuite, MailAuth) {
  const std::string folder = SuiteFolder("mail-auth-dkim");
  if (folder.empty()) GTEST_SKIP() << "ASSAY_SUITES is not set; dkim_test has signatures of ours";
  int count = 0;
  for (const std::string& line : Lines(ReadFile(folder + "EXPECTED.tsv"))) {
    const std::string file(Split(line, '\t')[0]);
    const std::string stem = file.substr(0, file.find('.'));
    // 004 was signed after the time at which the others are verified.
    const long long now = stem == "004" ? 1'667'863'664 : 1'667'843'664;
    const DkimEvidence evidence = Verify(folder + file, ReadKeys(folder + stem + ".keys"), now);
    ASSERT_FALSE(evidence.signatures.empty()) << file;
    EXPECT_EQ(evidence.signatures.back().result, DkimResult::kPass) << file << ":\n"
                                                                    << Describe(evidence);
    ++count;
  }
  EXPECT_EQ(count, 6);
}

// File without suffix, and our result.
const Differences& MailDkimDifferences() {
  static const Differences differences = {
      // DomainKeys (RFC 4870) is historic: not a signature.
      {"good_dk_gmail", "none"},
      {"good_dk_yahoo", "none"},
      {"good_dk_1", "none"},
      {"good_dk_2", "none"},
      {"good_dk_3", "none"},
      {"good_dk_4", "none"},
      {"good_dk_5", "none"},
      {"good_dk_6", "none"},
      {"good_dk_7", "none"},
      {"dk_headers_1", "none"},
      {"dk_headers_2", "none"},
      {"bad_dk_1", "none"},
      {"bad_dk_2", "none"},
      {"bad_dk_3", "none"},
      {"bad_dk_4", "none"},
      {"bad_dk_5", "none"},
      {"dk_multiple_1", "none"},
      // Drafts older than RFC 4871: no v=, or v=0.5.
      {"good_ietf00_1", "permerror"},
      {"good_ietf00_2", "permerror"},
      {"good_ietf00_3", "permerror"},
      {"good_ietf00_4", "permerror"},
      {"good_ietf00_5", "permerror"},
      {"mine_ietf01_1", "permerror"},
      {"mine_ietf01_2", "permerror"},
      {"mine_ietf01_3", "permerror"},
      {"mine_ietf01_4", "permerror"},
      {"mine_ietf05_1", "permerror"},
      {"good_ietf01_1", "permerror"},
      {"good_ietf01_2", "permerror"},
      {"multiple_1", "permerror"},
      {"bad_ietf01_1", "permerror"},
      {"bad_ietf01_2", "permerror"},
      {"bad_ietf01_3", "permerror"},
      {"bad_1", "permerror"},
      {"no_body_1", "permerror"},
      {"no_body_2", "permerror"},
      {"no_body_3", "permerror"},
      // They verify, but with rsa-sha1 and mostly 512 bits (RFC 8301).
      {"good_rfc4871_3", "policy"},
      {"good_rfc4871_4", "policy"},
      {"good_1878523", "policy"},
      {"good_83176", "policy"},
      {"multiple_2", "policy"},
      {"good_qp_1", "policy"},
      {"good_qp_2", "policy"},
      {"good_qp_3", "policy"},
      {"goodkey_1", "policy"},
      {"goodkey_2", "policy"},
      {"goodkey_3", "policy"},
      {"goodkey_4", "policy"},
      // The same, and g= of the key has no meaning since RFC 6376.
      {"badkey_8", "policy"},
      {"badkey_9", "policy"},
      {"badkey_12", "policy"},
      {"badkey_13", "policy"},
      // DNS failures are temporary.
      {"badkey_14", "temperror"},
      {"badkey_15", "temperror"},
      // The message has no From field (RFC 6376, 5.4).
      {"bad_1878954", "permerror"}};
  return differences;
}

// "permerror" for what that suite calls invalid.
TEST(DkimSuite, MailDkimCorpus) {
  const std::string folder = SuiteFolder("mail-dkim-corpus");
  if (folder.empty()) GTEST_SKIP() << "ASSAY_SUITES is not set; dkim_test has signatures of ours";
  const dns::Answers keys = ReadKeys(folder + "FAKE_DNS.dat");
  int count = 0;
  for (const std::string& line : Lines(ReadFile(folder + "EXPECTED.tsv"))) {
    const auto columns = Split(line, '\t');
    const std::string file(columns[0]);
    const std::string want = columns[1] == "invalid" ? "permerror" : std::string(columns[1]);
    Expect(file, Overall(Verify(folder + file, keys, 1'700'000'000)), want, MailDkimDifferences());
    ++count;
  }
  EXPECT_EQ(count, 79);
}

// From the error that the library's own test saw: 0 none, 28 bad signature; anything else means
// that it could not verify.
std::string WantedByOpenDkim(const std::string& signatures) {
  std::string words;
  std::istringstream stream(signatures);
  for (std::string word; stream >> word;) {
    if (!word.starts_with("err=")) continue;
    if (!words.empty()) words += ' ';
    words += word == "err=0" ? "pass" : word == "err=28" ? "fail" : "permerror";
  }
  return words.empty() ? "none" : words;
}

// File without suffix, and our results.
const Differences& OpenDkimDifferences() {
  static const Differences differences = {
      // They verify, but with rsa-sha1 (RFC 8301).
      {"t-test04_1", "policy"},
      {"t-test05_1", "policy"},
      {"t-test06_1", "policy"},
      {"t-test07_1", "policy"},
      {"t-test64_1", "policy"},
      {"t-test69_1", "policy"},
      {"t-test78_1", "policy"},
      {"t-test80_1", "policy"},
      {"t-test93_1", "policy"},
      {"t-test99_1", "policy"},
      {"t-test117_1", "policy"},
      {"t-test120_1", "policy"},
      {"t-test136_1", "policy"},
      {"t-test138_1", "policy"},
      {"t-test139_1", "policy"},
      {"t-test67_1", "policy pass"},
      {"t-test74_1", "policy pass fail"},
      // The same, and l= leaves part of the body unsigned.
      {"t-test12_1", "policy"},
      {"t-test13_1", "policy"},
      {"t-test14_1", "policy"},
      {"t-test15_1", "policy"},
      {"t-test101_1", "policy"},
      // rsa-sha256, but l= leaves part of the body unsigned.
      {"t-test28_1", "policy"},
      {"t-test29_1", "policy"},
      {"t-test30_1", "policy"},
      {"t-test31_1", "policy"},
      // bh= of the first signature was changed to leave bits over; the test lets a callback change
      // the order.
      {"t-test46_1", "permerror pass"},
      // No From field that could be read, or no tags: the library lists no signature, we report
      // each field.
      {"t-test63_1", "permerror"},
      {"t-test66_1", "permerror"},
      {"t-test76_1", "permerror"},
      // The test demands that a field is signed which the signer did not sign.
      {"t-test102_1", "policy"},
      // Tests of DKIM_LIBFLAGS_FIXCRLF and of calls out of order.
      {"t-test88_1", "fail"},
      {"t-test142_1", "fail"},
      {"t-test153_1", "fail"},
      {"t-test149_1", "policy"},
      {"t-test149_2", "policy"}};
  return differences;
}

TEST(DkimSuite, OpenDkimUnitTests) {
  const std::string folder = SuiteFolder("opendkim-unit");
  if (folder.empty()) GTEST_SKIP() << "ASSAY_SUITES is not set; dkim_test has signatures of ours";
  const dns::Answers keys = ReadKeys(folder + "keys");
  int count = 0;
  for (const std::string& line : Lines(ReadFile(folder + "EXPECTED.tsv"))) {
    const auto columns = Split(line, '\t');
    const std::string file(columns[0]);
    const std::string want = WantedByOpenDkim(std::string(columns.size() > 4 ? columns[4] : ""));
    // The time of the recording; 103 expires one second later.
    const long long now = file == "t-test103_1.eml" ? 1'172'621'300 : 1'172'620'939;
    Expect(file, ResultWords(Verify(folder + file, keys, now)), want, OpenDkimDifferences());
    ++count;
  }
  EXPECT_EQ(count, 81);
}

}  // namespace
}  // namespace assay::auth
