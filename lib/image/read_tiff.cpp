#include <fmt/format.h>
#include <tiffio.h>

#include <cstdarg>
#include <memory>

#include "image/reader_helpers.hpp"
#include "image/tiff_directory.hpp"
#include "image/tiff_layout.hpp"
#include "image/tiff_samples.hpp"
#include "image/tiff_tags.hpp"

namespace unetflow {
namespace {

/// What libtiff says of one file, kept instead of printed.
struct Messages {
  std::string error;
  std::string warning;
};

std::string formatted(const char* format, va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  return text;
}

// libtiff is C and must not be unwound: its handlers note the first message, and the caller of
// libtiff throws. Returning 1 keeps the process-wide handlers quiet.
int on_error(TIFF*, void* messages, const char*, const char* format, va_list arguments) {
  auto& error = static_cast<Messages*>(messages)->error;
  if (error.empty()) error = formatted(format, arguments);
  return 1;
}

int on_warning(TIFF*, void* messages, const char*, const char* format, va_list arguments) {
  auto& [error, warning] = *static_cast<Messages*>(messages);
  const std::string text = formatted(format, arguments);
  // "Bogus ... ignoring and calculating": the one warning of a directory that matters to read().
  if (warning.empty() || text.starts_with("Bogus")) warning = text;
  return 1;
}

class TiffFile : public PictureFile {
 public:
  /// `axes`: as a user states them, or nothing.
  TiffFile(const std::filesystem::path& file, const std::string& axes)
      : file_(file), bytes_(bytes_of_file(file)) {
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(
        TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &messages_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &messages_);
    // m: no memory mapping, so that a file cut while it is read is an error and not a signal.
    tiff_.reset(TIFFOpenExt(file.c_str(), "rm", options.get()));
    if (!tiff_) throw InputError(file.string(), damage());
    find_pages();
    find_planes_of_one_page();
    samples_are_channels_ = samples_are_channels(tags_);
    const bool stated = tags_.samples_apart && tags_.samples > 1 && !axes.empty() &&
                        axes.find('C') != axes.size() - 1;
    if (stated || samples_are_pages(tags_)) {
      samples_as_pages_ = tags_.samples;
      tags_.pages *= tags_.samples;
      tags_.samples = 1;
      tags_.page_names.clear();
    }
  }

  Index pages() override { return tags_.pages; }

  FileDescription describe() override { return describe_tiff(tags_); }

  PicturePage read(Index page, Reading reading) override {
    const std::string where = page_place(file_.string(), page);
    check_page(where, page, pages());
    messages_ = {};
    const Index directory = bytes_of_plane_ > 0 ? 0 : page / samples_as_pages_;
    if (TIFFSetSubDirectory(tiff_.get(), directories_[static_cast<std::size_t>(directory)]) == 0) {
      throw InputError(where, damage());
    }
    ahead_ = page * bytes_of_plane_;
    Layout layout = read_layout(tiff_.get(), bytes_, where);
    check_directory(layout, where);
    if (samples_as_pages_ > 1) {
      if (!layout.separate || layout.samples != samples_as_pages_) {
        throw InputError(where, "has other samples per pixel than the first page");
      }
      layout.first = page % samples_as_pages_;
      layout.samples = layout.channels = 1;
      layout.photometric = PHOTOMETRIC_MINISBLACK;
    }
    if (samples_are_channels_) layout.channels = layout.samples;
    const Index alpha = layout.samples - layout.channels;
    if (reading == Reading::kStored) layout.channels = layout.samples;
    if (layout.compression != COMPRESSION_NONE && messages_.warning.starts_with("Bogus")) {
      throw InputError(where, damage());
    }
    messages_ = {};
    PicturePage result =
        reading == Reading::kSeen ? convert(layout, where) : read_as_stored(layout, where);
    // Decoders for fax and JPEG mend what they can and warn; a mended value is not a measurement.
    if (!messages_.error.empty() || !messages_.warning.empty()) throw InputError(where, damage());
    result.lossy = result.lossy || changes_values(layout.compression);
    result.alpha = reading == Reading::kStored ? alpha : 0;
    result.alpha_dropped = alpha - result.alpha;
    result.orientation = layout.orientation;
    std::visit([&](auto& picture) { picture = oriented(std::move(picture), layout.orientation); },
               result.values);
    return result;
  }

