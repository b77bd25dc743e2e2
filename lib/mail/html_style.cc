// SPDX-License-Identifier: Apache-2.0
// Properties and values are those of CSS 2.1 and of CSS Color 4.
#include "lib/mail/html_style.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
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

// Whether all of them are: "0", "0 0 1px 0".
bool AreNoLengths(std::string_view values) {
  return std::ranges::all_of(Split(values, ' '), [](std::string_view value) {
    return value.empty() || IsNoLength(value);
  });
}

struct Declaration {
  std::string name;
  std::string value;
  bool important = false;
};

// The declarations of one style attribute (CSS Syntax 3): comments are left out, and a semicolon in
// a string, in brackets or behind a backslash ends nothing.
class DeclarationReader {
 public:
  explicit DeclarationReader(std::string_view style) : style_(style) {}

  std::vector<Declaration> Run() {
    while (at_ < style_.size()) {
      Take();
      Finish();
    }
    return std::move(declarations_);
  }

 private:
  // One declaration without its semicolon.
  void Take() {
    while (at_ < style_.size()) {
      const char c = style_[at_];
      if (c == ';' && closers_.empty()) {
        ++at_;
        return;
      }
      if (style_.substr(at_, 2) == "/*") {
        const std::size_t end = style_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? style_.size() : end + 2;
      } else if (c == '"' || c == '\'') {
        TakeUpTo(c, "\n");
      } else if (c == '(' && EndsWithIgnoreCase(text_, "url") && IsPlainUrl()) {
        TakeUpTo(')', "");
      } else {
        TakeOne(c);
      }
    }
  }
  void TakeOne(char c) {
    if (c == '(') closers_ += ')';
    if (c == '[') closers_ += ']';
    if (c == '{') closers_ += '}';
    if (!closers_.empty() && closers_.back() == c) closers_.pop_back();
    text_ += c;
    ++at_;
    if (c == '\\' && at_ < style_.size()) text_ += style_[at_++];
  }
  // At the opening quote or bracket: up to the closing one, or before what breaks it off.
  void TakeUpTo(char closing, std::string_view breaks) {
    text_ += style_[at_++];
    while (at_ < style_.size()) {
      const char c = style_[at_++];
      text_ += c;
      if (c == closing || breaks.find(c) != std::string_view::npos) return;
      if (c == '\\' && at_ < style_.size()) text_ += style_[at_++];
    }
  }
  // url(x;y) without quotes
  [[nodiscard]] bool IsPlainUrl() const {
    const std::size_t begin = style_.find_first_not_of(" \t\r\n\f", at_ + 1);
    return begin == std::string_view::npos || (style_[begin] != '"' && style_[begin] != '\'');
  }

  void Finish() {
    closers_.clear();
    const std::string text = ToLower(std::exchange(text_, {}));
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) return;
    Declaration declaration;
    declaration.name = Trim(std::string_view(text).substr(0, colon));
    std::string_view value = Trim(std::string_view(text).substr(colon + 1));
    if (const std::size_t mark = value.rfind('!'); mark != std::string_view::npos) {
      declaration.important = Trim(value.substr(mark + 1)) == "important";
      if (!declaration.important) return;  // unknown: it does not count
      value = Trim(value.substr(0, mark));
    }
    declaration.value = value;
    declarations_.push_back(std::move(declaration));
  }

  std::string_view style_;
  std::size_t at_ = 0;
  std::string closers_;  // of the brackets that are open
  std::string text_;
  std::vector<Declaration> declarations_;
};

// One style attribute. Of several declarations of one property the last one counts, and the last
// important one before all others. Where it is not sure that a browser hides something, it is seen.
class StyleReader {
 public:
  StyleReader(const StyledElement& element, bool hidden, Look& look)
      : look_(look), box_(element.box), hides_(hidden) {}

  void Read(std::string_view style) {
    const std::vector<Declaration> declarations = DeclarationReader(style).Run();
    for (const bool important : {false, true}) {
      for (const Declaration& declaration : declarations) {
        if (declaration.important == important) Set(declaration.name, declaration.value);
      }
    }
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
    const std::vector<std::string_view> words = Split(value, ' ');
    for (const std::string_view& word : words) {
      const std::string_view size = word.substr(0, word.find('/'));
      if (size.empty() || (!IsAsciiDigit(size.front()) && size.front() != '.')) continue;
      const bool weight = size.size() == 3 && size.find_first_not_of("0123456789") == size.npos;
      if (weight) continue;
      if (&word != &words.back()) SetFontSize(size);  // without a family it does not count
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
    for (const std::string_view word : Split(value, ' ')) {
      if (!color) color = ParseColor(word);
    }
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
  std::string style;
  std::array<bool, 5> seen{};  // of several attributes of one name the first one counts
  const auto first = [&](std::size_t index) { return !std::exchange(seen[index], true); };
  HtmlAttributes all(attributes);
  HtmlAttribute attribute;
  while (all.Next(attribute)) {
    if (EqualsIgnoreCase(attribute.name, "style")) {
      if (first(0)) style = ResolveReferences(attribute.value, true);
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
  reader.Read(style);
  reader.Finish();
  return look;
}

}  // namespace assay::mail
