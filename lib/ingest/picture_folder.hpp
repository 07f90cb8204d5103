// Which images there are, and reading them: files, folders, patterns and stacks of every format,
// for ingest and evaluate alike.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/outlines.hpp"
#include "image/picture_stack.hpp"

namespace unetflow {

/// The axes of each file, as PictureStack takes them, and how a user states them.
struct StatedAxes {
  std::string text;                       ///< empty: as the files say
  std::string key = R"("axes": "TCYX")";  ///< an example, for messages
};

/// Where one image is: one page, or as many as it has channels in files of several axes.
struct PageAddress {
  std::string file;        ///< relative to the folder; empty: there is none
  std::string dataset;     ///< of an HDF5 file
  Index page = 0;          ///< the number of the image in the file or dataset
  Index pages = 1;         ///< how many images that has
  bool outlines = false;   ///< of cells, not pixels
  std::string image = {};  ///< the image that a file of outlines names; empty: it names none
  std::string axes = {};   ///< as the user says; empty: as the file does
  // What the file says of it:
  std::array<double, 2> pixel_size_um = {0, 0};  ///< [y, x]; 0: nothing
  std::vector<std::string> channel_names = {};
  std::string title = {};                         ///< of the plane of its first channel
  std::vector<std::int64_t> time_and_depth = {};  ///< as in PictureEntry

  /// The image's name: the file's without its ending, and ":page" in a stack.
  std::string name() const;
  /// "FILE[:DATASET][ page N]", as manifests name it; the page in a stack.
  std::string text() const;
};

class PictureFolder {
 public:
  /// What list() is given is relative to `root`; an empty root stands for the working folder, and
  /// takes absolute paths too. `described` are the files of an artifact, relative to its folder: a
  /// pattern that finds another one is refused.
  explicit PictureFolder(std::filesystem::path root,
                         std::optional<std::set<std::string>> described = {})
      : root_(std::move(root)), described_(std::move(described)) {}

  const std::filesystem::path& root() const { return root_; }

  /// All pages of `pattern`: a file, a folder (its files with the ending of a format), a pattern as
  /// glob() takes it, or FILE:DATASET, in which FILE may be a pattern too; a Zarr folder is a file.
  /// Files come in natural order. Throws InputError naming pattern or file where nothing matches, a
  /// file is not an image or not described, its axes are unclear or contradict `axes`, or a name is
  /// not UTF-8.
  std::vector<PageAddress> list(const std::string& pattern, const StatedAxes& axes = {}) const;
  /// The same of labels, which may be outlines of cells: a page per image that their file names, or
  /// one.
  std::vector<PageAddress> list_labels(const std::string& pattern,
                                       const StatedAxes& axes = {}) const;
  /// The files that a file of PageAddress consists of: itself, or all in the folder of a Zarr.
  std::vector<std::string> parts(const std::string& file) const;
  /// The images that list() leaves out: of a folder, those of a format that is not read ("FILE: is
  /// a Zeiss CZI file, ..."); beside a pattern, those that are spelled otherwise.
  std::vector<std::string> unread(const std::string& pattern) const;
  /// Whether the pattern matches a file at all.
  bool matches(const std::string& pattern) const;

  /// Throws InputError(place(page), ...) as PictureStack::read does. The two last files stay open,
  /// so that reading two stacks side by side opens each once.
  PicturePage read(const PageAddress& page, Reading reading = Reading::kSeen);

  /// The cells of a page of outlines; all of the last file are kept.
  const OutlinedImage& outlines(const PageAddress& page);

  std::filesystem::path path(const PageAddress& page) const { return root_ / page.file; }
  /// "FILE [dataset NAME]", as errors name all pages of one.
  std::string file_place(const PageAddress& page) const;
  /// "FILE [dataset NAME] page N", as errors name a page.
  std::string place(const PageAddress& page) const;

 private:
  struct Open {
    std::string file, dataset, axes;
    std::unique_ptr<PictureStack> pictures;
  };
  std::vector<std::filesystem::path> files_of(const std::string& pattern) const;
  std::vector<PageAddress> list(const std::string& pattern, const StatedAxes& axes,
                                bool labels) const;

  std::filesystem::path root_;
  std::optional<std::set<std::string>> described_;
  std::array<Open, 2> open_;  ///< the last one first
  std::string outlines_file_;
  std::vector<OutlinedImage> outlines_;  ///< of that file
};

}  // namespace unetflow
