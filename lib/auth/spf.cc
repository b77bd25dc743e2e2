// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf.h"

// What libspf2's headers use without including it; and they lack extern "C".
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstdarg>
#include <cstddef>
#include <ctime>
extern "C" {
#include <spf2/spf.h>
}

#include <cstring>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "lib/auth/spf_evaluation.h"
#include "lib/base/c_ptr.h"

namespace assay::auth {
namespace {

using SpfServer = CPtr<SPF_server_t, SPF_server_free>;
using SpfRequest = CPtr<SPF_request_t, SPF_request_free>;
using SpfResponse = CPtr<SPF_response_t, SPF_response_free>;
using SpfRecord = CPtr<SPF_record_t, SPF_record_free>;

// Beyond what our own limits let through, so that libspf2's (which restart in every include) never
// decide.
constexpr int kNoLibraryLimit = 1000;

spf::Evaluation& EvaluationOf(SPF_dns_server_t* dns) {
  return *static_cast<spf::Evaluation*>(dns->hook);
}

void AddAddress(SPF_dns_rr_t* rr, const IpAddress& address) {
  const bool v4 = rr->rr_type == ns_t_a;
  if (address.is_v4() != v4) return;
  if (SPF_dns_rr_buf_realloc(rr, rr->num_rr, sizeof(SPF_dns_rr_data_t)) != SPF_E_SUCCESS) return;
  SPF_dns_rr_data_t* data = rr->rr[rr->num_rr++];
  const void* bytes = address.bytes().data();
  if (v4) {
    std::memcpy(&data->a, bytes, sizeof data->a);
  } else {
    std::memcpy(&data->aaaa, bytes, sizeof data->aaaa);
  }
}

void AddHost(SPF_dns_rr_t* rr, const std::string& token) {
  const std::size_t size = token.size() + 1;
  if (SPF_dns_rr_buf_realloc(rr, rr->num_rr, size) != SPF_E_SUCCESS) return;
  std::memcpy(rr->rr[rr->num_rr++]->mx, token.c_str(), size);
}

// libspf2 asks for the addresses or the MX hosts behind a token. The answer must not be null: that
// would end the process.
SPF_dns_rr_t* LookupHook(SPF_dns_server_t* dns, const char* token, ns_type type,
                         int /*should_cache*/) noexcept {
  spf::Evaluation& evaluation = EvaluationOf(dns);
  SPF_dns_rr_t* rr = SPF_dns_rr_new_init(dns, token, type, 0, TRY_AGAIN);
  if (rr == nullptr) return nullptr;
  try {
    const auto reply = evaluation.Lookup(token);
    if (!reply) return rr;  // TRY_AGAIN: libspf2 unwinds
    for (const IpAddress& address : reply->addresses) AddAddress(rr, address);
    for (const std::string& host : reply->hosts) AddHost(rr, host);
    rr->herrno = rr->num_rr > 0 ? NETDB_SUCCESS : NO_DATA;
  } catch (...) {
    evaluation.Fail("out of memory");
    rr->num_rr = 0;
  }
  return rr;
}

// libspf2 asks for the record behind a token.
SPF_errcode_t GetSpfHook(SPF_server_t* server, SPF_request_t* request, SPF_response_t* response,
                         SPF_record_t** record) noexcept {
  spf::Evaluation& evaluation = EvaluationOf(server->resolver);
  *record = nullptr;
  try {
    const auto text = evaluation.FetchRecord(request->cur_dom);
    if (!text) return SPF_E_DNS_ERROR;
    const SPF_errcode_t error = SPF_record_compile(server, response, record, text->c_str());
    if (error != SPF_E_SUCCESS) evaluation.Fail(std::string("libspf2: ") + SPF_strerror(error));
    return error;
  } catch (...) {
    evaluation.Fail("out of memory");
    return SPF_E_NO_MEMORY;
  }
}

// The handlers are libspf2's only global state; by default it prints.
void SilenceOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    SPF_warning_handler = nullptr;
    SPF_info_handler = nullptr;
    SPF_debug_handler = nullptr;
  });
}

