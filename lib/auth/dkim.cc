// SPDX-License-Identifier: Apache-2.0
// The only file that knows libopendkim. What the library gets has passed ParseDkimSignature() and
// ParseDkimKey(); what it says is read per signature. Never used: its DNS, its query cache,
// DKIM_LIBFLAGS_BADSIGHANDLES, FIXCRLF, dkim_chunk(), dkim_ohdrs(), dkim_sig_getreportinfo(),
// dkim_diffheaders(), ATPS. Nor dkim_body() and dkim_eom(): the library walks over bodies byte by
// byte, drops bare CRs from the hash and fails the whole message for a missing final CRLF, so
// bodies are hashed by BodyDigests, and each signature is run by dkim_sig_process().
#include "lib/auth/dkim.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "lib/auth/dkim_body.h"
#include "lib/auth/dkim_candidate.h"
#include "lib/auth/dkim_fields.h"
#include "lib/auth/dkim_key_cache.h"
#include "lib/auth/openssl_rsa.h"
#include "lib/base/c_ptr.h"
#include "lib/base/text.h"

// The header file is C and names C's boolean type.
#define _Bool bool  // NOLINT(bugprone-reserved-identifier): there is no other name for it
#include <opendkim/dkim.h>
#undef _Bool

namespace assay::auth {
namespace {

using LibraryHandle = CPtr<DKIM_LIB, dkim_close>;
using MessageHandle = CPtr<DKIM, dkim_free>;

// CheckTimes() judges x= and t=. libopendkim would do so again by its own clock, with a drift that
// we set so wide that it never objects: x= is at most this far in the past. It takes t= below the
// drift for the future (its subtraction wraps), so a message with such a t= is verified by a second
// handle without drift.
constexpr std::uint64_t kWideDrift =
    1'000'000'000;  // seconds, 31 years: any t= since September 2001

unsigned char* Bytes(const char* text) {
  // libopendkim's prototypes lack const; it only reads.
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text));
}

// Which key record each of libopendkim's signatures gets; its user context while dkim_sig_process()
// runs.
using KeyTable = std::vector<std::pair<const DKIM_SIGINFO*, std::string_view>>;

// Never DKIM_CBSTAT_DEFAULT, which would start libopendkim's own resolver.
DKIM_CBSTAT LookUpKey(DKIM* message, DKIM_SIGINFO* signature, unsigned char* buffer,
                      std::size_t size) {
  const auto* const table = static_cast<const KeyTable*>(dkim_get_user_context(message));
  if (table == nullptr) return DKIM_CBSTAT_NOTFOUND;
  const auto found = std::find_if(table->begin(), table->end(),
                                  [signature](const auto& row) { return row.first == signature; });
  if (found == table->end() || found->second.size() >= size) return DKIM_CBSTAT_NOTFOUND;
  std::memcpy(buffer, found->second.data(), found->second.size());
  buffer[found->second.size()] = '\0';
  return DKIM_CBSTAT_CONTINUE;
}

LibraryHandle OpenLibrary(std::uint64_t drift) {
  LibraryHandle handle(dkim_init(nullptr, nullptr));
  if (handle == nullptr) return nullptr;
  unsigned int flags = DKIM_LIBFLAGS_DELAYSIGPROC;
  const bool set = dkim_set_key_lookup(handle.get(), LookUpKey) == DKIM_STAT_OK &&
                   dkim_options(handle.get(), DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags,
                                sizeof flags) == DKIM_STAT_OK &&
                   dkim_options(handle.get(), DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift,
                                sizeof drift) == DKIM_STAT_OK;
  return set ? std::move(handle) : nullptr;
}

// libopendkim's array of covered fields lacks a place for its end mark: a field that no h= can name
// makes room. The name is secret, and made anew with each library.
std::string MakeGuardField() {
  std::array<unsigned char, 8> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return {};
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string field = "X-";
  for (const unsigned char byte : random) {
    field += kHex[byte >> 4U];
    field += kHex[byte & 0xFU];
  }
  return field + ": guard";
}

