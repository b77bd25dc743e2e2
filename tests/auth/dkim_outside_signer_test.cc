// SPDX-License-Identifier: Apache-2.0
// Signatures made by dkimpy (Debian: python3-dkim), where that is installed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "lib/auth/dkim_base64.h"
#include "tests/support/dkim_verify.h"

namespace assay::auth {
namespace {

using test::Describe;
using test::ResultWords;
using test::TestKey;
using test::TestMessage;

constexpr char kPython[] = "/usr/bin/python3";
constexpr char kKeyName[] = "test._domainkey.example.com";

// A folder of its own for each test, gone afterwards.
class DkimpySigner : public testing::Test {
 protected:
  void SetUp() override {
    const std::string probe = std::string(kPython) + " -c 'import dkim, nacl' 2>/dev/null";
    if (std::system(probe.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe): one thread
      GTEST_SKIP() << "python3-dkim with python3-nacl is not installed for " << kPython;
    }
    std::string path = (std::filesystem::temp_directory_path() / "dkimpyXXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }

  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  // The field that dkimpy puts on top of the message.
  TestMessage Sign(const std::string& message, TestKey key, const std::string& options) {
    Write("key", KeyFile(key));
    Write("message", message);
    const std::string command = std::string(kPython) + " " + ASSAY_SOURCE_DIR +
                                "/tests/support/dkimpy_sign.py " + (folder_ / "key").string() +
                                " test example.com " + options + " < " +
                                (folder_ / "message").string();
    std::string field;
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
      field += static_cast<char>(c);
    }
    EXPECT_EQ(pclose(pipe), 0);
    return test::ReadMessage(field + message);
  }

 private:
  // PEM for RSA; for ed25519 dkimpy wants the bare seed in base64: the end of the PKCS #8 text.
  static std::string KeyFile(TestKey key) {
    const std::string_view pem = PrivateKeyPem(key);
    if (key != TestKey::kEd25519) return std::string(pem);
    const std::size_t begin = pem.find('\n') + 1;
    const auto der =
        DecodeBase64(pem.substr(begin, pem.find('\n', begin) - begin), Base64Padding::kRequired);
    return EncodeBase64(der.value_or(std::string(32, ' ')).substr(16));
  }

  void Write(const char* name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  std::filesystem::path folder_;
};

constexpr char kMessage[] =
    "Received: from a.example\r\n\tby b.example; Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    "From: Alice <alice@example.com>\r\n"
    "To: bob@example.org,\r\n  carol@example.org\r\n"
    "Subject: Invoice  \xC3\xA4\xC3\xB6 \r\n\t folded\r\n"
    "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    "\r\n"
    "Dear Bob, \r\n\r\n  please \t pay.\r\n\xC3\xA4\r\n\r\n\r\n";

void ExpectPassAndTamperFail(const TestMessage& message, TestKey key) {
  const dns::Answers answers = test::TxtAnswers({{kKeyName, test::KeyRecord(key)}});
  const DkimEvidence evidence = VerifyDkim(message, answers, Now());
  EXPECT_EQ(ResultWords(evidence), "pass") << Describe(evidence);
  TestMessage changed = message;
  changed.body += "P.S.\r\n";
  EXPECT_NE(ResultWords(VerifyDkim(changed, answers, Now())), "pass");
  changed = message;
  changed.fields[2].value += "x";
  EXPECT_EQ(ResultWords(VerifyDkim(changed, answers, Now())), "fail");
}

TEST_F(DkimpySigner, RsaInEveryCanonicalization) {
  for (const char* canonicalization :
       {"simple simple", "simple relaxed", "relaxed simple", "relaxed relaxed"}) {
    SCOPED_TRACE(canonicalization);
    const std::string options = std::string("rsa-sha256 ") + canonicalization + " whole";
    ExpectPassAndTamperFail(Sign(kMessage, TestKey::kRsa2048, options), TestKey::kRsa2048);
  }
}

TEST_F(DkimpySigner, OtherKeys) {
  ExpectPassAndTamperFail(Sign(kMessage, TestKey::kRsa1024, "rsa-sha256 relaxed relaxed whole"),
                          TestKey::kRsa1024);
  ExpectPassAndTamperFail(Sign(kMessage, TestKey::kRsa4096, "rsa-sha256 relaxed relaxed whole"),
                          TestKey::kRsa4096);
  ExpectPassAndTamperFail(Sign(kMessage, TestKey::kEd25519, "ed25519-sha256 relaxed simple whole"),
                          TestKey::kEd25519);
}

TEST_F(DkimpySigner, BodyLength) {
  for (const char* canonicalization : {"simple simple", "relaxed relaxed"}) {
    SCOPED_TRACE(canonicalization);
    const std::string options = std::string("rsa-sha256 ") + canonicalization + " length";
    ExpectPassAndTamperFail(Sign(kMessage, TestKey::kRsa2048, options), TestKey::kRsa2048);
  }
}

TEST_F(DkimpySigner, SeveralSignatures) {
  const std::string unsigned_message = kMessage;
  const TestMessage once =
      Sign(unsigned_message, TestKey::kRsa2048, "rsa-sha256 relaxed simple whole");
  TestMessage twice = Sign(unsigned_message, TestKey::kRsa2048, "rsa-sha256 simple relaxed whole");
  twice.fields.insert(twice.fields.begin(), once.fields.front());
  const dns::Answers answers = test::TxtAnswers({{kKeyName, test::KeyRecord(TestKey::kRsa2048)}});
  const DkimEvidence evidence = VerifyDkim(twice, answers, Now());
  EXPECT_EQ(ResultWords(evidence), "pass pass") << Describe(evidence);
}

}  // namespace
}  // namespace assay::auth
