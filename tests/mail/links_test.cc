// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "lib/base/text.h"
#include "lib/mail/text_links.h"
#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct TextCase {
  const char* name;
  const char* text;
  const char* links;  // joined with blanks
};
void PrintTo(const TextCase& row, std::ostream* out) { *out << row.name; }

class TextLinkTable : public testing::TestWithParam<TextCase> {};
TEST_P(TextLinkTable, Finds) {
  std::vector<std::string> found;
  TextLinkFinder finder(GetParam().text);
  while (const auto link = finder.Next()) found.emplace_back(link->text);
  EXPECT_EQ(Join(found, " "), GetParam().links);
}

constexpr TextCase kTexts[] = {
    {"url", "see https://example.com/a?b=c&d#e now", "https://example.com/a?b=c&d#e"},
    {"full_stop", "It is at http://example.com/a.", "http://example.com/a"},
    {"question", "Seen http://example.com/?", "http://example.com/"},
    {"angle_brackets", "<http://example.com/a>", "http://example.com/a"},
    {"round_brackets", "(see http://example.com/a)", "http://example.com/a"},
    {"balanced_brackets", "http://example.com/a_(b) x", "http://example.com/a_(b)"},
    {"bracket_and_stop", "(http://example.com/a_(b)).", "http://example.com/a_(b)"},
    {"square_brackets", "[1]http://example.com/[a]]", "http://example.com/[a]"},
    {"quotes", "'http://example.com/'", "http://example.com/"},
    {"behind_a_word", "url:http://example.com/", "http://example.com/"},
    {"ftp", "ftp://example.com/x", "ftp://example.com/x"},
    {"other_scheme", "git://example.com/x", ""},
    {"ip_url", "http://3221225985/x", "http://3221225985/x"},
    {"scheme_alone", "http:// and https://", ""},
    {"wide_punctuation", "\xe3\x80\x8chttp://example.com/\xe3\x80\x8d", "http://example.com/"},
    {"curly_quotes", "\xe2\x80\x9cwww.example.com\xe2\x80\x9d", "www.example.com"},
    {"www", "go to www.example.com, please", "www.example.com"},
    {"host_with_path", "example.com/pay", "example.com/pay"},
    {"bare_host", "Visit example.com.", "example.com"},
    {"idn_host",
     "b\xc3\xbc"
     "cher.com",
     "b\xc3\xbc"
     "cher.com"},
    {"unknown_suffix", "readme.txt and 1.2.3 and a.b.invalid", ""},
    {"file_names", "configure.ac Makefile.in setup.py x.md", ""},
    {"file_name_like_host_with_path", "bit.md/x", "bit.md/x"},
    {"www_beats_file_names", "www.example.in", "www.example.in"},
    {"sentences", "It ends.In the next one", ""},
    {"abbreviations", "e.g i.e. U.S a.m", ""},
    {"code", "self.name(x) foo->bar.co=1", ""},
    {"address", "write to Ann@Example.com.", "Ann@Example.com"},
    {"mailto", "mailto:ann@example.com?subject=x", "ann@example.com"},
    {"address_in_brackets", "Ann (ann@example.com)", "ann@example.com"},
    {"address_without_suffix", "a@b and x@localhost", ""},
    {"message_id_is_no_link", "<1234@host.invalid>", ""},
};
INSTANTIATE_TEST_SUITE_P(Links, TextLinkTable, testing::ValuesIn(kTexts),
                         [](const auto& row) { return std::string(row.param.name); });

struct HtmlCase {
  const char* name;
  const char* html;
  const char* links;  // "origin url", joined with "; "
};
void PrintTo(const HtmlCase& row, std::ostream* out) { *out << row.name; }

std::string OriginWord(LinkOrigin origin) {
  constexpr const char* kWords[] = {"a",    "form", "frame", "refresh",
                                    "text", "bare", "image", "resource"};
  return kWords[static_cast<std::size_t>(origin)];
}

std::vector<Link> LinksOf(std::string_view html) {
  LinkCollector collector;
  collector.AddHtml(html);
  return collector.links();
}

class HtmlLinkTable : public testing::TestWithParam<HtmlCase> {};
TEST_P(HtmlLinkTable, Finds) {
  std::vector<std::string> found;
  for (const Link& link : LinksOf(GetParam().html)) {
    found.push_back(OriginWord(link.origin) + " " + link.url.text);
  }
  EXPECT_EQ(Join(found, "; "), GetParam().links);
}

