// SPDX-License-Identifier: Apache-2.0
// What a socketmap server sends: any bytes, in any pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/identity/socketmap.h"

namespace {

using namespace assay::identity;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Netstring whole = ReadNetstring(text);
  if (whole.state == Netstring::State::kComplete) {
    Require(whole.size <= text.size() && whole.payload.size() <= kMaxSocketMapReply);
    Require(WriteNetstring(whole.payload) == text.substr(0, whole.size));
    (void)ReadSocketMapReply(whole.payload);
  }
  // A beginning is incomplete, complete already, or malformed for good.
  for (std::size_t end = 0; end <= text.size() && end < 64; ++end) {
    const Netstring part = ReadNetstring(text.substr(0, end));
    if (part.state == Netstring::State::kMalformed) Require(whole.state == part.state);
    if (part.state == Netstring::State::kComplete) Require(whole.payload == part.payload);
  }
  if (size <= kMaxSocketMapReply) {
    const std::string written = WriteNetstring(text);
    const Netstring back = ReadNetstring(written);
    Require(back.state == Netstring::State::kComplete && back.payload == text);
  }
  (void)ReadSocketMapReply(text);
  return 0;
}