 private:
  void check_directory(const Layout& layout, const std::string& where) const {
    TIFF* tiff = tiff_.get();
    const auto entries = tiff_directory(file_, TIFFCurrentDirOffset(tiff));
    const auto blocks = layout.tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
    const std::string wrong = contradiction(entries, blocks, layout.photometric);
    if (!wrong.empty()) throw InputError(where, "is damaged: " + wrong);
    if (layout.compression == COMPRESSION_NONE && layout.photometric != PHOTOMETRIC_YCBCR) {
      check_stored_bytes(tiff, layout, entries, where);
    }
  }

  /// Of those compressions that can, most files do.
  bool changes_values(int compression) const {
    if (compression == COMPRESSION_LERC) return field<double>(TIFFTAG_LERC_MAXZERROR, 0) > 0;
    return compression == COMPRESSION_JPEG || compression == COMPRESSION_OJPEG ||
           compression == COMPRESSION_JP2000 || compression == COMPRESSION_WEBP;
  }

  std::string damage() const {
    std::string message = messages_.error.empty() ? messages_.warning : messages_.error;
    if (message.starts_with(file_.string() + ": ")) message.erase(0, file_.string().size() + 2);
    return "is damaged, cut short or of an unsupported kind: " +
           (message.empty() ? "libtiff cannot read it" : message);
  }

  /// Notes where the directory of each page is, and what it says. Directories are a linked list;
  /// following it once spares a search for each page.
  void find_pages() {
    for (;;) {  // libtiff has read the first
      if (is_page()) {
        note_tags(tiff_.get(), static_cast<Index>(directories_.size()), tags_);
        directories_.push_back(TIFFCurrentDirOffset(tiff_.get()));
      }
      tags_.pages = static_cast<Index>(directories_.size());
      if (TIFFLastDirectory(tiff_.get()) != 0) return;
      messages_ = {};
      if (TIFFReadDirectory(tiff_.get()) == 0) throw InputError(file_.string(), damage());
    }
  }

  /// Planes behind that of the only directory count as pages, if the file is long enough for them.
  void find_planes_of_one_page() {
    const Index planes = planes_of_one_page(tags_);
    if (planes == 1 || TIFFNumberOfStrips(tiff_.get()) == 0) return;
    const Layout layout = read_layout(tiff_.get(), bytes_, page_place(file_.string(), 0));
    const double plane = static_cast<double>(layout.height) * static_cast<double>(layout.width) *
                         static_cast<double>(layout.samples) * layout.bits / 8;
    TIFF* tiff = tiff_.get();
    const std::uint32_t strips = TIFFNumberOfStrips(tiff);
    const std::uint64_t begin = TIFFGetStrileOffset(tiff, 0);
    const std::uint64_t end =
        TIFFGetStrileOffset(tiff, strips - 1) + TIFFGetStrileByteCount(tiff, strips - 1);
    if (layout.compression != COMPRESSION_NONE || layout.tiled || layout.bits % 8 != 0 ||
        static_cast<double>(end - begin) != plane ||
        static_cast<double>(begin) + plane * static_cast<double>(planes) >
            static_cast<double>(bytes_)) {
      return;
    }
    bytes_of_plane_ = static_cast<Index>(plane);
    tags_.pages = planes;
  }

  /// Thumbnails and transparency masks that come with a page are not pages.
  bool is_page() const {
    const auto type = field<std::uint32_t>(TIFFTAG_SUBFILETYPE, 0);
    return TIFFCurrentDirectory(tiff_.get()) == 0 ||
           (type & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) == 0;
  }

  template <class T>
  T field(std::uint32_t tag, T otherwise) const {
    return tiff_field(tiff_.get(), tag, otherwise);
  }

