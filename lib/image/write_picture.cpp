#include "image/write_picture.hpp"

#include <fmt/format.h>
#include <png.h>
#include <tiffio.h>

#include <cstdarg>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/output_file.hpp"
#include "image/ome_output.hpp"
#include "image/tiff_description.hpp"

namespace unetflow {
namespace {

// As in read_png.cpp: the callback throws, and the destructor frees all that libpng has.
[[noreturn]] void on_png_error(png_structp png, png_const_charp message) {
  throw Error(fmt::format("{}: cannot be written: {}",
                          *static_cast<const std::string*>(png_get_error_ptr(png)), message));
}
void on_png_warning(png_structp, png_const_charp) {}
void put_png_bytes(png_structp png, png_bytep bytes, std::size_t count) {
  auto& output = *static_cast<OutputFile*>(png_get_io_ptr(png));
  output.write(std::as_bytes(std::span(bytes, count)));
}

struct PngWriter {
  explicit PngWriter(std::string& file)
      : png(png_create_write_struct(PNG_LIBPNG_VER_STRING, &file, on_png_error, on_png_warning)),
        info(png != nullptr ? png_create_info_struct(png) : nullptr) {}
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;
  ~PngWriter() { png_destroy_write_struct(&png, &info); }
  png_structp png;
  png_infop info;
};

/// 8-bit samples; `row(y)` gives those of a row.
template <class Row>
void write_png_rows(const std::filesystem::path& file, Index height, Index width, int colour,
                    Row row) {
  std::string name = final_name(file).string();
  OutputFile output(file);
  PngWriter writer(name);
  const auto [png, info] = std::pair(writer.png, writer.info);
  if (info == nullptr) throw std::bad_alloc();
  png_set_write_fn(png, &output, put_png_bytes, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
               colour, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (Index y = 0; y < height; ++y) png_write_row(png, row(y));
  png_write_end(png, info);
  output.close();
}

/// What libtiff writes to. Its callbacks may not throw, so the first failure waits here.
struct TiffFile {
  OutputFile output;
  std::uint64_t at = 0;
  std::exception_ptr failure;
  std::string message;  ///< the last one of libtiff

  explicit TiffFile(const std::filesystem::path& file) : output(file) {}

  /// What `act` returns, or nothing.
  template <class Act>
  tmsize_t attempt(Act act) {
    try {
      const std::size_t count = act();
      at += count;
      return static_cast<tmsize_t>(count);
    } catch (...) {
      if (!failure) failure = std::current_exception();
      return -1;
    }
  }
  static TiffFile& of(thandle_t handle) { return *static_cast<TiffFile*>(handle); }
};

tmsize_t read_tiff_bytes(thandle_t handle, void* bytes, tmsize_t count) {
  TiffFile& file = TiffFile::of(handle);
  return file.attempt([&] {
    const std::span into(static_cast<std::byte*>(bytes), static_cast<std::size_t>(count));
    return file.output.read_at(into, file.at);
  });
}

tmsize_t write_tiff_bytes(thandle_t handle, void* bytes, tmsize_t count) {
  TiffFile& file = TiffFile::of(handle);
  return file.attempt([&] {
    const std::span from(static_cast<const std::byte*>(bytes), static_cast<std::size_t>(count));
    file.output.write_at(from, file.at);
    return from.size();
  });
}

toff_t seek_in_tiff(thandle_t handle, toff_t offset, int from) {
  TiffFile& file = TiffFile::of(handle);
  if (from == SEEK_CUR) offset += file.at;
  if (from == SEEK_END) offset += file.output.size();
  return file.at = offset;
}

toff_t size_of_tiff(thandle_t handle) { return TiffFile::of(handle).output.size(); }
int leave_tiff_open(thandle_t) { return 0; }

int on_tiff_message(TIFF*, void* file, const char*, const char* format, va_list arguments) {
  char message[512];
  std::vsnprintf(message, sizeof message, format, arguments);
  static_cast<TiffFile*>(file)->message = message;
  return 1;
}

}  // namespace

void write_png(const std::filesystem::path& file, Plane<const std::uint8_t> picture) {
  write_png_rows(file, picture.height, picture.width, PNG_COLOR_TYPE_GRAY,
                 [&](Index y) { return picture.row(y); });
}

void write_png(const std::filesystem::path& file, Stack<const std::uint8_t> picture) {
  if (picture.channels != 3) throw Error(file.string() + ": a colour image has three channels");
  std::vector<png_byte> bytes(static_cast<std::size_t>(3 * picture.width));
  write_png_rows(file, picture.height, picture.width, PNG_COLOR_TYPE_RGB, [&](Index y) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = picture.plane(static_cast<Index>(i % 3))(y, static_cast<Index>(i / 3));
    }
    return bytes.data();
  });
}

constexpr std::uint32_t kLabelCounts = 50838, kLabels = 50839;  // of ImageJ

