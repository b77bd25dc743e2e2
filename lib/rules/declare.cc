// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"
#include "lib/rules/compiler.h"
#include "lib/rules/lexer.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

// Reports an entry that cannot be meant. Empty when it is good.
std::string EntryProblem(std::string_view entry) {
  if (entry.empty()) return "an empty entry";
  if (entry.size() > kMaxEntryBytes)
    return fmt::format("an entry has at most {} bytes", kMaxEntryBytes);
  if (entry.starts_with('*')) return "entries have no wildcards";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(entry, control)) return "an entry holds no control characters";
  return {};
}

std::string EntryHint(std::string_view entry) {
  return entry.starts_with('*') ? "example.com also means all names below it" : "";
}

bool CountEntry(Builder& builder, const Place& place) {
  if (++builder.list_entries <= kMaxListEntries) return true;
  if (builder.list_entries == kMaxListEntries + 1) {
    builder.log.Error(place,
                      fmt::format("all lists together have at most {} entries", kMaxListEntries));
  }
  return false;
}

// The entry of one line: what stands before a # that begins the line or follows a blank.
std::string_view EntryOf(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || IsFoldingSpace(line[at - 1])) {
      line = line.substr(0, at);
      break;
    }
  }
  return Trim(line);
}

void ReadListFile(Builder& builder, const ListSyntax& list, const CompileOptions& options,
                  EntrySet& set) {
  const Word& file = *list.file;
  if (!options.read_file) {
    builder.log.Error(file.place, "lists from files cannot be read here");
    return;
  }
  const auto text = options.read_file(file.text, builder.log.sources().file(file.place).name);
  if (!text) {
    builder.log.Error(file.place, fmt::format("cannot read list {}: {}", Quote(list.name.text),
                                              text.error().what));
    return;
  }
  if (text->size() > kMaxListFileBytes) {
    builder.log.Error(file.place, fmt::format("a list has at most {} bytes", kMaxListFileBytes));
    return;
  }
  int number = 0;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    ++number;
    const std::string_view entry = EntryOf(line);
    if (entry.empty()) continue;
    if (!CountEntry(builder, file.place)) return;
    const std::string problem = EntryProblem(entry);
    if (problem.empty()) {
      set.Add(entry);
      continue;
    }
    Diagnostic diagnostic;
    diagnostic.file = file.text;
    diagnostic.line = number;
    diagnostic.column = static_cast<int>(entry.data() - line.data()) + 1;
    diagnostic.length = static_cast<int>(entry.size());
    diagnostic.message = problem;
    diagnostic.source_line = std::string(line);
    diagnostic.suggestion = EntryHint(entry);
    builder.log.Add(file.place, std::move(diagnostic));
  }
}

EntrySet ReadList(Builder& builder, const ListSyntax& list, const CompileOptions& options) {
  EntrySet set;
  if (list.file) ReadListFile(builder, list, options, set);
  for (const Word& entry : list.entries) {
    if (!CountEntry(builder, entry.place)) break;
    const std::string problem = EntryProblem(entry.text);
    if (problem.empty()) {
      set.Add(entry.text);
    } else {
      builder.log.Error(entry.place, problem, EntryHint(entry.text));
    }
  }
  return set;
}

template <class T>
void AlreadyDefined(Builder& builder, const Word& name, std::string_view what, const T& known) {
  builder.log.Error(name.place,
                    fmt::format("{} {} is already defined at {}", what, Quote(name.text),
                                builder.log.sources().Where(known.place)));
}

}  // namespace

void CheckName(const Word& name, DiagnosticLog& log) {
  const bool good =
      std::ranges::all_of(name.text, [](char c) { return IsAsciiAlnum(c) || c == '_'; });
  if (!good) log.Error(name.place, "a name has letters, digits and _ only");
  if (name.text.size() > kMaxNameBytes) {
    log.Error(name.place, fmt::format("a name has at most {} characters", kMaxNameBytes));
  }
}

void DeclareConfiguredLists(Builder& builder, const CompileOptions& options) {
  for (const auto& [name, entries] : options.lists) {
    EntrySet set;
    for (const std::string& entry : entries) set.Add(entry);
    builder.lists[name] = {static_cast<SetId>(builder.program.sets.size()), {}, true};
    builder.program.sets.push_back(std::move(set));
  }
}

void DeclareLists(Builder& builder, const FileSyntax& file, const CompileOptions& options) {
  for (const ListSyntax& list : file.lists) {
    CheckName(list.name, builder.log);
    const auto known = builder.lists.find(list.name.text);
    if (known != builder.lists.end()) {
      const auto& place = known->second.place;
      const Sources& sources = builder.log.sources();
      builder.log.Error(
          list.name.place,
          fmt::format("list {} is already defined {}", Quote(list.name.text),
                      place ? "at " + sources.Where(*place) : "in the configuration"));
      continue;
    }
    builder.lists[list.name.text] = {static_cast<SetId>(builder.program.sets.size()),
                                     list.name.place, false};
    builder.program.sets.push_back(ReadList(builder, list, options));
  }
}

void DeclareGroups(Builder& builder, const FileSyntax& file) {
  for (const GroupSyntax& group : file.groups) {
    CheckName(group.name, builder.log);
    const auto known = builder.groups.find(group.name.text);
    if (known != builder.groups.end()) {
      AlreadyDefined(builder, group.name, "group", known->second);
      continue;
    }
    const auto cap = ScoreUnits(group.cap, builder.log);
    if (cap && *cap <= 0) builder.log.Error(group.cap.place, "a group's cap is greater than 0");
    builder.groups[group.name.text] = {static_cast<std::uint32_t>(builder.program.groups.size()),
                                       group.name.place, false};
    builder.program.groups.push_back({group.name.text, cap.value_or(0)});
  }
}

void DeclareRules(Builder& builder, const FileSyntax& file) {
  for (const RuleSyntax& rule : file.rules) {
    CheckName(rule.name, builder.log);
    const auto known = builder.rules.find(rule.name.text);
    if (known != builder.rules.end()) {
      AlreadyDefined(builder, rule.name, "rule", known->second);
      continue;
    }
    if (builder.rules.size() >= kMaxRules) {
      builder.log.Error(rule.name.place, fmt::format("a rule set has at most {} rules", kMaxRules));
      return;
    }
    const auto id = static_cast<RuleId>(builder.rules.size());
    builder.rules[rule.name.text] = {id, rule.name.place};
  }
  builder.program.rules.resize(builder.rules.size());
  builder.references.resize(builder.rules.size());
}

}  // namespace assay::rules
