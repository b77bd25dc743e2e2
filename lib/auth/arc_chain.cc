// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/arc_chain.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/auth/arc.h"
#include "lib/auth/dkim_base64.h"
#include "lib/auth/dkim_header.h"
#include "lib/auth/dkim_tags.h"
#include "lib/base/text.h"

namespace assay::auth {
namespace {

using Field = DkimFieldStore::Field;
using Failure = std::optional<std::string>;

constexpr std::string_view kSealName = "arc-seal";
// RFC 8617, 4.1.2: as DKIM-Signature but for i=, h= (From may be left out) and v= (not there).
constexpr std::array<std::string_view, 9> kMessageTags = {"d", "s", "a", "b", "bh",
                                                          "c", "q", "t", "x"};
// RFC 8617, 4.1.3.
constexpr std::array<std::string_view, 4> kSealTags = {"d", "s", "a", "b"};
constexpr std::array<std::string_view, 1> kTime = {"t"};

// RFC 8617, 4.2.1: 1*2DIGIT, 1 to 50.
std::optional<std::size_t> ReadInstance(std::string_view digits) {
  if (digits.empty() || digits.size() > 2) return {};
  const auto number = ParseNumber(digits);
  if (!number || *number == 0 || *number > kMaxArcSets) return {};
  return static_cast<std::size_t>(*number);
}

std::string Number(std::size_t instance) { return std::to_string(instance); }

// Comments and folding white space; npos for a comment without end.
std::size_t SkipCfws(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(') {
      ++depth;
    } else if (depth > 0 && c == ')') {
      --depth;
    } else if (depth > 0 && c == '\\') {
      ++at;
    } else if (depth == 0 && !IsFoldingSpace(c)) {
      return at;
    }
  }
  return depth == 0 ? text.size() : std::string_view::npos;
}

struct Results {
  std::size_t instance;
  std::string_view payload;
};

// RFC 8617, 4.1.1: "i" "=" instance ";" and the payload of an Authentication-Results field.
std::optional<Results> ReadResults(std::string_view value) {
  const auto expect = [&value](char wanted) {
    const std::size_t at = SkipCfws(value, 0);
    if (at >= value.size() || value[at] != wanted) return false;
    value.remove_prefix(at + 1);
    return true;
  };
  if (!expect('i') || !expect('=')) return {};
  value.remove_prefix(std::min(SkipCfws(value, 0), value.size()));
  const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
  const auto instance = ReadInstance(value.substr(0, digits));
  value.remove_prefix(digits);
  if (!instance || !expect(';')) return {};
  return Results{*instance, value};
}

void Note(ArcSignature& signature, DkimProblem problem) {
  if (!signature.tags.problem) signature.tags.problem = std::move(problem);
}

void ReadSignedFields(const DkimTag* tag, ArcSignature& signature) {
  if (tag == nullptr) return Note(signature, {DkimResult::kPermError, "no h= tag"});
  for (const std::string_view name : SplitColons(tag->value)) {
    signature.tags.signed_fields.push_back(ToLower(name));
  }
  // RFC 8617, 4.1.2.
  if (signature.tags.Covers(kSealName)) {
    Note(signature, {DkimResult::kPermError, "h= names ARC-Seal"});
  }
}

void Finish(const Field& field, const DkimTagList& tags, ArcSignature& signature) {
  if (signature.tags.algorithm == DkimAlgorithm::kRsaSha1) {
    Note(signature, {DkimResult::kPolicy, "rsa-sha1 is not accepted"});
  }
  const DkimTag* const b = tags.Find("b");
  if (signature.tags.problem || b == nullptr) return;
  signature.bytes =
      DecodeBase64(signature.tags.signature, Base64Padding::kOptional).value_or(std::string());
  signature.hashed_form = HashedForm(field, *b, signature.header);
}

ArcSignature ReadMessageSignature(const Field& field, const DkimTagList& tags) {
  ArcSignature signature;
  ReadCommonTags(tags, kMessageTags, signature.tags);
  ReadSignedFields(tags.Find("h"), signature);
  if (const DkimTag* c = tags.Find("c"); c != nullptr && ToLower(c->value).starts_with("relaxed")) {
    signature.header = Canonicalization::kRelaxed;
  }
  if (signature.tags.relaxed_body) signature.body = Canonicalization::kRelaxed;
  // An l= would let anybody append; who seals has no reason to leave it open.
  if (tags.Find("l") != nullptr) Note(signature, {DkimResult::kPolicy, "l= is not accepted"});
  if (const DkimTag* bh = tags.Find("bh")) {
    signature.body_hash = DecodeBase64(WithoutFoldingSpace(bh->value), Base64Padding::kRequired)
                              .value_or(std::string());
  }
  Finish(field, tags, signature);
  return signature;
}

ArcSignature ReadSeal(const Field& field, const DkimTagList& tags) {
  ArcSignature signature;
  signature.header = Canonicalization::kRelaxed;
  ReadCommonTags(tags, kSealTags, signature.tags);
  ReadCommonTags(tags, kTime, signature.tags);
  if (tags.Find("h") != nullptr) Note(signature, {DkimResult::kPermError, "h= in an ARC-Seal"});
  Finish(field, tags, signature);
  return signature;
}

class ChainReader {
 public:
  Failure Add(const Field& field, ArcField kind) {
    if (kind == ArcField::kAuthenticationResults) return AddResults(field);
    const bool seal = kind == ArcField::kSeal;
    const std::string name = seal ? "ARC-Seal" : "ARC-Message-Signature";
    const auto tags = DkimTagList::Parse(field.value(), TagBytes::kAny);
    if (!tags) return name + ": " + tags.error();
    const DkimTag* const i = tags->Find("i");
    const auto instance = i == nullptr ? std::nullopt : ReadInstance(i->value);
    if (!instance) return name + " without a valid i=";
    ArcSetFields& set = At(*instance);
    const Field*& place = seal ? set.seal : set.message_signature;
    if (place != nullptr) return name + " i=" + Number(*instance) + " occurs twice";
    place = &field;
    if (!seal) {
      set.message = ReadMessageSignature(field, *tags);
      return {};
    }
    set.sealing = ReadSeal(field, *tags);
    if (set.sealing.tags.problem) return name + ": " + set.sealing.tags.problem->reason;
    const DkimTag* const cv = tags->Find("cv");
    states_[*instance - 1] = cv == nullptr ? "" : std::string(cv->value);
    return {};
  }