std::string Describe(DKIM_STAT status) {
  const char* const text = dkim_getresultstr(status);
  return std::string("libopendkim: ") + (text == nullptr ? "unknown result" : text);
}

std::string DescribeError(DKIM_SIGERROR error) {
  const char* const text = dkim_sig_geterrorstr(error);
  return std::string("libopendkim: ") + (text == nullptr ? "unknown error" : text);
}

// Of a processed signature. The body is not its business here: dkim_sig_process() leaves that out
// as long as dkim_eom() has not been called.
DkimVerdict ReadVerdict(DKIM_SIGINFO* signature) {
  switch (dkim_sig_geterror(signature)) {
    case DKIM_SIGERROR_OK:
    case DKIM_SIGERROR_UNKNOWN:
      return (dkim_sig_getflags(signature) & DKIM_SIGFLAG_PASSED) != 0 ? DkimVerdict::kVerified
                                                                       : DkimVerdict::kBadSignature;
    case DKIM_SIGERROR_BADSIG:
      return DkimVerdict::kBadSignature;
    default:
      return DkimVerdict::kOther;
  }
}

BodyForm FormOf(const DkimSignature& signature) {
  return {signature.relaxed_body ? Canonicalization::kRelaxed : Canonicalization::kSimple,
          signature.algorithm == DkimAlgorithm::kRsaSha1 ? HashAlgorithm::kSha1
                                                         : HashAlgorithm::kSha256,
          signature.body_length};
}

}  // namespace

std::string_view ToWord(DkimResult result) {
  switch (result) {
    case DkimResult::kNone:
      return "none";
    case DkimResult::kPass:
      return "pass";
    case DkimResult::kFail:
      return "fail";
    case DkimResult::kPolicy:
      return "policy";
    case DkimResult::kNeutral:
      return "neutral";
    case DkimResult::kTempError:
      return "temperror";
    case DkimResult::kPermError:
      return "permerror";
  }
  return "none";
}

struct DkimLibrary::Impl {
  LibraryHandle usual;
  LibraryHandle without_drift;
  std::string guard_field;
  DkimKeyCache keys;  // locks itself
};

Result<std::shared_ptr<const DkimLibrary>> DkimLibrary::Create() {
  if ((dkim_libversion() & 0xFFFF0000U) != (OPENDKIM_LIB_VERSION & 0xFFFF0000U)) {
    return Permanent("libopendkim has another version than its header file");
  }
  SpeedUpRsaKeyReading();
  auto impl = std::make_unique<Impl>();
  impl->usual = OpenLibrary(kWideDrift);
  impl->without_drift = OpenLibrary(0);
  impl->guard_field = MakeGuardField();
  if (impl->usual == nullptr || impl->without_drift == nullptr || impl->guard_field.empty()) {
    return Permanent("libopendkim could not be initialized");
  }
  if (!dkim_libfeature(impl->usual.get(), DKIM_FEATURE_SHA256)) {
    return Permanent("libopendkim was built without SHA-256");
  }
  return std::shared_ptr<const DkimLibrary>(new DkimLibrary(std::move(impl)));
}

