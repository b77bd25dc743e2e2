// SPDX-License-Identifier: Apache-2.0
// dnsbl.NAME and uribl.NAME in conditions.
#include <fmt/format.h>

#include <utility>

#include "lib/rules/builder.h"

namespace assay::rules {

void ReportUnknownCode(DiagnosticLog& log, const DnsList& list, const ValueSyntax& value) {
  std::vector<std::string_view> names;
  for (const ListCode& code : list.codes) names.push_back(code.name);
  std::string hint =
      value.kind == ValueSyntax::Kind::kName ? DidYouMean(value.text, names) : std::string();
  if (value.text == "temperror") {
    hint = "while a list has no answer, the condition is unknown and no rule hits";
  }
  log.Error(value.place,
            fmt::format("{} is never {}", list.FullName(), Quote(log.sources().Text(value.place))),
            std::move(hint));
}

// dnsbl.zen; dnsbl.zen is sbl; dnsbl.zen in (sbl, xbl)
ConditionChecker::Result ConditionChecker::ListTest(const ConditionSyntax& syntax,
                                                    Comparison comparison) {
  const OperandSyntax& operand = syntax.operand;
  ListSays test;
  const DnsList* list = FindDnsList(builder_, operand.name, test.list);
  if (list == nullptr) return {};
  builder_.dns_lists.find(operand.name.text)->second.used = true;
  const bool words = comparison == Comparison::kIs || comparison == Comparison::kIn;
  if (operand.index || (!words && comparison != Comparison::kNone)) {
    const std::string code = list->codes.empty() ? "CODE" : list->codes.front().name;
    builder_.log.Error(operand.place, "a DNS list cannot be asked like this",
                       fmt::format("write `{0}`, `{0} is {1}` or `{0} in (\u2026, \u2026)`",
                                   operand.name.text, code));
    return {};
  }
  bool good = true;
  for (const ValueSyntax& value : syntax.values) {
    const bool name = value.kind == ValueSyntax::Kind::kName && !value.index;
    if (const auto code = name ? list->FindCode(value.text) : std::optional<std::uint32_t>()) {
      test.codes.push_back(*code);
    } else {
      ReportUnknownCode(builder_.log, *list, value);
      good = false;
    }
  }
  if (!good) return {};
  return Make(syntax, std::move(test));
}

}  // namespace assay::rules
