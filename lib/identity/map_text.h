// SPDX-License-Identifier: Apache-2.0
// The text formats of Postfix tables: logical lines, "key value" files, "name = value" files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"

namespace assay::identity {

struct LogicalLine {
  int number = 0;  // of its first line
  std::string text;
};

// As in postmap(1): lines that are empty or whose first visible character is '#' do not count, and
// a line that begins with white space goes on with the one before. Without white space at the end.
[[nodiscard]] std::vector<LogicalLine> LogicalLines(std::string_view text);

struct MapText {
  std::vector<std::pair<std::string, std::string>> entries;  // keys in lower case, in file order
  std::vector<std::string> warnings;  // "line 3: …": lines that are not "key value" and are left
                                      // out; keys that stand there again
};
// A file as postmap(1) reads it.
[[nodiscard]] MapText ParseMapText(std::string_view text);

// A client configuration such as sqlite_table(5)'s: "name = value" lines. An Error names the line.
// A name that stands twice has its last value, as in Postfix.
[[nodiscard]] Result<std::map<std::string, std::string, std::less<>>> ParseClientConfig(
    std::string_view text);

// The logins or addresses in a value: separated by commas and white space.
[[nodiscard]] std::vector<std::string_view> SplitValue(std::string_view value);

}  // namespace assay::identity
