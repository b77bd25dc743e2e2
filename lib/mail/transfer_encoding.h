// SPDX-License-Identifier: Apache-2.0
// Content-Transfer-Encoding (RFC 2045, 6), read as mail readers do: junk is skipped and reported,
// never a failure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mail {

// Where a field may be read in several ways, what hides more from a look at the bytes goes first.
enum class TransferEncoding {
  kBase64,
  kUuencode,  // of no RFC, but many mail programs decode it
  kQuotedPrintable,
  kIdentity,  // 7bit, 8bit, binary, or no field
  kUnknown,   // a word that nobody knows; such bodies are taken as they are
};

// What mail programs may take the value of the field for, in the order above. One alone where the
// value is a word of RFC 2045 and nothing else; a comment, a parameter, quotes, a second word: some
// programs overlook them, others know no such encoding and show the body as it stands.
[[nodiscard]] std::vector<TransferEncoding> ParseTransferEncoding(std::string_view value);

// "identity", "quoted-printable", "base64", "uuencode" or "unknown".
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

// The lines behind the first one that reads "begin MODE NAME", or all when there is none. What can
// be no line of data is skipped. At most `max` bytes of result; linear.
[[nodiscard]] DecodedBytes DecodeUuencode(std::string_view text, std::size_t max);

// By encoding; kIdentity and kUnknown copy at most `max` bytes.
[[nodiscard]] DecodedBytes DecodeTransfer(TransferEncoding encoding, std::string_view text,
                                          std::size_t max);

}  // namespace assay::mail
