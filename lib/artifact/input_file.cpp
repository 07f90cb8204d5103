#include "artifact/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/read_file.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;

std::atomic<InputWatch*> current_watch = nullptr;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileStamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

/// One name for a file, whatever way a manifest names it.
fs::path key_of(const fs::path& file) { return fs::absolute(file).lexically_normal(); }

Error changed(const fs::path& file) {
  return Error(file.string() + ": was changed while it was being read; run again");
}

}  // namespace

FileStamp FileStamp::of(int descriptor) {
  struct stat status = {};
  fstat(descriptor, &status);
  return stamp_of(status);
}

// A pipe without a writer must not be waited for.
InputFile::InputFile(fs::path path)
    : path_(std::move(path)), descriptor_(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw InputError(path_.string(), errno == ENOENT
                                         ? std::string("is missing")
                                         : std::string("cannot be read: ") + strerror(errno));
  }
  struct stat status = {};
  if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor_);
    throw InputError(path_.string(), "is not an ordinary file");
  }
  stamp_ = stamp_of(status);
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      stamp_(other.stamp_) {}

std::string InputFile::sha256() const {
  if (auto known = InputWatch::known(path_, stamp_); !known.empty()) return known;
  std::string hex = sha256_as_read();
  InputWatch::note(path_, stamp_, hex, InputWatch::Read::kFromDescriptor);
  return hex;
}

void InputFile::check_same(int descriptor) const {
  if (FileStamp::of(descriptor) != stamp_) throw changed(path_);
}

void InputFile::read(const std::function<void(std::span<const std::byte>)>& take) const {
  const std::uint64_t bytes = read_blocks(descriptor_, path_, take);
  if (bytes != static_cast<std::uint64_t>(stamp_.size)) throw changed(path_);
  check_same(descriptor_);
}

std::string InputFile::sha256_as_read() const {
  Sha256 digest;
  read([&](auto bytes) { digest.update(bytes); });
  return digest.hex();
}

InputFile::Content InputFile::content() const {
  Content content;
  content.bytes.reserve(static_cast<std::size_t>(stamp_.size));
  read([&](auto bytes) {
    content.bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  content.sha256 = unetflow::sha256(content.bytes);
  InputWatch::note(path_, stamp_, content.sha256, InputWatch::Read::kFromDescriptor);
  return content;
}

InputWatch::InputWatch() { current_watch = this; }
InputWatch::~InputWatch() { current_watch = nullptr; }

void InputWatch::note(const fs::path& file, const FileStamp& stamp, const std::string& sha256,
                      Read read) {
  InputWatch* const watch = current_watch;
  if (watch == nullptr) return;
  const std::lock_guard lock(watch->mutex_);
  const auto [entry, added] = watch->entries_.try_emplace(key_of(file), Entry{stamp, sha256, read});
  if (added) return;
  if (entry->second.sha256 != sha256) throw changed(file);
  entry->second.stamp = stamp;
  if (read == Read::kByName) entry->second.read = read;
}

std::string InputWatch::known(const fs::path& file, const FileStamp& stamp) {
  InputWatch* const watch = current_watch;
  if (watch == nullptr) return {};
  const std::lock_guard lock(watch->mutex_);
  const auto found = watch->entries_.find(key_of(file));
  return found != watch->entries_.end() && found->second.stamp == stamp ? found->second.sha256
                                                                        : std::string();
}

void InputWatch::check() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [file, entry] : entries_) {
    struct stat status = {};
    if (stat(file.c_str(), &status) != 0) continue;
    const FileStamp now = stamp_of(status);
    if (now == entry.stamp) continue;
    const bool other_file = now.inode != entry.stamp.inode || now.device != entry.stamp.device;
    if (other_file && entry.read == Read::kFromDescriptor) continue;
    // A stamp also changes with a new name or mode: only the content decides.
    if (InputFile(file).sha256_as_read() != entry.sha256) throw changed(file);
  }
}

}  // namespace unetflow
