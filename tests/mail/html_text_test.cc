// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/mail/html_entities.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

// Paragraphs, joined with "|".
std::string Render(std::string_view html) {
  std::vector<std::string> texts;
  std::vector<std::string> hidden;
  Paragraphs paragraphs(texts, 1'000'000);
  Paragraphs hidden_paragraphs(hidden, 1'000'000);
  (void)AddHtmlText(html, paragraphs, hidden_paragraphs);
  paragraphs.EndParagraph();
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : "|") + text;
  return joined;
}

struct Case {
  const char* name;
  const char* html;
  const char* want;
};

class Html : public testing::TestWithParam<Case> {};
TEST_P(Html, VisibleText) { EXPECT_EQ(Render(GetParam().html), GetParam().want); }

constexpr Case kRendering[] = {
    {"empty", "", ""},
    {"plain", "hello world", "hello world"},
    {"white_space", " a \t\r\n b ", "a b"},
    {"inline_joins", "v<b></b>i<span style='x'>ag</span>ra", "viagra"},
    {"blocks", "<div>a</div><p>b<p>c", "a|b|c"},
    {"nested_blocks", "<div><div>a<div>b</div>c</div></div>", "a|b|c"},
    {"upper_case", "<DIV>a</DIV>b", "a|b"},
    {"br", "a<br>b<BR/>c", "a b c"},
    {"br_twice", "a<br>\n<br/>b", "a|b"},
    {"br_br_with_text", "a<br>b<br>c", "a b c"},
    {"end_br", "a</br>b", "a b"},
    {"hr", "a<hr>b", "a|b"},
    {"list", "<ul><li>a<li>b</ul>", "a|b"},
    {"table", "<table><tr><td>a</td><td>b</td></tr><tr><th>c<td>d</table>", "a b|c d"},
    {"headings", "<h1>a</h1>b<h6>c</h6>", "a|b|c"},
    {"head_title", "<html><head><title>t & t</title></head><body>a</body></html>", "a"},
    {"script", "a<script>if (x</b) '<p>'</script>b", "ab"},
    {"script_case_and_blank", "a<ScRiPt src=x>y</sCrIpT\n>b", "ab"},
    {"script_like_end", "a<script></scripty></script>b", "ab"},
    {"script_unclosed", "a<script>b", "a"},
    {"style", "a<style>p{}</style>b", "ab"},
    {"style_in_comment_style", "<style><!-- p{} --></style>b", "b"},
    {"textarea", "<textarea>a<b>&amp;</textarea>c", "a<b>&c"},
    {"noscript", "<noscript>a</noscript>", "a"},
    {"iframe", "a<iframe>b</iframe>c", "ac"},
    {"pre", "a<pre>b\n\nc\nd</pre>e\n\nf", "a|b|c d|e f"},
    {"xmp", "<xmp><b>&amp;</xmp>", "<b>&amp;"},
    {"plaintext", "a<plaintext>b</plaintext>", "a|b</plaintext>"},
    {"nbsp", "a&nbsp; \xc2\xa0&#160;b", "a b"},
    {"only_nbsp", "<p>&nbsp;</p><p>a</p>", "a"},
    {"image", "a<img alt=x src='y>z'>b", "ab"},
    {"unknown_element", "<o:p>a</o:p>b<verylongelementname>c", "abc"},
};
INSTANTIATE_TEST_SUITE_P(Rendering, Html, testing::ValuesIn(kRendering),
                         [](const auto& row) { return std::string(row.param.name); });

constexpr Case kTokenizing[] = {
    {"lone_less_than", "a < b <3 <", "a < b <3 <"},
    {"less_than_less_than", "<<b>x", "<x"},
    {"quoted_greater_than", "<a title=\"x>y\" t='>'>z</a>", "z"},
    {"unquoted_greater_than", "<a title=x>y", "y"},
    {"quote_in_unquoted", "<a t=x\"y>z\">w", "z\">w"},
    {"quote_as_name", "<a \"x>y\">z", "y\">z"},
    {"equals_first", "<a =\"x>y\">z", "y\">z"},
    {"space_around_equals", "<a t = \">\" >z", "z"},
    {"no_space_between", "<a t=\"x\"u='>'>z", "z"},
    {"empty_value", "<a t=>z", "z"},
    {"slashes", "<a//t='>'/>z", "z"},
    {"tag_never_ends", "a<b c=\"d", "a"},
    {"tag_name_never_ends", "a<b", "a"},
    {"quote_never_ends", "a<b c=\"d>e", "a"},
    {"end_tag_attributes", "<p>a</p x='>'>b", "a|b"},
    {"empty_end_tag", "a</>b", "ab"},
    {"bogus_end_tag", "a</ p>b</3>c", "abc"},
    {"comment", "a<!-- <b> -- > -->b", "ab"},
    {"comment_short", "a<!-->b<!--->c", "abc"},
    {"comment_bang", "a<!--x--!>b", "ab"},
    {"comment_bang_too_short", "a<!--!>b-->c", "ac"},
    {"comment_dashes", "a<!------>b", "ab"},
    {"comment_never_ends", "a<!-- b", "a"},
    {"conditional", "<!--[if mso]>x<![endif]-->a<![if !mso]>b<![endif]>", "ab"},
    {"doctype", "<!DOCTYPE html PUBLIC \"x\">a", "a"},
    {"instruction", "<?xml version='1'?>a", "a"},
    {"cdata", "a<![CDATA[x]]>b", "ab"},
    {"less_than_in_name", "<a<b>c", "c"},
    {"end_of_markup", "a</", "a"},
};
INSTANTIATE_TEST_SUITE_P(Tokenizing, Html, testing::ValuesIn(kTokenizing),
                         [](const auto& row) { return std::string(row.param.name); });