DkimLibrary::DkimLibrary(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DkimLibrary::~DkimLibrary() = default;
DkimKeyCache& DkimLibrary::keys() const { return impl_->keys; }

struct DkimVerifier::Impl {
  Impl(std::shared_ptr<const DkimLibrary> lib, WallTime time)
      : library(std::move(lib)), now(time) {}

  // Header fields into libopendkim, up to the point where it waits for the body.
  void Open(DkimLibrary::Impl& shared);
  [[nodiscard]] bool Feed(std::string_view guard_field);
  void MatchSignatures();
  [[nodiscard]] std::vector<dns::Question> KeyQuestions() const;
  void Finish();
  void FinishInternational();
  // Gives every open signature this result and lets libopendkim go.
  void GiveUp(DkimResult result, const std::string& reason);

  std::shared_ptr<const DkimLibrary> library;
  WallTime now;
  DkimFieldStore fields;
  bool fields_ended = false;
  bool signatures_cut = false;
  DkimCandidates candidates;
  DkimBody body;
  MessageHandle message;                // null when nothing is open
  std::vector<std::size_t> accepted;    // the candidates that it took, in its order
  std::vector<DKIM_SIGINFO*> verdicts;  // its signatures, one for each of these; owned by it
};

void DkimVerifier::Impl::GiveUp(DkimResult result, const std::string& reason) {
  candidates.DecideAll(result, reason);
  verdicts.clear();
  message.reset();
}

void DkimVerifier::Impl::Open(DkimLibrary::Impl& shared) {
  const bool early = std::any_of(candidates.all.begin(), candidates.all.end(), [](const auto& c) {
    return c.is_for_library() && c.signature.timestamp.value_or(kWideDrift) < kWideDrift;
  });
  DKIM_STAT status = DKIM_STAT_OK;
  DKIM_LIB* const handle = early ? shared.without_drift.get() : shared.usual.get();
  message.reset(dkim_verify(handle, Bytes("assay"), nullptr, &status));
  if (message == nullptr) return GiveUp(DkimResult::kTempError, Describe(status));
  if (!Feed(shared.guard_field)) return;
  status = dkim_eoh(message.get());
  if (status == DKIM_STAT_SYNTAX) {
    return GiveUp(DkimResult::kPermError, "there is no From field that could be read");
  }
  if (status != DKIM_STAT_OK) return GiveUp(DkimResult::kTempError, Describe(status));
  MatchSignatures();
  if (!candidates.any_for_library()) message.reset();
}

bool DkimVerifier::Impl::Feed(std::string_view guard_field) {
  DKIM_STAT status = dkim_header(message.get(), Bytes(guard_field.data()), guard_field.size());
  for (const DkimFedField& field : candidates.fed) {
    if (status != DKIM_STAT_OK) break;
    status = dkim_header(message.get(), Bytes(field.text.data()), field.text.size());
    if (!field.candidate) continue;
    if (status == DKIM_STAT_OK) {
      accepted.push_back(*field.candidate);
    } else if (status == DKIM_STAT_SYNTAX) {
      candidates.all[*field.candidate].Decide(DkimResult::kPermError, Describe(status));
      status = DKIM_STAT_OK;
    }
  }
  candidates.fed.clear();
  if (status != DKIM_STAT_OK) GiveUp(DkimResult::kTempError, Describe(status));
  return status == DKIM_STAT_OK;
}

void DkimVerifier::Impl::MatchSignatures() {
  DKIM_SIGINFO** list = nullptr;
  int count = 0;
  const DKIM_STAT status = dkim_getsiglist(message.get(), &list, &count);
  if (status != DKIM_STAT_OK || count < 0 || static_cast<std::size_t>(count) != accepted.size()) {
    return GiveUp(DkimResult::kTempError, "libopendkim lists other signatures");
  }
  verdicts.assign(list, list + count);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    DkimCandidate& candidate = candidates.all[accepted[i]];
    const DKIM_SIGERROR error = dkim_sig_geterror(verdicts[i]);
    if (error != DKIM_SIGERROR_UNKNOWN) {
      candidate.Decide(DkimResult::kPermError, DescribeError(error));
    }
    if (!candidate.is_open()) dkim_sig_ignore(verdicts[i]);
  }
}

std::vector<dns::Question> DkimVerifier::Impl::KeyQuestions() const {
  std::vector<dns::Question> questions;
  for (const DkimCandidate& candidate : candidates.all) {
    if (!candidate.is_open()) continue;
    dns::Question question = candidate.signature.KeyQuestion();
    if (std::find(questions.begin(), questions.end(), question) == questions.end()) {
      questions.push_back(std::move(question));
    }
  }
  return questions;
}

