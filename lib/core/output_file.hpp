// Files are written under temporary names of the process's own and renamed when they are whole:
// what these names are, and writing that looks at every result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace unetflow {

/// What the names of all temporary files and folders of `file` begin with: ".STEM.partial-".
std::string temporary_prefix(const std::filesystem::path& file);
/// A name beside `file` that no other process of this host uses, and this one uses once. On a disk
/// that several hosts share it may be taken.
std::filesystem::path temporary_name(const std::filesystem::path& file);
/// Whether a file or folder is called as one that is temporary.
bool is_temporary(const std::string& name);
/// Where a file in a temporary folder will be in the end, which is what messages call it; any other
/// path as it is.
std::filesystem::path final_name(const std::filesystem::path& path);

/// A new file. All functions throw Error, which calls it by `shown`, when the system could not do
/// what they ask for.
class OutputFile {
 public:
  /// Nothing may be there yet, not even a link.
  explicit OutputFile(const std::filesystem::path& file)
      : OutputFile(file, final_name(file).string()) {}
  OutputFile(const std::filesystem::path& file, std::string shown);
  /// Closes the file without a look at the result, unless close() has.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Appends; small pieces are collected.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Writes what was collected, and closes the file.
  void close();

  /// For libraries that move about in their files: the bytes at `offset`, without collecting.
  void write_at(std::span<const std::byte> bytes, std::uint64_t offset);
  /// How many were read; less than asked for at the end of the file.
  std::size_t read_at(std::span<std::byte> bytes, std::uint64_t offset);
  /// Without what is collected.
  std::uint64_t size() const { return size_; }

 private:
  [[noreturn]] void failed(const char* what) const;
  void flush();

  std::string shown_;
  int descriptor_;
  std::string kept_;
  std::uint64_t size_ = 0;
};

}  // namespace unetflow
