#include "artifact/digest_cache.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

#include "artifact/artifact_writer.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/printable.hpp"
#include "core/tell.hpp"

namespace unetflow {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

struct Stamp {
  Json json;  ///< [size, inode, modified, changed]
  std::int64_t changed = 0;
};

Stamp stamp(const std::filesystem::path& file) {
  struct stat status;
  if (stat(file.c_str(), &status) != 0) {
    throw InputError(file.string(), std::string("cannot be read: ") + strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) throw InputError(file.string(), "is not an ordinary file");
  const auto modified = nanoseconds(status.st_mtim), changed = nanoseconds(status.st_ctim);
  return {{status.st_size, status.st_ino, modified, changed}, changed};
}

std::int64_t now() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return nanoseconds(time);
}

}  // namespace

DigestCache::DigestCache(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream stream(file_);
  Json json = Json::parse(stream, nullptr, false);
  if (json.is_object()) known_ = std::move(json);
}

std::string DigestCache::sha256(const std::filesystem::path& file) {
  const std::string path = file.string();
  const Stamp before = stamp(file);
  Json entry = before.json;
  if (const auto found = known_.find(path); found != known_.end()) {
    const bool same = found->is_array() && found->size() == entry.size() + 1 &&
                      std::equal(entry.begin(), entry.end(), found->begin());
    if (same && found->back().is_string()) {
      used_[path] = *found;
      return found->back();
    }
  }
  const std::int64_t start = now();
  std::string digest = sha256_of_file(file);
  const bool settled = before.changed + 2 * kSecond < start;
  if (settled && stamp(file).json == before.json) {
    entry.push_back(digest);
    used_[path] = std::move(entry);
  }
  return digest;
}

void DigestCache::save() const {
  if (!changed()) return;
  std::error_code ignored;
  if (used_.empty()) {
    std::filesystem::remove(file_, ignored);
    return;
  }
  std::filesystem::create_directories(file_.parent_path(), ignored);
  try {
    // A path that is not UTF-8 is not found again, and its file is read again.
    write_file_atomically(file_, used_.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  } catch (const Error& error) {
    tell(fmt::format("{}; files will be read again\n", printable(error.what())));
  }
}

}  // namespace unetflow
