// SPDX-License-Identifier: Apache-2.0
// Properties and values are those of CSS 2.1 and of CSS Color 4.
#include "lib/mail/html_style.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "lib/base/text.h"
#include "lib/mail/hex.h"
#include "lib/mail/html_entities.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxStyle = std::size_t{4} * 1024;  // bytes of one style attribute
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
  const double value = std::strtod(std::string(text.substr(0, end)).c_str(), nullptr);
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

std::optional<Length> ParseLength(std::string_view text) {
  const auto number = TakeNumber(text);
  if (!number) return {};
  const std::string unit = ToLower(Trim(text).substr(0, 4));
  if (*number <= 0) return Length{0, false};
  if (unit.empty() || unit == "px") return Length{*number, false};
  if (unit == "pt") return Length{*number * 4 / 3, false};
  const bool relative = unit.starts_with("em") || unit.starts_with('%');
  return Length{*number * 16, relative};
}

bool IsNoLength(std::string_view value) {
  const auto length = ParseLength(value);
  return length && !length->relative && length->pixels <= kMaxTiny;
}

// One style attribute. Of several declarations of one property the last one counts.
class Declarations {
 public:
  Declarations(std::string_view style, Look& look) : look_(look) {
    while (!style.empty()) {
      const std::size_t end = End(style);
      Declare(style.substr(0, end));
      style.remove_prefix(std::min(end + 1, style.size()));
    }
    if (clips_ && no_size_) look_.gone = true;
    if (hides_) look_.gone = true;
  }

 private:
  // The semicolon that ends a declaration: not one inside url(data:…;…).
  static std::size_t End(std::string_view style) {
    bool bracket = false;
    for (std::size_t i = 0; i < style.size(); ++i) {
      if (style[i] == '(') bracket = true;
      if (style[i] == ')') bracket = false;
      if (style[i] == ';' && !bracket) return i;
    }
    return std::min(style.find(';'), style.size());
  }

  void Declare(std::string_view declaration) {
    const std::size_t colon = declaration.find(':');
    if (colon == std::string_view::npos) return;
    const std::string name = ToLower(Trim(declaration.substr(0, colon)));
    std::string value = ToLower(declaration.substr(colon + 1));
    if (const std::size_t important = value.find('!'); important != std::string::npos) {
      value.resize(important);
    }
    Set(name, Trim(value));
  }

  void Set(std::string_view name, std::string_view value) {
    if (name == "display") {
      hides_ = value == "none";
    } else if (name == "visibility") {
      look_.invisible = value == "hidden" || value == "collapse";
    } else if (name == "font-size") {
      SetFontSize(value);
    } else if (name == "font") {
      SetFont(value);
    } else if (name == "opacity") {
      const auto number = TakeNumber(value);
      look_.gone |= number && *number < kMinOpacity;
    } else if (name == "color") {
      SetColor(value);
    } else if (name == "background" || name == "background-color" || name == "background-image") {
      SetBackground(value);
    } else if (name == "overflow") {
      clips_ = value == "hidden";
    } else if (name == "height" || name == "max-height" || name == "width" || name == "max-width") {
      no_size_ |= IsNoLength(value);
    }
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
    for (const std::string_view word : Split(value, ' ')) {
      const std::string_view size = word.substr(0, word.find('/'));
      if (size.empty() || (!IsAsciiDigit(size.front()) && size.front() != '.')) continue;
      const bool weight = size.size() == 3 && size.find_first_not_of("0123456789") == size.npos;
      if (!weight) return SetFontSize(size);
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
    if (picture_) return;
    auto color = ParseColor(value);
    for (const std::string_view word : Split(value, ' ')) {
      if (!color) color = ParseColor(word);
    }
    if (color) look_.background = color;
  }

  Look& look_;
  bool hides_ = false;
  bool clips_ = false;
  bool no_size_ = false;
  bool picture_ = false;
};

}  // namespace

bool Look::Shows() const {
  if (gone || invisible || tiny || transparent) return false;
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

Look ApplyStyle(const Look& outer, std::string_view attributes) {
  Look look = outer;
  std::string style;
  HtmlAttributes all(attributes);
  HtmlAttribute attribute;
  while (all.Next(attribute)) {
    if (EqualsIgnoreCase(attribute.name, "style")) {
      if (style.empty()) style = ResolveReferences(attribute.value.substr(0, kMaxStyle), true);
    } else if (EqualsIgnoreCase(attribute.name, "hidden")) {
      look.gone = true;
    } else if (EqualsIgnoreCase(attribute.name, "bgcolor")) {
      look.background = ParseColor(attribute.value);
    } else if (EqualsIgnoreCase(attribute.name, "background")) {
      look.background.reset();
    } else if (EqualsIgnoreCase(attribute.name, "color")) {
      look.color = ParseColor(attribute.value);
    }
  }
  if (!style.empty()) (void)Declarations(style, look);
  return look;
}

}  // namespace assay::mail
