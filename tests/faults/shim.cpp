// A shared library that tests/faults/run.py preloads into a program: it counts the calls that touch
// files below a folder, writes a list of them, and makes one of them fail, write only a part, or
// kill the program. The counter is in a file, so the programs that a program starts go on counting.
//
//   UNETFLOW_FAULT_BELOW  the folder
//   UNETFLOW_FAULT_COUNT  a file of 8 zero bytes, the counter
//   UNETFLOW_FAULT_LOG    gets a line per call: number, name, access, path, and what was done
//   UNETFLOW_FAULT_AT     the number of the call, from 1
//   UNETFLOW_FAULT_DO     a number: fails with that errno; or short, torn, before, after
//   UNETFLOW_FAULT_ON     if set, each later call of the same name fails, too, as on a full disk
//
// Access is r, w, or d for a folder. `short` does half, `torn` does half and kills, `before` kills
// and `after` does all and kills. What the C library calls inside itself (fwrite, fclose's write)
// is not seen, which concerns gnuplot only; streams.py has strace for it.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace {

using Counter = std::atomic<long>;

struct State {
  char below[PATH_MAX] = "";
  size_t below_size = 0;
  Counter* counter = nullptr;
  int log = -1;
  long at = 0;
  char act[16] = "";
  bool on = false;
};

// Everything here by system calls: the C library's functions are this library's own.
const State& state() {
  static const State made = [] {
    State s;
    const char* below = getenv("UNETFLOW_FAULT_BELOW");
    const char* count = getenv("UNETFLOW_FAULT_COUNT");
    const char* log = getenv("UNETFLOW_FAULT_LOG");
    if (below == nullptr || count == nullptr || log == nullptr) return s;
    const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, count, O_RDWR | O_CLOEXEC));
    if (file < 0) return s;
    const long mapped =
        syscall(SYS_mmap, nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (mapped < 0 && mapped > -4096) return s;
    s.counter = reinterpret_cast<Counter*>(mapped);
    const int opened = static_cast<int>(
        syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    // A high number, so that the program's own files get the numbers that they would have.
    s.log = static_cast<int>(syscall(SYS_fcntl, opened, F_DUPFD_CLOEXEC, 900));
    syscall(SYS_close, opened);
    snprintf(s.below, sizeof s.below, "%s/", below);
    s.below_size = strlen(s.below);
    if (const char* at = getenv("UNETFLOW_FAULT_AT")) s.at = atol(at);
    if (const char* act = getenv("UNETFLOW_FAULT_DO")) snprintf(s.act, sizeof s.act, "%s", act);
    s.on = getenv("UNETFLOW_FAULT_ON") != nullptr;
    return s;
  }();
  return made;
}

char g_failing[32] = "";  ///< the call that goes on failing

enum class Act { kNone, kFail, kShort, kTorn, kBefore, kAfter };

struct Fault {
  Act act = Act::kNone;
  int error = 0;
  bool fails() const { return act == Act::kFail; }
};

