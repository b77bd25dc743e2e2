// SPDX-License-Identifier: Apache-2.0
// pcre and regexp tables on PCRE2. What an address can make a pattern cost is limited.
#include "lib/identity/pattern_table.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <span>

#include "lib/base/c_ptr.h"
#include "lib/identity/backends.h"
#include "lib/identity/table_file.h"

namespace assay::identity {
namespace {

using Code = CPtr<pcre2_code, pcre2_code_free>;
using MatchData = CPtr<pcre2_match_data, pcre2_match_data_free>;
using MatchContext = CPtr<pcre2_match_context, pcre2_match_context_free>;

// For one pattern and one address of at most some hundred bytes; beyond it the pattern is to blame.
constexpr std::uint32_t kMatchLimit = 200'000;  // calls of PCRE2's match()
constexpr std::uint32_t kHeapLimit = 8 * 1024;  // KiB
constexpr std::size_t kMaxSubject = 4096;       // bytes; RFC 5321 allows 64 + 1 + 255
constexpr std::size_t kMaxExpanded = 64UL * 1024;

std::string ErrorText(int error) {
  std::array<PCRE2_UCHAR, 128> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return {reinterpret_cast<const char*>(text.data())};
}

PCRE2_SPTR Bytes(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

struct Options {
  std::uint32_t compile = PCRE2_CASELESS;
  std::uint32_t convert = 0;  // 0: the pattern is PCRE's own
};

struct Flag {
  char letter;
  std::uint32_t option;  // is turned over
};
// pcre_table(5); X is always on in PCRE2.
constexpr Flag kPcreFlags[] = {{'i', PCRE2_CASELESS}, {'m', PCRE2_MULTILINE},
                               {'s', PCRE2_DOTALL},   {'x', PCRE2_EXTENDED},
                               {'A', PCRE2_ANCHORED}, {'E', PCRE2_DOLLAR_ENDONLY},
                               {'U', PCRE2_UNGREEDY}, {'X', 0}};
// regexp_table(5); x turns extended expressions into basic ones.
constexpr Flag kPosixFlags[] = {{'i', PCRE2_CASELESS}, {'m', PCRE2_MULTILINE}, {'x', 0}};

Result<std::uint32_t> ReadFlags(const PatternLine& line, std::span<const Flag> known,
                                std::uint32_t options) {
  for (const char letter : line.flags) {
    const auto flag = std::ranges::find(known, letter, &Flag::letter);
    if (flag == known.end()) {
      return Permanent(fmt::format("line {}: unknown flag after the pattern", line.number));
    }
    options ^= flag->option;
  }
  return options;
}

Result<Options> OptionsOf(const PatternLine& line, TableType type) {
  const bool pcre = type == TableType::kPcre;
  const auto flags = pcre ? ReadFlags(line, kPcreFlags, PCRE2_CASELESS | PCRE2_DOTALL)
                          : ReadFlags(line, kPosixFlags, PCRE2_CASELESS);
  if (!flags) return tl::unexpected(flags.error());
  Options options{*flags, 0};
  if (!pcre) {
    const bool extended = std::ranges::count(line.flags, 'x') % 2 == 0;
    options.convert = extended ? PCRE2_CONVERT_POSIX_EXTENDED : PCRE2_CONVERT_POSIX_BASIC;
  }
  return options;
}

Result<std::string> FromPosix(const PatternLine& line, std::uint32_t kind) {
  PCRE2_UCHAR* converted = nullptr;
  PCRE2_SIZE size = 0;
  const int error = pcre2_pattern_convert(Bytes(line.pattern), line.pattern.size(), kind,
                                          &converted, &size, nullptr);
  const CPtr<PCRE2_UCHAR, pcre2_converted_pattern_free> owner(converted);
  if (error != 0) return Permanent(fmt::format("line {}: {}", line.number, ErrorText(error)));
  return std::string(reinterpret_cast<const char*>(converted), size);
}

Result<Code> Compile(const PatternLine& line, TableType type) {
  const auto options = OptionsOf(line, type);
  if (!options) return tl::unexpected(options.error());
  std::string pattern = line.pattern;
  if (options->convert != 0) {
    auto converted = FromPosix(line, options->convert);
    if (!converted) return tl::unexpected(converted.error());
    pattern = std::move(*converted);
  }
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(Bytes(pattern), pattern.size(),
                          options->compile | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr));
  if (!code) return Permanent(fmt::format("line {}: {}", line.number, ErrorText(error)));
  return code;
}

struct Step {
  PatternLine::Kind kind = PatternLine::Kind::kMatch;
  int number = 0;
  bool negated = false;
  Code code;  // none: endif
  std::vector<ResultPart> result;
  std::size_t end = 0;
};

Result<Step> MakeStep(const PatternLine& line, TableType type) {
  Step step;
  step.kind = line.kind;
  step.number = line.number;
  step.negated = line.negated;
  step.end = line.end;
  if (line.kind == PatternLine::Kind::kEndIf) return step;
  auto code = Compile(line, type);
  if (!code) return tl::unexpected(code.error());
  step.code = std::move(*code);
  auto result = ParseResultText(line.result);
  if (!result) return Permanent(fmt::format("line {}: {}", line.number, result.error().what));
  std::uint32_t groups = 0;
  pcre2_pattern_info(step.code.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
  for (const ResultPart& part : *result) {
    if (part.group < 0) continue;
    if (line.negated || std::cmp_greater(part.group, groups)) {
      return Permanent(
          fmt::format("line {}: its result names a group that it has not", line.number));
    }
  }
  step.result = std::move(*result);
  return step;
}

class PatternTable final : public Table {
 public:
  PatternTable(std::string path, std::vector<Step> steps)
      : path_(std::move(path)),
        steps_(std::move(steps)),
        context_(pcre2_match_context_create(nullptr)) {
    pcre2_set_match_limit(context_.get(), kMatchLimit);
    pcre2_set_heap_limit(context_.get(), kHeapLimit);
  }

  [[nodiscard]] Result<std::optional<std::string>> Lookup(std::string_view key,
                                                          Deadline until) const override;
  [[nodiscard]] bool takes_parts() const override { return false; }
  [[nodiscard]] std::optional<std::size_t> entries() const override { return steps_.size(); }

 private:
  // Nothing when a part of the key would be more than one name, or "*": who logs in chooses it.
  [[nodiscard]] std::optional<std::string> Expand(const Step& step, std::string_view key,
                                                  pcre2_match_data& groups) const;

  std::string path_;
  std::vector<Step> steps_;
  MatchContext context_;  // read only from here on
};

Result<std::optional<std::string>> PatternTable::Lookup(std::string_view key,
                                                        Deadline until) const {
  if (key.size() > kMaxSubject) return std::optional<std::string>();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    if (!step.code) continue;
    const MatchData groups(pcre2_match_data_create_from_pattern(step.code.get(), nullptr));
    const int matched =
        pcre2_match(step.code.get(), Bytes(key), key.size(), 0, 0, groups.get(), context_.get());
    if (matched < 0 && matched != PCRE2_ERROR_NOMATCH) {
      return Temporary(fmt::format("{}: line {}: {}", path_, step.number, ErrorText(matched)));
    }
    if (SteadyClock::now() > until) return Temporary(path_ + ": takes too much time");
    const bool holds = (matched >= 0) != step.negated;
    if (step.kind == PatternLine::Kind::kMatch && holds) {
      return Expand(step, key, *groups);
    }
    if (step.kind == PatternLine::Kind::kIf && !holds) i = step.end;
  }
  return std::optional<std::string>();
}

std::optional<std::string> PatternTable::Expand(const Step& step, std::string_view key,
                                                pcre2_match_data& groups) const {
  std::string value;
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(&groups);
  for (const ResultPart& part : step.result) {
    value += part.text;
    if (part.group < 0) continue;
    const auto group = static_cast<std::size_t>(part.group);
    const PCRE2_SIZE begin = ends[2 * group];
    const PCRE2_SIZE end = ends[2 * group + 1];
    // \K may put the begin behind the end.
    if (begin == PCRE2_UNSET || begin > end) continue;
    const std::string_view taken = key.substr(begin, end - begin);
    if (taken.find_first_of(" \t\r\n,\"*") != std::string_view::npos) return {};
    value += taken;
    if (value.size() > kMaxExpanded) value.resize(kMaxExpanded);
  }
  return value;
}

}  // namespace

Result<OpenedTable> OpenPatterns(const std::string& path, TableType type) {
  const auto text = ReadTableFile(path);
  if (!text) return tl::unexpected(text.error());
  const auto lines = ParsePatternLines(*text);
  if (!lines) return Permanent(path + ": " + lines.error().what);
  std::vector<Step> steps;
  steps.reserve(lines->size());
  for (const PatternLine& line : *lines) {
    auto step = MakeStep(line, type);
    if (!step) return Permanent(path + ": " + step.error().what);
    steps.push_back(std::move(*step));
  }
  return OpenedTable{std::make_shared<const PatternTable>(path, std::move(steps)), {}};
}

}  // namespace assay::identity
