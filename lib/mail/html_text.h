// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "lib/mail/paragraphs.h"

namespace assay::mail {

// What a reader sees of an HTML document: text with character references resolved; block elements
// end paragraphs, <br> ends lines, table cells are set apart by white space, line ends count inside
// <pre>. Comments, scripts, style sheets and the title are no part of it. `html` is valid UTF-8.
// Linear; leaves the last paragraph open.
void AddHtmlText(std::string_view html, Paragraphs& paragraphs);

}  // namespace assay::mail
