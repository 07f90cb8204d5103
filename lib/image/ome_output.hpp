// Images as OME-TIFF and OME-Zarr, which napari, Fiji (Bio-Formats), OMERO and Python's libraries
// open with their axes, pixel size and names.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/json.hpp"
#include "image/file_description.hpp"
#include "image/view.hpp"

namespace unetflow {

/// The OME-XML of a TIFF whose pages are the planes of `description`, of one channel; `type` is
/// OME's
/// ("float", "uint16", "uint32").
std::string ome_xml(const FileDescription& description, const std::string& name, Index height,
                    Index width, const std::string& type);

/// Writes planes of one size as an OME-Zarr image: version 0.4, Zarr 2, chunks of at most 1024 x
/// 1024 pixels compressed by zlib. Each resolution has half the rows and columns of the one before,
/// down to one that is a chunk. Floats are an image, whose resolutions are means; integers are ids
/// of cells, so that they are every second one, and the image says that it is of labels
/// ("image-label"). The planes' names are in its attribute "names".
class ZarrWriter {
 public:
  /// `file` says where to write a file of the Zarr, by its name inside.
  ZarrWriter(std::function<std::filesystem::path(const std::string&)> file,
             FileDescription description, std::string name);
  /// The next plane. T: std::uint16_t, std::uint32_t, float.
  template <class T>
  void add(Plane<const T> plane);
  /// After the last one: what the Zarr is.
  void close();

 private:
  /// Of a plane at one resolution, "0/" and the plane's place.
  template <class T>
  void write_level(const std::string& folder, Plane<const T> plane) const;
  Index levels() const;
  bool are_labels() const;
  bool pixel_is_known() const;
  Json axes() const;
  Json level_transformations(Index level) const;

  std::function<std::filesystem::path(const std::string&)> file_;
  FileDescription description_;
  std::string name_, type_;
  Index plane_ = 0, height_ = 0, width_ = 0;
};

}  // namespace unetflow
