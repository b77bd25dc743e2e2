// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_base64.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/base/text.h"

namespace assay::auth {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotInAlphabet = 64;

constexpr std::array<std::uint8_t, 256> MakeValues() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNotInAlphabet);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = MakeValues();

// The characters before the padding; nothing when the padding is wrong for their number.
std::optional<std::string_view> CutPadding(std::string_view text, Base64Padding padding) {
  std::size_t end = text.size();
  while (end > 0 && text[end - 1] == '=') --end;
  const std::size_t pads = text.size() - end;
  const std::size_t wanted = (4 - end % 4) % 4;  // 3 belongs to no length
  if (wanted == 3) return {};
  if (pads != wanted && (pads != 0 || padding == Base64Padding::kRequired)) return {};
  return text.substr(0, end);
}

}  // namespace

std::string WithoutFoldingSpace(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return !IsFoldingSpace(c); });
  return result;
}

std::optional<std::string> DecodeBase64(std::string_view text, Base64Padding padding) {
  const auto digits = CutPadding(text, padding);
  if (!digits) return {};
  std::string bytes;
  bytes.reserve(digits->size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : *digits) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNotInAlphabet) return {};
    buffer = ((buffer << 6) | value) & 0xFFFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((buffer >> bits) & 0xFFU));
    }
  }
  if ((buffer & ((1U << bits) - 1)) != 0) return {};
  return bytes;
}

std::string EncodeBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = ((buffer << 8) | static_cast<unsigned char>(c)) & 0xFFFFU;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text.push_back(kAlphabet[(buffer >> bits) & 0x3FU]);
    }
  }
  if (bits > 0) text.push_back(kAlphabet[(buffer << (6 - bits)) & 0x3FU]);
  while (text.size() % 4 != 0) text.push_back('=');
  return text;
}

}  // namespace assay::auth