// Called with the keys of all open signatures taken and the body finished.
void DkimVerifier::Impl::Finish() {
  KeyTable table;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const DkimCandidate& candidate = candidates.all[accepted[i]];
    if (candidate.is_for_library()) table.emplace_back(verdicts[i], (*candidate.key)->record);
  }
  (void)dkim_set_user_context(message.get(), &table);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    DkimCandidate& candidate = candidates.all[accepted[i]];
    if (!candidate.is_for_library()) continue;
    const DKIM_STAT status = dkim_sig_process(message.get(), verdicts[i]);
    if (status != DKIM_STAT_OK) {
      candidate.Decide(DkimResult::kTempError, Describe(status));
    } else {
      const DKIM_SIGERROR error = dkim_sig_geterror(verdicts[i]);
      TakeVerdict(candidate, ReadVerdict(verdicts[i]), DescribeError(error), body);
    }
  }
  message.reset();
}

void DkimVerifier::Impl::FinishInternational() {
  for (DkimCandidate& candidate : candidates.all) {
    if (!candidate.is_open() || !candidate.international) continue;
    const bool verified = candidate.international->Verifies(**candidate.key);
    TakeVerdict(candidate, verified ? DkimVerdict::kVerified : DkimVerdict::kBadSignature, {},
                body);
  }
}

DkimVerifier::DkimVerifier(std::shared_ptr<const DkimLibrary> library, WallTime now)
    : impl_(std::make_unique<Impl>(std::move(library), now)) {}
DkimVerifier::~DkimVerifier() = default;
DkimVerifier::DkimVerifier(DkimVerifier&&) noexcept = default;
DkimVerifier& DkimVerifier::operator=(DkimVerifier&&) noexcept = default;

void DkimVerifier::AddField(std::string_view name, std::string_view value) {
  if (!impl_->fields_ended) impl_->fields.Add(name, value);
}

std::vector<dns::Question> DkimVerifier::EndFields() {
  if (!std::exchange(impl_->fields_ended, true)) {
    impl_->candidates = SelectDkimCandidates(impl_->fields, impl_->now);
    impl_->signatures_cut = impl_->fields.signatures_cut();
    impl_->fields = DkimFieldStore();
    if (impl_->candidates.any_for_library()) impl_->Open(*impl_->library->impl_);
    for (DkimCandidate& candidate : impl_->candidates.all) {
      if (candidate.is_open())
        candidate.body = impl_->body.digests.Need(FormOf(candidate.signature));
    }
  }
  return impl_->KeyQuestions();
}

void DkimVerifier::AddBody(std::string_view chunk) {
  if (!impl_->candidates.any_open() || chunk.empty()) return;
  impl_->body.digests.Add(chunk);
  impl_->body.bare_line_ends.Add(chunk);
}

DkimEvidence DkimVerifier::Conclude(const dns::Answers& answers) {
  (void)EndFields();
  for (DkimCandidate& candidate : impl_->candidates.all) {
    if (candidate.is_open()) candidate.TakeKey(answers, impl_->library->impl_->keys);
  }
  impl_->body.digests.Finish();
  if (impl_->message != nullptr && impl_->candidates.any_for_library()) impl_->Finish();
  impl_->FinishInternational();
  DkimEvidence evidence;
  evidence.signatures_cut = impl_->signatures_cut;
  evidence.fields_cut = impl_->candidates.fields_cut;
  evidence.limited =
      evidence.fields_cut || std::any_of(impl_->candidates.all.begin(), impl_->candidates.all.end(),
                                         [](const auto& c) { return c.signature.too_long; });
  evidence.signatures = MakeOutcomes(impl_->candidates.all);
  return evidence;
}

}  // namespace assay::auth
