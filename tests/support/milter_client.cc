// SPDX-License-Identifier: Apache-2.0
#include "tests/support/milter_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "lib/base/clock.h"
#include "lib/base/text.h"

namespace assay::test {
namespace {

constexpr std::size_t kMaxChunk = 65535;
constexpr std::size_t kMaxPacket = 1 << 20;  // nothing that a milter sends is near this

std::string BigEndian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

std::uint32_t ReadNumber(std::string_view bytes) {
  if (bytes.size() < 4) throw MilterClosed("a packet is too short");
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

std::string Terminated(std::string_view text) { return std::string(text) += '\0'; }

// Takes the text up to the next NUL off the front.
std::string TakeString(std::string_view& data) {
  const std::size_t end = std::min(data.find('\0'), data.size());
  std::string text(data.substr(0, end));
  data.remove_prefix(std::min(end + 1, data.size()));
  return text;
}

MilterReply ToReply(const MilterPacket& packet) {
  MilterReply reply;
  reply.action = packet.command;
  if (packet.command != 'y') return reply;
  std::string_view data = packet.data;
  const std::string line = TakeString(data);
  const auto words = Split(line, ' ');
  reply.code = static_cast<int>(ParseNumber(words[0]).value_or(0));
  if (words.size() < 3) return reply;
  reply.enhanced_code = words[1];
  reply.text = line.substr(words[0].size() + words[1].size() + 2);
  return reply;
}

MilterChange ToChange(const MilterPacket& packet) {
  MilterChange change;
  change.kind = packet.command;
  std::string_view data = packet.data;
  if (packet.command == 'i' || packet.command == 'm') {
    change.index = ReadNumber(data);
    data.remove_prefix(4);
  }
  if (packet.command != 'q') change.name = TakeString(data);
  change.value = TakeString(data);
  return change;
}

UniqueFd ConnectTo(const void* address, socklen_t size, int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), static_cast<const sockaddr*>(address), size) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  // Small writes of ours must not wait for acknowledgements: what is measured is the milter.
  const int on = 1;
  if (family != AF_UNIX) (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Milliseconds left, for poll().
int Left(Deadline until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, left.count()));
}

}  // namespace

bool MilterVerdict::Quarantined() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const MilterChange& c) { return c.kind == 'q'; });
}

std::string MilterVerdict::Inserted(std::string_view name) const {
  for (const MilterChange& change : changes) {
    if ((change.kind == 'i' || change.kind == 'h') && EqualsIgnoreCase(change.name, name))
      return change.value;
  }
  return {};
}

MilterClient MilterClient::ConnectUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return MilterClient(ConnectTo(&address, sizeof address, AF_UNIX));
}

MilterClient MilterClient::ConnectInet(const std::string& host, std::uint16_t port) {
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return MilterClient(ConnectTo(&v6, sizeof v6, AF_INET6));
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) throw std::invalid_argument(host);
  return MilterClient(ConnectTo(&v4, sizeof v4, AF_INET));
}

void MilterClient::SendRaw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) throw MilterClosed("the milter takes no more");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string MilterClient::Packet(char command, std::string_view data) {
  std::string packet = BigEndian(static_cast<std::uint32_t>(data.size() + 1));
  packet += command;
  packet += data;
  return packet;
}

void MilterClient::Send(char command, std::string_view data) { SendRaw(Packet(command, data)); }

