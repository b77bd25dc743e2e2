// SPDX-License-Identifier: Apache-2.0
// Style sheets are not evaluated (html_style.h), but they may show what an element's own style
// hides: `p { display: block !important }` before <p style="display: none">.
#pragma once

#include <string_view>

namespace assay::mail {

// Whether a <style> in `html` may show an element that something at the element itself (style,
// hidden, color, bgcolor) hides. A look at names, not an evaluation: the last part of each selector
// against name, class, id and attributes of each tag. Says yes where it is not sure. Linear, up to
// a bound on the selectors, beyond which it says yes.
[[nodiscard]] bool StyleSheetsMayShow(std::string_view html);

}  // namespace assay::mail
