#include "artifact/digest_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "artifact/artifact_writer.hpp"
#include "core/error.hpp"
#include "core/printable.hpp"
#include "core/tell.hpp"

namespace unetflow {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Json as_json(const FileStamp& stamp) {
  return {stamp.size, stamp.inode, stamp.modified, stamp.changed};
}

std::int64_t now() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace

DigestCache::DigestCache(std::filesystem::path file) : file_(std::move(file)) {
  auto json = load_json_if_valid(file_);
  if (json && json->is_object()) known_ = std::move(*json);
}

std::string DigestCache::sha256(const std::filesystem::path& file) { return look_up(file).sha256; }

std::string DigestCache::sha256_of_source(const std::filesystem::path& file) {
  const auto [stamp, sha256] = look_up(file);
  InputWatch::note(file, stamp, sha256, InputWatch::Read::kByName);
  return sha256;
}

std::filesystem::path DigestCache::read_elsewhere_than(const std::filesystem::path& root) const {
  const auto is_below = [](const std::filesystem::path& file, const std::filesystem::path& folder) {
    const auto relative = std::filesystem::absolute(file).lexically_normal().lexically_relative(
        std::filesystem::absolute(folder / "").lexically_normal());
    return !relative.empty() && *relative.begin() != "..";
  };
  std::filesystem::path elsewhere;
  for (const auto& [path, entry] : known_.items()) {
    if (is_below(path, file_.parent_path())) continue;
    if (is_below(path, root)) return {};
    elsewhere = path;
  }
  return elsewhere;
}

DigestCache::Found DigestCache::look_up(const std::filesystem::path& file) {
  const std::string path = file.string();
  const InputFile input(file);
  Json entry = as_json(input.stamp());
  if (const auto found = known_.find(path); found != known_.end()) {
    const bool same = found->is_array() && found->size() == entry.size() + 1 &&
                      std::equal(entry.begin(), entry.end(), found->begin());
    if (same && found->back().is_string()) {
      used_[path] = *found;
      return {input.stamp(), found->back()};
    }
  }
  const bool settled = input.stamp().changed + 2 * kSecond < now();
  std::string digest = input.sha256();
  if (settled) {
    entry.push_back(digest);
    used_[path] = std::move(entry);
  }
  return {input.stamp(), std::move(digest)};
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
