#include "artifact/atomic_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace {
int fsync_fails_with = 0;
bool renames_across_folders = true;
}  // namespace

// Instead of the C library's: as on file systems that cannot do this.
extern "C" int fsync(int descriptor) {
  struct stat status;
  const bool folder = fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
  if (fsync_fails_with == 0 || !folder) return static_cast<int>(syscall(SYS_fsync, descriptor));
  errno = fsync_fails_with;
  return -1;
}

extern "C" int rename(const char* from, const char* to) noexcept {
  namespace fs = std::filesystem;
  if (renames_across_folders || fs::path(from).parent_path() == fs::path(to).parent_path()) {
    return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
  }
  errno = EXDEV;
  return -1;
}

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class AtomicFile : public testing::Test {
 protected:
  ~AtomicFile() override {
    fsync_fails_with = 0;
    renames_across_folders = true;
  }
  const TemporaryFolder folder_;
  const fs::path file_ = folder_.path / "a.log";
};

TEST_F(AtomicFile, IsTheOldOneOrTheNewOne) {
  write_file_atomically(file_, "old");
  write_file_atomically(file_, "new");
  EXPECT_EQ(file_bytes(file_), "new");
  fs::create_directories(folder_.path / "b.log" / "full");
  EXPECT_THAT([&] { write_file_atomically(folder_.path / "b.log", "text"); },
              ThrowsMessage<Error>(HasSubstr("b.log: cannot be renamed into place: ")));
  EXPECT_THAT([&] { write_file_atomically(folder_.path / "none" / "c.log", "text"); },
              ThrowsMessage<Error>(HasSubstr("none/c.log: cannot be created: No such file")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path), {}), 2) << "something is left";
}

TEST_F(AtomicFile, InAFolderThatCannotBeSyncedIsKeptAndToldOnce) {
  fsync_fails_with = EINVAL;
  testing::internal::CaptureStderr();
  write_file_atomically(file_, "one");
  write_file_atomically(file_, "two");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            folder_.path.string() +
                ": this file system cannot sync it (Invalid argument); the work is kept\n");
  EXPECT_EQ(file_bytes(file_), "two");
}

TEST_F(AtomicFile, InAFolderWhoseDiskFailsIsAnError) {
  for (const int error : {EIO, ENOSPC, EDQUOT}) {
    fsync_fails_with = error;
    EXPECT_THAT([&] { write_file_atomically(file_, "text"); },
                ThrowsMessage<Error>(folder_.path.string() +
                                     ": cannot be synced: " + std::strerror(error)));
  }
}

TEST_F(AtomicFile, IsCopiedWhereItCannotBeRenamed) {
  renames_across_folders = false;
  const auto from = folder_.write("temporary/a", "content");
  rename_into_place(from, file_);
  EXPECT_EQ(file_bytes(file_), "content");
  EXPECT_TRUE(temporaries_in(folder_.path).empty());
}

TEST_F(AtomicFile, HasNoFolderWhereAFileIs) {
  folder_.write("file");
  EXPECT_THAT([&] { make_folder(folder_.path / "file" / "b"); },
              ThrowsMessage<InputError>(HasSubstr("file/b: cannot be created: ")));
  make_folder(folder_.path / "b" / "c");
  EXPECT_NO_THROW(make_folder(folder_.path / "b" / "c"));
}

}  // namespace
}  // namespace unetflow
