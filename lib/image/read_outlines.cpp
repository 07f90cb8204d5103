#include <fmt/format.h>
#include <zip.h>

#include <memory>

#include "core/crash.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/read_file.hpp"
#include "image/outlines.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

constexpr std::string_view kZip = "PK\x03\x04", kRoi = "Iout";
constexpr std::uint64_t kLargestRoi = std::uint64_t{64} << 20;  // bytes

using Archive = std::unique_ptr<zip_t, void (*)(zip_t*)>;

Archive open_zip(const std::filesystem::path& file) {
  int code = 0;
  Archive archive(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code), zip_discard);
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw InputError(file.string(), code == ZIP_ER_EXISTS
                                      ? "has two entries of one name, expected names that differ"
                                      : "is a damaged ZIP: " + message);
}

std::string entry_bytes(zip_t* archive, zip_uint64_t number, const zip_stat_t& entry,
                        const std::string& place) {
  if (entry.size > kLargestRoi) {
    throw InputError(place, fmt::format("is larger than {} bytes", kLargestRoi));
  }
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(zip_fopen_index(archive, number, 0),
                                                               zip_fclose);
  std::string bytes(entry.size, '\0');
  if (!file ||
      zip_fread(file.get(), bytes.data(), bytes.size()) != static_cast<zip_int64_t>(bytes.size())) {
    throw InputError(place, "is damaged or encrypted");
  }
  return bytes;
}

/// The ROIs that ImageJ's ROI manager saved, in the order of the archive.
OutlinedImage read_roi_zip(const std::filesystem::path& file) {
  const ReadingThrough guard("libzip", file.string());
  const Archive archive = open_zip(file);
  OutlinedImage image;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    const auto number = static_cast<zip_uint64_t>(i);
    zip_stat_t entry;
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    if (zip_stat_index(archive.get(), number, 0, &entry) != 0 ||
        (entry.valid & kNeeded) != kNeeded) {
      throw InputError(file.string(), fmt::format("is a damaged ZIP: entry {}", i));
    }
    const std::string name = entry.name;
    if (name.ends_with('/') || name.starts_with("__MACOSX/")) continue;  // folders; macOS's own
    const std::string place = fmt::format("{} entry {}", file.string(), name);
    if (!name.ends_with(".roi")) {
      throw InputError(place,
                       "is not an ImageJ ROI (.roi); of ZIP files, only those of ROIs are read");
    }
    image.cells.push_back(
        parse_imagej_roi(entry_bytes(archive.get(), number, entry, place), place));
    image.cells.back().name = name;
  }
  return image;
}

}  // namespace

bool may_hold_outlines(std::string_view head) {
  head = without_mark(head);
  const auto first = head.find_first_not_of(" \t\r\n");
  return head.starts_with(kRoi) || head.starts_with(kZip) || is_utf16(head) ||
         (first != std::string_view::npos && (head[first] == '{' || head[first] == '['));
}

std::vector<OutlinedImage> read_outlines(const std::filesystem::path& file) {
  const std::string place = file.string();
  const std::string head = first_bytes(file, kZip.size());
  if (head == kZip) return {read_roi_zip(file)};
  if (head != kRoi) return parse_outline_json(read_text(file, kLargestJson), place);
  OutlinedImage image;
  image.cells.push_back(parse_imagej_roi(read_file(file, kLargestRoi), place));
  image.cells.back().name = file.filename().string();
  return {image};
}

}  // namespace unetflow
