// SPDX-License-Identifier: Apache-2.0
// What the views say of header fields and of how a message is made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/mail/body_words.h"
#include "lib/mail/date.h"
#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HeaderForms, AreFour) {
  const Message message = ReadRawMessage(
      "To: =?utf-8?q?Ann_=C3=84?= <ann@Example.com>,\r\n bob@example.net\r\nto: c@example.org\r\n"
      "\r\n");
  Views views(message);
  EXPECT_THAT(views.Header("To", HeaderForm::kText),
              ElementsAre("Ann \xc3\x84 <ann@Example.com>, bob@example.net", "c@example.org"));
  EXPECT_THAT(
      views.Header("To", HeaderForm::kRaw),
      ElementsAre("=?utf-8?q?Ann_=C3=84?= <ann@Example.com>,\n bob@example.net", "c@example.org"));
  EXPECT_THAT(views.Header("TO", HeaderForm::kAddresses),
              ElementsAre("ann@example.com", "bob@example.net", "c@example.org"));
  EXPECT_THAT(views.Header("To", HeaderForm::kNames), ElementsAre("Ann \xc3\x84"));
  EXPECT_THAT(views.Header("To", HeaderForm::kDomains),
              ElementsAre("example.com", "example.net", "example.org"));
  EXPECT_THAT(views.Header("Cc", HeaderForm::kAddresses), IsEmpty());
}

constexpr const char* kTwoParts =
    "Content-Type: multipart/mixed; boundary=b\r\nX-A: top\r\n\r\n--b\r\n"
    "Content-Type: text/plain;\r\n charset=UTF-8\r\nX-A: =?utf-8?q?one?=\r\n\r\nhi\r\n--b\r\n"
    "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nx-a : inner\r\n"
    "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--b--\r\n";

TEST(MimeHeader, HoldsTheFieldsOfAllParts) {
  const Message message = ReadRawMessage(kTwoParts);
  Views views(message);
  EXPECT_THAT(views.MimeHeader("X-A", HeaderForm::kText), ElementsAre("top", "one", "inner"));
  EXPECT_THAT(views.MimeHeader("X-A", HeaderForm::kRaw),
              ElementsAre("top", "=?utf-8?q?one?=", "inner"));
  EXPECT_THAT(views.MimeHeader("content-type", HeaderForm::kText),
              ElementsAre("multipart/mixed; boundary=b", "text/plain; charset=UTF-8",
                          "message/rfc822", "text/html"));
}

TEST(MimeMakeUp, StructureCharsetsEncodings) {
  const Message message = ReadRawMessage(kTwoParts);
  Views views(message);
  EXPECT_THAT(views.MimeStructure(),
              ElementsAre("multipart/mixed(text/plain,message/rfc822(text/html))"));
  EXPECT_THAT(views.Charsets(), ElementsAre("utf-8"));
  EXPECT_THAT(views.TransferEncodings(), ElementsAre("identity", "base64"));
  const Message plain = ReadRawMessage("\r\nx");
  Views plain_views(plain);
  EXPECT_THAT(plain_views.MimeStructure(), ElementsAre("text/plain"));
}

TEST(FullView, IsTheMessageWithLf) {
  const Message message = ReadRawMessage("A: b\r\n c\r\nD:e\r\n\r\nx\r\ny\xff\r\n");
  Views views(message);
  EXPECT_THAT(views.Full(), ElementsAre("A: b\n c\nD:e\n\nx\ny\xef\xbf\xbd\n"));
}

