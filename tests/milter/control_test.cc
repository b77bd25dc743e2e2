// SPDX-License-Identifier: Apache-2.0
// Clients of the control socket that do not behave.
#include "milter/control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/unique_fd.h"
#include "tests/support/temporary_folder.h"

namespace assay::milter {
namespace {

using namespace std::chrono_literals;

class ControlSocket : public testing::Test {
 protected:
  void SetUp() override {
    auto control = Control::Open(path_, {});
    ASSERT_TRUE(control) << control.error().what;
    control_ = std::move(*control);
    ASSERT_TRUE(control_->Publish());
    control_->Start([this] { control_->Reply({true, {"done"}}); });
  }

  [[nodiscard]] UniqueFd Connect() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    EXPECT_EQ(::connect(fd.get(), generic, sizeof address), 0);
    return fd;
  }
  static void Send(const UniqueFd& fd, std::string_view text) {
    (void)::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  static std::string Answer(const UniqueFd& fd) {
    char buffer[256];
    std::string answer;
    for (ssize_t got = 1; got > 0;) {
      got = ::recv(fd.get(), buffer, sizeof buffer, 0);
      if (got > 0) answer.append(buffer, static_cast<std::size_t>(got));
    }
    return answer;
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_.Path("control");
  std::unique_ptr<Control> control_;
};

TEST_F(ControlSocket, AnswersARequest) {
  const UniqueFd fd = Connect();
  Send(fd, "rel");
  Send(fd, "oad\n");
  EXPECT_EQ(Answer(fd), "ok\ndone\n");
}

TEST_F(ControlSocket, RefusesWhatIsNoRequest) {
  for (const std::string& text : {std::string("\n"), std::string("reload now\n"),
                                  std::string("\0\xff\n", 3), std::string("RELOAD\n")}) {
    const UniqueFd fd = Connect();
    Send(fd, text);
    EXPECT_EQ(Answer(fd), "failed\nunknown request\n");
  }
  const UniqueFd fd = Connect();
  Send(fd, std::string(100'000, 'x'));
  EXPECT_EQ(Answer(fd), "");
}

// One byte every few seconds would keep everybody else out, and the daemon from ending.
TEST_F(ControlSocket, ASlowClientDelaysNobodyForLong) {
  const UniqueFd slow = Connect();
  Send(slow, "r");
  const UniqueFd other = Connect();
  Send(other, "reload\n");
  const auto begin = SteadyClock::now();
  const timeval moment{1, 0};
  (void)::setsockopt(slow.get(), SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
  char byte = 0;
  while (::recv(slow.get(), &byte, 1, 0) < 0 && SteadyClock::now() - begin < 20s) Send(slow, "e");
  EXPECT_LT(SteadyClock::now() - begin, 15s);
  EXPECT_EQ(Answer(other), "ok\ndone\n");
}

TEST_F(ControlSocket, SilentClientsDelayNobody) {
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 200; ++i) silent.push_back(Connect());
  const auto begin = SteadyClock::now();
  const UniqueFd other = Connect();
  Send(other, "reload\n");
  EXPECT_EQ(Answer(other), "ok\ndone\n");
  EXPECT_LT(SteadyClock::now() - begin, 4s);
}

// Nobody keeps a connection by saying nothing.
TEST_F(ControlSocket, SilentClientsAreClosed) {
  const UniqueFd silent = Connect();
  const auto begin = SteadyClock::now();
  EXPECT_EQ(Answer(silent), "");
  EXPECT_LT(SteadyClock::now() - begin, 15s);
}

TEST_F(ControlSocket, ASlowClientDoesNotKeepTheDaemonFromEnding) {
  const UniqueFd slow = Connect();
  Send(slow, "r");
  std::this_thread::sleep_for(300ms);  // until it is served
  const auto begin = SteadyClock::now();
  control_->Stop();
  EXPECT_LT(SteadyClock::now() - begin, 4s);
}

}  // namespace
}  // namespace assay::milter
