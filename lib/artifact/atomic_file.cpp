#include "artifact/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "core/error.hpp"
#include "core/output_file.hpp"
#include "core/printable.hpp"
#include "core/read_file.hpp"
#include "core/tell.hpp"

namespace unetflow {
namespace {

/// Removes a temporary file at the end, unless it was renamed.
struct Removed {
  const fs::path& file;
  ~Removed() {
    std::error_code ignored;
    fs::remove(file, ignored);
  }
};

/// Whether fsync failed because the file system has no such thing, for files or for folders: CIFS,
/// FUSE, and what virtual machines share. Then nobody can do better. It is also so for a folder
/// that may be written but not read.
bool cannot_sync(int error, const fs::path& path) {
  for (const int unsupported : {EINVAL, ENOTSUP, EOPNOTSUPP, ENOSYS, EBADF, EROFS}) {
    if (error == unsupported) return true;
  }
  std::error_code ignored;
  return (error == EACCES || error == EPERM || error == EISDIR) && fs::is_directory(path, ignored);
}

}  // namespace

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return;
  const std::string shown = final_name(folder).string();
  const std::string problem = "cannot be created: " + error.message();
  for (const int path : {EACCES, EPERM, EROFS, EEXIST, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG}) {
    if (error.value() == path) throw InputError(shown, problem);
  }
  throw Error(shown + ": " + problem);
}

void sync_to_disk(const fs::path& path, const std::string& shown) {
  int descriptor, cause = 0;
  do {
    descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) cause = errno;
  while (descriptor >= 0 && cause == 0 && fsync(descriptor) != 0) {
    if (errno != EINTR) cause = errno;
  }
  if (descriptor >= 0 && close(descriptor) != 0 && cause == 0) cause = errno;
  if (cause == 0) return;
  if (!cannot_sync(cause, path)) {
    throw Error(fmt::format("{}: cannot be synced: {}", shown, strerror(cause)));
  }
  static std::atomic_flag told;
  if (told.test_and_set()) return;
  tell(fmt::format("{}: this file system cannot sync it ({}); the work is kept\n", printable(shown),
                   strerror(cause)));
}

void copy_content(const fs::path& from, const fs::path& to, const std::string& shown) {
  OutputFile copy(to, shown);
  read_blocks(from, [&](std::span<const std::byte> bytes) { copy.write(bytes); });
  copy.close();
}

void rename_into_place(const fs::path& from, const fs::path& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return;
  if (errno != EXDEV) {
    throw Error(fmt::format("{}: cannot be renamed into place: {}", to.string(), strerror(errno)));
  }
  const fs::path copy = temporary_name(to);
  const Removed removed{copy};
  copy_content(from, copy, to.string());
  sync_to_disk(copy, to.string());
  if (rename(copy.c_str(), to.c_str()) != 0) {
    throw Error(fmt::format("{}: cannot be renamed into place: {}", to.string(), strerror(errno)));
  }
}

std::vector<fs::path> temporaries_in(const fs::path& folder, const std::string& prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && is_temporary(name)) found.push_back(entry->path());
  }
  return found;
}

void write_file_atomically(const fs::path& file, std::string_view text) {
  const fs::path temporary = temporary_name(file);
  const Removed removed{temporary};
  OutputFile output(temporary, file.string());
  output.write(text);
  output.close();
  sync_to_disk(temporary, file.string());
  rename_into_place(temporary, file);
  sync_to_disk(folder_of(file));
}

}  // namespace unetflow
