// SPDX-License-Identifier: Apache-2.0
// An MTA's side of the milter protocol, byte for byte: what it sends is exactly what it is told to
// send, valid or not.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/unique_fd.h"

namespace assay::test {

// Bit masks of the protocol (libmilter/mfdef.h), spelled here so that tests do not check libmilter
// against itself.
inline constexpr std::uint32_t kActAddHeaders = 0x01;
inline constexpr std::uint32_t kActChangeHeaders = 0x10;
inline constexpr std::uint32_t kActQuarantine = 0x20;
inline constexpr std::uint32_t kActSetMacros = 0x100;
inline constexpr std::uint32_t kAllActions = 0x1ff;
inline constexpr std::uint32_t kStepNoUnknown = 0x100;
inline constexpr std::uint32_t kStepNoData = 0x200;
inline constexpr std::uint32_t kStepSkip = 0x400;
inline constexpr std::uint32_t kStepNoReplyHeaders = 0x80;
inline constexpr std::uint32_t kStepNoReplyConnect = 0x1000;
inline constexpr std::uint32_t kStepNoReplyHelo = 0x2000;
inline constexpr std::uint32_t kStepNoReplyMail = 0x4000;
inline constexpr std::uint32_t kStepNoReplyRcpt = 0x8000;
inline constexpr std::uint32_t kStepNoReplyEndOfHeaders = 0x40000;
inline constexpr std::uint32_t kStepNoReplyBody = 0x80000;
inline constexpr std::uint32_t kStepLeadingSpace = 0x100000;
inline constexpr std::uint32_t kAllSteps = 0x1fffff;

// The milter closed the connection, or said nothing for too long.
class MilterClosed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct MilterPacket {
  char command = 0;
  std::string data;
};

struct MilterOffer {
  std::uint32_t version = 6;
  std::uint32_t actions = kAllActions;
  std::uint32_t steps = kAllSteps;
};

// What the milter asked for.
struct MilterAgreement {
  std::uint32_t version = 0;
  std::uint32_t actions = 0;
  std::uint32_t steps = 0;
  std::vector<std::pair<std::uint32_t, std::string>> macros;  // stage (SMFIM_*), names
};

// The answer to a step: 'c' continue, 'a' accept, 'r' reject, 't' tempfail, 'd' discard, 'y' reply
// code; 0 where the step was negotiated without an answer.
struct MilterReply {
  char action = 0;
  int code = 0;  // the rest: for 'y'
  std::string enhanced_code;
  std::string text;  // with every "%%" as it came
};

// One change asked for at end of message.
struct MilterChange {
  char kind = 0;  // 'i' insert, 'h' add, 'm' change or, with an empty value, delete; 'q' quarantine
  std::uint32_t index = 0;
  std::string name;
  std::string value;  // the reason for 'q'
};

struct MilterVerdict {
  MilterReply reply;
  std::vector<MilterChange> changes;  // in the order they came
  std::size_t progress = 0;           // how many "still working" came before

  [[nodiscard]] bool Quarantined() const;
  // The value of the first inserted field of that name; empty when there is none.
  [[nodiscard]] std::string Inserted(std::string_view name) const;
};

using Macros = std::vector<std::pair<std::string, std::string>>;

// One milter session. Functions throw MilterClosed where an answer was due and none came within the
// time limit.
class MilterClient {
 public:
  // Throw std::system_error when nobody listens.
  [[nodiscard]] static MilterClient ConnectUnix(const std::string& path);
  [[nodiscard]] static MilterClient ConnectInet(const std::string& address, std::uint16_t port);

  void set_time_limit(std::chrono::milliseconds limit) { time_limit_ = limit; }
  [[nodiscard]] int fd() const { return fd_.get(); }

  // Exact bytes.
  void SendRaw(std::string_view bytes);
  void Send(char command, std::string_view data);
  [[nodiscard]] static std::string Packet(char command, std::string_view data);
  // The next packet, whatever it is.
  [[nodiscard]] MilterPacket Receive();
  // Whether the milter has closed the connection (waits for that up to `limit`); what it sent
  // before is thrown away.
  [[nodiscard]] bool Closed(std::chrono::milliseconds limit);
  // Closes it from here.
  void Close();

  // Steps as both MTAs take them. Each returns the milter's answer, if the step has one.
  MilterAgreement Negotiate(const MilterOffer& offer = {});
  // Macros for the step that follows, `stage` being its command letter.
  void SendMacros(char stage, const Macros& macros);
  // `family`: '4', '6', 'U' (then port and address are not sent).
  MilterReply Connect(std::string_view host, char family = '4', std::uint16_t port = 25,
                      std::string_view address = "192.0.2.1");
  MilterReply Helo(std::string_view name);
  MilterReply Mail(std::string_view address, const std::vector<std::string>& parameters = {});
  MilterReply Rcpt(std::string_view address);
  MilterReply Header(std::string_view name, std::string_view value);
  MilterReply EndOfHeaders();
  // At most 65535 bytes.
  MilterReply BodyChunk(std::string_view chunk);
  // In chunks of 65535 bytes.
  void Body(std::string_view body);
  MilterVerdict EndOfMessage();
  void Abort() { Send('A', {}); }
  void Quit() { Send('Q', {}); }

  // Negotiate, connect and HELO with the macros that Postfix sends.
  void Open(std::string_view client_address = "192.0.2.1",
            std::string_view helo = "client.example.com");
  // MAIL to end of message for a small message with these header fields.
  MilterVerdict SendMessage(std::string_view mail_from, std::string_view rcpt_to,
                            const Macros& fields, std::string_view body = "Hello\r\n");

  [[nodiscard]] const MilterAgreement& agreement() const { return agreement_; }

 private:
  explicit MilterClient(UniqueFd fd) : fd_(std::move(fd)) {}
  MilterReply Step(char command, std::string_view data, std::uint32_t no_reply);
  [[nodiscard]] std::string ReceiveBytes(std::size_t size);

  UniqueFd fd_;
  std::chrono::milliseconds time_limit_{20'000};
  MilterAgreement agreement_;
};

}  // namespace assay::test
