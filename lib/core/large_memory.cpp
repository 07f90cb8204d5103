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
constexpr double kGiB = 1 << 30;

// Larger arrays in ordinary memory are mapped by themselves, as malloc does unless it was told not
// to (core/memory.hpp): what is freed must not stay.
constexpr std::size_t kMapped = std::size_t{32} << 20;  // bytes

struct Mapping {
  void* begin = nullptr;
  std::size_t bytes = 0;
};

/// Arrays that are mapped by themselves. Nothing here may allocate.
class Mappings {
 public:
  bool add(const Mapping& mapping) {
    if (count_ == kMost) return false;
    all_[count_++] = mapping;
    return true;
  }
  /// Forgets the array that begins here; an empty one where none does.
  Mapping take(void* begin) {
    Mapping* const end = all_ + count_;
    Mapping* const found =
        std::find_if(all_, end, [&](const Mapping& own) { return own.begin == begin; });
    if (found == end) return {};
    const Mapping taken = *found;
    *found = end[-1];
    --count_;
    return taken;
  }
  int count() const { return count_; }
  const Mapping& operator[](int i) const { return all_[i]; }

 private:
  static constexpr int kMost = 4096;
  Mapping all_[kMost];
  std::atomic<int> count_ = 0;
};

/// Where let_go() goes on.
struct Hand {
  int file = 0;
  std::size_t offset = 0;
};

// Nothing here may allocate, or end before the last array does: plain memory without destructors.
std::mutex* const mutex = new (malloc(sizeof(std::mutex))) std::mutex;
char folder[4096] = "";
Mappings files, in_memory;
Hand hand;
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

std::size_t most_resident() { return memory / 2; }

/// Lets go of pages of files, part after part of one file after another from where it ended last
/// time, until the process holds no more than `wanted` or all were let go. They stay in the
/// kernel's cache as long as there is room, or are written. Returns what the process holds then.
///
/// A small part at a time, because pages come back while others go: all of them take so long that
/// other threads add as many in between.
std::size_t let_go(std::size_t wanted) {
  constexpr std::size_t kPart = std::size_t{32} << 20;
  const std::lock_guard lock(*mutex);
  std::size_t left = resident_bytes();
  for (std::size_t done = 0;
       left > wanted && done < in_files + kPart * static_cast<std::size_t>(files.count());) {
    if (hand.file >= files.count()) hand = {};
    const Mapping& file = files[hand.file];
    const std::size_t begin = std::min(hand.offset, file.bytes);
    const std::size_t bytes = std::min(kPart, file.bytes - begin);
    madvise(static_cast<char*>(file.begin) + begin, bytes, MADV_DONTNEED);
    hand = begin + bytes == file.bytes ? Hand{hand.file + 1, 0} : Hand{hand.file, begin + bytes};
    done += kPart;
    left = resident_bytes();
  }
  return left;
}

/// Lets go whenever the process holds too much. What it uses before this thread gets its turn comes
/// on top: so nothing that takes long may hold the mutex.
void* watch(void*) {
  constexpr std::size_t kWorthIt = std::size_t{64} << 20;
  std::size_t left = 0;  // after the last time: what is not in files cannot be let go
  for (;; usleep(2000)) {
    const std::size_t resident = resident_bytes();
    left = std::min(left, resident);
    if (resident >= std::max(most_resident(), left + kWorthIt)) {
      left = let_go(most_resident() - kWorthIt);
    }
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
  if (begin == MAP_FAILED || !files.add({begin, bytes})) {
    char text[sizeof folder + 256];
    std::snprintf(text, sizeof text,
                  "%s: has no room for an array of %.2f GiB beside %.2f GiB, which are more than "
                  "--memory: %s",
                  folder, static_cast<double>(bytes) / kGiB, static_cast<double>(in_files) / kGiB,
                  begin == MAP_FAILED ? strerror(error) : "too many files");
    throw NoRoom(text);
  }
  if (!is_watched) start_watching();
  in_files += bytes;
  most_in_files = std::max(most_in_files, in_files);
  return begin;
}

/// Null where there can be none.
void* allocate_in_memory(std::size_t bytes) {
  void* const begin =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (begin == MAP_FAILED) return nullptr;
  const std::lock_guard lock(*mutex);
  if (in_memory.add({begin, bytes})) {
    ordinary += bytes;
    return begin;
  }
  munmap(begin, bytes);
  return nullptr;
}

/// False where it is not mapped by itself.
bool unmap(void* array) {
  Mapping taken;
  {
    const std::lock_guard lock(*mutex);
    taken = files.take(array);
    in_files -= taken.bytes;
    if (taken.bytes == 0) {
      taken = in_memory.take(array);
      ordinary -= taken.bytes;
    }
  }
  return taken.bytes > 0 && munmap(taken.begin, taken.bytes) == 0;
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
  if (memory > 0 && bytes >= kLargeArray) {
    const std::size_t pages = (bytes + kPage - 1) / kPage * kPage;
    if (ordinary + bytes > memory / 4) {
      if (files.count() > 0 && resident_bytes() >= most_resident()) let_go(most_resident() / 2);
      return allocate_in_file(pages);
    }
    if (void* const array = bytes >= kMapped ? allocate_in_memory(pages) : nullptr) return array;
  }
  void* const array = malloc(std::max<std::size_t>(bytes, 1));
  if (const std::size_t usable = malloc_usable_size(array); usable >= kLargeArray) {
    ordinary += usable;
  }
  return array;
}

void release(void* array) noexcept {
  const bool begins_page = reinterpret_cast<std::uintptr_t>(array) % kPage == 0;
  if (begins_page && files.count() + in_memory.count() > 0 && unmap(array)) return;
  if (const std::size_t usable = malloc_usable_size(array); usable >= kLargeArray) {
    ordinary -= usable;
  }
  free(array);
}

}  // namespace unetflow
