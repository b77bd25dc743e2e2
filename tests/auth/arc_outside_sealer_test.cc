// SPDX-License-Identifier: Apache-2.0
// Chains made by dkimpy (Debian: python3-dkim), where that is installed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "lib/auth/arc.h"
#include "lib/auth/arc_trust.h"
#include "tests/support/dkim_verify.h"
#include "tests/support/skip.h"

namespace assay::auth {
namespace {

using test::TestKey;
using test::TestMessage;

constexpr char kPython[] = "/usr/bin/python3";
constexpr char kMessage[] =
    "From: Alice <alice@example.com>\r\n"
    "To: bob@example.org,\r\n  carol@example.org\r\n"
    "Subject: Invoice  \xC3\xA4\xC3\xB6 \r\n\t folded\r\n"
    "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    "\r\n"
    "Dear Bob, \r\n\r\n  please \t pay.\r\n\r\n\r\n";

class DkimpySealer : public testing::Test {
 protected:
  void SetUp() override {
    const std::string probe = std::string(kPython) + " -c 'import dkim, authres' 2>/dev/null";
    if (std::system(probe.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe): one thread
      ASSAY_SKIP_WITHOUT_PACKAGE(
          "python3-dkim with python3-authres is not installed; arc_test has chains of ours");
    }
    std::string path = (std::filesystem::temp_directory_path() / "dkimpyXXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }

  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  TestMessage Seal(TestKey key, int sets) {
    std::ofstream(folder_ / "key") << PrivateKeyPem(key);
    std::ofstream(folder_ / "message", std::ios::binary) << kMessage;
    const std::string command = std::string(kPython) + " " + ASSAY_SOURCE_DIR +
                                "/tests/support/dkimpy_seal.py " + (folder_ / "key").string() +
                                " arc lists.example.org " + std::to_string(sets) + " < " +
                                (folder_ / "message").string();
    std::string sealed;
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) sealed += static_cast<char>(c);
    EXPECT_EQ(pclose(pipe), 0);
    return test::ReadMessage(sealed);
  }

  static ArcEvidence Verify(const TestMessage& message, TestKey key) {
    ArcVerifier verifier(test::SharedDkimLibrary(), Now());
    for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
    (void)verifier.EndFields();
    verifier.AddBody(message.body);
    return verifier.Conclude(
        test::TxtAnswers({{"arc._domainkey.lists.example.org", test::KeyRecord(key)}}));
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(DkimpySealer, ChainsPassAndTellWhatWasRecorded) {
  const std::vector<std::string> trusted = {"lists.example.org"};
  for (const TestKey key : {TestKey::kRsa1024, TestKey::kRsa2048}) {
    for (const int sets : {1, 2, 5}) {
      SCOPED_TRACE(sets);
      const TestMessage message = Seal(key, sets);
      const ArcEvidence evidence = Verify(message, key);
      EXPECT_EQ(evidence.result, ArcResult::kPass) << evidence.reason;
      EXPECT_EQ(evidence.sets.size(), static_cast<std::size_t>(sets));
      EXPECT_EQ(evidence.oldest_pass, sets == 1 ? 0U : static_cast<std::size_t>(sets));
      EXPECT_EQ(FindTrustedSealer(evidence, {"example.com", "", trusted}), "lists.example.org");
      EXPECT_FALSE(FindTrustedSealer(evidence, {"example.net", "", trusted}));
    }
  }
}

TEST_F(DkimpySealer, ChangesFail) {
  const TestMessage message = Seal(TestKey::kRsa2048, 2);
  TestMessage changed = message;
  changed.body += "P.S.\r\n";
  EXPECT_EQ(Verify(changed, TestKey::kRsa2048).result, ArcResult::kFail);
  for (std::size_t i = 0; i < message.fields.size(); ++i) {
    changed = message;
    changed.fields[i].value += "x";
    const bool covered = changed.fields[i].name != "Authentication-Results";
    EXPECT_EQ(Verify(changed, TestKey::kRsa2048).result,
              covered ? ArcResult::kFail : ArcResult::kPass)
        << changed.fields[i].name;
  }
}

}  // namespace
}  // namespace assay::auth
