// Memory for images larger than memory. A program keeps the first part of its large arrays in
// ordinary memory, and any more in pages of a file without a name, which ends with the process.
// The kernel reads and writes these pages as they are used; this process holds only so many of
// them at a time. So every computation over whole images is the same code, with the same bytes,
// whatever their size: what it needs is room in a folder.
//
// stages/allocate.cpp makes operator new ask here. Considered and dropped: swap space, which
// clusters lack and which counts as the job's memory; an allocator in the type of images, which
// arrays of runs and queues need as well.
#pragma once

#include <cstddef>
#include <filesystem>
#include <new>
#include <string>

namespace unetflow {

/// Smaller arrays are not counted and lie in ordinary memory.
inline constexpr std::size_t kLargeArray = std::size_t{16} << 20;  // bytes

/// The folder has no room for an array; what() says which folder, and how large it is.
class NoRoom : public std::bad_alloc {
 public:
  explicit NoRoom(const std::string& message) noexcept;
  const char* what() const noexcept override;
};

/// From now on large arrays beyond a quarter of `bytes` lie in files in this folder, and of their
/// pages those that are not in use are let go once the process holds half of `bytes`.
/// Before the first call all arrays lie in ordinary memory.
void keep_large_arrays_in(const std::filesystem::path& folder, std::size_t bytes);

/// The most bytes that lay in files at one time since then.
std::size_t most_bytes_in_files();

/// What operator new and delete do; allocate() returns null where ordinary memory is used up.
/// Throws NoRoom.
void* allocate(std::size_t bytes);
void release(void* array) noexcept;

}  // namespace unetflow
