// SPDX-License-Identifier: Apache-2.0
// Content-Transfer-Encoding (RFC 2045, 6), read as mail readers do: junk is skipped and reported,
// never a failure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::mail {

enum class TransferEncoding {
  kIdentity,  // 7bit, 8bit, binary, or no field
  kQuotedPrintable,
  kBase64,
  kUnknown,  // a word that RFC 2045 does not know; such bodies are taken as they are
};

// The value of the field, with white space, quotes, comments and parameters around the word
// tolerated.
[[nodiscard]] TransferEncoding ParseTransferEncoding(std::string_view value);

// "identity", "quoted-printable", "base64" or "unknown".
[[nodiscard]] std::string_view ToWord(TransferEncoding encoding);

struct DecodedBytes {
  std::string bytes;
  bool malformed =
      false;         // held what the encoding does not allow; it was skipped or kept as it stands
  bool cut = false;  // there was more than was asked for
};

// RFC 2045, 6.8. Bytes outside the alphabet are skipped; decoding goes on after padding, as some
// readers do, so that nothing hides there. At most `max` bytes of result; linear.
[[nodiscard]] DecodedBytes DecodeBase64(std::string_view text, std::size_t max);

// RFC 2045, 6.7. A "=" that starts no escape stays as it is; white space at line ends goes. Line
// ends are kept as they are. At most `max` bytes of result; linear.
[[nodiscard]] DecodedBytes DecodeQuotedPrintable(std::string_view text, std::size_t max);

// By encoding; kIdentity and kUnknown copy at most `max` bytes.
[[nodiscard]] DecodedBytes DecodeTransfer(TransferEncoding encoding, std::string_view text,
                                          std::size_t max);

}  // namespace assay::mail
