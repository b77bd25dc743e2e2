// SPDX-License-Identifier: Apache-2.0
// Which text of HTML a reader sees.
#include "lib/mail/html_style.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "lib/base/text.h"
#include "lib/mail/html_elements.h"
#include "lib/mail/html_text.h"

namespace assay::mail {
namespace {

struct Rendered {
  std::string visible;
  std::string hidden;
  HtmlFindings findings;
};

Rendered Render(std::string_view html) {
  std::vector<std::string> visible;
  std::vector<std::string> hidden;
  Paragraphs visible_paragraphs(visible, 1000);
  Paragraphs hidden_paragraphs(hidden, 1000);
  Rendered rendered;
  rendered.findings = AddHtmlText(html, visible_paragraphs, hidden_paragraphs);
  visible_paragraphs.EndParagraph();
  hidden_paragraphs.EndParagraph();
  rendered.visible = Join(visible, "|");
  rendered.hidden = Join(hidden, "|");
  return rendered;
}

struct Case {
  const char* name;
  const char* html;
  const char* visible;
  const char* hidden;
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

class Hidden : public testing::TestWithParam<Case> {};
TEST_P(Hidden, Text) {
  const Rendered rendered = Render(GetParam().html);
  EXPECT_EQ(rendered.visible, GetParam().visible);
  EXPECT_EQ(rendered.hidden, GetParam().hidden);
}

constexpr Case kCases[] = {
    {"display_none", "a<span style='display:none'>b</span>c", "ac", "b"},
    {"spelling", "a<span style=' DISPLAY : None !important ; '>b</span>c", "ac", "b"},
    {"references", "a<span style='display&#58;none'>b</span>c", "ac", "b"},
    {"attribute", "a<div hidden>b</div>c", "a|c", "b"},
    {"last_declaration_counts", "<p style='display:none;display:block'>b", "b", ""},
    {"nothing_inside_shows", "<div style='display:none'><p style='display:block'>b</div>c", "c",
     "b"},
    {"visibility", "<div style='visibility:hidden'>a<p style='visibility:visible'>b</div>", "b",
     "a"},
    {"font_size_0", "<p style='font-size:0'>a</p>b", "b", "a"},
    {"font_size_1", "<p style='font-size:1px'>a</p>b", "b", "a"},
    {"font_size_2", "<p style='font-size:2px'>a</p>b", "a|b", ""},
    {"font_size_inside",
     "<table><td style='font-size:0px'><div style='font-size:13px'>a</div>b</td>", "a", "b"},
    {"font_size_relative", "<p style='font-size:0'><b style='font-size:2em'>a</b></p>b", "b", "a"},
    {"font_shorthand", "<p style='font:0/0 a'>a</p><p style='font:700 12px/1 a'>b", "b", "a"},
    {"opacity", "<p style='opacity:0'>a</p><p style='opacity:.5'>b", "b", "a"},
    {"box_without_size", "<div style='max-height:0;overflow:hidden'>a</div>b", "b", "a"},
    {"overflow_shows", "<div style='max-height:0'>a</div>b", "a|b", ""},
    {"same_color", "<table><td bgcolor=#ffffff><font color='#fffffe'>a</font>b</td>", "b", "a"},
    {"same_color_style", "<p style='background:#FFF url;color:white'>a</p>b", "b", "a"},
    {"other_color", "<p style='background-color:#fff;color:#eee'>a", "a", ""},
    {"color_alone", "<p style='color:#fff'>a", "a", ""},
    {"picture_behind", "<table><td bgcolor=#fff background=x.gif><font color=#fff>a", "a", ""},
    {"picture_in_style",
     "<table><td style='background:url(x;y) #fff;background-color:#fff'><font color=#fff>a", "a",
     ""},
    {"rgb", "<p style='background:rgb(255,255,255);color:rgba(255, 255, 255, 1)'>a</p>b", "b", "a"},
    {"transparent", "<p style='color:transparent'>a</p>b", "b", "a"},
    {"never_closed", "<div style='display:none'>a", "", "a"},
    {"closed_by_its_container", "<div><span style='display:none'>a</div>b", "b", "a"},
    {"other_end_tags", "<p style='display:none'>a</b></i>c</p>b", "b", "ac"},
    {"paragraph_ends_by_block", "<p style='display:none'>a<div>b</div>", "b", "a"},
    {"item_ends_by_item", "<ul><li style='display:none'>a<li>b</ul>", "b", "a"},
    {"cell_ends_by_cell", "<table><tr><td style='display:none'>a<td>b", "b", "a"},
    {"row_ends_by_row", "<table><tr style='display:none'><td>a<tr><td>b", "b", "a"},
    {"table_inside_a_cell",
     "<table><tr><td style='display:none'><table><tr><td>a</table>c</td><td>b", "b", "a|c"},
    {"cell_bounds_end_tags", "<div style='display:none'><table><td></div>a</td></table></div>b",
     "b", "a"},
    // What a browser shows must not count as hidden: each of these was written to be read by people
    // and by no rule.
    {"references_and_comments", "<p style='/*;display:none;*/'>a", "a", ""},
    {"in_a_string", "<p style='font-family:\";display:none;\"'>a", "a", ""},
    {"in_brackets", "<p style='x{;display:none;}'>a", "a", ""},
    {"in_an_url", "<p style='background:url(;display:none;)'>a", "a", ""},
    {"behind_a_backslash", "<p style='x:\\;display:none'>a", "a", ""},
    {"important_counts", "<p style='display:block!important;display:none'>a", "a", ""},
    {"unknown_mark", "<p style='display:none!ie'>a", "a", ""},
    {"hidden_but_styled", "<p hidden style='display:block'>a", "a", ""},
    {"first_style_counts", "<p style='' style='display:none'>a", "a", ""},
    {"last_opacity_counts", "<p style='opacity:0;opacity:1'>a", "a", ""},
    {"negative_size", "<p style='font-size:-1px'>a", "a", ""},
    {"font_without_family", "<p style='font:0'>a", "a", ""},
    {"line_of_text_has_no_size", "<span style='width:0;overflow:hidden'>a", "a", ""},
    {"block_has_one", "<span style='display:block;width:0;overflow:hidden'>a</span>b", "b", "a"},
    {"cell_grows", "<table><td style='height:0;overflow:hidden'>a", "a", ""},
    {"last_size_counts", "<p style='width:0;overflow:hidden;width:9em'>a", "a", ""},
    {"room_in_padding", "<p style='height:0;overflow:hidden;padding:0 0 2em'>a", "a", ""},
    {"no_room_in_padding", "<p style='height:0;overflow:hidden;padding:0 0px'>a</p>b", "b", "a"},
    {"color_without_font", "<table><td bgcolor=#fff><p color=#fff>a", "a", ""},
    {"first_color_counts", "<table><td bgcolor=#fff><font color=red color=#fff>a", "a", ""},
    {"color_of_no_cell", "<p bgcolor=#fff style='color:#fff'>a", "a", ""},
    {"unknown_background", "<table><td bgcolor=#fff><p style='background:teal2;color:#fff'>a", "a",
     ""},
    {"filled", "<p style='background:#fff;color:#fff;-webkit-text-fill-color:#000'>a", "a", ""},
    {"long_style", "<p style='display:none;background:url()                    ;display:block'>a",
     "a", ""},
    {"head_ends", "<head style='display:none'></head><body>a", "a", ""},
    {"cell_without_table", "<td style='display:none'>a<tr hidden>b<caption hidden>c", "a|b|c", ""},
    {"text_in_a_table", "<table style='display:none'>a<tr>b<td>c</table>e", "a|b|e", "c"},
    {"block_in_a_table", "<table hidden><div>a</div><tr><td>b", "a", "b"},
    {"row_ends_what_stands_before", "<table><div hidden><tr><td>a", "a", ""},
    {"table_ends_table", "<table hidden><tr><table><td>a", "a", ""},
    {"heading_ends_heading", "<h1 hidden>a<h2>b", "b", "a"},
    {"any_heading_ends_one", "<h1 hidden>a</h2>b", "b", "a"},
    {"link_ends_link", "<a hidden>a<a>b", "b", "a"},
    {"one_form", "<form><form hidden>a", "a", ""},
    {"form_in_a_table", "<table><form hidden>a<tr><td>b", "a|b", ""},
    {"choices_end", "<select hidden>a<select>b", "b", "a"},
    {"field_ends_choices", "<select hidden>a<input>b", "b", "a"},
    {"more_void_elements", "<image hidden>a<colgroup hidden>b<frame hidden>c<keygen hidden>d",
     "abcd", ""},
    {"drawing_ends", "<svg style='display:none'><p>a", "a", ""},
    {"empty_drawing", "<svg style='display:none'/>a", "a", ""},
    {"drawing", "<svg style='display:none'><text>a</text></svg>b", "b", "a"},
    {"slash_of_a_value", "<svg hidden=a/>a</svg>b", "b", "a"},
    {"style_in_a_drawing", "<svg><style><p>a", "a", ""},
    {"title_in_a_formula", "<math><title><style><p>a", "a", ""},
    {"style_in_the_title_of_a_drawing", "<svg><title><style><p>a</style></title></svg>b", "b", ""},
    {"data_in_a_drawing", "<svg><![CDATA[x><!-- ]]><p>a-->", "x><!--|a-->", ""},
    {"comment_elsewhere", "<![CDATA[x>a", "a", ""},
    {"other_name_of_the_same_hash", "<div hidden>a</divx>b</div>c", "c", "ab"},
    {"end_tag_across_a_block",
     "<p style='visibility:hidden'>a<span><div style='visibility:visible'></span>b", "b", "a"},
    {"void_elements", "<div><br style='display:none'><img hidden>a</div>b", "a|b", ""},
};
INSTANTIATE_TEST_SUITE_P(Html, Hidden, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(HtmlDepth, BeyondItEverythingShows) {
  std::string open;
  std::string close;
  for (std::size_t i = 0; i < 2 * kMaxHtmlDepth; ++i) {
    open += "<div>";
    close += "</div>";
  }
  const Rendered rendered = Render("<div hidden>a" + open + "b" + close + "</div>c<p hidden>d");
  EXPECT_EQ(rendered.visible, "b|c|d");
  EXPECT_EQ(rendered.hidden, "a");
}

TEST(HtmlFindings, NamesWhatIsThere) {
  const HtmlFindings none = Render("<p class=on>a<a href=http://example.com/>b").findings;
  EXPECT_FALSE(none.form || none.password || none.script || none.frame || none.object ||
               none.refresh || none.base);
  EXPECT_TRUE(Render("<form>").findings.form);
  EXPECT_TRUE(Render("<input type=' Password'>").findings.password);
  EXPECT_TRUE(Render("<script>x</script>").findings.script);
  EXPECT_TRUE(Render("<script type=text/javascript>x</script>").findings.script);
  EXPECT_FALSE(Render("<script type='application/ld+json'>{}</script>").findings.script);
  EXPECT_TRUE(Render("<script type=application/ld+json onload=x>{}</script>").findings.script);
  EXPECT_TRUE(Render("<img onerror=x>").findings.script);
  EXPECT_TRUE(Render("<a href=' java&#115;cript:x'>").findings.script);
  EXPECT_TRUE(Render("<iframe>").findings.frame);
  EXPECT_TRUE(Render("<embed>").findings.object);
  EXPECT_TRUE(Render("<meta http-equiv=refresh content=0>").findings.refresh);
  EXPECT_TRUE(Render("<base href=x>").findings.base);
}

TEST(HtmlColor, Forms) {
  EXPECT_EQ(ParseColor("#fff"), 0xffffffU);
  EXPECT_EQ(ParseColor(" #12aBcd "), 0x12abcdU);
  EXPECT_EQ(ParseColor("rgb(1, 2,3)"), 0x010203U);
  EXPECT_EQ(ParseColor("RGB(100% 0% 0%)"), 0xff0000U);
  EXPECT_EQ(ParseColor("White"), 0xffffffU);
  EXPECT_EQ(ParseColor("ffffff"), 0xffffffU);
  for (const char* bad : {"", "#", "#ggg", "#12345", "rgb(", "rgb(1,2)", "nocolor"}) {
    EXPECT_FALSE(ParseColor(bad)) << bad;
  }
}

}  // namespace
}  // namespace assay::mail
