// SPDX-License-Identifier: Apache-2.0
// Input: HTML, of which what is not UTF-8 becomes U+FFFD first. Its visible text is valid UTF-8 in
// folded paragraphs, and comments put between tags do not change it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/mail/html_text.h"
#include "lib/mail/html_tokenizer.h"
#include "tests/mail/view_properties.h"

namespace {

constexpr std::size_t kNoLimit = 1'000'000;

assay::mail::Texts Render(std::string_view html) {
  assay::mail::Texts texts;
  assay::mail::Texts hidden;
  assay::mail::Paragraphs paragraphs(texts, kNoLimit);
  assay::mail::Paragraphs hidden_paragraphs(hidden, kNoLimit);
  (void)assay::mail::AddHtmlText(html, paragraphs, hidden_paragraphs);
  paragraphs.EndParagraph();
  hidden_paragraphs.EndParagraph();
  texts.insert(texts.end(), hidden.begin(), hidden.end());
  return texts;
}

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "broken property: %s\n", what);
  std::abort();
}

// The tokens cover the text in order, without overlap. Returns the text with a comment before every
// start tag.
std::string CommentTags(std::string_view html) {
  assay::mail::HtmlTokenizer tokenizer(html);
  assay::mail::HtmlToken token;
  std::string commented;
  const char* at = html.data();
  while (tokenizer.Next(token)) {
    const bool tag = token.name.data() != nullptr && token.text.data() == nullptr;
    const char* begin = tag ? token.name.data() : token.text.data();
    if (begin < at || begin > html.data() + html.size()) Fail("tokens out of order");
    if (token.kind == assay::mail::HtmlToken::Kind::kStartTag) {
      const char* open = token.name.data() - 1;
      commented.append(at, open);
      commented += "<!-- -->";
      at = open;
    }
  }
  return commented.append(at, html.data() + html.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string html =
      assay::mail::ToUtf8({reinterpret_cast<const char*>(data), size}, "utf-8");
  const assay::mail::Texts texts = Render(html);
  for (const std::string& text : texts) {
    if (!assay::mail::IsValidUtf8(text)) Fail("not UTF-8");
  }
  if (const std::string broken = assay::mail::BrokenParagraph(texts); !broken.empty()) {
    Fail(broken.c_str());
  }
  if (assay::mail::TotalSize(texts) > html.size()) Fail("too large");
  if (Render(CommentTags(html)) != texts) Fail("a comment shows");
  return 0;
}
