// SPDX-License-Identifier: Apache-2.0
// The socketmap client against servers of every kind of misbehaviour.
#include "lib/identity/socketmap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

#include "lib/base/unique_fd.h"
#include "lib/identity/open_table.h"
#include "tests/identity/table_files.h"

namespace assay::identity {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct NetstringCase {
  const char* bytes;
  Netstring::State want;
  const char* payload;
};
constexpr auto kIncomplete = Netstring::State::kIncomplete;
constexpr auto kComplete = Netstring::State::kComplete;
constexpr auto kMalformed = Netstring::State::kMalformed;
const NetstringCase kNetstrings[] = {
    {"", kIncomplete, ""},
    {"5", kIncomplete, ""},
    {"5:", kIncomplete, ""},
    {"5:hello", kIncomplete, ""},
    {"5:hello,", kComplete, "hello"},
    {"0:,", kComplete, ""},
    {"5:hello,rest", kComplete, "hello"},
    {"5:hello;", kMalformed, ""},
    {":x,", kMalformed, ""},
    {"x", kMalformed, ""},
    {"05:hello,", kMalformed, ""},
    {"-1:,", kMalformed, ""},
    {"100001:", kMalformed, ""},
    {"99999999999999999999", kMalformed, ""},
    {" 5:hello,", kMalformed, ""},
};

TEST(Netstrings, Table) {
  for (const NetstringCase& c : kNetstrings) {
    const Netstring got = ReadNetstring(c.bytes);
    EXPECT_EQ(got.state, c.want) << c.bytes;
    EXPECT_EQ(got.payload, c.payload) << c.bytes;
  }
  EXPECT_EQ(WriteNetstring("a b"), "3:a b,");
}

TEST(SocketMapReply, Table) {
  EXPECT_EQ(*ReadSocketMapReply("OK bob, carol"), "bob, carol");
  EXPECT_EQ(*ReadSocketMapReply("OK "), "");
  EXPECT_EQ(*ReadSocketMapReply("NOTFOUND "), std::nullopt);
  EXPECT_EQ(*ReadSocketMapReply("NOTFOUND"), std::nullopt);
  for (const char* bad : {"TEMP x", "TIMEOUT x", "PERM x", "", "ok bob", "OKbob", "NOTFOUNDX"}) {
    const auto reply = ReadSocketMapReply(bad);
    ASSERT_FALSE(reply) << bad;
    EXPECT_EQ(reply.error().kind, ErrorKind::kTemporary);
  }
}

// What a server does with one request: bytes to answer with; then whether it closes.
struct Behaviour {
  std::string bytes;
  bool close = false;
};
using Answer = std::function<Behaviour(const std::string& request)>;

class Server {
 public:
  Server(std::string path, Answer answer) : path_(std::move(path)), answer_(std::move(answer)) {
    listener_.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    ::unlink(path_.c_str());
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 16), 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~Server() {
    stop_ = true;
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void Run() {
    std::vector<UniqueFd> clients;
    while (!stop_) {
      std::vector<pollfd> entries = {{listener_.get(), POLLIN, 0}};
      for (const UniqueFd& client : clients) entries.push_back({client.get(), POLLIN, 0});
      if (::poll(entries.data(), entries.size(), 10) <= 0) continue;
      for (std::size_t i = 1; i < entries.size(); ++i) {
        if (entries[i].revents != 0 && !Serve(clients[i - 1].get())) clients[i - 1].Reset();
      }
      std::erase_if(clients, [](const UniqueFd& client) { return !client; });
      if ((entries[0].revents & POLLIN) == 0) continue;
      clients.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      ++connections_;
    }
  }
  bool Serve(int client) {
    char buffer[4096];
    const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    const Netstring request = ReadNetstring({buffer, static_cast<std::size_t>(got)});
    const Behaviour behaviour = answer_(std::string(request.payload));
    (void)::send(client, behaviour.bytes.data(), behaviour.bytes.size(), MSG_NOSIGNAL);
    return !behaviour.close;
  }

  std::string path_;
  Answer answer_;
  UniqueFd listener_;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

class SocketMap : public testing::Test {
 protected:
  SocketMap() {
    table_ = OpenTable(*ParseTableSpec("socketmap:unix:" + path_ + ":logins"), {})->table;
  }
  std::string Look(std::string_view key, std::chrono::milliseconds time = 5s) {
    const auto value = table_->Lookup(key, SteadyClock::now() + time);
    if (!value) return "error: " + value.error().what;
    return value->value_or("-");
  }

  test::TempDirectory directory_;
  std::string path_ = directory_.Path("s");
  TablePtr table_;
};

TEST_F(SocketMap, AsksForTheMapAndTheWholeAddress) {
  const Server server(path_, [](const std::string& request) {
    return Behaviour{request == "logins Bob@example.com" ? "10:OK bob eve," : "9:NOTFOUND ,"};
  });
  EXPECT_EQ(Look("Bob@example.com"), "bob eve");
  EXPECT_EQ(Look("carol@example.com"), "-");
  EXPECT_EQ(Look("Bob@example.com"), "bob eve");
  EXPECT_EQ(server.connections(), 1) << "one connection serves them all";
  EXPECT_FALSE(table_->takes_parts());
}

TEST_F(SocketMap, NoServer) { EXPECT_THAT(Look("a@x"), HasSubstr("No such file")); }

TEST_F(SocketMap, SilenceEndsAtTheDeadline) {
  const Server server(path_, [](const std::string&) { return Behaviour{""}; });
  const auto begin = SteadyClock::now();
  EXPECT_THAT(Look("a@x", 150ms), HasSubstr("does not answer in time"));
  EXPECT_LT(SteadyClock::now() - begin, 2s);
}

TEST_F(SocketMap, DribbleEndsAtTheDeadlineToo) {
  const Server server(path_, [](const std::string&) { return Behaviour{"10:OK b"}; });
  EXPECT_THAT(Look("a@x", 150ms), HasSubstr("does not answer in time"));
}

struct Misbehaviour {
  const char* name;
  Behaviour behaviour;
  const char* want;
};
const Misbehaviour kMisbehaviours[] = {
    {"closes without an answer", {"", true}, "closed the connection"},
    {"closes within the answer", {"10:OK b", true}, "closed the connection"},
    {"speaks something else", {"220 smtp.example.com ESMTP\r\n"}, "no answer of the socketmap"},
    {"promises too much", {"999999:"}, "no answer of the socketmap"},
    {"says too much", {"6:OK bob,6:OK eve,"}, "no answer of the socketmap"},
    {"unknown status", {"5:MAYBE,"}, "no answer of the socketmap"},
    {"temporary", {"13:TEMP too busy,"}, "TEMP too busy"},
    {"timeout", {"8:TIMEOUT ,"}, "TIMEOUT"},
    {"permanent", {"8:PERM bad,"}, "PERM bad"},
};

TEST_F(SocketMap, Misbehaviours) {
  for (const Misbehaviour& c : kMisbehaviours) {
    const Server server(path_, [&](const std::string&) { return c.behaviour; });
    EXPECT_THAT(Look("a@x", 1s), HasSubstr(c.want)) << c.name;
  }
}

TEST_F(SocketMap, RestartedServerIsAskedAgain) {
  const Answer answer = [](const std::string&) { return Behaviour{"6:OK bob,"}; };
  {
    const Server server(path_, answer);
    EXPECT_EQ(Look("a@x"), "bob");
  }
  EXPECT_THAT(Look("a@x"), HasSubstr("error: "));
  const Server server(path_, answer);
  EXPECT_EQ(Look("a@x"), "bob");
}

TEST_F(SocketMap, ServerThatClosesAfterEachAnswer) {
  const Server server(path_, [](const std::string&) { return Behaviour{"6:OK bob,", true}; });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Look("a@x"), "bob");
}

TEST_F(SocketMap, ManyThreads) {
  const Server server(path_, [](const std::string& request) {
    return Behaviour{WriteNetstring("OK " + request.substr(7))};
  });
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i) + "@x";
        if (Look(key) != key) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace assay::identity
