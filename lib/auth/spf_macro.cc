// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf_macro.h"

#include <algorithm>

#include "lib/base/text.h"

namespace assay::auth::spf {
namespace {

constexpr std::string_view kLetters = "slodiphv";  // RFC 7208, 7.2
constexpr std::string_view kExplanationLetters = "crt";
constexpr std::string_view kDelimiters = ".-+,/_=";
constexpr std::size_t kMaxKeep = 255;  // more parts than any name has
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

bool IsMacroLiteral(char c, MacroUse use) {
  return (c > ' ' && c <= '~' && c != '%') || (c == ' ' && use == MacroUse::kExplanation);
}

bool IsMacroLetter(char lower, MacroUse use) {
  return kLetters.find(lower) != std::string_view::npos ||
         (use != MacroUse::kDomain && kExplanationLetters.find(lower) != std::string_view::npos);
}

tl::unexpected<Error> BadMacro(std::string_view body, std::string what) {
  what += " \"%{";
  what += EscapeForLog(body, 40);
  return Permanent(what + "}\"");
}

// `body` is what stands between the braces.
Result<MacroPart> ParseMacro(std::string_view body, MacroUse use) {
  if (body.empty()) return Permanent("macro without a letter");
  MacroPart part{.kind = MacroPart::Kind::kMacro};
  part.letter = AsciiLower(body.front());
  part.escape = part.letter != body.front();
  if (!IsMacroLetter(part.letter, use)) return BadMacro(body, "unknown macro");
  std::string_view rest = body.substr(1);
  const bool has_digits = !rest.empty() && IsAsciiDigit(rest.front());
  for (; !rest.empty() && IsAsciiDigit(rest.front()); rest.remove_prefix(1)) {
    part.keep = std::min(kMaxKeep, part.keep * 10 + static_cast<std::size_t>(rest.front() - '0'));
  }
  if (has_digits && part.keep == 0) return BadMacro(body, "macro that keeps nothing");
  if (!rest.empty() && AsciiLower(rest.front()) == 'r') {
    part.reverse = true;
    rest.remove_prefix(1);
  }
  if (rest.find_first_not_of(kDelimiters) != std::string_view::npos) {
    return BadMacro(body, "malformed macro");
  }
  part.delimiters = rest;
  return part;
}

// Reads one "%…" from the front of `text` and takes it off.
Result<MacroPart> TakeExpansion(std::string_view& text, MacroUse use) {
  const char kind = text.size() > 1 ? text[1] : '\0';
  if (kind == '%' || kind == '_' || kind == '-') {
    MacroPart part{.kind = MacroPart::Kind::kEscape, .text = text.substr(0, 2)};
    text.remove_prefix(2);
    return part;
  }
  const std::size_t end = kind == '{' ? text.find('}') : std::string_view::npos;
  if (end == std::string_view::npos) {
    return Permanent("stray \"%\" at " + EscapeForLog(text, 40));
  }
  auto part = ParseMacro(text.substr(2, end - 2), use);
  text.remove_prefix(end + 1);
  return part;
}

bool IsTopLabel(std::string_view label) {
  if (label.empty() || !IsAsciiAlnum(label.front()) || !IsAsciiAlnum(label.back())) return false;
  bool alpha_or_dash = false;
  for (const char c : label) {
    if (!IsAsciiAlnum(c) && c != '-') return false;
    alpha_or_dash = alpha_or_dash || !IsAsciiDigit(c);
  }
  return alpha_or_dash;
}

std::string Nibbles(const IpAddress& address) {
  std::string text;
  for (const std::uint8_t byte : address.bytes()) {
    text += {kUpperHex[byte >> 4U], '.', kUpperHex[byte & 0xfU], '.'};
  }
  text.pop_back();
  return text;
}

// 4.3: a sender without local part is postmaster.
std::string_view LocalPart(std::string_view sender) {
  const std::size_t at = sender.rfind('@');
  return at == std::string_view::npos || at == 0 ? "postmaster" : sender.substr(0, at);
}

std::string_view SenderDomain(std::string_view sender) {
  const std::size_t at = sender.rfind('@');
  return at == std::string_view::npos ? sender : sender.substr(at + 1);
}

std::string Value(char letter, const MacroValues& values) {
  const SpfCheck& check = values.check;
  const bool v4 = check.client_ip.is_v4();
  switch (letter) {
    case 's':
      return std::string(LocalPart(check.sender)) + '@' + std::string(SenderDomain(check.sender));
    case 'l':
      return std::string(LocalPart(check.sender));
    case 'o':
      return std::string(SenderDomain(check.sender));
    case 'd':
      return std::string(values.domain);
    case 'i':
      return v4 ? check.client_ip.ToString() : Nibbles(check.client_ip);
    case 'p':
      return std::string(values.validated_name);
    case 'v':
      return v4 ? "in-addr" : "ip6";
    case 'h':
      return check.helo_domain;
    case 'c':
      return check.client_ip.ToString();
    case 'r':
      return check.receiver.empty() ? "unknown" : check.receiver;
    default:
      return std::to_string(check.now.time_since_epoch().count());
  }
}

// 7.3: split at the delimiters, reverse, keep parts from the right, join with dots.
std::string Transform(std::string_view value, const MacroPart& part) {
  const std::string_view delimiters = part.delimiters.empty() ? "." : part.delimiters;
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t at = value.find_first_of(delimiters);
    pieces.push_back(value.substr(0, at));
    if (at == std::string_view::npos) break;
    value.remove_prefix(at + 1);
  }
  if (part.reverse) std::ranges::reverse(pieces);
  const std::size_t keep = part.keep == 0 ? pieces.size() : std::min(part.keep, pieces.size());
  std::string joined;
  for (std::size_t i = pieces.size() - keep; i < pieces.size(); ++i) {
    if (i > pieces.size() - keep) joined += '.';
    joined += pieces[i];
  }
  return joined;
}

// 7.3: everything but the unreserved characters of RFC 3986.
std::string UrlEscape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsAsciiAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      escaped += c;
    } else {
      escaped += {'%', kUpperHex[byte >> 4U], kUpperHex[byte & 0xfU]};
    }
  }
  return escaped;
}