TEST(HeaderFactsTest, SayHowItIsMade) {
  const Message message = ReadRawMessage(
      "Received: from a by b; Mon, 2 Feb 2026 12:00:00 +0100\r\n"
      "Received: from c by a; Mon, 2 Feb 2026 10:00:00 +0000\r\n"
      "Date: Mon, 2 Feb 2026 09:30:00 GMT (x)\r\n"
      "To: a@example.com, b@example.com\r\nCc: c@example.com\r\n"
      "List-Unsubscribe: <https://u.example.net/x?a=b@c.example.org>,\r\n"
      " <mailto:u@lists.example.org?subject=x>\r\n\r\n");
  Views views(message);
  const HeaderFacts& facts = views.header_facts();
  EXPECT_THAT(facts.order, ElementsAre("received received date to cc list-unsubscribe"));
  EXPECT_EQ(facts.received, 2U);
  EXPECT_EQ(facts.recipients, 3U);
  EXPECT_FALSE(facts.date_invalid);
  EXPECT_EQ(facts.date_skew, -1.5);
  EXPECT_THAT(facts.unsubscribe_domains, ElementsAre("example.net", "example.org"));
}

TEST(HeaderFactsTest, AbsentAndBrokenDates) {
  const Message none = ReadRawMessage("Received: from a by b; soon\r\n\r\n");
  Views none_views(none);
  EXPECT_FALSE(none_views.header_facts().date_invalid);
  EXPECT_FALSE(none_views.header_facts().date_skew);
  const Message broken = ReadRawMessage("Date: yesterday\r\nReceived: x\r\n\r\n");
  Views broken_views(broken);
  EXPECT_TRUE(broken_views.header_facts().date_invalid);
  const Message two = ReadRawMessage("Date: 1 Jan 2026 00:00 +0000\r\nDate: x\r\n\r\n");
  Views two_views(two);
  EXPECT_TRUE(two_views.header_facts().date_invalid);
}

struct DateCase {
  const char* text;
  std::int64_t want;  // -1: none
};

TEST(Dates, Parse) {
  constexpr DateCase kRows[] = {
      {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
      {"1 Jan 1970 01:00 +0100", 0},
      {"Thu,1 Jan 1970 00:00:01 GMT", 1},
      {"31 December 1999 23:59:59 -0000 (x)", 946684799},
      {"1 jan 70 00:00:00 UT", 0},
      {"29 Feb 2024 00:00:00 EST", 1709182800},
      {"1 Jan 2026 00:00:60 +0000", 1767225660},
      {"30 Feb 2024 00:00:00 +0000", -1},
      {"1 Foo 2024 00:00:00 +0000", -1},
      {"1 Jan 2024 24:00:00 +0000", -1},
      {"1 Jan 2024 00:00:00 +00:00", -1},
      {"1 Jan 2024 00:00:00 XYZ", -1},
      {"2024-01-01 00:00:00", -1},
      {"", -1},
      {"Thu,", -1},
  };
  for (const DateCase& row : kRows) {
    EXPECT_EQ(ParseDate(row.text).value_or(-1), row.want) << row.text;
  }
}

Message Alternative(std::string_view plain, std::string_view html) {
  return ReadRawMessage(
      std::string("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n")
          .append(plain)
          .append("\r\n--b\r\nContent-Type: text/html\r\n\r\n")
          .append(html)
          .append("\r\n--b--\r\n"));
}

TEST(BodyFactsTest, MeasureTheText) {
  const Message message = Alternative("one two", "<p>one</p><p hidden>three \xc3\xa4</p>");
  Views views(message);
  const BodyFacts& facts = views.body_facts();
  EXPECT_EQ(facts.length, 10U);  // "one two", "one"
  EXPECT_EQ(facts.hidden_length, 7U);
  EXPECT_THAT(views.HiddenText(), ElementsAre("three \xc3\xa4"));
  EXPECT_EQ(facts.html_text_length, 3U);
  EXPECT_FALSE(facts.html_only);
  EXPECT_EQ(views.AlternativeOverlap(), 50);
}

TEST(BodyFactsTest, HtmlAlone) {
  const Message message = ReadRawMessage("Content-Type: text/html\r\n\r\n<p>x");
  Views views(message);
  EXPECT_TRUE(views.body_facts().html_only);
  EXPECT_FALSE(views.AlternativeOverlap());
  const Message plain = ReadRawMessage("\r\nx");
  Views plain_views(plain);
  EXPECT_FALSE(plain_views.body_facts().html_only);
}

TEST(Overlap, CountsDifferentWords) {
  const std::vector<std::string> text = {"one two two", "Three http://four.example/ a@b.example"};
  EXPECT_EQ(WordOverlap(text, std::vector<std::string>{"ONE two", "three"}), 100);
  EXPECT_EQ(WordOverlap(text, std::vector<std::string>{"three twos"}), 100.0 / 3);
  EXPECT_EQ(WordOverlap(std::vector<std::string>{}, text), 100);
}

// Words are read eight bytes at a time.
TEST(Overlap, TellsWordsApartByEachLetter) {
  const auto overlap = [](const std::string& a, const std::string& b) {
    return WordOverlap(std::vector<std::string>{a}, std::vector<std::string>{b});
  };
  for (std::size_t size = 3; size < 40; ++size) {
    const std::string word(size, 'q');
    EXPECT_EQ(overlap(word, "a, " + std::string(size, 'Q') + " b"), 100) << size;
    EXPECT_EQ(overlap(word, word + "q"), 0) << size;
    for (std::size_t i = 0; i < size; ++i) {
      for (const char* other : {"r", "\u00e4"}) {
        std::string changed = word;
        changed.replace(i, 1, other);
        EXPECT_EQ(overlap(word, changed), 0) << changed;
        EXPECT_EQ(overlap(changed, "a " + changed), 100) << changed;
      }
    }
  }
}

TEST(Overlap, OfManyWords) {
  std::vector<std::string> all;
  std::vector<std::string> half;
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) {
      all.push_back(std::string("word") + a + b + " word" + b + a);
      if (a <= 'm') half.push_back(std::string(".word") + a + b + ".");
    }
  }
  EXPECT_EQ(WordOverlap(all, all), 100);
  EXPECT_EQ(WordOverlap(all, half), 50);
  EXPECT_EQ(WordOverlap(half, all), 100);
}