[[noreturn]] void die() {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

/// Counts a call and says what is to happen to it.
Fault count(const char* name, char access, const char* path) {
  const State& s = state();
  if (s.counter == nullptr || strncmp(path, s.below, s.below_size) != 0) return {};
  const long number = s.counter->fetch_add(1) + 1;
  const bool hit = number == s.at || (s.on && strcmp(name, g_failing) == 0);
  char line[PATH_MAX + 128];
  const int size = snprintf(line, sizeof line, "%ld\t%s\t%c\t%s%s%s\n", number, name, access,
                            path + s.below_size, hit ? "\t" : "", hit ? s.act : "");
  syscall(SYS_write, s.log, line, size);
  if (!hit) return {};
  if (s.on) snprintf(g_failing, sizeof g_failing, "%s", name);
  if (strcmp(s.act, "short") == 0) return {Act::kShort, 0};
  if (strcmp(s.act, "torn") == 0) return {Act::kTorn, 0};
  if (strcmp(s.act, "after") == 0) return {Act::kAfter, 0};
  if (strcmp(s.act, "before") == 0) die();
  return {Act::kFail, atoi(s.act)};
}

Fault count_path(const char* name, char access, int folder, const char* path) {
  if (state().counter == nullptr || path == nullptr) return {};
  const int kept = errno;
  char whole[2 * PATH_MAX] = "";
  if (path[0] != '/') {
    char link[64] = "/proc/self/cwd";
    if (folder != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    const long size = syscall(SYS_readlink, link, whole, PATH_MAX - 1);
    if (size > 0) whole[size] = '/';
  }
  snprintf(whole + strlen(whole), PATH_MAX, "%s", path);
  errno = kept;
  return count(name, access, whole);
}

/// How a file was opened: d, a folder; r, for reading only; w.
char access_of_open(int file) {
  struct stat status;
  if (syscall(SYS_fstat, file, &status) == 0 && S_ISDIR(status.st_mode)) return 'd';
  const long flags = syscall(SYS_fcntl, file, F_GETFL);
  return (flags & O_ACCMODE) == O_RDONLY ? 'r' : 'w';
}

Fault count_file(const char* name, char access, int file) {
  if (state().counter == nullptr || file < 0) return {};
  const int kept = errno;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const long size = syscall(SYS_readlink, link, path, sizeof path - 1);
  if (size < 0) {
    errno = kept;
    return {};
  }
  path[size] = 0;
  if (access == '?') access = access_of_open(file);
  errno = kept;
  return count(name, access, path);
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

/// The real call, or its failure; dies after it where that is asked for.
template <class Call>
auto done(const Fault& fault, std::invoke_result_t<Call> failed, Call call) {
  if (fault.fails()) {
    errno = fault.error;
    return failed;
  }
  const auto result = call();
  if (fault.act == Act::kAfter) die();
  return result;
}

/// A read or write of `size` bytes, of which `call(n)` does n.
template <class Call>
ssize_t moved(const Fault& fault, size_t size, Call call) {
  if (fault.fails()) {
    errno = fault.error;
    return -1;
  }
  const bool part = (fault.act == Act::kShort || fault.act == Act::kTorn) && size > 1;
  const ssize_t result = call(part ? size / 2 : size);
  if (fault.act == Act::kTorn || fault.act == Act::kAfter) die();
  return result;
}

char access_of(int flags) {
  return (flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT) ? 'r' : 'w';
}

mode_t mode_of(int flags, va_list& more) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;
}

/// The first half of what a vector lists, at least one byte.
struct HalfVector {
  iovec parts[64];
  int count = 0;
  HalfVector(const iovec* vector, int size, size_t bytes) {
    for (; count < size && count < 64 && bytes > 0; ++count) {
      parts[count] = vector[count];
      if (parts[count].iov_len > bytes) parts[count].iov_len = bytes;
      bytes -= parts[count].iov_len;
    }
  }
};

size_t bytes_of(const iovec* vector, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += vector[i].iov_len;
  return bytes;
}

}  // namespace

// Which may be told apart from the C library's own declarations only by their names.
#define NEXT(name) static const auto real = next<decltype(&name)>(#name)

#define OPEN(name)                                                            \
  int name(const char* path, int flags, ...) {                                \
    NEXT(name);                                                               \
    va_list more;                                                             \
    va_start(more, flags);                                                    \
    const mode_t mode = mode_of(flags, more);                                 \
    va_end(more);                                                             \
    const Fault fault = count_path("open", access_of(flags), AT_FDCWD, path); \
    return done(fault, -1, [&] { return real(path, flags, mode); });          \
  }
#define OPENAT(name)                                                         \
  int name(int folder, const char* path, int flags, ...) {                   \
    NEXT(name);                                                              \
    va_list more;                                                            \
    va_start(more, flags);                                                   \
    const mode_t mode = mode_of(flags, more);                                \
    va_end(more);                                                            \
    const Fault fault = count_path("open", access_of(flags), folder, path);  \
    return done(fault, -1, [&] { return real(folder, path, flags, mode); }); \
  }
#define CREAT(name)                                              \
  int name(const char* path, mode_t mode) {                      \
    NEXT(name);                                                  \
    const Fault fault = count_path("open", 'w', AT_FDCWD, path); \
    return done(fault, -1, [&] { return real(path, mode); });    \
  }
#define FOPEN(name)                                                                 \
  FILE* name(const char* path, const char* mode) {                                  \
    NEXT(name);                                                                     \
    const char access = mode[0] == 'r' && strchr(mode, '+') == nullptr ? 'r' : 'w'; \
    const Fault fault = count_path("open", access, AT_FDCWD, path);                 \
    return done(fault, nullptr, [&] { return real(path, mode); });                  \
  }
#define PREAD(name, offset_type)                                      \
  ssize_t name(int file, void* bytes, size_t size, offset_type at) {  \
    NEXT(name);                                                       \
    return moved(count_file("read", 'r', file), size,                 \
                 [&](size_t n) { return real(file, bytes, n, at); }); \
  }
#define PWRITE(name, offset_type)                                          \
  ssize_t name(int file, const void* bytes, size_t size, offset_type at) { \
    NEXT(name);                                                            \
    return moved(count_file("write", 'w', file), size,                     \
                 [&](size_t n) { return real(file, bytes, n, at); });      \
  }
#define PWRITEV(name, offset_type)                                                        \
  ssize_t name(int file, const iovec* vector, int count, offset_type at) {                \
    NEXT(name);                                                                           \
    return moved(count_file("write", 'w', file), bytes_of(vector, count), [&](size_t n) { \
      const HalfVector part(vector, count, n);                                            \
      return real(file, part.parts, part.count, at);                                      \
    });                                                                                   \
  }
#define FTRUNCATE(name, offset_type)                                                      \
  int name(int file, offset_type size) {                                                  \
    NEXT(name);                                                                           \
    return done(count_file("truncate", 'w', file), -1, [&] { return real(file, size); }); \
  }
#define TRUNCATE(name, offset_type)                              \
  int name(const char* path, offset_type size) {                 \
    NEXT(name);                                                  \
    return done(count_path("truncate", 'w', AT_FDCWD, path), -1, \
                [&] { return real(path, size); });               \
  }
#define MMAP(name, offset_type)                                                                 \
  void* name(void* at, size_t size, int protection, int flags, int file, offset_type offset) {  \
    NEXT(name);                                                                                 \
    const Fault fault = (flags & MAP_ANONYMOUS) != 0 ? Fault() : count_file("mmap", '?', file); \
    return done(fault, MAP_FAILED,                                                              \
                [&] { return real(at, size, protection, flags, file, offset); });               \
  }
// A name and what one argument, a file's number, is to it.
#define BY_FILE(label, access, name)                                              \
  int name(int file) {                                                            \
    NEXT(name);                                                                   \
    return done(count_file(label, access, file), -1, [&] { return real(file); }); \
  }
#define BY_PATH(label, access, name)                                                        \
  int name(const char* path) {                                                              \
    NEXT(name);                                                                             \
    return done(count_path(label, access, AT_FDCWD, path), -1, [&] { return real(path); }); \
  }
#define STAT(name, buffer)                                                                        \
  int name(const char* path, struct buffer* status) noexcept {                                    \
    NEXT(name);                                                                                   \
    return done(count_path("stat", 'r', AT_FDCWD, path), -1, [&] { return real(path, status); }); \
  }
#define FSTAT(name, buffer)                                                             \
  int name(int file, struct buffer* status) noexcept {                                  \
    NEXT(name);                                                                         \
    return done(count_file("stat", 'r', file), -1, [&] { return real(file, status); }); \
  }
#define FSTATAT(name, buffer)                                                         \
  int name(int folder, const char* path, struct buffer* status, int flags) noexcept { \
    NEXT(name);                                                                       \
    return done(count_path("stat", 'r', folder, path), -1,                            \
                [&] { return real(folder, path, status, flags); });                   \
  }

extern "C" {

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
CREAT(creat)
CREAT(creat64)
FOPEN(fopen)
FOPEN(fopen64)
PREAD(pread, off_t)
PREAD(pread64, off64_t)
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)
TRUNCATE(truncate, off_t)
TRUNCATE(truncate64, off64_t)
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)
BY_FILE("fsync", '?', fsync)
BY_FILE("fsync", '?', fdatasync)
BY_FILE("fsync", '?', syncfs)
BY_PATH("unlink", 'w', unlink)
BY_PATH("unlink", 'w', remove)
BY_PATH("rmdir", 'w', rmdir)
STAT(stat, stat)
STAT(lstat, stat)
STAT(stat64, stat64)
STAT(lstat64, stat64)
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)
FSTATAT(fstatat, stat)
FSTATAT(fstatat64, stat64)

