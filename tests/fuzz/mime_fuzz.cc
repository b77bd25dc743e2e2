// SPDX-License-Identifier: Apache-2.0
// Input: a raw message. Its views hold their limits and are valid UTF-8, and neither asking again
// nor the pieces in which the body comes make a difference.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/mail/raw_message.h"
#include "tests/mail/view_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using assay::mail::ReadRawMessage;
  using assay::mail::Summarize;
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const assay::mail::Message message = ReadRawMessage(raw);
  const assay::mail::ViewSummary views = Summarize(message);
  if (!views.broken.empty()) {
    std::fprintf(stderr, "broken property: %s\n", views.broken.c_str());
    std::abort();
  }
  if (!(Summarize(message) == views)) {
    std::fprintf(stderr, "the second reading differs\n");
    std::abort();
  }
  if (!(Summarize(ReadRawMessage(raw, 7)) == views)) {
    std::fprintf(stderr, "pieces of 7 bytes differ\n");
    std::abort();
  }
  return 0;
}
