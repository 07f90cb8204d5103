#include "artifact/artifact_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "artifact/atomic_file.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/output_file.hpp"

namespace unetflow {
namespace {

constexpr int kTries = 100;
constexpr auto kPause = std::chrono::milliseconds(5);

/// A file that is closed at the end, unless it was released.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

fs::path lock_of(const fs::path& manifest) {
  return fs::path(manifest).replace_filename(fmt::format(".{}.lock", manifest.stem().string()));
}

/// What a lock file says.
struct Holder {
  std::string host;
  std::string processes;  ///< which numbering of processes: containers have their own
  pid_t process = 0;
  std::uint64_t started = 0;  ///< ticks after the host's start; 0: not known
  std::string since;

  bool here(const Holder& self) const { return host == self.host && processes == self.processes; }
};

/// When a process began, in ticks; 0 where that is not known.
std::uint64_t start_of(pid_t process) {
  std::ifstream stream(fmt::format("/proc/{}/stat", process));
  std::string line;
  std::getline(stream, line);
  const auto name_ends = line.rfind(')');  // the name may hold anything
  if (name_ends == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_ends + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  std::uint64_t started = 0;
  fields >> started;
  return started;
}

Holder this_process() {
  std::array<char, 256> host = {}, processes = {}, since = {};
  gethostname(host.data(), host.size() - 1);
  static_cast<void>(!readlink("/proc/self/ns/pid", processes.data(), processes.size() - 1));
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  std::strftime(since.data(), since.size(), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  return {host.data(), processes.data(), getpid(), start_of(getpid()), since.data()};
}

bool lives(const Holder& holder) {
  if (holder.process <= 0 || (kill(holder.process, 0) != 0 && errno == ESRCH)) return false;
  const std::uint64_t started = start_of(holder.process);
  return started == 0 || holder.started == 0 || started == holder.started;
}

std::string text_of(const Holder& holder) {
  return Json{{"host", holder.host},
              {"processes", holder.processes},
              {"process", holder.process},
              {"started", holder.started},
              {"since", holder.since}}
             .dump(-1, ' ', true, Json::error_handler_t::replace) +
         "\n";
}

/// Nothing while it is being written, or if that was never finished.
std::optional<Holder> read_holder(int descriptor) {
  std::array<char, 4096> bytes;
  const auto count = pread(descriptor, bytes.data(), bytes.size(), 0);
  if (count <= 0) return {};
  const auto json = json_if_valid({bytes.data(), static_cast<std::size_t>(count)});
  if (!json) return {};
  try {
    return Holder{json->at("host"), json->at("processes"), json->at("process"), json->at("started"),
                  json->at("since")};
  } catch (const Json::exception&) {
    return {};
  }
}

/// 0, or the reason why not.
int write_holder(int descriptor) {
  const std::string text = text_of(this_process());
  if (ftruncate(descriptor, 0) != 0) return errno;
  const auto written = pwrite(descriptor, text.data(), text.size(), 0);
  if (written < 0) return errno;
  if (static_cast<std::size_t>(written) != text.size()) return ENOSPC;
  fdatasync(descriptor);  // so that other hosts see it
  return 0;
}

/// Whether the open file is still what the path names, and not one that was removed meanwhile.
bool is_at(int descriptor, const fs::path& file) {
  struct stat open_file, named;
  return fstat(descriptor, &open_file) == 0 && lstat(file.c_str(), &named) == 0 &&
         open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

enum class Locked { kYes, kNo, kUnsupported };

Locked try_flock(int descriptor) {
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return errno == EWOULDBLOCK ? Locked::kNo : Locked::kUnsupported;
  }
  return Locked::kYes;
}

/// Who holds a lock that is held, for messages. A process that has just taken it may not have
/// written yet, so the file may be empty, or name the one before.
std::string holder_of(int descriptor, const Holder& self) {
  std::optional<Holder> holder;
  for (int i = 0; i < kTries / 5; ++i) {
    holder = read_holder(descriptor);
    if (holder && (!holder->here(self) || lives(*holder))) break;
    std::this_thread::sleep_for(kPause);
  }
  if (!holder) return "another process";
  return fmt::format("process {} on {} since {}", holder->process, holder->host, holder->since);
}

enum class Found { kOwn, kHeld, kAbandoned };

/// Where files cannot be locked: what a lock file that was there means. Waits for a process that
/// has just made one.
Found judge(int descriptor, const Holder& self) {
  for (int i = 0; i < kTries; ++i) {
    if (const auto holder = read_holder(descriptor)) {
      if (!holder->here(self)) return Found::kHeld;
      // Its own: this program was started in the place of the one that took the lock.
      const bool own = holder->process == self.process && holder->started == self.started;
      return own ? Found::kOwn : lives(*holder) ? Found::kHeld : Found::kAbandoned;
    }
    std::this_thread::sleep_for(kPause);
  }
  return Found::kAbandoned;
}

/// Removes the abandoned lock file that is open. Of several processes that want to, each renames
/// what is there, and one that got another file, or was too late, puts it back.
void remove_abandoned(int descriptor, const fs::path& file, const fs::path& manifest) {
  const fs::path aside = temporary_name(manifest);
  std::error_code error;
  fs::rename(file, aside, error);
  if (error) return;
  const auto holder = read_holder(descriptor);
  if (is_at(descriptor, aside) && !(holder && lives(*holder))) {
    fs::remove(aside, error);
  } else {
    fs::rename(aside, file, error);
  }
}

/// Opens a lock file, and makes it where there is none. Below 0 on failure.
int open_lock(const fs::path& file, bool& made) {
  constexpr int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
  const int descriptor = open(file.c_str(), flags | O_CREAT | O_EXCL, 0666);
  made = descriptor >= 0;
  return made || errno != EEXIST ? descriptor : open(file.c_str(), flags);
}

}  // namespace

ArtifactLock::ArtifactLock(const fs::path& manifest, Nothing)
    : manifest_(manifest), file_(lock_of(manifest)) {}

ArtifactLock::ArtifactLock(const fs::path& manifest) : ArtifactLock(manifest, Nothing()) {
  make_folder(folder_of(manifest));
  if (!take()) throw Error(fmt::format("{}: is being written by {}", manifest.string(), holder_));
}

std::unique_ptr<ArtifactLock> ArtifactLock::if_free(const fs::path& manifest) {
  std::unique_ptr<ArtifactLock> lock(new ArtifactLock(manifest, Nothing()));
  return lock->take() ? std::move(lock) : nullptr;
}

bool ArtifactLock::take() {
  const Holder self = this_process();
  int cause = EBUSY;  // others come and go all the time
  for (int i = 0; i < kTries; ++i) {
    bool made = false;
    Descriptor lock(open_lock(file_, made));
    if (lock.get() < 0) {
      cause = errno;
      if (cause == ENOENT || cause == EINTR) continue;  // removed between the two calls
      break;
    }
    const Locked locked = try_flock(lock.get());
    if (locked == Locked::kNo) {
      holder_ = holder_of(lock.get(), self);
      return false;
    }
    if (locked == Locked::kUnsupported && !made) {
      const Found found = judge(lock.get(), self);
      if (found == Found::kHeld) {
        holder_ = holder_of(lock.get(), self);
        const auto holder = read_holder(lock.get());
        if (holder && !holder->here(self)) {
          holder_ += "; if that process is gone, remove " + file_.string();
        }
        return false;
      }
      if (found == Found::kAbandoned) {
        remove_abandoned(lock.get(), file_, manifest_);
        continue;
      }
    }
    if (!is_at(lock.get(), file_)) continue;
    if (hold(lock.get(), locked == Locked::kYes)) {
      descriptor_ = lock.release();
      return true;
    }
  }
  throw Error(fmt::format("{}: cannot be locked: {}: {}", manifest_.string(), file_.string(),
                          strerror(cause)));
}

bool ArtifactLock::hold(int descriptor, bool certain) {
  const auto clean = [&] {
    std::error_code ignored;
    for (const auto& left : temporaries_in(folder_of(manifest_), temporary_prefix(manifest_))) {
      fs::remove_all(left, ignored);
    }
  };
  int failure = write_holder(descriptor);
  if (certain && (failure == ENOSPC || failure == EDQUOT)) {  // perhaps by what was left
    clean();
    failure = write_holder(descriptor);
  }
  if (failure != 0) {
    std::error_code ignored;
    fs::remove(file_, ignored);
    throw Error(fmt::format("{}: cannot be locked: {}", manifest_.string(), strerror(failure)));
  }
  if (!is_at(descriptor, file_)) return false;
  clean();
  return true;
}

ArtifactLock::~ArtifactLock() {
  if (descriptor_ < 0) return;
  std::error_code ignored;
  if (is_at(descriptor_, file_)) fs::remove(file_, ignored);
  close(descriptor_);
}

bool has_leftovers(const fs::path& manifest) {
  std::error_code unknown;
  return fs::exists(lock_of(manifest), unknown) ||
         !temporaries_in(folder_of(manifest), temporary_prefix(manifest)).empty();
}

}  // namespace unetflow