// Closing frees the number also where it fails, as Linux has it.
int close(int file) {
  NEXT(close);
  const Fault fault = count_file("close", '?', file);
  const int result = real(file);
  if (fault.act == Act::kAfter) die();
  if (!fault.fails()) return result;
  errno = fault.error;
  return -1;
}

int fclose(FILE* stream) {
  NEXT(fclose);
  const Fault fault = count_file("close", '?', fileno(stream));
  const int result = real(stream);
  if (fault.act == Act::kAfter) die();
  if (!fault.fails()) return result;
  errno = fault.error;
  return EOF;
}

ssize_t read(int file, void* bytes, size_t size) {
  NEXT(read);
  return moved(count_file("read", 'r', file), size, [&](size_t n) { return real(file, bytes, n); });
}

ssize_t readv(int file, const iovec* vector, int count) {
  NEXT(readv);
  return moved(count_file("read", 'r', file), bytes_of(vector, count), [&](size_t n) {
    const HalfVector part(vector, count, n);
    return real(file, part.parts, part.count);
  });
}

ssize_t write(int file, const void* bytes, size_t size) {
  NEXT(write);
  return moved(count_file("write", 'w', file), size,
               [&](size_t n) { return real(file, bytes, n); });
}

ssize_t writev(int file, const iovec* vector, int count) {
  NEXT(writev);
  return moved(count_file("write", 'w', file), bytes_of(vector, count), [&](size_t n) {
    const HalfVector part(vector, count, n);
    return real(file, part.parts, part.count);
  });
}