  PicturePage convert(const Layout& layout, const std::string& where) {
    switch (layout.photometric) {
      case PHOTOMETRIC_YCBCR:
        if (layout.compression != COMPRESSION_JPEG) return {read_as_rgb(layout, where)};
        TIFFSetField(tiff_.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        break;
      case PHOTOMETRIC_CIELAB:
      case PHOTOMETRIC_LOGL:
      case PHOTOMETRIC_LOGLUV:
        return {read_as_rgb(layout, where)};
      case PHOTOMETRIC_SEPARATED:
        throw InputError(where,
                         "has inks (CMYK), which are not measurements; expected gray or RGB");
      case PHOTOMETRIC_CFA:
      case PHOTOMETRIC_ICCLAB:
      case PHOTOMETRIC_ITULAB:
        throw InputError(where,
                         fmt::format("has colours of the kind {} (PhotometricInterpretation) "
                                     "as cameras' raw files do, expected gray or RGB",
                                     layout.photometric));
      default:
        break;
    }
    if (layout.photometric == PHOTOMETRIC_PALETTE && layout.format == SAMPLEFORMAT_UINT) {
      if (!is_of_imagej(tags_)) return {read_palette(layout, where)};
      // A palette of ImageJ's is how it shows gray values.
      PicturePage page = read_numbers(layout, false, where);
      page.palette_dropped = true;
      return page;
    }
    const bool inverted = layout.photometric == PHOTOMETRIC_MINISWHITE;
    return read_numbers(layout, inverted, where);
  }

  /// Samples as they are, whatever they should look like.
  PicturePage read_as_stored(const Layout& layout, const std::string& where) {
    switch (layout.photometric) {
      case PHOTOMETRIC_YCBCR:
      case PHOTOMETRIC_CIELAB:
      case PHOTOMETRIC_LOGL:
      case PHOTOMETRIC_LOGLUV: {  // not stored sample by sample
        PicturePage page = convert(layout, where);
        page.lossy = true;
        return page;
      }
      default:
        break;
    }
    PicturePage page = read_numbers(layout, false, where);
    constexpr int kMostBits = 8;
    const bool is_shown = layout.channels == 1 && layout.bits <= kMostBits;
    if (is_shown) page.palette = palette_of(tiff_.get(), layout, where);
    page.indexed = layout.photometric == PHOTOMETRIC_PALETTE && !is_of_imagej(tags_);
    return page;
  }

  /// `inverted`: the largest value of unsigned integers is 0.
  PicturePage read_numbers(const Layout& layout, bool inverted, const std::string& where) {
    const int bits = layout.bits;
    if (layout.format == SAMPLEFORMAT_IEEEFP && (bits == 16 || bits == 32 || bits == 64)) {
      return {read_samples<float>(layout, where,
                                  [&](std::uint64_t value) { return float_value(value, bits); })};
    }
    const bool is_signed = layout.format == SAMPLEFORMAT_INT;
    if ((!is_signed && layout.format != SAMPLEFORMAT_UINT) || (bits > 32 && bits != 64) ||
        bits < 1) {
      throw InputError(where,
                       fmt::format("has samples of {} bits and format {}, expected integers of 1 "
                                   "to 32 or 64 bits, or floats of 16, 32 or 64 bits",
                                   bits, layout.format));
    }
    if (is_signed && bits <= 16) {
      return {.values = read_samples<float>(layout, where,
                                            [&](std::uint64_t value) {
                                              return static_cast<float>(signed_value(value, bits));
                                            }),
              .bits = bits,
              .is_signed = true};
    }
    if (is_signed || bits == 64) {
      const auto wide = read_samples<std::uint64_t>(layout, where, [&](std::uint64_t value) {
        return is_signed ? static_cast<std::uint64_t>(signed_value(value, bits)) : value;
      });
      return narrowed(wide, is_signed, bits);
    }
    const std::uint64_t largest = (std::uint64_t{1} << bits) - 1;
    const std::uint64_t flip = inverted ? largest : 0;
    if (bits <= 8) return {read_unsigned<std::uint8_t>(layout, flip, where), bits};
    if (bits <= 16) return {read_unsigned<std::uint16_t>(layout, flip, where), bits};
    return {read_unsigned<std::uint32_t>(layout, flip, where), bits};
  }

  template <class T>
  Picture<T> read_unsigned(const Layout& layout, std::uint64_t flip, const std::string& where) {
    return read_samples<T>(layout, where,
                           [&](std::uint64_t value) { return static_cast<T>(value ^ flip); });
  }

  Picture<std::uint8_t> read_palette(const Layout& layout, const std::string& where) {
    return apply_palette(read_unsigned<std::uint16_t>(layout, 0, where),
                         palette_of(tiff_.get(), layout, where), where);
  }

  /// libtiff's own conversion, for colour spaces that are not stored sample by sample.
  Picture<std::uint8_t> read_as_rgb(const Layout& layout, const std::string& where) {
    const Index size = layout.height * layout.width;
    std::vector<std::uint32_t> raster(static_cast<std::size_t>(size));
    // The stored orientation, as for other pictures: oriented() does the rest.
    const auto height = static_cast<std::uint32_t>(layout.height);
    const auto width = static_cast<std::uint32_t>(layout.width);
    if (TIFFReadRGBAImageOriented(tiff_.get(), width, height, raster.data(), layout.orientation,
                                  1) == 0) {
      throw InputError(where, damage());
    }
    messages_ = {};  // warnings here are of the format's age (old-style JPEG), not of damage
    Picture<std::uint8_t> out(3, layout.height, layout.width);
    for (Index i = 0; i < size; ++i) {
      for (Index c = 0; c < 3; ++c) {
        out.values[static_cast<std::size_t>(c * size + i)] = static_cast<std::uint8_t>(
            raster[static_cast<std::size_t>(i)] >> (8 * static_cast<unsigned>(c)));
      }
    }
    return out;
  }

  /// The bytes of an uncompressed strip `ahead_` bytes behind where the directory says.
  tmsize_t read_strip_ahead(const Layout& layout, std::uint32_t number,
                            std::vector<std::uint8_t>& block) {
    TIFF* tiff = tiff_.get();
    const auto at = TIFFGetStrileOffset(tiff, number) + static_cast<std::uint64_t>(ahead_);
    const auto bytes = static_cast<tmsize_t>(
        std::min<std::uint64_t>(TIFFGetStrileByteCount(tiff, number), block.size()));
    TIFFGetSeekProc(tiff)(TIFFClientdata(tiff), at, SEEK_SET);
    const tmsize_t got = TIFFGetReadProc(tiff)(TIFFClientdata(tiff), block.data(), bytes);
    if (got != bytes) return -1;
    if (TIFFIsByteSwapped(tiff) != 0) swap_bytes(block, static_cast<std::size_t>(layout.bits / 8));
    return got;
  }

  /// Every kept sample of the page through `value`: strips or tiles, channels interleaved or apart.
  template <class T, class Value>
  Picture<T> read_samples(const Layout& layout, const std::string& where, Value value) {
    TIFF* tiff = tiff_.get();
    Picture<T> out(layout.channels, layout.height, layout.width);
    const Index interleaved = layout.separate ? 1 : layout.samples;
    const Index row_bytes = (layout.block_width * interleaved * layout.bits + 7) / 8;
    const tmsize_t block_bytes = layout.tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    if (block_bytes < row_bytes * layout.block_height) throw InputError(where, damage());
    std::vector<std::uint8_t> block(static_cast<std::size_t>(block_bytes));

    auto number = static_cast<std::uint32_t>(
        layout.first * ((layout.height + layout.block_height - 1) / layout.block_height) *
        ((layout.width + layout.block_width - 1) / layout.block_width));
    for (Index first = 0; first < (layout.separate ? layout.channels : 1); ++first) {
      for (Index top = 0; top < layout.height; top += layout.block_height) {
        const Index rows = std::min(layout.block_height, layout.height - top);
        for (Index left = 0; left < layout.width; left += layout.block_width) {
          const Index columns = std::min(layout.block_width, layout.width - left);
          const tmsize_t got = ahead_ > 0 ? read_strip_ahead(layout, number, block)
                               : layout.tiled
                                   ? TIFFReadEncodedTile(tiff, number, block.data(), block_bytes)
                                   : TIFFReadEncodedStrip(tiff, number, block.data(), block_bytes);
          // The last strip may lack whole rows, those below the image.
          if (got < row_bytes * rows) throw InputError(where, damage());
          ++number;
          for (Index y = 0; y < rows; ++y) {
            const std::uint8_t* row = block.data() + y * row_bytes;
            for (Index c = 0; c < (layout.separate ? 1 : layout.channels); ++c) {
              T* to = out.plane(first + c).row(top + y) + left;
              for (Index x = 0; x < columns; ++x) {
                to[x] = value(sample_bits(row, x * interleaved + c, layout.bits));
              }
            }
          }
        }
      }
    }
    return out;
  }

  struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  };
  std::filesystem::path file_;
  std::uintmax_t bytes_;
  Messages messages_;
  std::unique_ptr<TIFF, Close> tiff_;
  std::vector<std::uint64_t> directories_;  ///< file offsets of those that are pages
  TiffTags tags_;
  Index samples_as_pages_ = 1;
  bool samples_are_channels_ = false;
  Index bytes_of_plane_ = 0;  ///< where planes without a directory follow that of the first
  Index ahead_ = 0;           ///< bytes from the directory's plane to the one that is read
};

}  // namespace

PictureFormat tiff_format() {
  return {"TIFF",
          {".tif", ".tiff"},
          {{"II*\0", 4}, {"MM\0*", 4}, {"II+\0", 4}, {"MM\0+", 4}},
          false,
          [](const std::filesystem::path& file, const std::string&, const std::string& axes) {
            return std::unique_ptr<PictureFile>(std::make_unique<TiffFile>(file, axes));
          }};
}

}  // namespace unetflow
