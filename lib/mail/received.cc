// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/received.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxLooked = 4096;  // bytes of one field; the from clause stands first
constexpr std::size_t kMaxName = 255;     // bytes of a host name (RFC 5321, 4.5.3.1.2)

std::string_view SkipSpace(std::string_view text) {
  while (!text.empty() && IsFoldingSpace(text.front())) text.remove_prefix(1);
  return text;
}

// Takes the bytes up to white space or a parenthesis.
std::string_view TakeWord(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t\r\n()"), text.size());
  const std::string_view word = text.substr(0, end);
  text = SkipSpace(text.substr(end));
  return word;
}

// Takes a comment that begins here, with the comments nested in it; nothing when it does not end.
std::optional<std::string_view> TakeComment(std::string_view& text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') return {};  // none of the three writes one
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) {
      const std::string_view inside = text.substr(1, i - 1);
      text = SkipSpace(text.substr(i + 1));
      return inside;
    }
  }
  return {};
}

std::vector<std::string_view> Tokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (text = SkipSpace(text); !text.empty(); text = SkipSpace(text)) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
    tokens.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return tokens;
}

// "[192.0.2.1]", "[IPv6:2001:db8::1]", "[2001:db8::1]", with a port behind it where Exim logs one.
std::optional<IpAddress> ReadAddress(std::string_view token, bool port_allowed) {
  const std::size_t close = token.find(']');
  if (!token.starts_with('[') || close == std::string_view::npos) return {};
  const std::string_view port = token.substr(close + 1);
  const bool has_port = port_allowed && port.starts_with(':') && ParseNumber(port.substr(1));
  if (!port.empty() && !has_port) return {};
  std::string_view address = token.substr(1, close - 1);
  if (StartsWithIgnoreCase(address, "IPv6:")) address.remove_prefix(5);
  return IpAddress::Parse(address);
}

std::string Word(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  return printable && text.size() <= kMaxName ? std::string(text) : EscapeForLog(text, kMaxName);
}

std::string KnownName(std::string_view name) {
  const bool host_name = std::ranges::all_of(
      name, [](char c) { return IsAsciiAlnum(c) || c == '.' || c == '-' || c == '_'; });
  return host_name && !EqualsIgnoreCase(name, "unknown") ? ToLower(name) : std::string();
}

// What Exim writes behind the address. The HELO name, or "" without one; nothing when there is
// anything else.
std::optional<std::string_view> EximOptions(const std::vector<std::string_view>& tokens) {
  std::string_view helo;
  for (const std::string_view token : tokens) {
    if (token.starts_with("helo=") && helo.empty()) {
      helo = token.substr(5);
      if (helo.empty()) return {};
    } else if (!token.starts_with("ident=") && !token.starts_with("port=")) {
      return {};
    }
  }
  return helo;
}

std::optional<ReceivedFrom> Make(const std::optional<IpAddress>& ip, std::string_view helo,
                                 std::string_view name) {
  if (!ip || helo.empty()) return {};
  return ReceivedFrom{*ip, Word(helo), KnownName(name)};
}

// from [A] by … and from [A] (helo=HELO) by …: Exim about a client without a name. Elsewhere a
// word in brackets is a HELO argument, and the address stands in the comment.
std::optional<ReceivedFrom> FromAddress(std::string_view word,
                                        const std::vector<std::string_view>& comment) {
  const auto helo = EximOptions(comment);
  if (!helo) return {};
  return Make(ReadAddress(word, true), helo->empty() ? word : *helo, {});
}

std::optional<ReceivedFrom> FromComment(std::string_view word,
                                        std::vector<std::string_view> tokens) {
  if (tokens.empty()) return {};
  bool forged = false;
  if (tokens.size() >= 4 && tokens[tokens.size() - 3] == "(may" &&
      tokens[tokens.size() - 2] == "be" && tokens.back() == "forged)") {
    forged = true;
    tokens.resize(tokens.size() - 3);
  }
  if (!tokens.front().starts_with('[')) {  // Postfix, and Sendmail about a client with a name
    if (tokens.size() != 2) return {};
    std::string_view name = tokens.front();
    name.remove_prefix(name.rfind('@') + 1);  // npos + 1 is 0
    return Make(ReadAddress(tokens.back(), false), word, forged ? std::string_view() : name);
  }
  const auto ip = ReadAddress(tokens.front(), true);
  const auto helo = EximOptions({tokens.begin() + 1, tokens.end()});
  if (!helo) return {};
  // Without helo=, Sendmail means a client without a name, Exim one that greets with its name.
  if (helo->empty()) return Make(ip, word, {});
  return Make(ip, *helo, forged ? std::string_view() : word);
}

}  // namespace

std::optional<ReceivedFrom> ParseReceived(std::string_view value) {
  std::string_view rest = SkipSpace(value.substr(0, kMaxLooked));
  if (!EqualsIgnoreCase(TakeWord(rest), "from")) return {};
  const std::string_view word = TakeWord(rest);
  if (word.empty()) return {};
  std::vector<std::string_view> tokens;
  if (rest.starts_with('(')) {
    const auto comment = TakeComment(rest);
    if (!comment) return {};
    tokens = Tokens(*comment);
  }
  // Whatever else follows (TLS, login), the next word is "by".
  while (rest.starts_with('(')) {
    if (!TakeComment(rest)) return {};
  }
  if (!EqualsIgnoreCase(TakeWord(rest), "by")) return {};
  const bool names_address = !tokens.empty() && (tokens.front().starts_with('[') ||
                                                 (tokens.size() > 1 && tokens[1].starts_with('[')));
  if (word.starts_with('[') && !names_address) return FromAddress(word, tokens);
  return FromComment(word, std::move(tokens));
}

}  // namespace assay::mail
