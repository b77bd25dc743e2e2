// SPDX-License-Identifier: Apache-2.0
// What the style of an HTML element says about whether its text can be seen. Only what stands at
// the element itself (attributes style, hidden, bgcolor, color) is looked at; style sheets are not
// evaluated, so that what they hide counts as seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::mail {

// How text looks inside an element.
struct Look {
  bool gone = false;       // display: none, opacity 0, in a box without size: nothing inside shows
  bool invisible = false;  // visibility: hidden, inherited but for what says otherwise
  bool tiny = false;       // font-size of at most 1 pixel, likewise
  bool transparent = false;                 // color: transparent, likewise
  bool outlined = false;                    // drawn in another way than by its color, inherited
  std::optional<std::uint32_t> color;       // 0xRRGGBB where it is plainly stated
  std::optional<std::uint32_t> background;  // likewise; nothing behind a picture

  // Text is drawn so that a reader can make it out.
  [[nodiscard]] bool Shows() const;
};

// What an element's name says about its style.
struct StyledElement {
  bool box = true;         // has a width and a height: neither a line of text nor a part of a table
  bool background = true;  // has the attributes bgcolor and background
  bool color = true;       // has the attribute color
};

// The look inside an element with these attributes (HtmlToken::attributes) that stands in `outer`.
// Linear.
[[nodiscard]] Look ApplyStyle(const Look& outer, std::string_view attributes,
                              const StyledElement& element = {});

// "#fff", "#ffffff", "rgb(255, 255, 255)" or the name of one of the basic colours.
[[nodiscard]] std::optional<std::uint32_t> ParseColor(std::string_view text);

}  // namespace assay::mail