TEST(Overlap, WordsOfLinksDoNotCount) {
  const std::vector<std::string> text = {"ann bob", "ann@x.example see:ann http://ann/bob", "zoe"};
  EXPECT_EQ(WordOverlap(text, std::vector<std::string>{"ann bob zoe see"}), 100);
  EXPECT_EQ(WordOverlap(text, std::vector<std::string>{"ann@bob.zoe ann://bob zoe"}), 25);
}

struct WordCase {
  const char* text;
  std::size_t words;
};
constexpr WordCase kWordCases[] = {
    {"", 0},
    {"a bc de3f", 0},
    {"one two2three, four", 4},
    {"word", 1},
    {"\u00e4\u00f6\u00fc \u00e4\u00f6", 1},              // letters, not bytes
    {"one\u00a0two\u2014six\u2026 \u201csix\u201d", 4},  // no-break space, dash, quotes
    {"\u2070\u2071\u207f", 1},                           // beyond the punctuation
    {"\u65e5\u672c\u8a9e\u3001\u65e5\u672c\u8a9e", 2},   // an ideographic comma between
    {"\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", 2},
    {"\x80\xff\xe2", 1},  // no UTF-8: a letter each
};

TEST(Words, AreRunsOfLetters) {
  for (const WordCase& row : kWordCases) {
    EXPECT_EQ(CountWords(std::vector<std::string>{row.text}), row.words) << row.text;
  }
  EXPECT_EQ(CountWords(std::vector<std::string>{"one tw", "o three"}), 2U);
  // At every place among eight bytes.
  for (std::size_t begin = 0; begin < 20; ++begin) {
    for (const char* letter : {"a", "\u00e4"}) {
      std::string text(begin, ' ');
      for (std::size_t letters = 1; letters < 20; ++letters) {
        text += letter;
        EXPECT_EQ(CountWords(std::vector<std::string>{text + " -"}), letters < 3 ? 0U : 1U) << text;
      }
    }
  }
}

}  // namespace
}  // namespace assay::mail