constexpr HtmlCase kHtmls[] = {
    {"anchor", "<a href='http://example.com/a'>x</a>", "a http://example.com/a"},
    {"unquoted", "<A HREF=http://example.com/a>", "a http://example.com/a"},
    {"reference", "<a href=\"http://example.com/?a=1&amp;copy=2&copy=3&#x26;b\">",
     "a http://example.com/?a=1&copy=2&copy=3&b"},
    {"hidden_scheme", "<a href='&#104;ttp:&#x2f;/example&period;com/'>", "a http://example.com/"},
    {"first_attribute_counts", "<a href=http://example.com href=http://example.net>",
     "a http://example.com/"},
    {"area", "<area shape=rect href=//example.com/a>", "a http://example.com/a"},
    {"form", "<form method=post action='https://example.com/p'>", "form https://example.com/p"},
    {"formaction", "<button formaction='https://example.com/p'>", "form https://example.com/p"},
    {"frame", "<iframe src=https://example.com></iframe>", "frame https://example.com/"},
    {"refresh", "<meta http-equiv='Refresh' content=\"0; URL='https://example.com/a'\">",
     "refresh https://example.com/a"},
    {"refresh_without_url", "<meta http-equiv=refresh content=5>", ""},
    {"other_meta", "<meta name=x content='0;url=https://example.com/'>", ""},
    {"image", "<img width=1 src=http://example.com/a.gif>", "image http://example.com/a.gif"},
    {"background", "<td background=http://example.com/a.gif>", "image http://example.com/a.gif"},
    {"backgrounds",
     "<body background=//a.example.com><table background=//b.example.com><tr "
     "background=//c.example.com><th background=//d.example.com>",
     "image http://a.example.com/; image http://b.example.com/; image http://c.example.com/; image "
     "http://d.example.com/"},
    {"xlink", "<svg><a xlink:href=http://example.com/a>", "a http://example.com/a"},
    {"old_frame", "<frame src=http://example.com/a>", "frame http://example.com/a"},
    {"input", "<input formaction=//example.com/p><input src=//example.com/a.gif>",
     "form http://example.com/p; image http://example.com/a.gif"},
    {"svg_image", "<svg><image href=http://example.com/a.gif>", "image http://example.com/a.gif"},
    {"media",
     "<audio src=//a.example.com><video src=//b.example.com><source src=//c.example.com>"
     "<embed src=//d.example.com><object data=//e.example.com><script src=//f.example.com>",
     "resource http://a.example.com/; resource http://b.example.com/; resource "
     "http://c.example.com/; resource http://d.example.com/; resource http://e.example.com/; "
     "resource http://f.example.com/"},
    {"attribute_of_another_element", "<td href=http://example.com/><p src=http://example.com/>",
     ""},
    {"inline_image", "<img src='data:image/png;base64,AAAA'>", "image data:"},
    {"style_sheet", "<link rel=stylesheet href=http://example.com/a.css>",
     "resource http://example.com/a.css"},
    {"base", "<base href=http://example.com/d/><a href=x>", "a http://example.com/d/x"},
    {"base_behind", "<a href=x><base href=http://example.com/d/>", "a http://example.com/d/x"},
    {"first_base_counts",
     "<base href=http://example.com/><base href=http://example.net/><a href=x>",
     "a http://example.com/x"},
    {"no_base", "<a href=x><a href=#y><a href=/z>", ""},
    {"schemeless", "<a href=www.example.com/a>", "a http://www.example.com/a"},
    {"text", "<p>at http://example.com/a&amp;b, or", "text http://example.com/a&b"},
    {"bare_text", "<p>at www.example.com", "bare http://www.example.com/"},
    {"anchor_text_is_no_link", "<a href=http://example.com/>http://example.net/</a>",
     "a http://example.com/"},
    {"not_in_comments", "<!-- <a href=http://example.com/> -->", ""},
    {"not_in_scripts", "<script>'<a href=http://example.com/>'</script>", ""},
    {"not_in_title", "<title>http://example.com/</title>", ""},
};
INSTANTIATE_TEST_SUITE_P(Links, HtmlLinkTable, testing::ValuesIn(kHtmls),
                         [](const auto& row) { return std::string(row.param.name); });

struct ShownCase {
  const char* name;
  const char* html;
  const char* shown;
  bool mismatch;
};
void PrintTo(const ShownCase& row, std::ostream* out) { *out << row.name; }

class ShownTable : public testing::TestWithParam<ShownCase> {};
TEST_P(ShownTable, ComparesWithTarget) {
  const auto links = LinksOf(std::string("<a href=http://click.example.com/x>") + GetParam().html +
                             "</a><p>behind");
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].shown_domain, GetParam().shown);
  EXPECT_EQ(links[0].mismatch(), GetParam().mismatch);
}

