// SPDX-License-Identifier: Apache-2.0
// Canonical bodies (RFC 6376, 3.4.3 and 3.4.4), in whatever chunks they come.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "lib/auth/dkim_body.h"

namespace assay::auth {
namespace {

struct Case {
  const char* name;
  std::string_view body;
  std::string_view simple;
  std::string_view relaxed;
  bool bare;  // a CR or LF that stands alone
};

constexpr Case kCases[] = {
    {"empty", "", "\r\n", "", false},
    {"empty_lines", "\r\n\r\n", "\r\n", "", false},
    {"line", "abc\r\n", "abc\r\n", "abc\r\n", false},
    {"no_end", "abc", "abc\r\n", "abc\r\n", false},
    {"empty_lines_at_end", "abc\r\n\r\n\r\n", "abc\r\n", "abc\r\n", false},
    {"empty_lines_inside", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n", false},
    {"empty_lines_at_start", "\r\n\r\nb c\r\n", "\r\n\r\nb c\r\n", "\r\n\r\nb c\r\n", false},
    {"space_at_end", "a  \r\n", "a  \r\n", "a\r\n", false},
    {"one_space_at_end", "a \r\nb\r\n", "a \r\nb\r\n", "a\r\nb\r\n", false},
    {"space_inside", "a \t b\r\n", "a \t b\r\n", "a b\r\n", false},
    {"tab_inside", "a\tb\r\nc\r\n", "a\tb\r\nc\r\n", "a b\r\nc\r\n", false},
    {"two_spaces", "a  b\r\n", "a  b\r\n", "a b\r\n", false},
    {"space_at_start", "  a\r\n", "  a\r\n", " a\r\n", false},
    {"line_of_space", "a\r\n \t\r\n", "a\r\n \t\r\n", "a\r\n", false},
    {"line_of_space_inside", "a\r\n \r\nb\r\n", "a\r\n \r\nb\r\n", "a\r\n\r\nb\r\n", false},
    {"only_space", " \t", " \t\r\n", "", false},
    {"bare_cr", "a\rb\r\n", "a\rb\r\n", "a\rb\r\n", true},
    {"bare_lf", "a\nb\r\n", "a\nb\r\n", "a\nb\r\n", true},
    {"lf_at_end", "a\n", "a\n\r\n", "a\n\r\n", true},
    {"lf_at_start", "\na\r\n", "\na\r\n", "\na\r\n", true},
    {"cr_at_end", "a\r", "a\r\r\n", "a\r\r\n", true},
    {"two_cr", "a\r\r\n", "a\r\r\n", "a\r\r\n", true},
    {"nul", {"a\0b\r\n", 5}, {"a\0b\r\n", 5}, {"a\0b\r\n", 5}, false},
};

std::string HashOf(std::string_view text, HashAlgorithm hash = HashAlgorithm::kSha256) {
  return RunningDigest(hash).DigestWith(text);
}

// The body in chunks of the given size.
template <class Sink>
void Feed(std::string_view body, std::size_t chunk, Sink& sink) {
  for (std::size_t at = 0; at < body.size(); at += chunk) sink.Add(body.substr(at, chunk));
}

class BodyDigestTable : public testing::TestWithParam<Case> {};

TEST_P(BodyDigestTable, IsTheSameForEveryChunking) {
  const Case& row = GetParam();
  for (const auto form : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    const std::string_view want = form == Canonicalization::kSimple ? row.simple : row.relaxed;
    for (std::size_t chunk = 1; chunk <= row.body.size() + 1; ++chunk) {
      BodyDigest digest({form});
      Feed(row.body, chunk, digest);
      EXPECT_EQ(digest.Finish(), HashOf(want)) << chunk;
      EXPECT_EQ(digest.length(), want.size()) << chunk;
    }
  }
}

TEST_P(BodyDigestTable, IsCutAtItsLimit) {
  const Case& row = GetParam();
  for (std::uint64_t limit = 0; limit <= row.relaxed.size() + 2; ++limit) {
    BodyDigest digest({Canonicalization::kRelaxed, HashAlgorithm::kSha1, limit});
    Feed(row.body, 2, digest);
    EXPECT_EQ(digest.Finish(), HashOf(row.relaxed.substr(0, limit), HashAlgorithm::kSha1)) << limit;
    EXPECT_EQ(digest.length(), row.relaxed.size()) << "of the whole body, to tell what is signed";
  }
}

TEST_P(BodyDigestTable, BareLineEndsAreSeen) {
  const Case& row = GetParam();
  for (std::size_t chunk = 1; chunk <= row.body.size() + 1; ++chunk) {
    BareLineEnds ends;
    Feed(row.body, chunk, ends);
    EXPECT_EQ(ends.found(), row.bare) << chunk;
  }
}

INSTANTIATE_TEST_SUITE_P(All, BodyDigestTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

// The RFC's two algorithms as they are written there, line by line.
std::string Reference(std::string_view body, Canonicalization form) {
  std::string text;
  std::string empty;
  while (!body.empty()) {
    const std::size_t end = body.find("\r\n");
    std::string line(body.substr(0, end));
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
    if (form == Canonicalization::kRelaxed) {
      std::string reduced;
      for (const char c : line) {
        const bool space = c == ' ' || c == '\t';
        if (!space) reduced += c;
        if (space && !reduced.ends_with(' ')) reduced += ' ';
      }
      if (reduced.ends_with(' ')) reduced.pop_back();
      line = reduced;
    }
    if (line.empty()) {
      empty += "\r\n";
    } else {
      text += std::exchange(empty, std::string()) + line + "\r\n";
    }
  }
  return text.empty() && form == Canonicalization::kSimple ? "\r\n" : text;
}

TEST(BodyDigest, AgreesWithTheRfcOnRandomBodies) {
  std::mt19937 random(6376);  // NOLINT(cert-msc51-cpp): the same bodies each time
  constexpr std::string_view kPieces[] = {"a",    "bcd",  " ",  "  ", "\t",
                                          "\r\n", "\r\n", "\r", "\n", "x y"};
  for (int round = 0; round < 3000; ++round) {
    std::string body;
    for (auto pieces = random() % 40; pieces > 0; --pieces) body += kPieces[random() % 10];
    const std::size_t chunk = 1 + random() % 12;
    for (const auto form : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
      BodyDigest digest({form});
      Feed(body, chunk, digest);
      const std::string want = Reference(body, form);
      ASSERT_EQ(digest.Finish(), HashOf(want)) << testing::PrintToString(body) << " " << chunk;
      ASSERT_EQ(digest.length(), want.size());
    }
  }
}

TEST(BodyDigest, LargeBodiesGoThroughInPieces) {
  std::string body;
  while (body.size() < 200'000) body += "A line of text, and one  with two spaces\r\n\r\n";
  for (const auto form : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    BodyDigest digest({form});
    Feed(body, 65535, digest);
    EXPECT_EQ(digest.Finish(), HashOf(Reference(body, form)));
  }
}

TEST(BodyDigests, EachFormIsComputedOnce) {
  BodyDigests digests;
  const std::size_t simple = digests.Need({Canonicalization::kSimple});
  const std::size_t cut = digests.Need({Canonicalization::kSimple, HashAlgorithm::kSha256, 2});
  EXPECT_EQ(digests.Need({Canonicalization::kSimple}), simple);
  EXPECT_NE(cut, simple);
  digests.Add("abc\r\n");
  digests.Finish();
  EXPECT_EQ(digests.hash(simple), HashOf("abc\r\n"));
  EXPECT_EQ(digests.hash(cut), HashOf("ab"));
  EXPECT_EQ(digests.length(cut), 5U);
}

}  // namespace
}  // namespace assay::auth
