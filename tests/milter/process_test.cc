// SPDX-License-Identifier: Apache-2.0
#include "milter/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>

#include "lib/base/unique_fd.h"
#include "tests/milter/assayd_process.h"

namespace assay::milter {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The datagram socket that systemd would listen on.
class Supervisor {
 public:
  explicit Supervisor(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const void* generic = &address;
    EXPECT_EQ(::bind(fd_.get(), static_cast<const sockaddr*>(generic),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Supervisor() { ::unsetenv("NOTIFY_SOCKET"); }

  std::string Receive() {
    std::array<char, 256> buffer{};
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  UniqueFd fd_;
};

TEST(Supervisor, IsToldByPathAndByAbstractName) {
  const test::TemporaryFolder folder;
  for (const std::string& name : {folder.Path("notify"), "@" + folder.Path("notify")}) {
    Supervisor supervisor(name);
    NotifySupervisor("READY=1");
    EXPECT_EQ(supervisor.Receive(), "READY=1");
    NotifyReloading();
    EXPECT_THAT(supervisor.Receive(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  }
}

TEST(Supervisor, ItsAbsenceAndBadNamesAreNoFault) {
  ::unsetenv("NOTIFY_SOCKET");
  NotifySupervisor("READY=1");
  for (const std::string& name :
       {std::string(), std::string(300, 'x'), std::string("/nobody/here")}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    NotifySupervisor("READY=1");
  }
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Users, AreFoundByName) {
  const auto root = FindUser("root");
  ASSERT_TRUE(root) << root.error().what;
  EXPECT_EQ(root->uid, 0U);
  const auto group = FindGroup("root");
  ASSERT_TRUE(group);
  EXPECT_EQ(*group, 0U);
}

TEST(Users, MissingOnesAreNamed) {
  const auto user = FindUser("no-such-user");
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error().what, "no user 'no-such-user'");
  const auto group = FindGroup("no-such-group");
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().what, "no group 'no-such-group'");
}

TEST(Users, RootBecomesAnotherForGood) {
  if (!RunsAsRoot()) GTEST_SKIP() << "only root can become somebody else";
  const auto nobody = FindUser("nobody");
  if (!nobody) GTEST_SKIP() << nobody.error().what;
  const pid_t child = ::fork();
  if (child == 0) {
    const bool became = BecomeUser(*nobody).has_value() && ::geteuid() == nobody->uid &&
                        ::getuid() == nobody->uid && ::getegid() == nobody->gid && ::setuid(0) != 0;
    ::_exit(became ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Users, OthersCannotBecomeRoot) {
  const auto nobody = FindUser("nobody");
  if (!nobody) GTEST_SKIP() << nobody.error().what;
  const pid_t child = ::fork();
  if (child == 0) {
    const bool ready = !RunsAsRoot() || BecomeUser(*nobody).has_value();
    ::_exit(ready && !BecomeUser({"root", 0, 0}) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(FileLimit, IsRaisedToWhatIsAllowed) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(RaiseFileLimit(), before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace assay::milter
