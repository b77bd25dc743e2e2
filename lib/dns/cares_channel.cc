// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/cares_channel.h"

#include <ares.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>
#include <utility>

#include "lib/base/c_ptr.h"
#include "lib/base/text.h"
#include "lib/dns/wire.h"

namespace assay::dns {
namespace {

constexpr int kClassIn = 1;
constexpr int kEdnsBytes = 1232;  // fits every path without fragments (DNS flag day 2020)
constexpr int kReceiveBufferBytes = 1024 * 1024;  // a burst of replies; the kernel may grant less
constexpr std::uint16_t kDnsPort = 53;

using AresChannel = CPtr<ares_channeldata, ares_destroy>;

// c-ares wants it called once in a process, before any thread uses it; on Unix it holds nothing to
// release.
bool LibraryReady() {
  static const bool ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  return ready;
}

// ares_query() takes \X for the byte X.
std::string EscapedName(const std::string& name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

ares_addr_port_node ToNode(const ServerAddress& server) {
  ares_addr_port_node node{};
  const auto& bytes = server.address.bytes();
  node.family = server.address.is_v4() ? AF_INET : AF_INET6;
  const std::size_t size = server.address.is_v4() ? 4 : bytes.size();
  std::copy_n(bytes.begin(), size, node.addr.addr6._S6_un._S6_u8);
  node.udp_port = server.port;
  node.tcp_port = server.port;
  return node;
}

ServerAddress FromNode(const ares_addr_port_node& node) {
  ServerAddress server;
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(node.addr.addr6._S6_un._S6_u8, bytes.size(), bytes.begin());
  server.address = node.family == AF_INET ? IpAddress::V4({bytes[0], bytes[1], bytes[2], bytes[3]})
                                          : IpAddress::V6(bytes);
  server.port = node.udp_port == 0 ? kDnsPort : static_cast<std::uint16_t>(node.udp_port);
  return server;
}

}  // namespace

class CaresChannel::Impl {
 public:
  explicit Impl(const Options& options) : options_(options) {}

  Result<void> Open() {
    ares_options settings{};
    // Errors are ours to judge (NOCHECKRESP), as is what to do about truncation (IGNTC).
    settings.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP |
                     ARES_FLAG_EDNS | ARES_FLAG_IGNTC;
    if (options_.transport == Transport::kTcp) settings.flags |= ARES_FLAG_USEVC;
    settings.timeout = static_cast<int>(options_.timeout.count());
    settings.tries = 1;
    settings.ednspsz = kEdnsBytes;
    settings.socket_receive_buffer_size = kReceiveBufferBytes;
    settings.sock_state_cb = OnSocketState;
    settings.sock_state_cb_data = this;
    std::string no_file = "/dev/null";  // the server is given; no search list either
    settings.resolvconf_path = no_file.data();
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                     ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF;
    ares_channel channel = nullptr;
    int status =
        LibraryReady() ? ares_init_options(&channel, &settings, mask) : ARES_ENOTINITIALIZED;
    channel_.reset(channel);
    if (status == ARES_SUCCESS) {
      ares_addr_port_node node = ToNode(options_.server);
      status = ares_set_servers_ports(channel_.get(), &node);
    }
    if (status != ARES_SUCCESS) return Temporary(std::string("c-ares: ") + ares_strerror(status));
    return {};
  }

  void Send(const Question& question, std::uint64_t token) {
    // Freed by OnReply, which c-ares calls exactly once, also when the channel is destroyed.
    auto transmission = std::make_unique<Transmission>(Transmission{this, token, question});
    ++outstanding_;
    ares_query(channel_.get(), EscapedName(question.name).c_str(), kClassIn,
               static_cast<int>(question.type), OnReply, transmission.release());
  }

  void Process(int fd, bool readable, bool writable) {
    ares_process_fd(channel_.get(), readable ? fd : ARES_SOCKET_BAD,
                    writable ? fd : ARES_SOCKET_BAD);
  }

  [[nodiscard]] std::size_t outstanding() const { return outstanding_; }
  std::vector<ChannelReply> TakeReplies() { return std::exchange(replies_, {}); }

 private:
  struct Transmission {
    Impl* channel;
    std::uint64_t token;
    Question question;
  };

  static void OnReply(void* argument, int status, int /*timeouts*/, unsigned char* packet,
                      int size) {
    const std::unique_ptr<Transmission> transmission(static_cast<Transmission*>(argument));
    if (status == ARES_EDESTRUCTION) return;
    std::span<const std::uint8_t> bytes;
    if (packet != nullptr && size > 0) bytes = {packet, static_cast<std::size_t>(size)};
    transmission->channel->Record(*transmission, status, bytes);
  }

