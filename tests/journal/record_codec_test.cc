// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/record_codec.h"

#include <gtest/gtest.h>

#include <limits>

#include "lib/journal/cbor.h"
#include "tests/journal/journal_testing.h"

namespace assay::journal {
namespace {

std::vector<std::string> RandomTexts(std::mt19937& random) {
  std::vector<std::string> texts(random() % 4);
  for (std::string& text : texts) text = RandomText(random);
  return texts;
}

facts::Value RandomValue(std::mt19937& random) {
  switch (random() % 7) {
    case 0:
      return random() % 2 == 0;
    case 1:
      return static_cast<double>(random()) / 1000;
    case 2:
      return RandomText(random);
    case 3:
      return RandomTexts(random);
    case 4:
      return *IpAddress::Parse("192.0.2.7");
    case 5:
      return *IpAddress::Parse("2001:db8::7");
    default:
      return {};
  }
}

Hit RandomHit(std::mt19937& random) {
  Hit hit = {RandomText(random),
             RandomText(random),
             RandomText(random),
             random(),
             "group",
             static_cast<double>(random() % 9999) / 1000,
             "reject",
             {},
             {},
             RandomTexts(random)};
  for (std::size_t i = random() % 3; i > 0; --i) {
    hit.matches.push_back({RandomText(random), RandomText(random)});
    hit.reasons.push_back(
        {random() % 3, "yes", RandomText(random), {{RandomText(random), RandomText(random)}}});
  }
  return hit;
}

Record RandomRecord(std::mt19937& random) {
  Record record = MakeRecord(RandomText(random), RandomText(random), RandomText(random));
  record.generation = (std::uint64_t{random()} << 32U) | random();
  record.fingerprint = RandomText(random);
  record.keep = "rules";
  record.session = {RandomText(random),
                    RandomText(random),
                    {},
                    RandomText(random),
                    {},
                    "sasl",
                    RandomText(random),
                    RandomTexts(random),
                    random() % 300};
  for (std::size_t i = random() % 5; i > 0; --i) {
    record.facts.push_back({RandomText(random), RandomValue(random)});
    record.dns.push_back({RandomText(random), "TXT", "NOERROR", random(), RandomTexts(random)});
    record.hits.push_back(RandomHit(random));
    record.findings.push_back({"spf", "reject", RandomText(random), 0.5, "spf.fail"});
    record.signatures.push_back(
        {"example.com", "s", "rsa-sha256", "pass", RandomText(random), 2048});
    record.lists.push_back({"dnsbl.zen", RandomText(random), "sbl, xbl"});
    record.group_cuts.push_back({RandomText(random), -1.5});
    record.policies.push_back({"site", "monitor", {5, "default"}, {10, "site"}, {{}, "default"}});
  }
  record.limits = RandomTexts(random);
  record.dns_cut = random() % 2 == 0;
  record.score = -12.345;
  record.more_hits = random() % 2;
  record.ownership = {RandomTexts(random), "a@example.com", {}, RandomText(random)};
  record.verdict = {"none",
                    "reject",
                    "monitor",
                    "eom",
                    "spf",
                    RandomText(random),
                    {},
                    {550, "5.7.23", RandomText(random)},
                    random() % 2 == 0,
                    {}};
  return record;
}

TEST(RecordCodec, DecodingGivesWhatWasEncoded) {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    const Record record = RandomRecord(random);
    const auto decoded = Decode(Encode(record));
    ASSERT_TRUE(decoded) << i;
    EXPECT_EQ(*decoded, record) << i;
  }
}

TEST(RecordCodec, WhatHasItsDefaultTakesNoRoom) { EXPECT_EQ(Encode(Record()).size(), 2U); }

TEST(RecordCodec, EveryCutIsNoticed) {
  std::mt19937 random(8);
  const std::string data = Encode(RandomRecord(random));
  for (std::size_t size = 0; size < data.size(); ++size) {
    EXPECT_FALSE(Decode(std::string_view(data).substr(0, size))) << size;
  }
  EXPECT_FALSE(Decode(data + "x"));
}

TEST(RecordCodec, DamageNeverBreaksIt) {
  std::mt19937 random(9);
  const std::string data = Encode(RandomRecord(random));
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = data;
    for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
    if (const auto decoded = Decode(damaged)) {
      EXPECT_EQ(Decode(Encode(*decoded)).has_value(), true);
    }
  }
}

TEST(RecordCodec, SkipsWhatItDoesNotKnow) {
  CborWriter out;
  out.BeginMap();
  out.Text("of a later version");
  out.Array(2);
  out.BeginMap();
  out.Text("a");
  out.Address(*IpAddress::Parse("192.0.2.7"));
  out.EndMap();
  out.Decimal(1.5);
  out.Text("ref");
  out.Text("7K3FQ2A");
  out.EndMap();
  const auto decoded = Decode(out.Take());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->ref, "7K3FQ2A");
}

TEST(RecordCodec, DepthIsBounded) {
  std::string data = "\xbf\x61x";
  data += std::string(100'000, '\x81');
  EXPECT_FALSE(Decode(data));
}

struct HeadCase {
  const char* name;
  std::uint64_t number;
  std::size_t bytes;
};

// RFC 8949, 3: the shortest form is written.
constexpr HeadCase kHeads[] = {
    {"zero", 0, 1},
    {"in_the_first_byte", 23, 1},
    {"one_byte", 24, 2},
    {"one_byte_most", 255, 2},
    {"two_bytes", 256, 3},
    {"two_bytes_most", 65535, 3},
    {"four_bytes", 65536, 5},
    {"four_bytes_most", 0xffffffff, 5},
    {"eight_bytes", 0x100000000, 9},
    {"eight_bytes_most", std::numeric_limits<std::uint64_t>::max(), 9},
};

class CborHead : public testing::TestWithParam<HeadCase> {};

TEST_P(CborHead, ShortestFormComesBack) {
  CborWriter out;
  out.Number(GetParam().number);
  const std::string data = out.Take();
  EXPECT_EQ(data.size(), GetParam().bytes);
  CborReader in(data);
  EXPECT_EQ(in.Number(), GetParam().number);
  EXPECT_TRUE(in.AtEnd());
}

INSTANTIATE_TEST_SUITE_P(Rfc8949, CborHead, testing::ValuesIn(kHeads),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Cbor, TextsThatAreNotAsciiAreByteStrings) {
  CborWriter out;
  out.Text("a");
  out.Text("\xff");
  EXPECT_EQ(out.Take(),
            "\x61"
            "a\x41\xff");
}

}  // namespace
}  // namespace assay::journal