constexpr Case kReferences[] = {
    {"ampersand", "a &amp; b &AMP; c", "a & b & c"},
    {"no_markup_from_references", "&lt;b&gt;", "<b>"},
    {"lone", "a & b &; &&", "a & b &; &&"},
    {"unknown", "&unknown; &x", "&unknown; &x"},
    {"decimal", "&#118;&#0105;", "vi"},
    {"hex", "&#x76;&#X69;", "vi"},
    {"no_semicolon", "&#118i&#x76zz", "vivzz"},
    {"empty_number", "&#; &#x; &#", "&#; &#x; &#"},
    {"windows_1252", "&#128;&#x93;&#151;", "\xe2\x82\xac\xe2\x80\x9c\xe2\x80\x94"},
    {"windows_1252_hole", "&#x81;", "\xc2\x81"},
    {"not_a_character", "&#0;&#xD800;&#x110000;&#99999999999999999999;",
     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"highest", "&#x10FFFF;", "\xf4\x8f\xbf\xbf"},
    {"latin", "&eacute;&szlig;&Auml;", "\xc3\xa9\xc3\x9f\xc3\x84"},
    {"legacy_without_semicolon", "&copy2026 &notit; &ampamp;",
     "\xc2\xa9"
     "2026 \xc2\xacit; &amp;"},
    {"needs_semicolon", "&hellip &hellip;", "&hellip \xe2\x80\xa6"},
    {"longer_than_legacy", "&notin;", "\xe2\x88\x89"},
    {"ascii_by_name", "a&commat;b&period;c&sol;d", "a@b.c/d"},
    {"cyrillic", "&acy;", "\xd0\xb0"},
    {"zero_width", "a&zwnj;b", "ab"},
    {"supplementary", "&#x1F4B0;", "\xf0\x9f\x92\xb0"},
    {"line_end", "a&#10;&#10;b", "a b"},
    {"nul_byte_kept_out", "a&#x1;b",
     "a\x01"
     "b"},
};
INSTANTIATE_TEST_SUITE_P(References, Html, testing::ValuesIn(kReferences),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(HtmlText, NulsAreLeftOut) { EXPECT_EQ(Render(std::string_view("vi\0ag\0ra", 8)), "viagra"); }

TEST(HtmlText, ALongRunOfReferencesStaysExact) {
  std::string html;
  for (int i = 0; i < 1000; ++i) html += "&#97;";
  EXPECT_EQ(Render(html), std::string(1000, 'a'));
}

TEST(HtmlTokenizer, GivesTagsTheirNamesAndAttributes) {
  HtmlTokenizer tokenizer("<A Href='x>'/>t</a >");
  HtmlToken token;
  ASSERT_TRUE(tokenizer.Next(token));
  EXPECT_EQ(token.kind, HtmlToken::Kind::kStartTag);
  EXPECT_EQ(token.name, "A");
  EXPECT_EQ(token.attributes, " Href='x>'/");
  ASSERT_TRUE(tokenizer.Next(token));
  EXPECT_EQ(token.kind, HtmlToken::Kind::kText);
  EXPECT_EQ(token.text, "t");
  ASSERT_TRUE(tokenizer.Next(token));
  EXPECT_EQ(token.kind, HtmlToken::Kind::kEndTag);
  EXPECT_EQ(token.name, "a");
  EXPECT_FALSE(tokenizer.Next(token));
}

TEST(HtmlTokenizer, NamesTheElementAroundRawText) {
  HtmlTokenizer tokenizer("<script>x</script><title>y</title>");
  HtmlToken token;
  ASSERT_TRUE(tokenizer.Next(token));
  ASSERT_TRUE(tokenizer.Next(token));
  EXPECT_EQ(token.kind, HtmlToken::Kind::kRawText);
  EXPECT_EQ(token.name, "script");
  EXPECT_EQ(token.text, "x");
  ASSERT_TRUE(tokenizer.Next(token));
  ASSERT_TRUE(tokenizer.Next(token));
  ASSERT_TRUE(tokenizer.Next(token));
  EXPECT_EQ(token.kind, HtmlToken::Kind::kText);
  EXPECT_EQ(token.name, "title");
}

TEST(HtmlEntities, WritesUtf8) {
  std::string out;
  for (const char32_t c : {U'\x7f', U'\x80', U'\x7ff', U'\x800', U'\xffff', U'\x10000'}) {
    AppendUtf8(c, out);
  }
  EXPECT_EQ(out, "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80");
}

}  // namespace
}  // namespace assay::mail
