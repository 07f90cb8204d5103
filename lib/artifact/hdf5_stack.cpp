#include "artifact/hdf5_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "artifact/hdf5_attributes.hpp"
#include "artifact/hdf5_errors.hpp"
#include "artifact/hdf5_handle.hpp"
#include "artifact/hdf5_open.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

/// The names of the axes that the dataset's attributes give: ilastik's "axistags" (JSON), "axes" of
/// other tools, or the labels of HDF5's own dimensions.
std::vector<std::string> named_axes(hid_t dataset) {
  std::vector<std::string> names;
  for (const auto& text : text_attribute(dataset, "axistags")) {
    const auto json = json_if_valid(text);
    if (!json || !json->is_object() || !json->value("axes", Json()).is_array()) continue;
    for (const auto& axis : json->at("axes")) {
      const bool named = axis.is_object() && axis.value("key", Json()).is_string();
      names.push_back(named ? axis.at("key").get<std::string>() : "");
    }
  }
  for (const char* attribute : {"axes", "DIMENSION_LABELS"}) {
    if (names.empty()) names = text_attribute(dataset, attribute);
  }
  if (names.size() == 1) {  // "tzyx"
    const std::string letters = names.front();
    names.clear();
    for (const char letter : letters) names.emplace_back(1, letter);
  }
  return names;
}

class Hdf5Stack : public PictureFile {
 public:
  Hdf5Stack(const std::filesystem::path& file, const std::string& dataset, const std::string& axes)
      : place_(dataset_place(file, dataset)), file_bytes_(bytes_of_file(file)) {
    file_ = open_hdf5(file);
    dataset_ = open_dataset(file_, dataset, SoftLinks::kFollowed, place_);
    const Handle space(H5Dget_space(dataset_), H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space);
    constexpr int kMostAxes = 8;
    if (H5Sget_simple_extent_type(space) != H5S_SIMPLE || rank < 2 || rank > kMostAxes) {
      throw InputError(place_, fmt::format("has {} axes, expected 2 to {}", rank, kMostAxes));
    }
    shape_.resize(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space, shape_.data(), nullptr);
    const Handle type(H5Dget_type(dataset_), H5Tclose);
    is_bool_ = h5py_writes_bool_as(type);
    class_ = is_bool_ ? H5T_INTEGER : H5Tget_class(type);
    bytes_ = H5Tget_size(type);
    signed_ = class_ == H5T_INTEGER && !is_bool_ && H5Tget_sign(type) != H5T_SGN_NONE;
    if ((class_ != H5T_INTEGER && class_ != H5T_FLOAT) || bytes_ > 8) {
      throw InputError(place_, "has values of another type, expected integers or floats");
    }
    set_axes(axes);
    keep_layer_of_chunks(dataset);
  }

  Index pages() override {
    Index pages = 1;
    for (const Index size : axes_.leading().sizes) pages *= size;
    return pages;
  }

  FileDescription describe() override {
    FileDescription description;
    description.unclear = unclear_;
    if (unclear_.empty()) description.images = images_of(axes_.leading());
    const auto sizes = number_attribute(dataset_, "element_size_um");  // [z,] y, x
    if (sizes.size() >= 2) {
      description.pixel_size_um = {rounded_size(sizes[sizes.size() - 2]),
                                   rounded_size(sizes.back())};
    }
    return description;
  }

  /// Page n is the n-th plane Y, X in the order of the other axes.
  PicturePage read(Index page, Reading) override {
    const std::string where = page_place(place_, page);
    check_page(where, page, pages(), "dataset");
    check_claimed_bytes(static_cast<double>(axes_.size('Y')) *
                            static_cast<double>(axes_.size('X')) * static_cast<double>(bytes_),
                        file_bytes_, true, where);
    if (class_ == H5T_FLOAT) return {values<float>(page, H5T_NATIVE_FLOAT, where)};
    if (is_bool_) {
      const Handle type(H5Dget_type(dataset_), H5Tclose);
      return {.values = values<std::uint8_t>(page, type, where), .bits = 1};
    }
    const int bits = static_cast<int>(8 * bytes_);
    if (signed_ && bytes_ <= 2) {
      return {
          .values = values<float>(page, H5T_NATIVE_FLOAT, where), .bits = bits, .is_signed = true};
    }
    if (signed_ || bytes_ > 4) {
      return narrowed(
          values<std::uint64_t>(page, signed_ ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64, where),
          signed_, bits);
    }
    if (bytes_ == 1) return {values<std::uint8_t>(page, H5T_NATIVE_UINT8, where)};
    if (bytes_ == 2) return {values<std::uint16_t>(page, H5T_NATIVE_UINT16, where)};
    return {values<std::uint32_t>(page, H5T_NATIVE_UINT32, where)};
  }

 private:
  using Extent = std::vector<hsize_t>;

  /// Whether this is a byte that is FALSE or TRUE.
  static bool h5py_writes_bool_as(hid_t type) {
    if (H5Tget_class(type) != H5T_ENUM || H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) {
      return false;
    }
    std::array<std::int8_t, 2> values{};
    for (const unsigned i : {0u, 1u}) H5Tget_member_value(type, i, &values[i]);
    return values[0] + values[1] == 1 && values[0] * values[1] == 0;
  }