std::string MilterClient::ReceiveBytes(std::size_t size) {
  const Deadline until = SteadyClock::now() + time_limit_;
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    pollfd poll_fd{fd_.get(), POLLIN, 0};
    if (::poll(&poll_fd, 1, Left(until)) == 0) throw MilterClosed("the milter says nothing");
    const ssize_t got = ::recv(fd_.get(), bytes.data() + have, size - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw MilterClosed("the milter closed the connection");
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

MilterPacket MilterClient::Receive() {
  const std::uint32_t size = ReadNumber(ReceiveBytes(4));
  if (size == 0 || size > kMaxPacket) throw MilterClosed("a packet of impossible size");
  std::string bytes = ReceiveBytes(size);
  return {bytes.front(), bytes.substr(1)};
}

bool MilterClient::Closed(std::chrono::milliseconds limit) {
  const Deadline until = SteadyClock::now() + limit;
  std::array<char, 4096> buffer{};
  for (;;) {
    pollfd poll_fd{fd_.get(), POLLIN, 0};
    if (::poll(&poll_fd, 1, Left(until)) == 0) return false;
    if (::recv(fd_.get(), buffer.data(), buffer.size(), 0) <= 0) return true;
  }
}

void MilterClient::Close() { fd_.Reset(); }

MilterAgreement MilterClient::Negotiate(const MilterOffer& offer) {
  Send('O', BigEndian(offer.version) + BigEndian(offer.actions) + BigEndian(offer.steps));
  const MilterPacket packet = Receive();
  std::string_view data = packet.data;
  if (packet.command != 'O' || data.size() < 12) throw MilterClosed("no answer to the negotiation");
  agreement_ = {ReadNumber(data), ReadNumber(data.substr(4)), ReadNumber(data.substr(8)), {}};
  data.remove_prefix(12);
  while (data.size() > 4) {
    const std::uint32_t stage = ReadNumber(data);
    data.remove_prefix(4);
    agreement_.macros.emplace_back(stage, TakeString(data));
  }
  return agreement_;
}

void MilterClient::SendMacros(char stage, const Macros& macros) {
  std::string data(1, stage);
  for (const auto& [name, value] : macros) data += Terminated(name) + Terminated(value);
  Send('D', data);
}

MilterReply MilterClient::Step(char command, std::string_view data, std::uint32_t no_reply) {
  Send(command, data);
  if ((agreement_.steps & no_reply) != 0) return {};
  return ToReply(Receive());
}

MilterReply MilterClient::Connect(std::string_view host, char family, std::uint16_t port,
                                  std::string_view address) {
  std::string data = Terminated(host) + family;
  if (family != 'U') {
    data += static_cast<char>(port >> 8U);
    data += static_cast<char>(port & 0xffU);
    data += Terminated(address);
  }
  return Step('C', data, kStepNoReplyConnect);
}

MilterReply MilterClient::Helo(std::string_view name) {
  return Step('H', Terminated(name), kStepNoReplyHelo);
}

MilterReply MilterClient::Mail(std::string_view address,
                               const std::vector<std::string>& parameters) {
  std::string data = Terminated(address);
  for (const std::string& parameter : parameters) data += Terminated(parameter);
  return Step('M', data, kStepNoReplyMail);
}

MilterReply MilterClient::Rcpt(std::string_view address) {
  return Step('R', Terminated(address), kStepNoReplyRcpt);
}

MilterReply MilterClient::Header(std::string_view name, std::string_view value) {
  return Step('L', Terminated(name) + Terminated(value), kStepNoReplyHeaders);
}

MilterReply MilterClient::EndOfHeaders() { return Step('N', {}, kStepNoReplyEndOfHeaders); }

MilterReply MilterClient::BodyChunk(std::string_view chunk) {
  return Step('B', chunk, kStepNoReplyBody);
}

void MilterClient::Body(std::string_view body) {
  for (; !body.empty(); body.remove_prefix(std::min(kMaxChunk, body.size())))
    BodyChunk(body.substr(0, kMaxChunk));
}

MilterVerdict MilterClient::EndOfMessage() {
  Send('E', {});
  MilterVerdict verdict;
  for (;;) {
    const MilterPacket packet = Receive();
    if (packet.command == 'p') {
      ++verdict.progress;
    } else if (std::string_view("ihmq").find(packet.command) != std::string_view::npos) {
      verdict.changes.push_back(ToChange(packet));
    } else {
      verdict.reply = ToReply(packet);
      return verdict;
    }
  }
}

void MilterClient::Open(std::string_view client_address, std::string_view helo) {
  Negotiate();
  SendMacros('C', {{"j", "mx.example.net"}, {"{daemon_name}", "smtpd"}, {"v", "Postfix 3.7.11"}});
  const bool v6 = client_address.find(':') != std::string_view::npos;
  Connect("[" + std::string(client_address) + "]", v6 ? '6' : '4', 40000, client_address);
  SendMacros('H', {});
  Helo(helo);
}

MilterVerdict MilterClient::SendMessage(std::string_view mail_from, std::string_view rcpt_to,
                                        const Macros& fields, std::string_view body) {
  if (const MilterReply mail = Mail(mail_from); mail.action != 'c') return {mail, {}, 0};
  if (const MilterReply rcpt = Rcpt(rcpt_to); rcpt.action != 'c') return {rcpt, {}, 0};
  for (const auto& [name, value] : fields) Header(name, value);
  EndOfHeaders();
  Body(body);
  SendMacros('E', {{"i", "4XyZ1w"}});
  return EndOfMessage();
}

}  // namespace assay::test
