// The images of a file: its planes put together by what the file says of its axes, or by what the
// user says.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "image/file_description.hpp"
#include "image/picture_format.hpp"

namespace unetflow {

/// A file does not say what its axes are; who knows the key that states them names it.
struct UnclearAxes : InputError {
  UnclearAxes(const std::string& file, const std::string& why)
      : InputError(file, why), place(file), problem(why) {}
  std::string place, problem;
};

class PictureStack {
 public:
  /// `axes` as parse_axes() takes them; empty: as the file says. Throws InputError naming the file
  /// where it cannot be read, says nothing clear of its axes, or contradicts `axes`.
  PictureStack(const PictureFormat& format, const std::filesystem::path& file,
               const std::string& dataset, const std::string& axes);
  ~PictureStack();
  PictureStack(const PictureStack&) = delete;
  PictureStack& operator=(const PictureStack&) = delete;

  Index images() const { return static_cast<Index>(description_.images.size()); }
  /// All channels of one image. Throws InputError as PictureFile::read does.
  PicturePage read(Index image, Reading reading = Reading::kSeen);
  /// Its images are set, whoever said what they are.
  const FileDescription& description() const { return description_; }

 private:
  void set_axes(const Axes& axes);
  PicturePage gathered(const FileImage& image, Reading reading);

  std::string place_, library_;
  std::unique_ptr<PictureFile> file_;
  FileDescription description_;
  Axes turned_;  ///< of the whole file, where Y or X counts its pages
};

}  // namespace unetflow
