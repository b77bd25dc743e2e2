// SPDX-License-Identifier: Apache-2.0
#include "milter/listener.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/milter/assayd_process.h"

namespace assay::milter {
namespace {

using test::MilterClient;
using testing::HasSubstr;

SocketSpec Spec(const std::string& text) {
  auto spec = ParseSocketSpec(text);
  if (!spec) throw std::invalid_argument(spec.error().what);
  return *spec;
}

std::unique_ptr<Listener> Open(const std::string& text, const ListenOptions& options = {}) {
  auto listener = Listener::Open(Spec(text), options);
  if (!listener) throw std::runtime_error(listener.error().what);
  return std::move(*listener);
}

bool HasConnection(const Listener& listener) {
  pollfd poll_fd{listener.fd(), POLLIN, 0};
  return ::poll(&poll_fd, 1, 0) > 0;
}

class ListenerTest : public testing::Test {
 protected:
  std::string path() const { return folder_.Path("a.sock"); }
  std::string unix_spec() const { return "unix:" + path(); }

  test::TemporaryFolder folder_;
};

TEST_F(ListenerTest, UnixSocketAppearsOnlyWhenPublished) {
  auto listener = Open(unix_spec());
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_TRUE(listener->Dial()) << "reachable for ourselves before";
  ASSERT_TRUE(listener->Publish());
  (void)MilterClient::ConnectUnix(path());
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
}

TEST_F(ListenerTest, ModeIsExactWhateverTheUmask) {
  const mode_t old_mask = ::umask(0);
  for (const unsigned mode : {0600U, 0660U, 0666U}) {
    auto listener = Open(unix_spec(), {.mode = mode, .owner = {}, .group = {}});
    ASSERT_TRUE(listener->Publish());
    struct stat status {};
    ASSERT_EQ(::lstat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, mode);
  }
  ::umask(old_mask);
}

TEST_F(ListenerTest, GroupIsSet) {
  auto listener = Open(unix_spec(), {.mode = 0660, .owner = {}, .group = ::getegid()});
  ASSERT_TRUE(listener->Publish());
  struct stat status {};
  ASSERT_EQ(::lstat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_gid, ::getegid());
}

TEST_F(ListenerTest, StaleSocketsAreNoObstacle) {
  for (const char* name : {"a.sock", "a.sock.new"}) {
    auto stale = Open("unix:" + folder_.Path(name));
    ASSERT_TRUE(stale->Publish());
    // Out of its sight while it is closed, the file stays, and nobody listens any more.
    std::filesystem::rename(folder_.Path(name), folder_.Path("aside"));
    stale.reset();
    std::filesystem::rename(folder_.Path("aside"), folder_.Path(name));
    ASSERT_TRUE(std::filesystem::is_socket(folder_.Path(name)));
  }
  auto listener = Open(unix_spec());
  ASSERT_TRUE(listener->Publish());
  (void)MilterClient::ConnectUnix(path());
}

TEST_F(ListenerTest, OtherFilesAreLeftAlone) {
  folder_.Write("a.sock", "somebody's");
  const auto listener = Listener::Open(Spec(unix_spec()), {});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().what, path() + " exists and is not a socket");
  EXPECT_TRUE(std::filesystem::is_regular_file(path()));
}

TEST_F(ListenerTest, UnwritablePathIsNamedWithTheReason) {
  const auto listener = Listener::Open(Spec("unix:" + folder_.Path("missing/a.sock")), {});
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().what, HasSubstr(folder_.Path("missing/a.sock")));
  EXPECT_THAT(listener.error().what, HasSubstr("No such file or directory"));
}

TEST_F(ListenerTest, SuccessorTakesThePathAndThePredecessorLeavesItAlone) {
  auto old_listener = Open(unix_spec());
  ASSERT_TRUE(old_listener->Publish());
  auto successor = Open(unix_spec());
  ASSERT_TRUE(successor->Publish());
  (void)MilterClient::ConnectUnix(path());
  EXPECT_TRUE(HasConnection(*successor));
  EXPECT_FALSE(HasConnection(*old_listener));
  const auto dialled = old_listener->Dial();
  ASSERT_FALSE(dialled);
  EXPECT_THAT(dialled.error().what, HasSubstr("another process"));
  old_listener->Retire();
  old_listener.reset();
  (void)MilterClient::ConnectUnix(path());  // still there
}

