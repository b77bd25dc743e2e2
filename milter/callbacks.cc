// SPDX-License-Identifier: Apache-2.0
#include "milter/callbacks.h"

#include <libmilter/mfapi.h>
#include <netinet/in.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/negotiation.h"

namespace assay::milter {
namespace {

// Connections that MTAs may queue up before libmilter accepts them; the kernel cuts it to
// net.core.somaxconn.
constexpr int kBacklog = 4096;

// libmilter hands no pointer of ours to a new session's first callback: this one stands here
// instead. Set once, before the first thread of libmilter's starts.
struct Edge {
  Services services;
  std::atomic<bool> degraded_logged{false};
};
Edge* edge = nullptr;

// libmilter's interface predates const; it copies what it is given.
char* Mutable(const std::string& text) { return const_cast<char*>(text.c_str()); }
char* Mutable(const char* text) { return const_cast<char*>(text); }

class LibmilterMta final : public Mta {
 public:
  explicit LibmilterMta(SMFICTX* ctx) : ctx_(ctx) {}

  std::string Macro(const char* name) override {
    const char* value = smfi_getsymval(ctx_, Mutable(name));
    return value == nullptr ? std::string() : std::string(value);
  }
  bool SetReply(const policy::Reply& reply) override {
    return smfi_setreply(ctx_, Mutable(std::to_string(reply.code)), Mutable(reply.enhanced_code),
                         Mutable(reply.text)) == MI_SUCCESS;
  }
  bool DeleteField(const std::string& name, int index) override {
    return smfi_chgheader(ctx_, Mutable(name), index, nullptr) == MI_SUCCESS;
  }
  bool InsertField(const std::string& name, int index, const std::string& value) override {
    return smfi_insheader(ctx_, index, Mutable(name), Mutable(value)) == MI_SUCCESS;
  }
  bool Quarantine(const std::string& reason) override {
    return smfi_quarantine(ctx_, Mutable(reason)) == MI_SUCCESS;
  }
  bool Progress() override { return smfi_progress(ctx_) == MI_SUCCESS; }

