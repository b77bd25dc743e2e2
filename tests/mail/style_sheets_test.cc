// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/style_sheets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

struct SheetCase {
  const char* name;
  const char* html;
  bool may_show;
};

class StyleSheet : public testing::TestWithParam<SheetCase> {};
TEST_P(StyleSheet, MayShow) { EXPECT_EQ(StyleSheetsMayShow(GetParam().html), GetParam().may_show); }

#define HIDDEN "<p class=\"a b\" id=c style=\"display:none\">text"

constexpr SheetCase kSheets[] = {
    {"none", HIDDEN, false},
    {"in_svg", "<svg><style>p{display:block!important}</style></svg>" HIDDEN, true},
    {"quoted_bracket", "<style>body:not([x=\"(\"]) p{display:block!important}</style>" HIDDEN,
     true},
    {"no_element", "<style>p{display:block!important}</style>text", false},
    {"important", "<style>p{display:block!important}</style>" HIDDEN, true},
    {"behind", HIDDEN "<STYLE>P { Display : Block ! Important }</STYLE>", true},
    {"not_important", "<style>p{display:block}</style>" HIDDEN, false},
    {"hides_as_well", "<style>p{display:none!important}</style>" HIDDEN, false},
    {"other_way", "<style>p{opacity:1!important}</style>" HIDDEN, false},
    {"comments",
     "<style><!-- p{dis/**/play:x; display/**/:/**/block/**/!/**/important} --></style>" HIDDEN,
     true},
    {"any_element", "<style>*{display:block!important}</style>" HIDDEN, true},
    {"class", "<style>div .b{display:block!important}</style>" HIDDEN, true},
    {"two_classes", "<style>.a.b{display:block!important}</style>" HIDDEN, true},
    {"other_class", "<style>p.d{display:block!important}</style>" HIDDEN, false},
    {"id", "<style>body>p#c{display:block!important}</style>" HIDDEN, true},
    {"attribute", "<style>[style]{display:block!important}</style>" HIDDEN, true},
    {"attribute_with_value", "<style>p[style*='none, x']{display:block!important}</style>" HIDDEN,
     true},
    {"other_attribute", "<style>p[x-y]{display:block!important}</style>" HIDDEN, false},
    {"one_of_a_list", "<style>div, p, td{display:block!important}</style>" HIDDEN, true},
    {"pseudo_class", "<style>p:not(.x y){display:block!important}</style>" HIDDEN, true},
    {"media", "<style>@media screen{ x{a:b} p{display:block!important}}</style>" HIDDEN, true},
    {"nested", "<style>div{p{display:block!important}}</style>" HIDDEN, true},
    {"import", "<style>@import url(x); p{display:block!important}</style>" HIDDEN, true},
    {"escapes", "<style>\\70{d\\69splay:block!important}</style>" HIDDEN, true},
    {"all", "<style>p{all:revert!important}</style>" HIDDEN, true},
    {"animation", "<style>p{animation:x 1s forwards}</style>" HIDDEN, true},
    {"later_one", "<style>p{margin:0;color:red;display:block!important}</style>" HIDDEN, true},
    {"hidden_attribute", "<style>p{display:block}</style><p hidden>text", true},
    {"hidden_attribute_without_display", "<style>p{margin:0!important}</style><p hidden>text",
     false},
    {"visibility", "<style>p{visibility:visible!important}</style><p style='visibility:hidden'>x",
     true},
    {"font", "<style>p{font:16px x!important}</style><p style='font-size:0'>x", true},
    {"color", "<style>p{color:#000!important}</style><p style='color:#fff'>x", true},
    {"color_attribute", "<style>font{color:#000!important}</style><font color=white>x", true},
    {"box", "<style>p{height:auto!important}</style><p style='height:0;overflow:hidden'>x", true},
    {"character_references",
     "<style>p{display:block!important}</style><p style='displa&#121;:none'>", true},
    {"newsletter",
     "<style>table{border-collapse:collapse!important} a[x-apple-data-detectors]"
     "{color:inherit!important} img{height:auto!important} @media "
     "screen{.full{width:100%!important}}"
     "</style><div class=\"preheader\" style=\"display:none;max-height:0;color:#fff\">Hello</div>"
     "<a href=\"http://example.com/\" style=\"color:#fff\">Go</a>",
     false},
};
INSTANTIATE_TEST_SUITE_P(Html, StyleSheet, testing::ValuesIn(kSheets),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StyleSheets, WhatTheyMayShowIsText) {
  const Message message = ReadRawMessage(
      "Content-Type: text/html\r\n\r\n<style>p{display:block!important}</style>"
      "<p style=\"display:none\">Pay here</p><p>Hello</p>");
  Views views(message);
  EXPECT_THAT(views.Body(), testing::ElementsAre("Pay here", "Hello"));
  EXPECT_THAT(views.HiddenText(), testing::IsEmpty());
}

TEST(StyleSheets, TakeBoundedTime) {
  const auto repeat = [](const std::string& head, const std::string& piece) {
    std::string html = head;
    while (html.size() < 500'000) html += piece;
    return html;
  };
  for (const std::string& html :
       {repeat("<style>", "a,b,.c{color:red!important}"), repeat("<style>", "/*"),
        repeat("<style>", "@media{"), repeat("<style>", "<!--"), repeat("<style>", "[("),
        repeat("<style>.x{color:red!important}</style>", "<p style=color:red class=y>"),
        repeat("", "<style>a{"), repeat("<style>p{color:red!important}</style>", "<p class=' "),
        repeat("<style>" + std::string(90, 'x') + ",.y{color:red!important}</style><p ",
               "style=x id=y ")}) {
    const auto begin = std::chrono::steady_clock::now();
    (void)StyleSheetsMayShow(html);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10))
        << html.substr(0, 60);
  }
}

}  // namespace
}  // namespace assay::mail