TEST_F(ListenerTest, RetiredSocketIsSilentAndItsPathGone) {
  auto listener = Open(unix_spec());
  ASSERT_TRUE(listener->Publish());
  const int number = listener->fd();
  listener->Retire();
  EXPECT_EQ(listener->fd(), number) << "libmilter goes on polling that number";
  EXPECT_FALSE(HasConnection(*listener));
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_FALSE(listener->Dial());
  EXPECT_THROW((void)MilterClient::ConnectUnix(path()), std::system_error);
}

TEST_F(ListenerTest, InetListensWhereItSaysWithoutDelay) {
  auto listener = Open("inet:0@127.0.0.1");
  const SocketSpec actual = Spec(listener->Describe());
  EXPECT_NE(actual.port, 0);
  (void)MilterClient::ConnectInet("127.0.0.1", actual.port);
  ASSERT_TRUE(HasConnection(*listener));
  const UniqueFd accepted(::accept(listener->fd(), nullptr, nullptr));
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ASSERT_EQ(::getsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0) << "sessions inherit it from the listening socket";
  EXPECT_TRUE(listener->Dial());
}

TEST_F(ListenerTest, InetOnAllInterfacesCanBeDialled) {
  auto listener = Open("inet:0");
  EXPECT_TRUE(listener->Dial());
  EXPECT_TRUE(HasConnection(*listener));
}

TEST_F(ListenerTest, Inet6TakesNoIpv4Port) {
  std::unique_ptr<Listener> v6;
  try {
    v6 = Open("inet6:0@::1");
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << "no IPv6 here: " << error.what();
  }
  EXPECT_TRUE(v6->Dial());
  auto all_v6 = Open("inet6:0");
  const std::uint16_t port = Spec(all_v6->Describe()).port;
  EXPECT_TRUE(Listener::Open(Spec("inet:" + std::to_string(port)), {}))
      << "the port is free for IPv4";
}

TEST_F(ListenerTest, BusyPortIsNamedWithTheReason) {
  auto first = Open("inet:0@127.0.0.1");
  const auto second = Listener::Open(Spec(first->Describe()), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what,
            "cannot listen on " + first->Describe() + ": Address already in use");
}

TEST_F(ListenerTest, UnknownHostIsNamed) {
  const auto listener = Listener::Open(Spec("inet:0@no-such-host.invalid"), {});
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().what, HasSubstr("no-such-host.invalid"));
}

TEST_F(ListenerTest, InheritedSocketStaysAliveAfterRetirement) {
  const UniqueFd held = test::ListenUnix(path());
  auto listener = Open("fd:" + std::to_string(::dup(held.get())));
  EXPECT_TRUE(listener->Dial());
  ASSERT_TRUE(HasConnection(*listener));
  listener->Retire();
  EXPECT_FALSE(HasConnection(*listener));
  pollfd poll_fd{held.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&poll_fd, 1, 0), 1) << "what is queued waits for the next process";
  (void)MilterClient::ConnectUnix(path());
}

TEST_F(ListenerTest, InheritedDescriptorMustBeAListeningSocket) {
  const auto closed = Listener::Open(Spec("fd:987"), {});
  ASSERT_FALSE(closed);
  EXPECT_THAT(closed.error().what, HasSubstr("fd:987"));
  const UniqueFd plain(::socket(AF_UNIX, SOCK_STREAM, 0));
  const auto silent = Listener::Open(Spec("fd:" + std::to_string(plain.get())), {});
  ASSERT_FALSE(silent);
  EXPECT_THAT(silent.error().what, HasSubstr("not a listening socket"));
}

}  // namespace
}  // namespace assay::milter
