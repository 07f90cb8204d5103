#include "artifact/artifact_lock.hpp"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <thread>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/output_file.hpp"
#include "temporary_folder.hpp"

namespace {
bool flock_is_supported = true;
}

// Instead of the C library's: as on a file system that cannot lock.
extern "C" int flock(int descriptor, int operation) noexcept {
  if (flock_is_supported) return static_cast<int>(syscall(SYS_flock, descriptor, operation));
  errno = ENOLCK;
  return -1;
}

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A process that calls `act` and waits to be killed.
class Child {
 public:
  explicit Child(const std::function<void()>& act) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    process_ = fork();
    if (process_ == 0) {
      try {
        act();
      } catch (const std::exception&) {
        _exit(1);
      }
      if (write(ends[1], "x", 1) == 1) pause();
      _exit(1);
    }
    close(ends[1]);
    char byte;
    ready_ = read(ends[0], &byte, 1) == 1;
    close(ends[0]);
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void end() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  pid_t process() const { return process_; }
  bool ready() const { return ready_; }

 private:
  pid_t process_;
  bool ready_ = false;
};

/// With and without flock.
class Lock : public testing::TestWithParam<bool> {
 protected:
  Lock() { flock_is_supported = GetParam(); }
  ~Lock() override { flock_is_supported = true; }

  void leave(const Json& holder) const { folder_.write(".a.lock", holder.dump()); }
  Json holder() const { return Json::parse(file_bytes(file_)); }

  const TemporaryFolder folder_;
  const fs::path manifest_ = folder_.path / "a.json", file_ = folder_.path / ".a.lock";
};

INSTANTIATE_TEST_SUITE_P(WithAndWithoutFlock, Lock, testing::Bool(),
                         [](const auto& test) { return test.param ? "Flock" : "NoFlock"; });

TEST_P(Lock, SaysWhoHasItAndIsGoneAfterwards) {
  {
    const ArtifactLock lock(folder_.path / "new" / "a.json");
    const Json holder = Json::parse(file_bytes(folder_.path / "new" / ".a.lock"));
    EXPECT_EQ(holder.at("process"), getpid());
    EXPECT_GT(holder.at("started"), 0);
    EXPECT_TRUE(has_leftovers(folder_.path / "new" / "a.json"));
  }
  EXPECT_TRUE(fs::is_empty(folder_.path / "new"));
  EXPECT_FALSE(has_leftovers(folder_.path / "new" / "a.json"));
}

TEST_P(Lock, OfAnotherProcessIsRefusedUntilItIsKilled) {
  Child child([&] { new ArtifactLock(manifest_); });
  ASSERT_TRUE(child.ready());
  folder_.write(".a.partial-1-0/a.h5", "of the other");
  const auto refused = ThrowsMessage<Error>(
      AllOf(HasSubstr(fmt::format("a.json: is being written by process {} on ", child.process())),
            HasSubstr(" since 20")));
  EXPECT_THAT([&] { ArtifactLock lock(manifest_); }, refused);
  EXPECT_EQ(ArtifactLock::if_free(manifest_), nullptr);
  EXPECT_NO_THROW(ArtifactLock(folder_.path / "b.json"));
  EXPECT_TRUE(fs::exists(folder_.path / ".a.partial-1-0"));
  child.end();
  EXPECT_TRUE(fs::exists(file_));
  const ArtifactLock lock(manifest_);
  EXPECT_EQ(holder().at("process"), getpid());
  EXPECT_FALSE(fs::exists(folder_.path / ".a.partial-1-0"));
}

TEST_P(Lock, RemovesWhatStoppedRunsLeftOfItsArtifactOnly) {
  folder_.write(".a.partial-12-0/figures/1.svg");
  folder_.write(".a.partial-12-1");
  folder_.write(".ab.partial-12-2");
  folder_.write(".a.mine");
  EXPECT_TRUE(has_leftovers(manifest_));
  EXPECT_NE(ArtifactLock::if_free(manifest_), nullptr);
  EXPECT_FALSE(has_leftovers(manifest_));
  EXPECT_FALSE(fs::exists(folder_.path / ".a.partial-12-0"));
  EXPECT_TRUE(fs::exists(folder_.path / ".ab.partial-12-2"));
  EXPECT_TRUE(fs::exists(folder_.path / ".a.mine"));
}

TEST_P(Lock, WhoseProcessNumberIsUsedAgainIsTakenOver) {
  Json left;
  {
    const ArtifactLock lock(manifest_);
    left = holder();
  }
  left["process"] = getppid();
  left["started"] = left.at("started").get<std::uint64_t>() + 1;  // not that one's
  leave(left);
  const ArtifactLock lock(manifest_);
  EXPECT_EQ(holder().at("process"), getpid());
}

TEST_P(Lock, ThatWasTakenBeforeThisProgramWasStartedInItsPlaceStays) {
  Json left;
  {
    const ArtifactLock lock(manifest_);
    left = holder();
  }
  leave(left);
  EXPECT_NO_THROW(ArtifactLock lock(manifest_));
}

TEST_P(Lock, ThatHoldsNothingIsTakenOver) {
  for (const char* text : {"", "{", "[]", R"({"host": 3})"}) {
    folder_.write(".a.lock", text);
    const ArtifactLock lock(manifest_);
    EXPECT_EQ(holder().at("process"), getpid());
  }
}

TEST_P(Lock, IsNotWrittenThroughALink) {
  const auto victim = folder_.write("victim", "precious");
  fs::create_symlink(victim, file_);
  EXPECT_THAT([&] { ArtifactLock lock(manifest_); },
              ThrowsMessage<Error>(HasSubstr("a.json: cannot be locked: ")));
  EXPECT_EQ(file_bytes(victim), "precious");
}

TEST_P(Lock, OfAHostThatCannotBeAsked) {
  leave({{"host", "elsewhere"},
         {"processes", "pid:[1]"},
         {"process", 77},
         {"started", 5},
         {"since", "2026-01-02T03:04:05Z"}});
  if (flock_is_supported) {
    EXPECT_NO_THROW(ArtifactLock lock(manifest_));  // nobody locks the file
  } else {
    EXPECT_THAT([&] { ArtifactLock lock(manifest_); },
                ThrowsMessage<Error>(manifest_.string() +
                                     ": is being written by process 77 on elsewhere since "
                                     "2026-01-02T03:04:05Z; if that process is gone, remove " +
                                     file_.string()));
    EXPECT_TRUE(fs::exists(file_));
  }
}

TEST_P(Lock, IsOneProcessesAtATimeWhenManyTakeItOver) {
  // Each holder makes a file that nobody else may have made.
  const auto take_many_times = [&] {
    for (int i = 0; i < 40; ++i) {
      if (const auto lock = ArtifactLock::if_free(manifest_)) {
        OutputFile alone(folder_.path / "alone");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        fs::remove(folder_.path / "alone");
        if (i % 8 == 7) _exit(0);  // leaves the lock
      }
    }
  };
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    try {
      take_many_times();
    } catch (const std::exception& error) {
      static_cast<void>(!write(STDERR_FILENO, error.what(), strlen(error.what())));
      _exit(1);
    }
    _exit(0);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

}  // namespace
}  // namespace unetflow
