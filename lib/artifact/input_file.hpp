// Files that a process reads, so that what it writes names the very bytes that were read.
//
// A file's digest is taken through an open descriptor. An InputWatch remembers it with a stamp of
// the file, and says at the end whether the file is still the one that was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>

namespace unetflow {

/// What the file system says of a file. It differs whenever the content may have changed: the time
/// of the last change cannot be set by a program.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size = 0;                   ///< bytes
  std::int64_t modified = 0, changed = 0;  ///< ns since 1970
  bool operator==(const FileStamp&) const = default;

  static FileStamp of(int descriptor);
};

/// An ordinary file, open for reading.
class InputFile {
 public:
  /// Throws InputError naming the file when it cannot be opened, or is a folder, a pipe or a
  /// device.
  explicit InputFile(std::filesystem::path path);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  InputFile& operator=(InputFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const FileStamp& stamp() const { return stamp_; }

  /// Its SHA-256; where an InputWatch has it already, without reading the file again. Throws
  /// InputError when it cannot be read or changes meanwhile.
  std::string sha256() const;
  /// The same, always by reading it.
  std::string sha256_as_read() const;

  struct Content {
    std::string bytes, sha256;
  };
  /// All of it at once, with the digest of just these bytes. Throws as sha256() does.
  Content content() const;
  /// Throws Error unless `descriptor` is open on this very file, unchanged.
  void check_same(int descriptor) const;

 private:
  void read(const std::function<void(std::span<const std::byte>)>& take) const;

  std::filesystem::path path_;
  int descriptor_;
  FileStamp stamp_;
};

/// Remembers the files that this process reads while it exists; there is one at a time.
class InputWatch {
 public:
  InputWatch();
  ~InputWatch();
  InputWatch(const InputWatch&) = delete;
  InputWatch& operator=(const InputWatch&) = delete;

  /// How a file is read after its digest was taken.
  enum class Read {
    kFromDescriptor,  ///< the very file, even when another has taken its name since
    kByName           ///< a library opens it again
  };
  /// Remembers a digest in the watch that exists, if one does. Throws Error when the file was read
  /// before and had another digest.
  static void note(const std::filesystem::path& file, const FileStamp& stamp,
                   const std::string& sha256, Read read);
  /// The digest that the watch has of a file with this stamp; empty without one.
  static std::string known(const std::filesystem::path& file, const FileStamp& stamp);

  /// Throws Error naming the first file whose content is no longer what was read. One that is gone
  /// was read before.
  void check() const;

 private:
  struct Entry {
    FileStamp stamp;
    std::string sha256;
    Read read = Read::kFromDescriptor;
  };
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, Entry> entries_;
};

}  // namespace unetflow