constexpr ShownCase kShown[] = {
    {"words", "Click here", "", false},
    {"same_domain", "www.example.com", "example.com", false},
    {"other_host", "www.example.net", "example.net", true},
    {"other_url", " <b>https://www.</b>example.net/login ", "example.net", true},
    {"url_and_words", "https://example.net/ (new)", "example.net", true},
    {"host_in_a_sentence", "Visit example.net", "", false},
    {"address", "ann@example.net", "", false},
    {"file_name", "report.pdf", "", false},
    {"invisible_characters", "exam&shy;ple.net", "example.net", true},
};
INSTANTIATE_TEST_SUITE_P(Links, ShownTable, testing::ValuesIn(kShown),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(LinkSummary, SaysWhatTheLinksAre) {
  const LinkSummary summary = Summarize(LinksOf(
      "example.org <a href=http://a.example.com/>one</a><a href=http://b.example.com/> one </a>"
      "<a href='http://a.example.com/'>two</a><a href=mailto:Ann@EXAMPLE.com?x>mail</a>"
      "<form action=https://example.net:8443/f><img src=http://img.example.com/t.gif height=1>"
      "<img src=cid:a><a href='tel:1'>call</a>"));
  EXPECT_THAT(summary.urls, ElementsAre("http://a.example.com/", "http://b.example.com/",
                                        "https://example.net:8443/f", "http://example.org/"));
  EXPECT_THAT(summary.hosts,
              ElementsAre("a.example.com", "b.example.com", "example.net", "example.org"));
  EXPECT_THAT(summary.domains, ElementsAre("example.com", "example.net", "example.org"));
  EXPECT_THAT(summary.texts, ElementsAre("one", "two", "mail", "call"));
  EXPECT_THAT(summary.addresses, ElementsAre("Ann@example.com"));
  EXPECT_THAT(summary.forms, ElementsAre("https://example.net:8443/f"));
  EXPECT_THAT(summary.schemes, ElementsAre("http", "mailto", "https", "cid", "tel"));
  EXPECT_THAT(summary.image_hosts, ElementsAre("img.example.com"));
  EXPECT_EQ(summary.count, 5U);
  EXPECT_EQ(summary.remote_images, 1U);
  EXPECT_EQ(summary.tiny_images, 1U);
  EXPECT_EQ(summary.embedded_images, 1U);
  EXPECT_TRUE(summary.port);
  EXPECT_FALSE(summary.mismatch || summary.punycode || summary.numeric_host || summary.userinfo ||
               summary.disguised_host || summary.nested);
}

struct FlagCase {
  const char* href;
  bool LinkSummary::*flag;
  bool want;
};

TEST(LinkSummary, Flags) {
  constexpr FlagCase kRows[] = {
      {"http://xn--bcher-kva.example/", &LinkSummary::punycode, true},
      {"http://a.xn--p1ai/", &LinkSummary::punycode, true},
      {"http://axn--b.example/", &LinkSummary::punycode, false},
      {"http://192.0.2.1/", &LinkSummary::numeric_host, true},
      {"http://0xc0000201/", &LinkSummary::disguised_host, true},
      {"http://www.example.net@example.com/", &LinkSummary::userinfo, true},
      {"http://example.com/r?u=https://example.net/", &LinkSummary::nested, true},
      {"http://example.com/r?u=https%3A%2F%2Fexample.net%2F", &LinkSummary::nested, true},
      {"http://example.com/r?u=https%3a%2f%2fwww.example.com", &LinkSummary::nested, false},
  };
  for (const FlagCase& row : kRows) {
    const LinkSummary summary = Summarize(LinksOf(std::string("<a href='") + row.href + "'>"));
    EXPECT_EQ(summary.*row.flag, row.want) << row.href;
  }
}

TEST(ViewLinks, AreThoseOfAllTextParts) {
  const Message message = ReadRawMessage(
      "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
      "--b\r\n\r\nhttp://a.example.com/\r\n"
      "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
      "<a href=3Dhttp://b.example.n=\r\net/>\r\n--b--\r\n");
  Views views(message);
  EXPECT_THAT(views.LinkFacts().hosts, ElementsAre("a.example.com", "b.example.net"));
  EXPECT_THAT(views.LinkFacts().domains, ElementsAre("example.com", "example.net"));
  EXPECT_THAT(views.LinkFacts().urls,
              ElementsAre("http://a.example.com/", "http://b.example.net/"));
  EXPECT_FALSE(views.links_cut());
}

TEST(ViewLinks, NoBodyHasNone) {
  const Message message = ReadRawMessage("Subject: http://example.com/\r\n\r\n");
  Views views(message);
  EXPECT_THAT(views.Links(), IsEmpty());
}

TEST(LinkLimits, AMillionLinksStaySmall) {
  for (const std::string_view unit :
       {"<a href=//a.co>", "http://a.co/ ", "aa.co ", "a@a.co ", "<img src=//a.co>", "a.zz "}) {
    std::string text;
    for (int i = 0; i < 1'000'000; ++i) text += unit;
    LinkCollector collector;
    collector.AddHtml(text);
    EXPECT_LE(collector.links().size(), kMaxLinks) << unit;
    EXPECT_EQ(collector.too_many(), unit != "a.zz ") << unit;
  }
}

TEST(LinkLimits, LongWordsAreLinear) {
  for (const std::string_view unit :
       {".", "@", "http:", "://", "http://", "(", ")", "a.", "a@a."}) {
    std::string text;
    while (text.size() < 5'000'000) text += unit;
    LinkCollector collector;
    collector.AddText(text);
    collector.AddHtml("<a href='" + text + "'>" + text + "</a>" + text);
    EXPECT_LE(collector.links().size(), kMaxLinks) << unit;
  }
}

}  // namespace
}  // namespace assay::mail
