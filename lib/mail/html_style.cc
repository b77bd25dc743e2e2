// SPDX-License-Identifier: Apache-2.0
// Properties and values are those of CSS 2.1 and of CSS Color 4.
#include "lib/mail/html_style.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/mail/css_declarations.h"
#include "lib/mail/hex.h"
#include "lib/mail/html_entities.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

constexpr int kNearColor = 8;   // of 255 in each channel: nobody reads text that differs less
constexpr double kMaxTiny = 1;  // pixels
constexpr double kMinOpacity = 0.05;

struct NamedColor {
  std::string_view name;
  std::uint32_t value;
};
constexpr NamedColor kNamedColors[] = {
    {"white", 0xffffff},     {"black", 0x000000},      {"snow", 0xfffafa},
    {"ivory", 0xfffff0},     {"silver", 0xc0c0c0},     {"gray", 0x808080},
    {"grey", 0x808080},      {"whitesmoke", 0xf5f5f5}, {"red", 0xff0000},
    {"maroon", 0x800000},    {"yellow", 0xffff00},     {"olive", 0x808000},
    {"lime", 0x00ff00},      {"green", 0x008000},      {"aqua", 0x00ffff},
    {"teal", 0x008080},      {"blue", 0x0000ff},       {"navy", 0x000080},
    {"fuchsia", 0xff00ff},   {"purple", 0x800080},     {"orange", 0xffa500},
    {"lightgray", 0xd3d3d3}, {"lightgrey", 0xd3d3d3},
};

std::optional<std::uint32_t> ParseHexColor(std::string_view digits) {
  if (digits.size() != 3 && digits.size() != 4 && digits.size() != 6 && digits.size() != 8) {
    return {};
  }
  const bool brief = digits.size() <= 4;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < (brief ? 3 : 6); ++i) {
    const int digit = HexDigit(digits[i]);
    if (digit < 0) return {};
    value = value << 4 | static_cast<std::uint32_t>(digit);
    if (brief) value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

// The number at the front of `text`, which moves behind it; nothing when there is none.
std::optional<double> TakeNumber(std::string_view& text) {
  text = Trim(text);
  std::size_t end = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::size_t digits = end;
  while (end < text.size() && end < 32 && (IsAsciiDigit(text[end]) || text[end] == '.')) ++end;
  if (end == digits) return {};
  double value = 0;  // of a dot alone
  std::from_chars(text.data() + (text.front() == '+' ? 1 : 0), text.data() + end, value);
  text.remove_prefix(end);
  return value;
}

std::optional<std::uint32_t> ParseRgb(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return {};
  std::string_view rest = text.substr(open + 1);
  std::uint32_t value = 0;
  for (int i = 0; i < 3; ++i) {
    auto channel = TakeNumber(rest);
    if (!channel) return {};
    if (rest.starts_with('%')) {
      *channel *= 2.55;
      rest.remove_prefix(1);
    }
    value = value << 8 | static_cast<std::uint32_t>(std::lround(std::clamp(*channel, 0.0, 255.0)));
    while (!rest.empty() && (rest.front() == ',' || rest.front() == ' ')) rest.remove_prefix(1);
  }
  return value;
}

bool IsNear(std::uint32_t a, std::uint32_t b) {
  for (const unsigned shift : {0U, 8U, 16U}) {
    const int difference =
        static_cast<int>(a >> shift & 0xff) - static_cast<int>(b >> shift & 0xff);
    if (difference > kNearColor || difference < -kNearColor) return false;
  }
  return true;
}

// A length in pixels where the unit says so; relative to the surroundings unless it is zero.
struct Length {
  double pixels = 0;
  bool relative = false;
};

// Of a value in lower case.
std::optional<Length> ParseLength(std::string_view text) {
  const auto number = TakeNumber(text);
  if (!number) return {};
  const std::string_view unit = Trim(text).substr(0, 4);
  if (*number < 0) return {};  // no length: the declaration does not count
  if (*number == 0) return Length{0, false};
  if (unit.empty() || unit == "px") return Length{*number, false};
  if (unit == "pt") return Length{*number * 4 / 3, false};
  const bool relative = unit.starts_with("em") || unit.starts_with('%');
  return Length{*number * 16, relative};
}

bool IsNoLength(std::string_view value) {
  const auto length = ParseLength(value);
  return length && !length->relative && length->pixels <= kMaxTiny;
}

// The word at the front of `values`, which move behind it and a space.
std::string_view TakeWord(std::string_view& values) {
  const std::string_view word = values.substr(0, values.find(' '));
  values.remove_prefix(std::min(word.size() + 1, values.size()));
  return word;
}

// Whether all of them are: "0", "0 0 1px 0".
bool AreNoLengths(std::string_view values) {
  while (!values.empty()) {
    const std::string_view value = TakeWord(values);
    if (!value.empty() && !IsNoLength(value)) return false;
  }
  return true;
}

// One style attribute. Of several declarations of one property the last one counts, and the last
// important one before all others. Where it is not sure that a browser hides something, it is seen.
class StyleReader {
 public:
  StyleReader(const StyledElement& element, bool hidden, Look& look)
      : look_(look), box_(element.box), hides_(hidden) {}

  void Read(std::string& style) {
    DeclarationReader declarations(style);
    std::vector<Declaration> important;
    Declaration declaration;
    while (declarations.Next(declaration)) {
      if (declaration.important) {
        important.push_back(declaration);
      } else {
        Set(declaration.name, declaration.value);
      }
    }
    for (const Declaration& last : important) Set(last.name, last.value);
  }

  void Finish() {
    const bool no_size = no_height_ || no_max_height_ || no_width_ || no_max_width_;
    if (hides_ || clear_ || (clips_ && no_size && box_ && !roomy_)) look_.gone = true;
  }

 private:
  void Set(std::string_view name, std::string_view value) {
    if (name == "display") {
      SetDisplay(value);
    } else if (name == "visibility") {
      look_.invisible = value == "hidden" || value == "collapse";
    } else if (name == "font-size") {
      SetFontSize(value);
    } else if (name == "font") {
      SetFont(value);
    } else if (name == "opacity") {
      const auto number = TakeNumber(value);
      clear_ = number && *number < kMinOpacity;
    } else if (name == "color") {
      SetColor(value);
    } else if (name == "background" || name == "background-color" || name == "background-image") {
      SetBackground(value);
    } else if (name == "-webkit-text-fill-color" || name == "text-shadow" ||
               name.starts_with("-webkit-text-stroke")) {
      look_.outlined = value != "none";
    } else {
      SetBox(name, value);
    }
  }

  void SetBox(std::string_view name, std::string_view value) {
    if (name == "overflow") clips_ = value == "hidden";
    if (name == "height") no_height_ = IsNoLength(value);
    if (name == "max-height") no_max_height_ = IsNoLength(value);
    if (name == "width") no_width_ = IsNoLength(value);
    if (name == "max-width") no_max_width_ = IsNoLength(value);
    // What is clipped is all but the padding.
    if (name.starts_with("min-") || name.starts_with("padding")) roomy_ |= !AreNoLengths(value);
    if (name == "float") box_ = box_ || value != "none";
    if (name == "position") box_ = box_ || value == "absolute" || value == "fixed";
  }

  // Sizes and clipping are for boxes: not for lines of text, and tables grow with what is in them.
  void SetDisplay(std::string_view value) {
    hides_ = value == "none";
    box_ = value == "block" || value == "inline-block" || value == "list-item" ||
           value == "flow-root" || value.ends_with("flex") || value.ends_with("grid");
  }

  void SetFontSize(std::string_view value) {
    const auto length = ParseLength(value);
    if (!length) {
      if (!value.empty() && value != "inherit" && value != "smaller" && value != "larger") {
        look_.tiny = false;  // small, medium and the like
      }
    } else if (!length->relative) {
      look_.tiny = length->pixels <= kMaxTiny;
    }
  }

  // font: [style weight] size[/line-height] family
  void SetFont(std::string_view value) {
    while (!value.empty()) {
      const std::string_view word = TakeWord(value);
      const std::string_view size = word.substr(0, word.find('/'));
      if (size.empty() || (!IsAsciiDigit(size.front()) && size.front() != '.')) continue;
      const bool weight = size.size() == 3 && size.find_first_not_of("0123456789") == size.npos;
      if (weight) continue;
      if (!value.empty()) SetFontSize(size);  // without a family it does not count
      return;
    }
  }

  void SetColor(std::string_view value) {
    if (value == "inherit") return;
    look_.transparent = value == "transparent";
    look_.color = ParseColor(value);
  }

  void SetBackground(std::string_view value) {
    if (value.find("url(") != value.npos || value.find("gradient") != value.npos) {
      look_.background.reset();
      picture_ = true;
      return;
    }
    if (picture_ || value.empty() || value == "none" || value == "transparent" ||
        value == "inherit" || value == "initial") {
      return;
    }
    auto color = ParseColor(value);
    while (!color && !value.empty()) color = ParseColor(TakeWord(value));
    look_.background = color;
  }

  Look& look_;
  bool box_;  // has a size of its own
  bool hides_;
  bool clear_ = false;
  bool clips_ = false;
  bool no_height_ = false;
  bool no_max_height_ = false;
  bool no_width_ = false;
  bool no_max_width_ = false;
  bool roomy_ = false;
  bool picture_ = false;
};

}  // namespace

