#include "core/scratch_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "core/error.hpp"

namespace unetflow {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "unetflow-scratch-", kSuffix = "XXXXXX";

/// A folder's descriptor with the lock on it, or -1: somebody works in it, or it is not ours.
int open_locked(const fs::path& folder, int wait) {
  const int lock = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat status = {};
  if (lock < 0) return -1;
  if (fstat(lock, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 07777) == 0700 &&
      flock(lock, LOCK_EX | wait) == 0) {
    return lock;
  }
  close(lock);
  return -1;
}

/// Nothing that goes wrong here matters to the work.
void remove_left_behind(const fs::path& parent) {
  std::error_code failed;
  for (fs::directory_iterator entry(parent, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kSuffix.size()) continue;
    const int lock = open_locked(entry->path(), LOCK_NB);
    if (lock < 0) continue;
    std::error_code ignored;
    fs::remove_all(entry->path(), ignored);
    close(lock);
  }
}

}  // namespace

ScratchFolder::ScratchFolder() {
  const fs::path parent = fs::temp_directory_path();
  remove_left_behind(parent);
  do {
    std::string name = (parent / kPrefix).string() + std::string(kSuffix);
    if (!mkdtemp(name.data())) {
      throw Error(fmt::format("{}: cannot be created: {}", name, strerror(errno)));
    }
    path_ = name;
    lock_ = open_locked(path_, 0);
    // Another process may have taken it for left behind before it was locked.
  } while (lock_ >= 0 && !fs::exists(path_));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
}

void ScratchFolder::write(const std::string& name, std::string_view content) const {
  std::ofstream stream(path_ / name, std::ios::binary);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (!stream) throw Error((path_ / name).string() + ": cannot be written: " + strerror(errno));
}

std::string ScratchFolder::read(const std::string& name) const {
  std::ifstream stream(path_ / name, std::ios::binary);
  if (!stream) throw Error((path_ / name).string() + ": is missing");
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace unetflow
