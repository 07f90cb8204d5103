// Rows of probability maps that are finished while a shard is still being predicted: a run that was
// killed, or had no more time, resumes after them, and several processes that predict one shard
// bring them together.
//
// They are in a folder beside the manifest, .STEM.rows, in files that only grow, one for each
// process of each run: IDENTITY-NUMBER.rows. A record is 128 bytes, which say image, rows,
// channels, width and SHA-256, and the values, [channel, y, x]. A record that a killed process did
// not finish is the last of its file, and is left. HDF5 could not do this: a file that was not
// closed may not open.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "artifact/atomic_file.hpp"
#include "core/output_file.hpp"
#include "image/rows.hpp"
#include "image/view.hpp"

namespace unetflow {

class FinishedRows {
 public:
  /// The folder beside a manifest.
  static fs::path folder_of(const fs::path& manifest);

  /// Finds what earlier runs have left, and writes as one, `rank`, of `size` processes. `identity`,
  /// 64 hexadecimal digits, says what the rows depend on. The first process removes those of
  /// others.
  FinishedRows(fs::path folder, const std::string& identity, int rank = 0, int size = 1);

  bool empty() const { return places_.empty(); }
  bool has(std::int64_t image, RowRange rows) const;
  /// Throws Error when they are damaged, after it has removed their file.
  Picture<float> read(std::int64_t image, RowRange rows) const;
  /// Once it returns, a kill does not lose them. Throws Error when they cannot be written.
  void add(std::int64_t image, Index first, const Picture<float>& rows);
  /// Closes the file, so that other hosts can read it.
  void close();
  /// Finds what the other processes have added and closed.
  void find();

 private:
  struct Place {
    fs::path file;
    std::uint64_t offset = 0;  ///< of the record
  };
  void find_in(const fs::path& file);

  fs::path folder_;
  std::string identity_;
  int rank_, size_;
  fs::path own_file_;
  std::optional<OutputFile> own_;
  std::map<std::pair<std::int64_t, RowRange>, Place> places_;
};

}  // namespace unetflow
