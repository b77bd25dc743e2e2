// SPDX-License-Identifier: Apache-2.0
// A message file as a Message, the way an MTA would hand it over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "lib/mail/lines.h"
#include "lib/mail/message.h"

namespace assay::mail {

// `raw` has CRLF, LF or CR line ends. Header lines are joined with LF; the first line that is no
// header field ends the header, with or without a blank line. The body is passed on as it stands,
// in pieces of `chunk` bytes.
inline Message ReadRawMessage(std::string_view raw, std::size_t chunk = 65535) {
  Message message;
  LineReader lines(raw);
  std::string name;
  std::string value;
  const auto add = [&] {
    if (!name.empty()) message.AddField(name, value);
  };
  while (!lines.AtEnd()) {
    const LineReader::Line line = lines.Peek();
    const std::size_t colon = line.text.find(':');
    const bool continuation = line.text.starts_with(' ') || line.text.starts_with('\t');
    if (line.text.empty()) lines.Skip(line);
    if (line.text.empty()) break;
    if (continuation && !name.empty()) {
      value.append("\n").append(line.text);
    } else if (colon != std::string_view::npos && colon > 0 &&
               line.text.substr(0, colon).find(' ') == std::string_view::npos) {
      add();
      name = line.text.substr(0, colon);
      value = line.text.substr(colon + 1);
    } else if (!line.text.starts_with("From ")) {
      break;
    }
    lines.Skip(line);
  }
  add();
  for (std::size_t at = lines.position(); at < raw.size(); at += chunk) {
    message.AddBody(raw.substr(at, chunk));
  }
  return message;
}

}  // namespace assay::mail