bool Look::Shows() const {
  if (gone || invisible || tiny) return false;
  if (outlined) return true;
  if (transparent) return false;
  return !color || !background || !IsNear(*color, *background);
}

std::optional<std::uint32_t> ParseColor(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('#')) return ParseHexColor(text.substr(1));
  if (StartsWithIgnoreCase(text, "rgb")) return ParseRgb(text);
  // As old attributes may have it.
  if (text.size() == 6 && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos) {
    return ParseHexColor(text);
  }
  for (const NamedColor& color : kNamedColors) {
    if (EqualsIgnoreCase(text, color.name)) return color.value;
  }
  return {};
}

Look ApplyStyle(const Look& outer, std::string_view attributes, const StyledElement& element) {
  Look look = outer;
  std::string_view style;
  std::array<bool, 5> seen{};  // of several attributes of one name the first one counts
  const auto first = [&](std::size_t index) { return !std::exchange(seen[index], true); };
  HtmlAttributes all(attributes);
  HtmlAttribute attribute;
  while (all.Next(attribute)) {
    if (EqualsIgnoreCase(attribute.name, "style")) {
      if (first(0)) style = attribute.value;
    } else if (EqualsIgnoreCase(attribute.name, "hidden")) {
      seen[1] = true;
    } else if (element.background && EqualsIgnoreCase(attribute.name, "bgcolor")) {
      if (first(2)) look.background = ParseColor(attribute.value);
    } else if (element.background && EqualsIgnoreCase(attribute.name, "background")) {
      seen[3] = true;
    } else if (element.color && EqualsIgnoreCase(attribute.name, "color")) {
      if (first(4)) look.color = ParseColor(attribute.value);
    }
  }
  if (seen[3]) look.background.reset();
  StyleReader reader(element, seen[1], look);
  if (!style.empty()) {
    std::string resolved;
    std::string lower = ToLower(WithoutReferences(style, true, resolved));
    reader.Read(lower);
  }
  reader.Finish();
  return look;
}

}  // namespace assay::mail