SpfServer NewServer(SPF_dns_server_t* dns) {
  SpfServer server(SPF_server_new_dns(dns, 0));
  if (!server) return server;
  SPF_server_set_max_dns_mech(server.get(), kNoLibraryLimit);
  SPF_server_set_max_dns_mx(server.get(), kNoLibraryLimit);
  // libspf2 writes an explanation after every result: one without macros, so that its expansion has
  // nothing to do.
  SPF_response_t* messages = nullptr;
  const SPF_errcode_t error = SPF_server_set_explanation(server.get(), "-", &messages);
  const SpfResponse owned(messages);
  if (error != SPF_E_SUCCESS) server.reset();
  return server;
}

SpfRequest NewRequest(SPF_server_t* server, const IpAddress& client) {
  SpfRequest request(SPF_request_new(server));
  // Constant: it only shows up in comments that nobody reads.
  if (!request || SPF_request_set_env_from(request.get(), "a@a.q") != SPF_E_SUCCESS) return {};
  if (client.is_v4()) {
    in_addr address{};
    std::memcpy(&address, client.bytes().data(), sizeof address);
    SPF_request_set_ipv4(request.get(), address);
  } else {
    in6_addr address{};
    std::memcpy(&address, client.bytes().data(), sizeof address);
    SPF_request_set_ipv6(request.get(), address);
  }
  request->cur_dom = spf::Evaluation::kRootToken.data();
  return request;
}

std::optional<SpfResult> FromLibrary(SPF_result_t result) {
  switch (result) {
    case SPF_RESULT_NEUTRAL:
      return SpfResult::kNeutral;
    case SPF_RESULT_PASS:
      return SpfResult::kPass;
    case SPF_RESULT_FAIL:
      return SpfResult::kFail;
    case SPF_RESULT_SOFTFAIL:
      return SpfResult::kSoftFail;
    default:
      return {};
  }
}

// Enters below SPF_request_query_mailfrom(), which lets loopback clients pass without looking at
// the record.
std::variant<SpfOutcome, dns::Questions> Run(const SpfCheck& check, spf::Evaluation& evaluation) {
  SPF_dns_server_t dns{};
  dns.lookup = LookupHook;
  dns.get_spf = GetSpfHook;
  dns.name = "assay";
  dns.hook = &evaluation;
  const SpfServer server = NewServer(&dns);
  const SpfRequest request = server ? NewRequest(server.get(), check.client_ip) : nullptr;
  const SpfResponse response(request ? SPF_response_new(request.get()) : nullptr);
  if (!response) {
    evaluation.Fail("out of memory");
    return evaluation.Conclude(SpfResult::kTempError, false);
  }
  SPF_record_t* root = nullptr;
  const SPF_errcode_t error =
      SPF_server_get_record(server.get(), request.get(), response.get(), &root);
  const SpfRecord owned(root);
  if (error == SPF_E_SUCCESS) {
    response->spf_record_exp = root;
    SPF_record_interpret(root, request.get(), response.get(), 0);
  }
  const auto result = FromLibrary(SPF_response_result(response.get()));
  // Every error of SPF is found by the evaluation; one that only libspf2 saw is ours, and no
  // verdict.
  if (!result) evaluation.Fail(std::string("libspf2: ") + SPF_strerror(response->err));
  return evaluation.Conclude(result.value_or(SpfResult::kTempError),
                             SPF_response_reason(response.get()) == SPF_REASON_MECH);
}

}  // namespace

std::string_view ToWord(SpfResult result) {
  switch (result) {
    case SpfResult::kNone:
      return "none";
    case SpfResult::kNeutral:
      return "neutral";
    case SpfResult::kPass:
      return "pass";
    case SpfResult::kFail:
      return "fail";
    case SpfResult::kSoftFail:
      return "softfail";
    case SpfResult::kTempError:
      return "temperror";
    case SpfResult::kPermError:
      return "permerror";
  }
  return "none";
}

std::variant<SpfOutcome, dns::Questions> CheckSpf(const SpfCheck& check,
                                                  const dns::Answers& answers) {
  SilenceOnce();
  spf::Evaluation evaluation(check, answers);
  if (auto first = evaluation.FirstQuestion()) return dns::Questions{{std::move(*first)}, {}};
  return Run(check, evaluation);
}

}  // namespace assay::auth
