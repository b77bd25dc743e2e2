// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/manifest.h"

#include <gtest/gtest.h>

namespace assay::tuning {
namespace {

TEST(Manifest, ReadsTheColumnsByName) {
  const auto entries = ParseManifest(
      "file\tsize\tset\tlabel\tclient_ip\thelo\tmail_from\tsmtp_off\tckey\n"
      "ham/1.eml\t9\tlist\tham\t192.0.2.1\tmx.example\ta@example.com\t120\tk1\r\n"
      "\n"
      "spam/2.eml\t9\tbox\tphish\t\t\t<>\t\t\n");
  ASSERT_TRUE(entries) << entries.error().what;
  ASSERT_EQ(entries->size(), 2U);
  const ManifestEntry& ham = entries->front();
  EXPECT_EQ(ham.side(), Side::kHam);
  EXPECT_EQ(ham.set, "list");
  EXPECT_EQ(ham.file, "ham/1.eml");
  EXPECT_EQ(ham.campaign, "k1");
  EXPECT_EQ(ham.receiver_bytes, 120U);
  EXPECT_EQ(ham.client_ip->ToString(), "192.0.2.1");
  EXPECT_EQ(ham.helo, "mx.example");
  EXPECT_EQ(ham.mail_from, "a@example.com");
  const ManifestEntry& spam = entries->back();
  EXPECT_EQ(spam.side(), Side::kSpam);
  EXPECT_FALSE(spam.client_ip);
  EXPECT_FALSE(spam.helo);
  EXPECT_EQ(spam.mail_from, "");  // the null path is known, an empty column is not
  EXPECT_NE(spam.campaign, "");
}

TEST(Manifest, ThreeColumnsAreEnough) {
  const auto entries = ParseManifest("label\tset\tfile\nbounce\tmine\tx\nham\tmine\ty");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().side(), Side::kOther);
  EXPECT_FALSE(entries->front().mail_from);
  EXPECT_NE(entries->front().campaign, entries->back().campaign);
}

struct Fault {
  const char* name;
  const char* text;
  const char* want;
};

constexpr Fault kFaults[] = {
    {"empty", "", "1: there is no column \"label\""},
    {"no_set", "label\tfile\nham\tx\n", "1: there is no column \"set\""},
    {"no_label", "label\tset\tfile\n\ta\tx\n", "2: label, set and file must not be empty"},
    {"short_line", "label\tset\tfile\nham\n", "2: label, set and file must not be empty"},
    {"absolute", "label\tset\tfile\nham\ta\t/etc/passwd\n", "2: the file is not inside the folder"},
    {"outside", "label\tset\tfile\nham\ta\tx/../../y\n", "2: the file is not inside the folder"},
    {"not_a_number", "label\tset\tfile\tsmtp_off\nham\ta\tx\t-1\n", "2: smtp_off is not a number"},
};

class ManifestFaults : public testing::TestWithParam<Fault> {};

TEST_P(ManifestFaults, NameTheLine) {
  const auto entries = ParseManifest(GetParam().text);
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().what, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Tuning, ManifestFaults, testing::ValuesIn(kFaults),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace assay::tuning
