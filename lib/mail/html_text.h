// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/mail/links.h"
#include "lib/mail/paragraphs.h"

namespace assay::mail {

// What else a document has.
struct HtmlFindings {
  bool form = false;
  bool password = false;  // a field for one
  bool script = false;    // an element, an event handler or a javascript: URL
  bool frame = false;     // iframe, frame
  bool object = false;    // object, embed, applet
  bool refresh = false;   // goes elsewhere by itself
  bool base = false;      // says what relative links mean
};

// Puts what a reader sees of an HTML document into `visible`: text with character references
// resolved; block elements end paragraphs, <br> ends lines, table cells are set apart by white
// space, line ends count inside <pre>. Comments, scripts, style sheets and the title are no part of
// it. Text that the style of an element around it makes invisible (html_style.h) goes into `hidden`
// instead. Where an element ends follows from what is open (HTML Living Standard, 13.2.6), at most
// kMaxHtmlDepth levels: behind a deeper one everything is seen. `html` is valid UTF-8. Linear;
// leaves the last paragraphs open. Its links go into `links`, if given.
HtmlFindings AddHtmlText(std::string_view html, Paragraphs& visible, Paragraphs& hidden,
                         LinkCollector* links = nullptr);

}  // namespace assay::mail
