// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_names.h"

#include <gtest/gtest.h>

namespace assay::mail {
namespace {

TEST(HtmlNames, AnyCase) {
  for (const char* name : {"table", "TABLE", "tAbLe"}) {
    const ElementKind kind = KindOfElement(name);
    EXPECT_EQ(kind.layout, Layout::kBlock) << name;
    EXPECT_EQ(kind.role, Role::kTable) << name;
    EXPECT_TRUE(kind.has_background && kind.has_links && kind.ends_foreign) << name;
  }
}

// Of one length, with the same letters at the places that are hashed, and nearly so.
TEST(HtmlNames, LikeOthers) {
  EXPECT_EQ(KindOfElement("th").role, Role::kCell);
  EXPECT_EQ(KindOfElement("tt").role, Role::kNone);
  EXPECT_EQ(KindOfElement("h1").role, Role::kHeading);
  EXPECT_EQ(KindOfElement("h7").role, Role::kNone);
  EXPECT_EQ(KindOfElement("blockquote").layout, Layout::kBlock);
  EXPECT_EQ(KindOfElement("blXckquXte").layout, Layout::kInline);
  EXPECT_EQ(KindOfElement("script").content, Content::kRawText);
  EXPECT_EQ(KindOfElement("sXriXt").content, Content::kTags);
  EXPECT_EQ(KindOfElement("plaintext").content, Content::kRestIsRawText);
}

TEST(HtmlNames, Unknown) {
  for (const char* name : {"", "x", "o:p", "blockquote-", "a-very-long-name-of-nothing", "\xff"}) {
    const ElementKind kind = KindOfElement(name);
    EXPECT_EQ(kind.layout, Layout::kInline) << name;
    EXPECT_EQ(kind.role, Role::kNone) << name;
    EXPECT_EQ(kind.content, Content::kTags) << name;
    EXPECT_FALSE(kind.has_background || kind.has_color || kind.has_links) << name;
  }
}

}  // namespace
}  // namespace assay::mail