std::string ExpandPart(const MacroPart& part, const MacroValues& values) {
  switch (part.kind) {
    case MacroPart::Kind::kText:
      return std::string(part.text);
    case MacroPart::Kind::kEscape:
      if (part.text == "%_") return " ";
      return part.text == "%-" ? "%20" : "%";
    case MacroPart::Kind::kMacro:
      break;
  }
  std::string value = Transform(Value(part.letter, values), part);
  return part.escape ? UrlEscape(value) : value;
}

std::string ToString(const MacroPart& part) {
  if (part.kind != MacroPart::Kind::kMacro) return std::string(part.text);
  std::string text = "%{";
  text += part.escape ? static_cast<char>(part.letter - 'a' + 'A') : part.letter;
  if (part.keep != 0) text += std::to_string(part.keep);
  if (part.reverse) text += 'r';
  text += part.delimiters;
  return text + '}';
}

}  // namespace

Result<MacroString> ParseMacroString(std::string_view text, MacroUse use) {
  MacroString macro;
  while (!text.empty()) {
    if (text.front() == '%') {
      auto part = TakeExpansion(text, use);
      if (!part) return tl::unexpected(part.error());
      macro.push_back(*part);
      continue;
    }
    const std::string_view run = text.substr(0, text.find('%'));
    if (!std::ranges::all_of(run, [use](char c) { return IsMacroLiteral(c, use); })) {
      return Permanent("forbidden character in " + EscapeForLog(run, 40));
    }
    macro.push_back({.text = run});
    text.remove_prefix(run.size());
  }
  return macro;
}

Result<MacroString> ParseDomainSpec(std::string_view text) {
  if (text.empty()) return Permanent("empty domain");
  auto macro = ParseMacroString(text, MacroUse::kDomain);
  if (!macro || macro->back().kind != MacroPart::Kind::kText) return macro;
  std::string_view end = macro->back().text;
  if (end.ends_with('.')) end.remove_suffix(1);
  const std::size_t dot = end.rfind('.');
  if (dot == std::string_view::npos || !IsTopLabel(end.substr(dot + 1))) {
    return Permanent(EscapeForLog(text, 80) + " does not end like a domain name");
  }
  return macro;
}

std::string ToString(const MacroString& macro) {
  std::string text;
  for (const MacroPart& part : macro) text += ToString(part);
  return text;
}

bool IsConstant(const MacroString& macro) {
  return std::ranges::none_of(
      macro, [](const MacroPart& part) { return part.kind == MacroPart::Kind::kMacro; });
}

bool UsesValidatedName(const MacroString& macro) {
  return std::ranges::any_of(macro, [](const MacroPart& part) { return part.letter == 'p'; });
}

std::string ExpandName(const MacroString& macro, const MacroValues& values) {
  // From the right, because what is cut off on the left need not be expanded: one byte more than
  // the longest name and its trailing dot is enough to know that something must go.
  std::vector<std::string> pieces;
  std::size_t length = 0;
  for (auto part = macro.rbegin(); part != macro.rend() && length <= kMaxNameLength + 1; ++part) {
    pieces.push_back(ExpandPart(*part, values));
    length += pieces.back().size();
  }
  std::string name;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) name += *piece;
  if (name.ends_with('.')) name.pop_back();
  if (name.size() <= kMaxNameLength) return name;
  // The first label that begins within the last kMaxNameLength bytes; without one the name stays
  // what it is: no name.
  const std::size_t dot = name.find('.', name.size() - kMaxNameLength - 1);
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

std::string ExpandText(const MacroString& macro, const MacroValues& values, std::size_t max) {
  std::string text;
  for (const MacroPart& part : macro) {
    text += ExpandPart(part, values);
    if (text.size() >= max) break;
  }
  if (text.size() > max) text.resize(max);
  return text;
}

}  // namespace assay::auth::spf