  void Record(const Transmission& transmission, int status, std::span<const std::uint8_t> packet) {
    --outstanding_;
    if (status == ARES_ETIMEOUT) return;
    ChannelReply reply;
    reply.token = transmission.token;
    reply.question = transmission.question;
    if (status == ARES_ENOTFOUND && packet.empty()) {
      // A name that c-ares itself refuses: .onion (RFC 7686).
      reply.kind = ChannelReply::Kind::kAnswer;
      reply.answer.status = Status::kNxDomain;
    } else if (packet.empty() || status == ARES_EFORMERR) {
      // At the first FORMERR c-ares has stopped to use EDNS: asking again is the remedy.
      reply.kind = ChannelReply::Kind::kNothing;
    } else if (IsTruncated(packet) && options_.transport == Transport::kUdp) {
      reply.kind = ChannelReply::Kind::kTruncated;
    } else {
      reply.kind = ChannelReply::Kind::kAnswer;
      reply.answer = ParseReply(packet, transmission.question);
    }
    replies_.push_back(std::move(reply));
  }

  static void OnSocketState(void* argument, ares_socket_t fd, int readable, int writable) {
    static_cast<Impl*>(argument)->Watch(fd, readable != 0, writable != 0);
  }

  // c-ares calls this with both false before it closes the socket.
  void Watch(int fd, bool readable, bool writable) {
    if (!readable && !writable) {
      epoll_ctl(options_.epoll_fd, EPOLL_CTL_DEL, fd, nullptr);
      watched_.erase(fd);
      return;
    }
    epoll_event event{};
    event.events = (readable ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
                   (writable ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    event.data.u64 =
        static_cast<std::uint64_t>(options_.index) << 32U | static_cast<std::uint32_t>(fd);
    const int operation = watched_.insert(fd).second ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_ctl(options_.epoll_fd, operation, fd, &event);
  }

  const Options options_;
  std::size_t outstanding_ = 0;
  std::vector<ChannelReply> replies_;
  std::unordered_set<int> watched_;
  AresChannel channel_;  // last: its destruction calls back into the members above
};

std::optional<ServerAddress> ServerAddress::Parse(std::string_view text) {
  ServerAddress server;
  std::optional<IpAddress> address = IpAddress::Parse(text);
  if (!address) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return {};
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);
    address = IpAddress::Parse(host);
    const auto port = ParseNumber(text.substr(colon + 1));
    if (!address || brackets != (host.find(':') != std::string_view::npos)) return {};
    if (!port || *port == 0 || *port > 0xffff) return {};
    server.port = static_cast<std::uint16_t>(*port);
  }
  server.address = *address;
  return server;
}

std::vector<ServerAddress> SystemServers(const std::string& resolv_conf) {
  std::vector<ServerAddress> servers;
  ares_options settings{};
  std::string path = resolv_conf;
  settings.resolvconf_path = path.data();
  ares_channel raw = nullptr;
  const int mask = path.empty() ? 0 : ARES_OPT_RESOLVCONF;
  if (!LibraryReady() || ares_init_options(&raw, &settings, mask) != ARES_SUCCESS) return servers;
  const AresChannel channel(raw);
  ares_addr_port_node* nodes = nullptr;
  if (ares_get_servers_ports(channel.get(), &nodes) != ARES_SUCCESS) return servers;
  const CPtr<ares_addr_port_node, ares_free_data> owner(nodes);
  for (const auto* node = nodes; node != nullptr; node = node->next)
    servers.push_back(FromNode(*node));
  return servers;
}

CaresChannel::CaresChannel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaresChannel::~CaresChannel() = default;

Result<std::unique_ptr<CaresChannel>> CaresChannel::Open(const Options& options) {
  auto impl = std::make_unique<Impl>(options);
  if (auto opened = impl->Open(); !opened) return tl::unexpected(std::move(opened.error()));
  return std::unique_ptr<CaresChannel>(new CaresChannel(std::move(impl)));
}

void CaresChannel::Send(const Question& question, std::uint64_t token) {
  impl_->Send(question, token);
}
void CaresChannel::Process(int fd, bool readable, bool writable) {
  impl_->Process(fd, readable, writable);
}
void CaresChannel::Sweep() { impl_->Process(ARES_SOCKET_BAD, false, false); }
std::size_t CaresChannel::outstanding() const { return impl_->outstanding(); }
std::vector<ChannelReply> CaresChannel::TakeReplies() { return impl_->TakeReplies(); }

}  // namespace assay::dns
