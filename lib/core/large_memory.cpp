#include "core/large_memory.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

namespace unetflow {
namespace {

constexpr std::size_t kPage = 4096;
constexpr int kMostFiles = 4096;
constexpr double kGiB = 1 << 30;

struct Mapping {
  void* begin = nullptr;
  std::size_t bytes = 0;
};

// Nothing here may allocate, or end before the last array does: plain memory without destructors.
std::mutex* const mutex = new (malloc(sizeof(std::mutex))) std::mutex;
char folder[4096] = "";
Mapping files[kMostFiles];
std::atomic<int> file_count = 0;
std::atomic<std::size_t> memory = 0;
std::size_t in_files = 0, most_in_files = 0;
std::atomic<std::size_t> ordinary = 0;  // bytes of large arrays
bool is_watched = false;

/// The bytes that this process holds in memory.
std::size_t resident_bytes() {
  char text[128] = "";
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const auto length = read(file, text, sizeof text - 1);
  close(file);
  unsigned long all = 0, resident = 0;
  if (length <= 0 || std::sscanf(text, "%lu %lu", &all, &resident) != 2) return 0;
  return resident * kPage;
}

/// Lets go of the pages of files. They stay in the kernel's cache as long as there is room, or are
/// written. Returns what is left.
std::size_t let_go() {
  const std::lock_guard lock(*mutex);
  for (int i = 0; i < file_count; ++i) madvise(files[i].begin, files[i].bytes, MADV_DONTNEED);
  return resident_bytes();
}

std::size_t most_resident() { return memory / 2; }

/// Lets go whenever the process holds too much. What it uses before this thread gets its turn comes
/// on top: so nothing that takes long may hold the mutex.
void* watch(void*) {
  constexpr std::size_t kWorthIt = std::size_t{64} << 20;
  std::size_t left = 0;  // after the last time: what is not in files cannot be let go
  for (;; usleep(2000)) {
    const std::size_t resident = resident_bytes();
    left = std::min(left, resident);
    if (resident >= std::max(most_resident(), left + kWorthIt)) left = let_go();
  }
}

void start_watching() {
  pthread_t thread;
  is_watched = pthread_create(&thread, nullptr, watch, nullptr) == 0;
  if (is_watched) pthread_detach(thread);
}

/// A file without a name; -1 where there can be none.
int nameless_file() {
  const int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
  char name[sizeof folder + 32];
  std::snprintf(name, sizeof name, "%s/.unetflow-large-XXXXXX", folder);
  const int named = mkostemp(name, O_CLOEXEC);
  if (named >= 0) unlink(name);
  return named;
}

/// Makes the file this long, with room for all of it: a page without room would end the process
/// when it is written.
bool reserve(int file, std::size_t bytes) {
  const auto length = static_cast<off_t>(bytes);
  if (fallocate(file, 0, 0, length) == 0) return true;
  if (errno != EOPNOTSUPP) return false;
  struct statvfs system = {};
  if (fstatvfs(file, &system) != 0) return false;
  if (static_cast<double>(system.f_bavail) * static_cast<double>(system.f_frsize) <
      static_cast<double>(bytes)) {
    errno = ENOSPC;
    return false;
  }
  return ftruncate(file, length) == 0;
}

/// Of whole pages. Making and removing a large file takes seconds where the disk is busy.
void* allocate_in_file(std::size_t bytes) {
  const int file = nameless_file();
  void* begin = MAP_FAILED;
  if (file >= 0 && reserve(file, bytes)) {
    begin = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  const int error = errno;
  if (file >= 0) close(file);
  const std::lock_guard lock(*mutex);
  if (begin == MAP_FAILED || file_count == kMostFiles) {
    char text[sizeof folder + 256];
    std::snprintf(text, sizeof text,
                  "%s: has no room for an array of %.2f GiB beside %.2f GiB, which are more than "
                  "--memory: %s",
                  folder, static_cast<double>(bytes) / kGiB, static_cast<double>(in_files) / kGiB,
                  begin == MAP_FAILED ? strerror(error) : "too many files");
    throw NoRoom(text);
  }
  if (!is_watched) start_watching();
  files[file_count] = {begin, bytes};
  ++file_count;
  in_files += bytes;
  most_in_files = std::max(most_in_files, in_files);
  return begin;
}

/// Forgets the array that begins here; an empty one where none in a file does.
Mapping take_from_files(void* array) {
  const std::lock_guard lock(*mutex);
  Mapping* const end = files + file_count;
  Mapping* const found =
      std::find_if(files, end, [&](const Mapping& file) { return file.begin == array; });
  if (found == end) return {};
  const Mapping taken = *found;
  in_files -= taken.bytes;
  *found = end[-1];
  --file_count;
  return taken;
}

char no_room[sizeof folder + 256] = "";

}  // namespace

NoRoom::NoRoom(const std::string& message) noexcept {
  std::snprintf(no_room, sizeof no_room, "%s", message.c_str());
}

const char* NoRoom::what() const noexcept { return no_room; }

void keep_large_arrays_in(const std::filesystem::path& path, std::size_t bytes) {
  const std::lock_guard lock(*mutex);
  std::snprintf(folder, sizeof folder, "%s", path.c_str());
  memory = bytes;
  most_in_files = in_files;
}

std::size_t most_bytes_in_files() {
  const std::lock_guard lock(*mutex);
  return most_in_files;
}

void* allocate(std::size_t bytes) {
  if (memory > 0 && bytes >= kLargeArray && ordinary + bytes > memory / 4) {
    if (file_count > 0 && resident_bytes() >= most_resident()) let_go();
    return allocate_in_file((bytes + kPage - 1) / kPage * kPage);
  }
  void* const array = malloc(std::max<std::size_t>(bytes, 1));
  if (const std::size_t usable = malloc_usable_size(array); usable >= kLargeArray) {
    ordinary += usable;
  }
  return array;
}

void release(void* array) noexcept {
  const bool begins_page = reinterpret_cast<std::uintptr_t>(array) % kPage == 0;
  if (begins_page && file_count > 0) {
    if (const Mapping taken = take_from_files(array); taken.bytes > 0) {
      munmap(taken.begin, taken.bytes);
      return;
    }
  }
  if (const std::size_t usable = malloc_usable_size(array); usable >= kLargeArray) {
    ordinary -= usable;
  }
  free(array);
}

}  // namespace unetflow
