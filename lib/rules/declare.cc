// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/rules/compiler.h"
#include "lib/rules/limits.h"
#include "lib/rules/list_reader.h"

namespace assay::rules {
namespace {

// Nothing when it cannot be read; that is reported.
std::optional<std::uint32_t> AddListFile(Builder& builder, const ListSyntax& list,
                                         const CompileOptions& options) {
  const Word& file = *list.file;
  if (!options.read_file) {
    builder.log.Error(file.place, "lists from files cannot be read here");
    return {};
  }
  const std::string& source = builder.texts.file(file.place).name;
  auto text = options.read_file(file.text, source);
  if (!text) {
    builder.log.Error(file.place, fmt::format("cannot read list {}: {}", Quote(list.name.text),
                                              text.error().what));
    return {};
  }
  if (text->size() > kMaxListFileBytes) {
    builder.log.Error(file.place, fmt::format("a list has at most {} bytes", kMaxListFileBytes));
    return {};
  }
  return builder.texts.AddList({ResolvePath(file.text, source), std::move(*text), false});
}

EntrySet ReadList(Builder& builder, const ListSyntax& list, const CompileOptions& options) {
  ListReader reader(builder.log, builder.list_budget);
  std::optional<std::uint32_t> file;
  if (list.file) file = AddListFile(builder, list, options);
  if (file) reader.AddFile(*file);
  for (const ValueSyntax& entry : list.entries) reader.AddValue(entry);
  EntrySet set = reader.Finish();
  if (file) builder.texts.Drop(*file);
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
    builder.lists[name] = {static_cast<SetId>(builder.program.sets.size()), {}, true, {}};
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
    const auto set = static_cast<SetId>(builder.program.sets.size());
    std::string path;
    if (list.file) path = ResolvePath(list.file->text, builder.texts.file(list.file->place).name);
    builder.lists[list.name.text] = {set, list.name.place, false, std::move(path)};
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
      break;
    }
    const auto id = static_cast<RuleId>(builder.rules.size());
    builder.rules[rule.name.text] = {id, rule.name.place};
  }
  builder.program.rules.resize(builder.rules.size());
  builder.references.resize(builder.rules.size());
}

}  // namespace assay::rules
