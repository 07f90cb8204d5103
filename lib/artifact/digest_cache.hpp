// SHA-256 of files that are read again and again, remembered between runs in a file beside the
// artifact (NAME.digests), which is not a part of it: so asking whether an artifact is up to date
// costs one stat() per file, not a reading of 300 GB.
//
// A digest is remembered by the file's path, size, inode, and times of modification and of change.
// The last cannot be set by a program: a file copied over another with its old date (cp -p, rsync,
// unzip) is read again. A file that changed in the last two seconds is not remembered, because a
// coarse clock may give a second change the same time.
#pragma once

#include <filesystem>
#include <string>

#include "artifact/input_file.hpp"
#include "core/config.hpp"

namespace unetflow {

class DigestCache {
 public:
  /// `file` is read where it exists. One that cannot be understood is ignored.
  explicit DigestCache(std::filesystem::path file);

  /// The file's SHA-256. Throws InputError naming the file when it cannot be read or is not an
  /// ordinary file.
  std::string sha256(const std::filesystem::path& file);
  /// The same of a file that is about to be read by name: an InputWatch remembers it.
  std::string sha256_of_source(const std::filesystem::path& file);

  /// Of the files that were read outside of the artifact's folder, one; empty where one of them is
  /// below `root`, or nothing is known of any.
  std::filesystem::path read_elsewhere_than(const std::filesystem::path& root) const;

  /// Keeps what is known of files that sha256() was not asked for, as they are gone.
  void keep_all() { used_.insert(known_.begin(), known_.end()); }

  /// Whether save() has anything to do.
  bool changed() const { return used_ != known_; }
  /// Writes what sha256() was asked for since construction, if that differs from what was read. A
  /// cache that cannot be written is told and is not an error: it only costs time.
  void save() const;

 private:
  struct Found {
    FileStamp stamp;
    std::string sha256;
  };
  Found look_up(const std::filesystem::path& file);

  std::filesystem::path file_;
  Json known_ = Json::object();  ///< path -> [size, inode, modified, changed, sha256], times in ns
  Json used_ = Json::object();
};

}  // namespace unetflow