  tl::expected<std::vector<ArcSetFields>, std::string> Take() {
    if (sets_.empty()) return tl::unexpected<std::string>("no ARC set");
    for (std::size_t i = 1; i <= sets_.size(); ++i) {
      const ArcSetFields& set = sets_[i - 1];
      if (set.authentication_results == nullptr || set.message_signature == nullptr ||
          set.seal == nullptr) {
        return tl::unexpected("set " + Number(i) + " is not complete");
      }
    }
    // RFC 8617, 5.2, step 2: whatever else the chain is, its newest seal says that it is broken.
    if (states_[sets_.size() - 1] == "fail") {
      return tl::unexpected<std::string>("the newest seal says cv=fail");
    }
    for (std::size_t i = 1; i <= sets_.size(); ++i) {
      if (states_[i - 1] == (i == 1 ? "none" : "pass")) continue;
      return tl::unexpected("seal " + Number(i) + " has cv=" + QuoteForReason(states_[i - 1]));
    }
    return std::move(sets_);
  }

 private:
  Failure AddResults(const Field& field) {
    const auto results = ReadResults(field.value());
    if (!results) return "ARC-Authentication-Results does not begin with its instance";
    ArcSetFields& set = At(results->instance);
    if (set.authentication_results != nullptr) {
      return "ARC-Authentication-Results i=" + Number(results->instance) + " occurs twice";
    }
    set.authentication_results = &field;
    set.payload = results->payload;
    return {};
  }

  ArcSetFields& At(std::size_t instance) {
    if (sets_.size() < instance) sets_.resize(instance);
    return sets_[instance - 1];
  }

  std::vector<ArcSetFields> sets_;
  std::array<std::string, kMaxArcSets> states_;  // cv= of each seal
};

}  // namespace

std::optional<ArcField> ArcFieldOf(std::string_view name) {
  if (!StartsWithIgnoreCase(name, "arc-")) return {};
  const std::string lower = ToLower(Trim(name));
  if (lower == kSealName) return ArcField::kSeal;
  if (lower == "arc-message-signature") return ArcField::kMessageSignature;
  if (lower == "arc-authentication-results") return ArcField::kAuthenticationResults;
  return {};
}

tl::expected<std::vector<ArcSetFields>, std::string> ReadArcChain(
    const std::vector<Field>& fields) {
  ChainReader reader;
  for (const Field& field : fields) {
    const auto kind = ArcFieldOf(field.name);
    if (!kind) continue;
    if (auto failure = reader.Add(field, *kind)) return tl::unexpected(*std::move(failure));
  }
  return reader.Take();
}

}  // namespace assay::auth
