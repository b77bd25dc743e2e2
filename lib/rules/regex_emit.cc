// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "lib/base/text.h"
#include "lib/rules/regex.h"

namespace assay::rules {
namespace {

using Nodes = std::vector<RegexNode>;

std::string EmitNode(const RegexNode& node);

std::string EmitByte(std::uint32_t byte) {
  const char c = static_cast<char>(byte);
  return byte < 0x80 && IsAsciiAlnum(c) ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
}

std::string EmitSet(const CharSet& set) {
  if (set.empty()) return "[^\\x00-\\xff]";  // RE2 has no empty class; this one matches nothing
  if (set.size() == 1 && set.front().low == set.front().high) return EmitByte(set.front().low);
  std::string out = "[";
  for (const CharRange& range : set) {
    out += EmitByte(range.low);
    if (range.high > range.low) out += "-" + EmitByte(range.high);
  }
  return out + "]";
}

std::string EmitAssertion(Assertion assertion) {
  switch (assertion) {
    case Assertion::kBeginText:
      return "\\A";
    case Assertion::kEndText:
      return "\\z";
    case Assertion::kBeginLine:
      return "(?m:^)";
    case Assertion::kEndLine:
      return "(?m:$)";
    case Assertion::kWordBoundary:
      return "\\b";
    case Assertion::kNotWordBoundary:
      return "\\B";
  }
  return {};
}

// An alternative as the list of what it concatenates.
Nodes Parts(const RegexNode& branch) {
  if (branch.op == RegexOp::kConcat) return branch.children;
  if (branch.op == RegexOp::kEmpty) return {};
  return {branch};
}

// The alternatives of alternatives in one list: RE2 flattens them too, and factors then.
void Flatten(const RegexNode& node, std::vector<Nodes>& branches) {
  for (const RegexNode& child : node.children) {
    if (child.op == RegexOp::kAlternate) {
      Flatten(child, branches);
    } else {
      branches.push_back(Parts(child));
    }
  }
}

std::size_t CommonPrefix(std::span<const Nodes> run) {
  std::size_t length = run.front().size();
  for (const Nodes& branch : run.subspan(1)) {
    const auto [end, other] = std::ranges::mismatch(run.front(), branch);
    length = std::min(length, static_cast<std::size_t>(end - run.front().begin()));
  }
  return length;
}

std::string EmitParts(std::span<const RegexNode> parts) {
  std::string out;
  for (const RegexNode& part : parts) out += EmitNode(part);
  return out;
}

// Neighbours that begin alike become prefix(?:rest|rest); order is kept, so the same text is
// matched. Depth is bounded by the number of alternatives, each level takes one off.
std::string EmitBranches(std::span<const Nodes> branches) {
  std::string out;
  for (std::size_t i = 0; i < branches.size();) {
    std::size_t end = i + 1;
    const auto alike = [&](const Nodes& branch) {
      return !branch.empty() && !branches[i].empty() && branch.front() == branches[i].front();
    };
    while (end < branches.size() && alike(branches[end])) ++end;
    if (i > 0) out += "|";
    if (end == i + 1) {
      out += EmitParts(branches[i]);
    } else {
      const auto run = branches.subspan(i, end - i);
      const auto prefix = static_cast<std::ptrdiff_t>(CommonPrefix(run));
      std::vector<Nodes> rest;
      for (const Nodes& branch : run) rest.emplace_back(branch.begin() + prefix, branch.end());
      const std::span<const RegexNode> head(run.front());
      out += EmitParts(head.first(static_cast<std::size_t>(prefix))) + "(?:" + EmitBranches(rest) +
             ")";
    }
    i = end;
  }
  return out;
}

std::string EmitRepeat(const RegexNode& node) {
  std::string bounds = "{" + std::to_string(node.min) + ",";
  if (node.max != kUnbounded) bounds += std::to_string(node.max);
  bounds += "}";
  return "(?:" + EmitNode(node.children.front()) + ")" + bounds + (node.greedy ? "" : "?");
}

std::string EmitNode(const RegexNode& node) {
  switch (node.op) {
    case RegexOp::kEmpty:
      return {};
    case RegexOp::kSet:
      return EmitSet(node.set);
    case RegexOp::kConcat:
      return EmitParts(node.children);
    case RegexOp::kRepeat:
      return EmitRepeat(node);
    case RegexOp::kAssert:
      return EmitAssertion(node.assertion);
    case RegexOp::kAlternate: {
      std::vector<Nodes> branches;
      Flatten(node, branches);
      return "(?:" + EmitBranches(branches) + ")";
    }
  }
  return {};
}

}  // namespace

std::string EmitBytes(const RegexNode& root) { return EmitNode(root); }

}  // namespace assay::rules