  /// By the user, by attributes, or [page, y, x].
  void set_axes(const std::string& stated) {
    std::vector<Index> shape;
    double planes = 1;
    for (const hsize_t size : shape_) {
      constexpr hsize_t kMost = hsize_t{1} << 40;
      if (size > kMost) throw InputError(place_, fmt::format("has an axis of {} values", size));
      shape.push_back(static_cast<Index>(size));
    }
    const auto [axes, unclear] = axes_of_array(shape, named_axes(dataset_), stated, place_);
    axes_ = axes;
    unclear_ = unclear;
    for (const Index size : axes_.leading().sizes) planes *= static_cast<double>(size);
    constexpr double kMostPlanes = 1e8;
    if (planes > kMostPlanes) throw InputError(place_, fmt::format("has {:.3g} planes", planes));
  }

  Extent begin_of(Index page) const {
    const auto begin = begin_of_plane(axes_, page);
    return {begin.begin(), begin.end()};
  }

  /// The shape of chunks; nothing where there are none.
  Extent chunk() const {
    const Handle creation(H5Dget_create_plist(dataset_), H5Pclose);
    Extent shape(shape_.size());
    const int rank = static_cast<int>(shape.size());
    if (H5Pget_layout(creation) != H5D_CHUNKED ||
        H5Pget_chunk(creation, rank, shape.data()) != rank) {
      return {};
    }
    return shape;
  }

  /// Chunks of some pages each are inflated once, not once for each page, if HDF5 keeps as many as
  /// one page crosses. Its own cache of 1 MB holds few.
  void keep_layer_of_chunks(const std::string& dataset) {
    const Extent chunk = this->chunk();
    double bytes = static_cast<double>(bytes_), chunks = 1, pages = 1;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const bool in_page = axes_.letters[i] == 'Y' || axes_.letters[i] == 'X';
      bytes *= static_cast<double>(chunk[i]);
      if (in_page) {
        const auto across = (shape_[i] + chunk[i] - 1) / chunk[i];
        chunks *= static_cast<double>(across);
      } else {
        pages *= static_cast<double>(chunk[i]);
      }
    }
    constexpr double kMost = 1 << 30;
    if (pages == 1 || bytes * chunks > kMost) return;
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    H5Pset_chunk_cache(access, 100 * static_cast<std::size_t>(chunks) + 1,
                       static_cast<std::size_t>(bytes * chunks), H5D_CHUNK_CACHE_W0_DEFAULT);
    dataset_ = open_dataset(file_, dataset, SoftLinks::kFollowed, place_, access);
  }

  /// libhdf5 (1.10) reads before the begin of a chunk that is shorter than its own checksum.
  void check_checksums(Index page, const std::string& where) const {
    constexpr hsize_t kChecksum = 4;  // bytes
    const Extent chunk = this->chunk();
    if (chunk.empty()) return;
    const Handle creation(H5Dget_create_plist(dataset_), H5Pclose);
    const int filters = H5Pget_nfilters(creation);
    bool sums = false;
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0;
      std::size_t values = 0;
      sums = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, nullptr, 0,
                            nullptr, nullptr) == H5Z_FILTER_FLETCHER32;
      if (sums && i + 1 < filters) {
        throw InputError(where, "has checksums of what is filtered further, which is unsupported");
      }
    }
    if (!sums) return;
    Extent place = begin_of(page);
    for (std::size_t i = 0; i < place.size(); ++i) place[i] = place[i] / chunk[i] * chunk[i];
    const std::size_t y = axes_.letters.find('Y'), x = axes_.letters.find('X');
    for (place[y] = 0; place[y] < shape_[y]; place[y] += chunk[y]) {
      for (place[x] = 0; place[x] < shape_[x]; place[x] += chunk[x]) {
        hsize_t bytes = kChecksum;  // what was never written has none
        H5Dget_chunk_storage_size(dataset_, place.data(), &bytes);
        if (bytes > 0 && bytes < kChecksum) {
          throw InputError(where, "is damaged: a chunk is cut short");
        }
      }
    }
  }

  template <class T>
  Picture<T> values(Index page, hid_t memory_type, const std::string& where) const {
    prepare_hdf5();
    check_checksums(page, where);
    const bool turned = axes_.letters.find('X') < axes_.letters.find('Y');
    const Index height = axes_.size('Y'), width = axes_.size('X');
    Picture<T> stored = turned ? Picture<T>(width, height) : Picture<T>(height, width);
    const Extent start = begin_of(page);
    Extent count(shape_.size(), 1);
    for (const char letter : {'Y', 'X'}) {
      count[axes_.letters.find(letter)] = static_cast<hsize_t>(axes_.size(letter));
    }
    const Handle space(H5Dget_space(dataset_), H5Sclose);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    const hsize_t size = stored.values.size();
    const Handle memory(H5Screate_simple(1, &size, nullptr), H5Sclose);
    if (H5Dread(dataset_, memory_type, memory, space, H5P_DEFAULT, stored.values.data()) < 0) {
      throw InputError(where, "is damaged: " + hdf5_message());
    }
    return turned ? oriented(std::move(stored), 5) : stored;  // 5: rows are columns
  }

  std::string place_;
  std::uintmax_t file_bytes_;
  Handle file_, dataset_;
  H5T_class_t class_ = H5T_NO_CLASS;
  bool is_bool_ = false;
  bool signed_ = false;
  std::size_t bytes_ = 0;  ///< of a value
  Extent shape_;
  Axes axes_;            ///< Y, X, and those that count pages
  std::string unclear_;  ///< why they are not known
};

}  // namespace

PictureFormat hdf5_format() {
  return {
      "HDF5",
      {".h5", ".hdf5"},
      {"\x89HDF\r\n\x1a\n"},
      true,
      [](const std::filesystem::path& file, const std::string& dataset, const std::string& axes) {
        return std::unique_ptr<PictureFile>(std::make_unique<Hdf5Stack>(file, dataset, axes));
      }};
}

}  // namespace unetflow
