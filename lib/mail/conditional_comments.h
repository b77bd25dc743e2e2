// SPDX-License-Identifier: Apache-2.0
// Comments that Outlook reads: <!--[if mso]> … <![endif]-->.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mail {

inline constexpr std::size_t kMaxConditional =
    100;  // of one text; what more there is joins the last

// What stands in each such comment, as HTML of its own: it may open and close other elements than
// the text around it does. Those are left out that can neither show text nor lead anywhere, and
// settings (<xml>, <style>); shapes of VML with a target are written as anchors. No larger than
// `html` all together. Linear.
[[nodiscard]] std::vector<std::string> ConditionalComments(std::string_view html);

}  // namespace assay::mail
