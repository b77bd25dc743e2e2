// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lib/base/text.h"
#include "lib/rules/compiler.h"
#include "lib/rules/example_facts.h"
#include "lib/rules/limits.h"
#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

using facts::Id;
using facts::Info;
using facts::Type;
using facts::Value;
using Kind = ValueSyntax::Kind;

bool IsFieldName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F; });
}

// The lines of a text without their ends.
std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines = Split(text, '\n');
  for (std::string_view& line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  return lines;
}

// Header fields, an empty line, the body. Nothing when the first lines are no header fields.
std::optional<ExampleMessage> ReadMessage(std::string_view text) {
  ExampleMessage message;
  const std::vector<std::string_view> lines = Lines(text);
  std::size_t i = 0;
  for (; i < lines.size() && !lines[i].empty(); ++i) {
    if (lines[i].front() == ' ' || lines[i].front() == '\t') {
      if (message.fields.empty()) return {};
      message.fields.back().second += "\n" + std::string(lines[i]);
      continue;
    }
    const std::size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos || !IsFieldName(lines[i].substr(0, colon))) return {};
    message.fields.emplace_back(lines[i].substr(0, colon), lines[i].substr(colon + 1));
  }
  for (++i; i < lines.size(); ++i) {
    const bool last = i + 1 == lines.size();
    if (last && lines[i].empty()) break;
    message.body += std::string(lines[i]) + "\r\n";
  }
  return message;
}

bool HasField(const std::optional<ExampleMessage>& message, std::string_view name) {
  return message && std::ranges::any_of(message->fields, [&](const auto& field) {
           return EqualsIgnoreCase(field.first, name);
         });
}

class ExampleCompiler {
 public:
  ExampleCompiler(Builder& builder, const RuleSyntax& rule) : builder_(builder), rule_(rule) {}

  // Nothing when something was reported.
  std::optional<Example> Run(const ExampleSyntax& syntax);

 private:
  void State(const std::vector<SettingSyntax>& settings, Example& example, ExampleFacts& facts);
  void StateList(const SettingSyntax& setting, Example& example);
  void StateDnsList(const SettingSyntax& setting, Example& example);
  void AddAnswer(const DnsList& list, const ValueSyntax& value, ListResult& result);
  std::optional<Value> Read(const SettingSyntax& setting, const Info& fact);
  std::optional<Value> ReadTexts(const SettingSyntax& setting);
  std::optional<Value> ReadWord(const ValueSyntax& value, const Info& fact);
  std::optional<Value> Wrong(const ValueSyntax& value, std::string_view expected);

  Builder& builder_;
  const RuleSyntax& rule_;
};

std::optional<Example> ExampleCompiler::Run(const ExampleSyntax& syntax) {
  const std::size_t errors = builder_.log.errors();
  Example example;
  example.hit = syntax.hit;
  example.place = builder_.log.sources().Describe(syntax.place);
  if (syntax.text) {
    example.message = ReadMessage(syntax.text->text);
    if (!example.message) {
      builder_.log.Error(syntax.text->place,
                         "this is not a message: it begins with neither a field nor an empty line",
                         R"(write "Subject: …\n\nbody", or "\nbody" for a body alone)");
    }
  }
  ExampleFacts facts;
  State(rule_.settings, example, facts);
  State(syntax.settings, example, facts);
  facts.CheckContradictions(HasField(example.message, "From"),
                            HasField(example.message, "Reply-To"), syntax.text.has_value(),
                            builder_.log);
  if (builder_.log.errors() > errors) return {};
  example.facts = facts.Complete();
  return example;
}

void ExampleCompiler::State(const std::vector<SettingSyntax>& settings, Example& example,
                            ExampleFacts& facts) {
  std::set<std::pair<bool, std::string_view>> seen;
  for (const SettingSyntax& setting : settings) {
    if (!seen.emplace(setting.is_list, setting.name.text).second) {
      builder_.log.Error(setting.name.place,
                         fmt::format("{} is stated twice", Quote(setting.name.text)));
    } else if (setting.is_list) {
      StateList(setting, example);
    } else if (IsDnsListName(setting.name.text)) {
      StateDnsList(setting, example);
    } else if (const Info* fact =
                   FindFact(setting.name, setting.name.text == "header", builder_.log)) {
      if (fact->from_views && fact->type != Type::kFlag) {
        builder_.log.Error(setting.name.place,
                           fmt::format("'{}' is read from the message", fact->name),
                           "write it into the example's text");
      } else if (auto value = Read(setting, *fact)) {
        facts.State(fact->id, *std::move(value), setting.name.place);
      }
    }
  }
}

