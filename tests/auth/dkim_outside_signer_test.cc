// SPDX-License-Identifier: Apache-2.0
// Signatures made by dkimpy (Debian: python3-dkim) and by opendkim in signing mode, where these are
// installed.
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
#include "tests/support/skip.h"

namespace assay::auth {
namespace {

using test::Describe;
using test::ResultWords;
using test::TestKey;
using test::TestMessage;

constexpr char kPython[] = "/usr/bin/python3";
constexpr char kKeyName[] = "test._domainkey.example.com";

constexpr char kMessage[] =
    "Received: from a.example\r\n\tby b.example; Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    "From: Alice <alice@example.com>\r\n"
    "To: bob@example.org,\r\n  carol@example.org\r\n"
    "Subject: Invoice  \xC3\xA4\xC3\xB6 \r\n\t folded\r\n"
    "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    "\r\n"
    "Dear Bob, \r\n\r\n  please \t pay.\r\n\xC3\xA4\r\n\r\n\r\n";

// A folder of its own for each test, gone afterwards.
class OutsideSigner : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "signerXXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }

  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  // What a script of tests/support writes for the message on its standard input.
  std::string Run(const std::string& script, const std::string& message) {
    Write("message", message);
    const std::string command = std::string(kPython) + " -B " + ASSAY_SOURCE_DIR +
                                "/tests/support/" + script + " < " + Path("message");
    std::string output;
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
      output += static_cast<char>(c);
    }
    EXPECT_EQ(pclose(pipe), 0);
    return output;
  }

  std::string Path(const char* name) const { return (folder_ / name).string(); }
  void Write(const char* name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    std::filesystem::permissions(
        folder_ / name, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

 private:
  std::filesystem::path folder_;
};

class DkimpySigner : public OutsideSigner {
 protected:
  void SetUp() override {
    const std::string probe = std::string(kPython) + " -c 'import dkim, nacl' 2>/dev/null";
    if (std::system(probe.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe): one thread
      ASSAY_SKIP_WITHOUT_PACKAGE(
          "python3-dkim with python3-nacl is not installed; dkim_test has signatures of ours");
    }
    OutsideSigner::SetUp();
  }

  // The field that dkimpy puts on top of the message.
  TestMessage Sign(const std::string& message, TestKey key, const std::string& options) {
    Write("key", KeyFile(key));
    const std::string field =
        Run("dkimpy_sign.py " + Path("key") + " test example.com " + options, message);
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
};

class OpenDkimSigner : public OutsideSigner {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/sbin/opendkim")) {
      ASSAY_SKIP_WITHOUT_PACKAGE("opendkim is not installed; dkim_test has signatures of ours");
    }
    OutsideSigner::SetUp();
  }

  // The fields that opendkim puts on top of the message, as opendkim.conf(5) says.
  TestMessage Sign(TestKey key, const std::string& settings) {
    Write("key", PrivateKeyPem(key));
    const std::string fields =
        Run("opendkim_sign.py " + Path("") + " KeyFile=" + Path("key") + " " + settings, kMessage);
    EXPECT_NE(fields, "");
    return test::ReadMessage(fields + kMessage);
  }
};

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

TEST_F(DkimpySigner, Oversigned) {
  const TestMessage message =
      Sign(kMessage, TestKey::kRsa2048, "rsa-sha256 relaxed relaxed oversigned");
  EXPECT_NE(message.fields.front().value.find(": from :"), std::string::npos)
      << message.fields.front().value;
  ExpectPassAndTamperFail(message, TestKey::kRsa2048);
  const dns::Answers answers = test::TxtAnswers({{kKeyName, test::KeyRecord(TestKey::kRsa2048)}});
  TestMessage added = message;
  added.fields.insert(added.fields.begin() + 1, {"From", " Eve <eve@example.net>"});
  EXPECT_EQ(ResultWords(VerifyDkim(added, answers, Now())), "fail");
}

TEST_F(OpenDkimSigner, RsaInEveryCanonicalization) {
  for (const char* canonicalization :
       {"simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"}) {
    SCOPED_TRACE(canonicalization);
    ExpectPassAndTamperFail(
        Sign(TestKey::kRsa2048, std::string("Canonicalization=") + canonicalization),
        TestKey::kRsa2048);
  }
}

TEST_F(OpenDkimSigner, OtherKeys) {
  ExpectPassAndTamperFail(Sign(TestKey::kRsa1024, "Canonicalization=relaxed/relaxed"),
                          TestKey::kRsa1024);
  ExpectPassAndTamperFail(Sign(TestKey::kRsa4096, "Canonicalization=relaxed/simple"),
                          TestKey::kRsa4096);
  ExpectPassAndTamperFail(
      Sign(TestKey::kEd25519, "SignatureAlgorithm=ed25519-sha256 Canonicalization=relaxed/relaxed"),
      TestKey::kEd25519);
}

TEST_F(OpenDkimSigner, ExpirationAndOversigning) {
  const TestMessage message =
      Sign(TestKey::kRsa2048, "SignatureTTL=3600 OversignHeaders=From,Subject,Reply-To");
  const std::string& field = message.fields.front().value;
  EXPECT_NE(field.find("x="), std::string::npos) << field;
  EXPECT_NE(field.find("t="), std::string::npos) << field;
  ExpectPassAndTamperFail(message, TestKey::kRsa2048);
  const dns::Answers answers = test::TxtAnswers({{kKeyName, test::KeyRecord(TestKey::kRsa2048)}});
  EXPECT_EQ(ResultWords(VerifyDkim(message, answers, Now() + std::chrono::seconds(3000))), "pass");
  EXPECT_EQ(ResultWords(VerifyDkim(message, answers, Now() + std::chrono::seconds(4000))),
            "permerror");
  EXPECT_EQ(ResultWords(VerifyDkim(message, answers, Now() - std::chrono::seconds(1000))),
            "permerror");
  for (const char* name : {"Reply-To", "Subject", "From"}) {
    TestMessage added = message;
    added.fields.insert(added.fields.begin() + 1, {name, " eve@example.net"});
    EXPECT_EQ(ResultWords(VerifyDkim(added, answers, Now())), "fail") << name;
  }
}

TEST_F(OpenDkimSigner, BodyLength) {
  Write("lengths", "bob@example.org\n");
  const TestMessage message = Sign(
      TestKey::kRsa2048, "Canonicalization=relaxed/relaxed BodyLengthDB=file:" + Path("lengths"));
  EXPECT_NE(message.fields.front().value.find("l="), std::string::npos)
      << message.fields.front().value;
  ExpectPassAndTamperFail(message, TestKey::kRsa2048);
}

TEST_F(OpenDkimSigner, SeveralSignatures) {
  Write("key2", PrivateKeyPem(TestKey::kRsa1024));
  Write("keys",
        "one example.com:test:" + Path("key") + "\ntwo example.com:other:" + Path("key2") + "\n");
  Write("signing", "*@example.com one\n*@example.com two\n");
  const TestMessage message = Sign(
      TestKey::kRsa2048, "Domain= Selector= MultipleSignatures=yes KeyTable=file:" + Path("keys") +
                             " SigningTable=refile:" + Path("signing"));
  const dns::Answers answers =
      test::TxtAnswers({{kKeyName, test::KeyRecord(TestKey::kRsa2048)},
                        {"other._domainkey.example.com", test::KeyRecord(TestKey::kRsa1024)}});
  const DkimEvidence evidence = VerifyDkim(message, answers, Now());
  EXPECT_EQ(ResultWords(evidence), "pass pass") << Describe(evidence);
}

}  // namespace
}  // namespace assay::auth