/// Tags that libtiff does not know.
void add_imagej_tags(TIFF* tiff) {
  static char counts[] = "IJMetadataByteCounts", labels[] = "IJMetadata";
  static const TIFFFieldInfo fields[] = {
      {kLabelCounts, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_LONG, FIELD_CUSTOM, 1, 1, counts},
      {kLabels, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_BYTE, FIELD_CUSTOM, 1, 1, labels}};
  TIFFMergeFieldInfo(tiff, fields, 2);
}

struct TiffWriter::State {
  State(const std::filesystem::path& path, FileDescription said, TiffStyle how)
      : file(path), name(final_name(path).string()), description(std::move(said)), style(how) {}
  TiffFile file;
  std::string name;
  FileDescription description;
  TiffStyle style;
  std::size_t page = 0;
  std::unique_ptr<TIFF, void (*)(TIFF*)> tiff{nullptr, TIFFClose};

  [[noreturn]] void failed() const {
    if (file.failure) std::rethrow_exception(file.failure);
    throw Error(name + ": cannot be written: " + file.message);
  }
};

TiffWriter::TiffWriter(const std::filesystem::path& file, double bytes, FileDescription description,
                       TiffStyle style)
    : state_(std::make_unique<State>(file, std::move(description), style)) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_tiff_message, &state_->file);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_tiff_message, &state_->file);
  // Little-endian everywhere; 8: BigTIFF if 4 GiB might not do.
  state_->tiff.reset(TIFFClientOpenExt(state_->name.c_str(), bytes > 4e9 ? "wl8" : "wl",
                                       &state_->file, read_tiff_bytes, write_tiff_bytes,
                                       seek_in_tiff, leave_tiff_open, size_of_tiff, nullptr,
                                       nullptr, options.get()));
  if (!state_->tiff) state_->failed();
  add_imagej_tags(state_->tiff.get());
}

TiffWriter::~TiffWriter() = default;

void TiffWriter::close() {
  // Each page's directory is written, so this leaves libtiff nothing to write.
  state_->tiff.reset();
  if (state_->file.failure) state_->failed();
  state_->file.output.close();
}

void TiffWriter::describe_page(Index height, Index width, const char* type) {
  TIFF* const tiff = state_->tiff.get();
  const FileDescription& description = state_->description;
  const std::size_t page = state_->page++;
  const auto& size = description.pixel_size_um;
  const bool ome = state_->style == TiffStyle::kOme;
  if (size[0] > 0 && size[1] > 0) {
    // ImageJ's way: pixels per unit that its description names.
    const double unit = ome ? 1e4 : 1;
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, unit / size[0]);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, unit / size[1]);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, ome ? RESUNIT_CENTIMETER : RESUNIT_NONE);
  }
  if (page < description.plane_names.size()) {
    TIFFSetField(tiff, TIFFTAG_PAGENAME, description.plane_names[page].c_str());
  }
  if (page == 0 && ome) {
    const std::string name = std::filesystem::path(state_->name).stem().stem().string();
    TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION,
                 ome_xml(description, name, height, width, type).c_str());
  } else if (page == 0 && !description.axes.letters.empty()) {
    TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, imagej_description(description).c_str());
    const ImageJLabels labels = labels_for_imagej(description.plane_names);
    TIFFSetField(tiff, kLabelCounts, static_cast<std::uint32_t>(labels.counts.size()),
                 labels.counts.data());
    TIFFSetField(tiff, kLabels, static_cast<std::uint32_t>(labels.bytes.size()),
                 labels.bytes.data());
  }
}

template <class T>
void TiffWriter::add(Plane<const T> page) {
  describe_page(page.height, page.width,
                std::is_floating_point_v<T> ? "float"
                : sizeof(T) == 1            ? "uint8"
                : sizeof(T) == 2            ? "uint16"
                                            : "uint32");
  TIFF* const tiff = state_->tiff.get();
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(page.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(page.height));
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * sizeof(T)));
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
               std::is_floating_point_v<T> ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  if constexpr (sizeof(T) <= 2) TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP,
               std::max<std::uint32_t>(1, 65536 / static_cast<std::uint32_t>(std::max<Index>(
                                                      1, page.width * Index{sizeof(T)}))));
  std::vector<T> row;
  for (Index y = 0; y < page.height; ++y) {
    row.assign(page.row(y), page.row(y) + page.width);  // libtiff takes no const
    if (TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y)) != 1) state_->failed();
  }
  if (TIFFWriteDirectory(tiff) != 1) state_->failed();
}

template <class T>
void write_tiff(const std::filesystem::path& file, std::span<const Plane<const T>> pages) {
  double bytes = 0;
  for (const auto& page : pages) bytes += static_cast<double>(page.size()) * sizeof(T);
  TiffWriter writer(file, bytes);
  for (const auto& page : pages) writer.add(page);
  writer.close();
}

template void TiffWriter::add(Plane<const std::uint16_t>);
template void TiffWriter::add(Plane<const std::uint32_t>);
template void TiffWriter::add(Plane<const float>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const std::uint8_t>>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const std::uint16_t>>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const std::uint32_t>>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const float>>);

}  // namespace unetflow
