// SPDX-License-Identifier: Apache-2.0
// A message in a file, brought into the form in which an MTA hands it to a milter.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/message.h"

namespace assay::cli {

struct FileField {
  std::string name;
  std::string value;  // after the colon; lines of a folded field are joined by LF, without CR
};

struct MessageFile {
  std::vector<FileField> fields;
  std::string_view body;  // into the text; line ends as in the file
};

// Takes header and body apart. An mbox "From " line at the very beginning is left out. As in MTAs,
// the header ends with the first empty line, or before the first line that can be no part of it.
// `text` must live as long as the result.
[[nodiscard]] MessageFile SplitMessage(std::string_view text);

// The address in the first Return-Path field, as its value has it; empty when there is none.
[[nodiscard]] std::string ReturnPath(const MessageFile& message);

// The message as the MTA would have handed it over, for what looks at it without a transaction.
[[nodiscard]] mail::Message MakeMessage(const MessageFile& file);

// Hands the body over in pieces as large as a milter gets them, every line end as CRLF.
void SendBody(std::string_view body, const std::function<void(std::string_view)>& take);

}  // namespace assay::cli
