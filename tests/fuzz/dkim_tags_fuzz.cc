// SPDX-License-Identifier: Apache-2.0
// Tag lists read back as they were written; what ParseDkimSignature() lets through is safe to build
// on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/auth/dkim_signature.h"
#include "lib/auth/dkim_tags.h"

namespace {

using assay::auth::DkimTagList;
using assay::auth::TagBytes;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckTags(std::string_view text) {
  const auto tags = DkimTagList::Parse(text, TagBytes::kAny);
  const auto ascii = DkimTagList::Parse(text, TagBytes::kAscii);
  Check(!ascii || tags);
  if (!tags) return Check(!tags.error().empty());
  std::string printed;
  for (const auto& tag : tags->all()) {
    printed += std::string(tag.name) + "=" + std::string(tag.value) + ";";
  }
  const auto again = DkimTagList::Parse(printed, TagBytes::kAny);
  Check(again && again->all().size() == tags->all().size());
  for (const auto& tag : tags->all()) {
    const auto* const found = again->Find(tag.name);
    Check(found != nullptr && found->value == tag.value);
  }
}

void CheckSignature(std::string_view text) {
  const auto signature = assay::auth::ParseDkimSignature(text);
  if (signature.problem) return Check(!signature.problem->reason.empty());
  Check(!signature.signing_domain.empty() && !signature.selector.empty());
  Check(signature.KeyQuestion().name.size() <= 253);
  Check(signature.Covers("from"));
  Check(signature.auid_domain.ends_with(signature.signing_domain));
  Check(signature.auid.ends_with("@" + signature.auid_domain));
  Check(!signature.signature.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckTags(text);
  CheckSignature(text);
  return 0;
}
