// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/rule_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "lib/base/text.h"

namespace assay::tuning {
namespace {

constexpr std::size_t kContext = 3;  // lines, as everybody has it

using Lines = std::vector<std::string_view>;

// Without line ends; a line end at the very end makes no line of its own.
Lines LinesOf(std::string_view text) {
  Lines lines = Split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

void PrintLine(std::string& out, char mark, const Lines& lines, std::size_t at, bool ends) {
  out.append(1, mark).append(lines[at]).append("\n");
  if (at + 1 == lines.size() && !ends) out.append("\\ No newline at end of file\n");
}

// Changed lines that are nearer to each other than their contexts share a hunk.
std::size_t EndOfHunk(const std::vector<std::size_t>& changed, std::size_t first) {
  std::size_t last = first;
  while (last + 1 < changed.size() && changed[last + 1] - changed[last] <= 2 * kContext) ++last;
  return last;
}

}  // namespace

std::string Apply(std::string_view file, std::vector<Replacement> replacements) {
  std::ranges::sort(replacements, {}, &Replacement::offset);
  std::string out;
  std::size_t at = 0;
  for (const Replacement& replacement : replacements) {
    assert(replacement.offset >= at && replacement.offset + replacement.length <= file.size());
    out.append(file.substr(at, replacement.offset - at)).append(replacement.text);
    at = replacement.offset + replacement.length;
  }
  return out.append(file.substr(at));
}

std::string UnifiedDiff(std::string_view name, std::string_view before, std::string_view after) {
  const Lines old_lines = LinesOf(before);
  const Lines new_lines = LinesOf(after);
  assert(old_lines.size() == new_lines.size());
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < old_lines.size(); ++i) {
    if (old_lines[i] != new_lines[i]) changed.push_back(i);
  }
  if (changed.empty()) return {};
  std::string out = fmt::format("--- {}\n+++ {}\n", name, name);
  for (std::size_t first = 0; first < changed.size();) {
    const std::size_t last = EndOfHunk(changed, first);
    const std::size_t begin = changed[first] - std::min(changed[first], kContext);
    const std::size_t end = std::min(changed[last] + kContext + 1, old_lines.size());
    out += fmt::format("@@ -{0},{1} +{0},{1} @@\n", begin + 1, end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      if (old_lines[i] == new_lines[i]) {
        PrintLine(out, ' ', old_lines, i, before.ends_with('\n'));
        continue;
      }
      PrintLine(out, '-', old_lines, i, before.ends_with('\n'));
      PrintLine(out, '+', new_lines, i, after.ends_with('\n'));
    }
    first = last + 1;
  }
  return out;
}

}  // namespace assay::tuning
