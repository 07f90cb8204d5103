#include "core/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.hpp"

namespace unetflow {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kKept = 1 << 16;
constexpr const char* kMark = ".partial-";

/// Calls until no signal interrupts.
template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

std::string temporary_prefix(const fs::path& file) { return "." + file.stem().string() + kMark; }

fs::path temporary_name(const fs::path& file) {
  static std::atomic<unsigned> next = 0;
  return fs::path(file).replace_filename(
      fmt::format("{}{:x}-{:x}", temporary_prefix(file), getpid(), next++));
}

bool is_temporary(const std::string& name) {
  return name.starts_with('.') && name.find(kMark) != std::string::npos;
}

fs::path final_name(const fs::path& path) {
  fs::path name;
  for (const auto& part : path) {
    if (!is_temporary(part.string())) name /= part;
  }
  return name;
}

OutputFile::OutputFile(const fs::path& file, std::string shown)
    : shown_(std::move(shown)), descriptor_(static_cast<int>(uninterrupted([&] {
        return open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
      }))) {
  if (descriptor_ < 0) failed("created");
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::failed(const char* what) const {
  throw Error(fmt::format("{}: cannot be {}: {}", shown_, what, strerror(errno)));
}

void OutputFile::write(std::span<const std::byte> bytes) {
  if (kept_.size() + bytes.size() > kKept) flush();
  if (bytes.size() > kKept) {
    write_at(bytes, size_);
  } else {
    kept_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
}

void OutputFile::flush() {
  write_at(std::as_bytes(std::span(kept_)), size_);
  kept_.clear();
}

void OutputFile::close() {
  flush();
  // After EINTR, too, Linux has closed it.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) failed("written");
}

void OutputFile::write_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto written = uninterrupted([&] {
      return pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    });
    if (written == 0) errno = EIO;  // a regular file takes at least a byte, or says why not
    if (written <= 0) failed("written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
    size_ = std::max(size_, offset);
  }
}

std::size_t OutputFile::read_at(std::span<std::byte> bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto got = uninterrupted([&] {
      return pread(descriptor_, bytes.data() + done, bytes.size() - done,
                   static_cast<off_t>(offset + done));
    });
    if (got < 0) failed("read back");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace unetflow
