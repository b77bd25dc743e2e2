// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/condition_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "lib/base/text.h"

namespace assay::rules {
namespace {

NumberOrder OppositeOrder(NumberOrder order) {
  switch (order) {
    case NumberOrder::kLess:
      return NumberOrder::kGreaterOrEqual;
    case NumberOrder::kLessOrEqual:
      return NumberOrder::kGreater;
    case NumberOrder::kGreater:
      return NumberOrder::kLessOrEqual;
    case NumberOrder::kGreaterOrEqual:
      return NumberOrder::kLess;
    case NumberOrder::kEqual:
      break;
  }
  return order;
}

// Keys of single tests.
struct LeafKey {
  const Program& program;
  ConditionId id;
  bool positive;

  [[nodiscard]] std::string Signed(const std::string& key) const {
    return positive ? key : "!" + key;
  }
  [[nodiscard]] std::string Set(SetId set) const {
    return set < program.named_sets ? fmt::format("@{}", set) : program.sets[set].Key();
  }

  // What is not known here is like nothing else.
  template <class Test>
  std::string operator()(const Test& /*test*/) const {
    return Signed(fmt::format("#{}", id));
  }
  std::string operator()(const FlagHolds& test) const {
    return Signed(fmt::format("f{}", static_cast<int>(test.fact)));
  }
  std::string operator()(const WordIsOneOf& test) const {
    std::vector<std::string> words = test.words;
    std::ranges::sort(words);
    return Signed(fmt::format("w{}:{}", static_cast<int>(test.fact), Join(words, ",")));
  }
  std::string operator()(const NumberCompares& test) const {
    std::string number;
    if (const auto* count = std::get_if<Count>(&test.number)) {
      number = fmt::format("c{}/{}", count->source,
                           count->pattern ? static_cast<std::int64_t>(*count->pattern) : -1);
    } else {
      number = fmt::format("n{}", static_cast<int>(std::get<facts::Id>(test.number)));
    }
    const bool equal = test.order == NumberOrder::kEqual;
    const NumberOrder order = positive ? test.order : OppositeOrder(test.order);
    const std::string key = fmt::format("{} {} {}", number, static_cast<int>(order), test.value);
    return equal ? Signed(key) : key;
  }
  std::string operator()(const TextMatches& test) const {
    return Signed(fmt::format("m{}", test.match));
  }
  std::string operator()(const TextIsIn& test) const {
    return Signed(fmt::format("t{}:{}:{}", test.source, static_cast<int>(test.use), Set(test.set)));
  }
  std::string operator()(const TextsMeet& test) const {
    const auto [low, high] = std::minmax(test.left, test.right);
    return Signed(fmt::format("e{}:{}", low, high));
  }
  std::string operator()(const AddressIsIn& test) const {
    return Signed(fmt::format("a{}:{}", static_cast<int>(test.fact), Set(test.set)));
  }
  std::string operator()(const TextExists& test) const {
    return Signed(fmt::format("x{}", test.source));
  }
  std::string operator()(const AddressExists& test) const {
    return Signed(fmt::format("X{}", static_cast<int>(test.fact)));
  }
  std::string operator()(const RuleHolds& test) const {
    return Signed(fmt::format("r{}", test.rule));
  }
};

// The parts of a chain of `and` (or of `or`), through those of the same kind within it.
void CollectParts(const Program& program, ConditionId id, bool positive, bool is_and,
                  std::vector<std::string>& keys) {
  const Condition& condition = program.conditions[id];
  const std::vector<ConditionId>* parts = nullptr;
  if (const auto* all = std::get_if<AllOf>(&condition.test)) {
    if (positive == is_and) parts = &all->parts;
  } else if (const auto* any = std::get_if<AnyOf>(&condition.test)) {
    if (positive != is_and) parts = &any->parts;
  } else if (const auto* negated = std::get_if<Not>(&condition.test)) {
    CollectParts(program, negated->part, !positive, is_and, keys);
    return;
  }
  if (parts == nullptr) {
    keys.push_back(KeyOf(program, id, positive));
    return;
  }
  for (const ConditionId part : *parts) CollectParts(program, part, positive, is_and, keys);
}

std::string ChainKey(const Program& program, ConditionId id, bool positive, bool is_and) {
  std::vector<std::string> keys;
  CollectParts(program, id, positive, is_and, keys);
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.size() == 1) return keys.front();
  return (is_and ? "(&" : "(|") + Join(keys, ";") + ")";
}

}  // namespace

std::string KeyOf(const Program& program, ConditionId id, bool positive) {
  const Condition& condition = program.conditions[id];
  if (const auto* negated = std::get_if<Not>(&condition.test)) {
    return KeyOf(program, negated->part, !positive);
  }
  if (std::holds_alternative<AllOf>(condition.test)) {
    return ChainKey(program, id, positive, positive);
  }
  if (std::holds_alternative<AnyOf>(condition.test)) {
    return ChainKey(program, id, positive, !positive);
  }
  return std::visit(LeafKey{program, id, positive}, condition.test);
}

}  // namespace assay::rules
