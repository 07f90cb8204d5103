// BMP without compression, as Windows and older microscopes write it: a file header of 14 bytes, an
// image header that begins with its own size, a palette, and rows from the bottom up, padded to
// four bytes. Numbers are little-endian.
#include <fmt/format.h>

#include <bit>

#include "core/read_file.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t{8} << 30;  // bytes

struct Header {
  std::size_t size = 0;    ///< of the image header, bytes
  std::size_t pixels = 0;  ///< where they begin
  Index height = 0, width = 0;
  bool top_down = false;
  int bits = 0;  ///< of a pixel
  std::uint32_t compression = 0;
  std::size_t colours = 0;  ///< of the palette
};
enum : std::uint32_t { kNone = 0, kRuns8 = 1, kRuns4 = 2, kMasks = 3 };
constexpr std::size_t kOldHeader = 12;  // of OS/2: 16 bits for each side, palettes of 3 bytes

class BmpFile : public PictureFile {
 public:
  explicit BmpFile(const std::filesystem::path& file) : file_(file) {}

  Index pages() override { return 1; }

  PicturePage read(Index page, Reading reading) override {
    where_ = page_place(file_.string(), page);
    check_only_page(where_, page, "BMP");
    bytes_ = read_file(file_, kLargestFile);
    const Header header = read_header();
    if (header.bits >= 24) return {.values = colours_of(header), .bits = 8};
    Picture<std::uint8_t> indices = indices_of(header);
    Palette palette = palette_of(header);
    if (reading == Reading::kSeen) return {apply_palette(indices, palette, where_)};
    return {.values = std::move(indices),
            .bits = header.bits,
            .palette = std::move(palette),
            .indexed = true};
  }

 private:
  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) {
      throw InputError(where_, "is damaged or cut short: it ends too early");
    }
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;)
      value = value << 8 | static_cast<std::uint8_t>(bytes_[at + i]);
    return value;
  }

  Header read_header() const {
    Header header;
    header.pixels = number(10, 4);
    header.size = number(14, 4);
    const bool old = header.size == kOldHeader;
    if (!old && (header.size < 40 || header.size > 1024)) {
      throw InputError(
          where_, fmt::format("has an image header of {} bytes, which is not known", header.size));
    }
    const auto signed_height =
        old ? static_cast<std::int32_t>(number(20, 2)) : static_cast<std::int32_t>(number(22, 4));
    header.width = old ? number(18, 2) : static_cast<std::int32_t>(number(18, 4));
    header.top_down = signed_height < 0;
    header.height = std::abs(Index{signed_height});
    header.bits = static_cast<int>(number(old ? 24 : 28, 2));
    header.compression = old ? kNone : number(30, 4);
    header.colours = old ? 0 : number(46, 4);
    check(header);
    if (header.colours == 0 && header.bits <= 8) header.colours = std::size_t{1} << header.bits;
    return header;
  }

  void check(const Header& header) const {
    if (header.compression == kRuns8 || header.compression == kRuns4) {
      throw InputError(where_,
                       "is compressed (RLE), which is not read here; expected PNG or TIFF, as "
                       "ImageMagick makes of it");
    }
    const int bits = header.bits;
    const bool masks = header.compression == kMasks && bits == 32 && are_usual_masks();
    const bool plain = header.compression == kNone &&
                       (bits == 1 || bits == 4 || bits == 8 || bits == 24 || bits == 32);
    if (!masks && !plain) {
      throw InputError(where_,
                       fmt::format("has {} bits per pixel in an arrangement (compression {}) "
                                   "that is not known; expected PNG or TIFF",
                                   bits, header.compression));
    }
    if (header.width <= 0 || header.height <= 0) throw InputError(where_, "has no pixels");
    check_claimed_bytes(static_cast<double>(row_bytes(header)) * static_cast<double>(header.height),
                        bytes_.size(), false, where_);
    if (header.colours > 256 && bits <= 8)
      throw InputError(where_, "is damaged: it has a palette of more than 256 colours");
  }

  /// Blue, green and red in this order, as without masks.
  bool are_usual_masks() const {
    return number(54, 4) == 0xFF0000 && number(58, 4) == 0xFF00 && number(62, 4) == 0xFF;
  }

  static std::size_t row_bytes(const Header& header) {
    return (static_cast<std::size_t>(header.width) * static_cast<std::size_t>(header.bits) + 31) /
           32 * 4;
  }

  /// The first byte of a row; rows are checked to be there.
  const std::uint8_t* row(const Header& header, Index y) const {
    const auto stored = static_cast<std::size_t>(header.top_down ? y : header.height - 1 - y);
    const std::size_t at = header.pixels + stored * row_bytes(header);
    if (at > bytes_.size() || bytes_.size() - at < row_bytes(header)) {
      throw InputError(where_, "is damaged or cut short: it ends too early");
    }
    return reinterpret_cast<const std::uint8_t*>(bytes_.data()) + at;
  }

  Picture<std::uint8_t> indices_of(const Header& header) const {
    Picture<std::uint8_t> out(header.height, header.width);
    const int bits = header.bits;
    for (Index y = 0; y < header.height; ++y) {
      const std::uint8_t* from = row(header, y);
      for (Index x = 0; x < header.width; ++x) {
        const Index bit = x * bits;
        out.plane()(y, x) = static_cast<std::uint8_t>(from[bit / 8] >> (8 - bits - bit % 8)) &
                            static_cast<std::uint8_t>((1 << bits) - 1);
      }
    }
    return out;
  }

  /// Of 24 bits, or of 32 whose last 8 say nothing in most files.
  Picture<std::uint8_t> colours_of(const Header& header) const {
    Picture<std::uint8_t> out(3, header.height, header.width);
    for (Index y = 0; y < header.height; ++y) {
      const std::uint8_t* from = row(header, y);
      for (Index x = 0; x < header.width; ++x) {
        for (Index c = 0; c < 3; ++c) out.plane(c)(y, x) = from[x * header.bits / 8 + 2 - c];
      }
    }
    return out;
  }

  Palette palette_of(const Header& header) const {
    const std::size_t bytes = header.size == kOldHeader ? 3 : 4;
    Palette palette;
    for (std::size_t i = 0; i < header.colours; ++i) {
      const std::uint32_t colour = number(14 + header.size + bytes * i, 3);
      palette.push_back({static_cast<std::uint8_t>(colour >> 16),
                         static_cast<std::uint8_t>(colour >> 8),
                         static_cast<std::uint8_t>(colour)});
    }
    return palette;
  }

  std::filesystem::path file_;
  std::string where_, bytes_;  ///< of the page that is being read
};

}  // namespace

PictureFormat bmp_format() { return {"BMP", {".bmp", ".dib"}, {"BM"}, false, open_as<BmpFile>}; }

}  // namespace unetflow
