// What a user names as images, labels and masks, as ingest takes it: a folder that holds all of
// them, and patterns below it.
#pragma once

#include <filesystem>
#include <string>

namespace unetflow {

/// Files, folders or patterns, relative to the working folder or absolute; empty: there are none.
struct GivenFiles {
  std::string images, labels, mask;
  std::string pairs = {};  ///< a list in place of the three (ingest/pair_list.hpp)
};

struct FoundFiles {
  std::filesystem::path root;  ///< what a pipeline calls its source
  GivenFiles patterns;         ///< below it
};

/// Throws InputError for what a user has left out, and for a `kind` of labels that there is not.
void check_given(const GivenFiles& given, const std::string& kind);

/// A folder without image files, and a pattern of folders, stand for the files in the folders
/// below. Throws InputError naming what matches no file.
FoundFiles find_files(const GivenFiles& given);

}  // namespace unetflow
