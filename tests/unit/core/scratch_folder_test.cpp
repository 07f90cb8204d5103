#include "core/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;

TEST(ScratchFolder, IsRemovedWithTheObject) {
  fs::path path;
  {
    const ScratchFolder folder;
    path = folder.path();
    folder.write("file", "text");
    EXPECT_EQ(folder.read("file"), "text");
  }
  EXPECT_FALSE(fs::exists(path));
}

/// The system's temporary folder is that of the test.
class ScratchFolders : public testing::Test {
 protected:
  ScratchFolders() { setenv("TMPDIR", parent.path.c_str(), 1); }
  ~ScratchFolders() override { unsetenv("TMPDIR"); }

  fs::path private_folder(const std::string& name) const {
    fs::create_directory(parent.path / name);
    fs::permissions(parent.path / name, fs::perms::owner_all);
    return parent.path / name;
  }

  const TemporaryFolder parent;
};

TEST_F(ScratchFolders, ThoseOfKilledProcessesAreRemovedByTheNext) {
  const pid_t child = fork();
  if (child == 0) {
    const ScratchFolder folder;
    folder.write("file", "text");
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  ASSERT_FALSE(fs::is_empty(parent.path));
  { const ScratchFolder next; }
  EXPECT_TRUE(fs::is_empty(parent.path));
}

TEST_F(ScratchFolders, ThoseInUseStay) {
  const ScratchFolder first;
  const ScratchFolder second;
  EXPECT_TRUE(fs::exists(first.path()));
}

TEST_F(ScratchFolders, WhatIsNotOneStays) {
  const auto other = private_folder("unetflow-results");
  const auto longer = private_folder("unetflow-scratch-of-mine");
  const auto open_to_all = private_folder("unetflow-scratch-123456");
  fs::permissions(open_to_all, fs::perms::all);
  const auto target = private_folder("target");
  fs::create_directory_symlink(target, parent.path / "unetflow-scratch-abcdef");
  const ScratchFolder next;
  for (const auto& folder : {other, longer, open_to_all, target}) {
    EXPECT_TRUE(fs::exists(folder)) << folder;
  }
}

}  // namespace
}  // namespace unetflow