 private:
  SMFICTX* ctx_;
};

sfsistat ToStatus(Reaction reaction) {
  switch (reaction) {
    case Reaction::kContinue:
      return SMFIS_CONTINUE;
    case Reaction::kReject:
      return SMFIS_REJECT;
    case Reaction::kTempFail:
      return SMFIS_TEMPFAIL;
    case Reaction::kDiscard:
      return SMFIS_DISCARD;
  }
  return SMFIS_CONTINUE;
}

Connection* FindConnection(SMFICTX* ctx) { return static_cast<Connection*>(smfi_getpriv(ctx)); }

Connection& StartConnection(SMFICTX* ctx, Abilities abilities) {
  delete FindConnection(ctx);
  smfi_setpriv(ctx, nullptr);
  auto connection = std::make_unique<Connection>(edge->services, abilities);
  smfi_setpriv(ctx, connection.get());
  return *connection.release();  // xxfi_close deletes it
}

// A session that goes on after SMFIC_QUIT_NC starts with CONNECT, without another negotiation. MTAs
// that know that command speak protocol version 6, which has everything we ask for.
Connection& ConnectionOf(SMFICTX* ctx) {
  Connection* connection = FindConnection(ctx);
  return connection != nullptr ? *connection : StartConnection(ctx, Abilities());
}

// No exception enters C: what goes wrong in a step ends here, and on_error decides.
template <class Body>
sfsistat Guard(SMFICTX* ctx, Body body) noexcept {
  std::string what;
  try {
    LibmilterMta mta(ctx);
    Connection& connection = ConnectionOf(ctx);
    try {
      return ToStatus(body(connection, mta));
    } catch (const std::exception& fault) {
      return ToStatus(connection.OnFault(mta, fault.what()));
    }
  } catch (...) {
    // Not even that was possible: no memory. The MTA's milter_default_action fits best.
    return SMFIS_TEMPFAIL;
  }
}

// The same for steps that were negotiated without a reply.
template <class Body>
sfsistat GuardNoReply(SMFICTX* ctx, Body body) noexcept {
  (void)Guard(ctx, [&](Connection& connection, Mta& mta) {
    body(connection, mta);
    return Reaction::kContinue;
  });
  return SMFIS_NOREPLY;
}

std::optional<IpAddress> ToAddress(const sockaddr* address) {
  if (address == nullptr) return {};
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return IpAddress::V4(bytes);
  }
  if (address->sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes{};
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IpAddress::V6(bytes);
  }
  return {};
}

std::string_view View(const char* text) { return text == nullptr ? std::string_view() : text; }

// Each list replaces the administrator's one for that stage. Sendmail honours the one for end of
// message only when there is one for end of headers too (sendmail/milter.c tests the wrong flag).
void AskForMacros(SMFICTX* ctx) {
  struct StageMacros {
    int stage;
    const char* names;
  };
  static constexpr StageMacros kMacros[] = {
      {SMFIM_CONNECT, "j v {daemon_name} {daemon_port} {client_addr}"},
      {SMFIM_ENVFROM,
       "i {auth_type} {auth_authen} {mail_addr} {verify} {cert_subject} {cert_issuer}"},
      {SMFIM_ENVRCPT, "i {rcpt_addr}"},
      {SMFIM_EOH, "i"},
      {SMFIM_EOM, "i"},
  };
  for (const StageMacros& entry : kMacros) smfi_setsymlist(ctx, entry.stage, Mutable(entry.names));
}

// NOLINTNEXTLINE(readability-function-size): libmilter fixes the parameters.
sfsistat OnNegotiate(SMFICTX* ctx, unsigned long actions, unsigned long steps,
                     unsigned long /*reserved*/, unsigned long /*reserved*/,
                     unsigned long* wanted_actions, unsigned long* wanted_steps,
                     unsigned long* wanted_2, unsigned long* wanted_3) noexcept {
  try {
    const Agreement agreement = Negotiate({actions, steps});
    if (!agreement.refusal.empty()) {
      edge->services.log.Error("connection refused: " + agreement.refusal);
      return SMFIS_REJECT;
    }
    *wanted_actions = agreement.actions;
    *wanted_steps = (*wanted_steps & ~SMFIP_SKIP) | agreement.steps;
    *wanted_2 = *wanted_3 = 0;
    if ((actions & kInternalOffer) != 0) return SMFIS_CONTINUE;
    if (!agreement.degraded.empty() && !edge->degraded_logged.exchange(true)) {
      edge->services.log.Warning(agreement.degraded);
    }
    if (agreement.macros) AskForMacros(ctx);
    StartConnection(ctx, agreement.abilities);
    return SMFIS_CONTINUE;
  } catch (...) {
    return SMFIS_REJECT;  // no memory: the MTA's milter_default_action decides
  }
}

sfsistat OnConnect(SMFICTX* ctx, char* host, sockaddr* address) noexcept {
  return GuardNoReply(
      ctx, [&](Connection& c, Mta& mta) { c.OnConnect(mta, View(host), ToAddress(address)); });
}

sfsistat OnHelo(SMFICTX* ctx, char* argument) noexcept {
  return GuardNoReply(ctx, [&](Connection& c, Mta&) { c.OnHelo(View(argument)); });
}

sfsistat OnMail(SMFICTX* ctx, char** arguments) noexcept {
  return Guard(ctx, [&](Connection& c, Mta& mta) {
    std::vector<std::string_view> views;
    for (char** argument = arguments; *argument != nullptr; ++argument)
      views.emplace_back(*argument);
    return c.OnMail(mta, views);
  });
}

sfsistat OnRcpt(SMFICTX* ctx, char** arguments) noexcept {
  return Guard(ctx, [&](Connection& c, Mta& mta) { return c.OnRcpt(mta, View(arguments[0])); });
}

sfsistat OnHeader(SMFICTX* ctx, char* name, char* value) noexcept {
  return GuardNoReply(ctx, [&](Connection& c, Mta&) { c.OnField(View(name), View(value)); });
}

sfsistat OnEndOfHeaders(SMFICTX* ctx) noexcept {
  return GuardNoReply(ctx, [](Connection& c, Mta&) { c.OnEndOfFields(); });
}

// The protocol lets an MTA send the last chunk with the end of message itself. libmilter would then
// wait for a SMFIS_CONTINUE that it forbids here otherwise (engine.c, st_bodyend), so such an MTA
// gets no answer; neither Postfix nor Sendmail does that.
sfsistat OnBody(SMFICTX* ctx, unsigned char* chunk, std::size_t size) noexcept {
  return GuardNoReply(ctx, [&](Connection& c, Mta&) {
    c.OnBody(std::string_view(reinterpret_cast<const char*>(chunk), size));
  });
}

sfsistat OnEndOfMessage(SMFICTX* ctx) noexcept {
  return Guard(ctx, [](Connection& c, Mta& mta) { return c.OnEndOfMessage(mta); });
}

sfsistat OnAbort(SMFICTX* ctx) noexcept {
  if (Connection* connection = FindConnection(ctx)) connection->OnAbort();
  return SMFIS_CONTINUE;
}

// May run on libmilter's controller thread with the pool's lock held: must not wait for anything.
sfsistat OnClose(SMFICTX* ctx) noexcept {
  delete FindConnection(ctx);
  smfi_setpriv(ctx, nullptr);
  return SMFIS_CONTINUE;
}

}  // namespace

Result<void> RegisterCallbacks(const Services& services, const LibmilterOptions& options) {
  edge = new Edge{services, {}};  // lives until _exit(): libmilter's threads are never joined
  smfiDesc description{};
  description.xxfi_name = Mutable("assayd");
  description.xxfi_version = SMFI_VERSION;
  description.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
  description.xxfi_connect = OnConnect;
  description.xxfi_helo = OnHelo;
  description.xxfi_envfrom = OnMail;
  description.xxfi_envrcpt = OnRcpt;
  description.xxfi_header = OnHeader;
  description.xxfi_eoh = OnEndOfHeaders;
  description.xxfi_body = OnBody;
  description.xxfi_eom = OnEndOfMessage;
  description.xxfi_abort = OnAbort;
  description.xxfi_close = OnClose;
  description.xxfi_negotiate = OnNegotiate;
  if (smfi_register(description) != MI_SUCCESS)
    return Permanent("libmilter does not take our callbacks");
  // "fd:" is an addition of Debian's.
  if (smfi_setconn(Mutable("fd:" + std::to_string(options.listen_fd))) != MI_SUCCESS) {
    return Permanent("libmilter does not take the listening socket");
  }
  smfi_setbacklog(kBacklog);
  smfi_settimeout(static_cast<int>(options.idle_timeout.count()));
  return {};
}

void RunLibmilter() { (void)smfi_main(); }

}  // namespace assay::milter