ssize_t sendfile(int out, int in, off_t* offset, size_t size) noexcept {
  NEXT(sendfile);
  return moved(count_file("write", 'w', out), size,
               [&](size_t n) { return real(out, in, offset, n); });
}

ssize_t copy_file_range(int in, off64_t* from, int out, off64_t* to, size_t size,
                        unsigned int flags) {
  NEXT(copy_file_range);
  return moved(count_file("write", 'w', out), size,
               [&](size_t n) { return real(in, from, out, to, n, flags); });
}

int rename(const char* from, const char* to) noexcept {
  NEXT(rename);
  return done(count_path("rename", 'w', AT_FDCWD, to), -1, [&] { return real(from, to); });
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  NEXT(renameat);
  return done(count_path("rename", 'w', to_folder, to), -1,
              [&] { return real(from_folder, from, to_folder, to); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) noexcept {
  NEXT(renameat2);
  return done(count_path("rename", 'w', to_folder, to), -1,
              [&] { return real(from_folder, from, to_folder, to, flags); });
}

int link(const char* from, const char* to) noexcept {
  NEXT(link);
  return done(count_path("link", 'w', AT_FDCWD, to), -1, [&] { return real(from, to); });
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  NEXT(linkat);
  return done(count_path("link", 'w', to_folder, to), -1,
              [&] { return real(from_folder, from, to_folder, to, flags); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  NEXT(unlinkat);
  return done(count_path("unlink", 'w', folder, path), -1,
              [&] { return real(folder, path, flags); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  NEXT(mkdir);
  return done(count_path("mkdir", 'w', AT_FDCWD, path), -1, [&] { return real(path, mode); });
}

int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  NEXT(mkdirat);
  return done(count_path("mkdir", 'w', folder, path), -1, [&] { return real(folder, path, mode); });
}

char* mkdtemp(char* name) noexcept {
  NEXT(mkdtemp);
  return done(count_path("mkdir", 'w', AT_FDCWD, name), nullptr, [&] { return real(name); });
}

int flock(int file, int operation) noexcept {
  NEXT(flock);
  return done(count_file("lock", 'w', file), -1, [&] { return real(file, operation); });
}

int lockf(int file, int command, off_t size) {
  NEXT(lockf);
  return done(count_file("lock", 'w', file), -1, [&] { return real(file, command, size); });
}

#define FCNTL(name)                                                                           \
  int name(int file, int command, ...) {                                                      \
    NEXT(name);                                                                               \
    va_list more;                                                                             \
    va_start(more, command);                                                                  \
    void* const argument = va_arg(more, void*);                                               \
    va_end(more);                                                                             \
    const bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || \
                       command == F_OFD_SETLKW;                                               \
    const Fault fault = locks ? count_file("lock", 'w', file) : Fault();                      \
    return done(fault, -1, [&] { return real(file, command, argument); });                    \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

int posix_fallocate(int file, off_t offset, off_t size) {
  NEXT(posix_fallocate);
  const Fault fault = count_file("allocate", 'w', file);
  return done(fault, fault.error, [&] { return real(file, offset, size); });
}

int fallocate(int file, int mode, off_t offset, off_t size) {
  NEXT(fallocate);
  return done(count_file("allocate", 'w', file), -1,
              [&] { return real(file, mode, offset, size); });
}

int access(const char* path, int mode) noexcept {
  NEXT(access);
  return done(count_path("stat", 'r', AT_FDCWD, path), -1, [&] { return real(path, mode); });
}

int statx(int folder, const char* path, int flags, unsigned int mask,
          struct statx* status) noexcept {
  NEXT(statx);
  return done(count_path("stat", 'r', folder, path), -1,
              [&] { return real(folder, path, flags, mask, status); });
}

DIR* opendir(const char* path) {
  NEXT(opendir);
  return done(count_path("list", 'r', AT_FDCWD, path), nullptr, [&] { return real(path); });
}

DIR* fdopendir(int file) {
  NEXT(fdopendir);
  return done(count_file("list", 'r', file), nullptr, [&] { return real(file); });
}

#define READDIR(name, entry)                                                                    \
  struct entry* name(DIR* folder) {                                                             \
    NEXT(name);                                                                                 \
    return done(count_file("list", 'r', dirfd(folder)), nullptr, [&] { return real(folder); }); \
  }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)

// What -D_FORTIFY_SOURCE calls instead.
int __open_2(const char* path, int flags) { return open(path, flags); }
int __open64_2(const char* path, int flags) { return open64(path, flags); }
int __openat_2(int folder, const char* path, int flags) { return openat(folder, path, flags); }
int __openat64_2(int folder, const char* path, int flags) { return openat64(folder, path, flags); }
ssize_t __read_chk(int file, void* bytes, size_t size, size_t) { return read(file, bytes, size); }
ssize_t __pread_chk(int file, void* bytes, size_t size, off_t at, size_t) {
  return pread(file, bytes, size, at);
}
ssize_t __pread64_chk(int file, void* bytes, size_t size, off64_t at, size_t) {
  return pread64(file, bytes, size, at);
}

}  // extern "C"
