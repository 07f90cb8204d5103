// Files and folders that are there whole or not at all: what is written gets a temporary name
// (core/output_file.hpp), is brought to the disk, and gets its own name by rename. A link under the
// final name is replaced, never followed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace unetflow {

namespace fs = std::filesystem;

/// The folder that a file is in: "." where its path names none.
fs::path folder_of(const fs::path& file);

/// Makes a folder and those above it, unless they are there. Throws InputError where it cannot
/// be one by its path, Error when the disk is full or fails.
void make_folder(const fs::path& folder);

/// Waits until a file's, or a folder's, content is on the disk. A file system that cannot do this
/// is told of once; otherwise throws Error, which calls the file by `shown`.
void sync_to_disk(const fs::path& path, const std::string& shown);
inline void sync_to_disk(const fs::path& path) { sync_to_disk(path, path.string()); }

/// Copies the content of `from` into a new file, called `shown` in errors.
void copy_content(const fs::path& from, const fs::path& to, const std::string& shown);

/// Gives a whole file its final name, from whatever folder on whatever file system. The caller
/// syncs the folder.
void rename_into_place(const fs::path& from, const fs::path& to);

/// What stopped runs left in a folder: files and folders with temporary names that begin with
/// `prefix`. Nothing where it cannot be read.
std::vector<fs::path> temporaries_in(const fs::path& folder, const std::string& prefix = ".");

/// Writes `text` so that the file is either the old one or the whole new one.
void write_file_atomically(const fs::path& file, std::string_view text);

}  // namespace unetflow