void ExampleCompiler::StateList(const SettingSyntax& setting, Example& example) {
  const auto found = builder_.lists.find(setting.name.text);
  if (found == builder_.lists.end()) {
    builder_.log.Error(setting.name.place, fmt::format("unknown list {}", Quote(setting.name.text)),
                       Suggest(builder_, setting.name.text, builder_.lists));
    return;
  }
  ListBudget budget;
  ListReader reader(builder_.log, budget);
  for (const ValueSyntax& value : setting.values) {
    if (value.kind != Kind::kText && value.kind != Kind::kAddress && value.kind != Kind::kPattern) {
      (void)Wrong(value, "an entry in quotes, or a pattern");
      return;
    }
    reader.AddValue(value);
  }
  std::erase_if(example.lists, [&](const auto& list) { return list.first == found->second.set; });
  example.lists.emplace_back(found->second.set, reader.Finish());
}

// dnsbl.zen = sbl, = (sbl, xbl), = 127.0.0.2, = none, = unknown
void ExampleCompiler::StateDnsList(const SettingSyntax& setting, Example& example) {
  DnsListId id = 0;
  const DnsList* list = FindDnsList(builder_, setting.name, id);
  if (list == nullptr) return;
  ListResult result;
  result.state = ListResult::State::kComplete;
  for (const ValueSyntax& value : setting.values) AddAnswer(*list, value, result);
  std::erase_if(example.dns_lists, [&](const auto& known) { return known.first == id; });
  example.dns_lists.emplace_back(id, std::move(result));
}

// An address is read as the list's answer, so that an example can try the table of codes.
void ExampleCompiler::AddAnswer(const DnsList& list, const ValueSyntax& value, ListResult& result) {
  if (value.kind == Kind::kName && value.text == "none") return;
  if (value.kind == Kind::kName && value.text == "unknown") {
    result.state = ListResult::State::kIncomplete;
    return;
  }
  const auto address =
      value.kind == Kind::kAddress ? IpAddress::Parse(value.text) : std::optional<IpAddress>();
  if (address) {
    const ListReading reading = list.Read({&*address, 1});
    if (!reading.good()) result.state = ListResult::State::kIncomplete;
    for (const std::uint32_t code : reading.codes) result.findings.push_back({"example", code});
    return;
  }
  const auto code =
      value.kind == Kind::kName ? list.FindCode(value.text) : std::optional<std::uint32_t>();
  if (code) {
    result.findings.push_back({"example", *code});
    return;
  }
  ReportUnknownCode(builder_.log, list, value);
}

std::optional<Value> ExampleCompiler::Wrong(const ValueSyntax& value, std::string_view expected) {
  builder_.log.Error(value.place, fmt::format("expected {}", expected));
  return {};
}

std::optional<Value> ExampleCompiler::Read(const SettingSyntax& setting, const Info& fact) {
  const ValueSyntax& value = setting.values.front();
  if (value.kind == Kind::kName && value.text == "unknown" && setting.values.size() == 1)
    return Value();
  if (fact.type == Type::kTexts) return ReadTexts(setting);
  if (setting.values.size() > 1)
    return Wrong(setting.values[1], "one value: this fact has no more");
  switch (fact.type) {
    case Type::kFlag:
      if (value.kind == Kind::kName && (value.text == "yes" || value.text == "no")) {
        return Value(value.text == "yes");
      }
      return Wrong(value, "yes or no");
    case Type::kNumber:
      if (value.kind == Kind::kNumber) return Value(value.number);
      return Wrong(value, "a number");
    case Type::kWord:
      return ReadWord(value, fact);
    case Type::kAddress: {
      const auto address = IpAddress::Parse(value.text);
      const bool written = value.kind == Kind::kAddress || value.kind == Kind::kText;
      return written && address ? Value(*address) : Wrong(value, "an IP address: 192.0.2.1");
    }
    default:
      if (value.kind == Kind::kText) return Value(value.text);
      return Wrong(value, "a text in quotes");
  }
}

std::optional<Value> ExampleCompiler::ReadTexts(const SettingSyntax& setting) {
  std::vector<std::string> texts;
  for (const ValueSyntax& value : setting.values) {
    if (value.kind != Kind::kText) return Wrong(value, "a text in quotes");
    texts.push_back(value.text);
  }
  return Value(std::move(texts));
}

std::optional<Value> ExampleCompiler::ReadWord(const ValueSyntax& value, const Info& fact) {
  const bool word = value.kind == Kind::kName || value.kind == Kind::kText;
  if (word && std::ranges::find(fact.words, value.text) != fact.words.end())
    return Value(value.text);
  builder_.log.Error(value.place, fmt::format("{} is never {}", fact.name, Quote(value.text)),
                     word ? DidYouMean(value.text, fact.words) : std::string());
  return {};
}

}  // namespace

void CompileExamples(Builder& builder, const RuleSyntax& syntax, CompiledRule& rule) {
  builder.examples += syntax.examples.size();
  if (builder.examples > kMaxExamples) {
    builder.log.Error(syntax.name.place,
                      fmt::format("a rule set has at most {} examples", kMaxExamples));
    return;
  }
  ExampleCompiler compiler(builder, syntax);
  for (const ExampleSyntax& example : syntax.examples) {
    if (auto compiled = compiler.Run(example)) rule.examples.push_back(*std::move(compiled));
  }
}

}  // namespace assay::rules
