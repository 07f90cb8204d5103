#include "artifact/finished_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <system_error>

#include "core/digest.hpp"
#include "core/error.hpp"

namespace unetflow {
namespace {

/// How a record begins.
struct Header {
  std::array<char, 16> kind = {"unetflow rows 1"};
  std::int64_t image = 0, first = 0, end = 0, channels = 0, width = 0;
  std::array<char, 64> sha256 = {};  ///< of what is before and of the values
  std::array<char, 8> unused = {};

  /// Below 0 where it is not one.
  std::int64_t values() const {
    constexpr std::int64_t kMost = 1 << 24;  // of each, so that no product overflows
    const bool is_one = kind == Header().kind && first >= 0 && first < end && end < kMost &&
                        channels > 0 && channels < 256 && width > 0 && width < kMost;
    return is_one ? channels * (end - first) * width : -1;
  }
};
static_assert(sizeof(Header) == 128);

std::array<char, 64> digest_of(const Header& header, std::span<const float> values) {
  Sha256 digest;
  digest.update(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, sha256)));
  digest.update(std::as_bytes(values));
  std::array<char, 64> hex;
  std::copy_n(digest.hex().begin(), hex.size(), hex.begin());
  return hex;
}

template <class T>
bool read_into(std::ifstream& stream, std::span<T> values) {
  const auto bytes = std::as_writable_bytes(values);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return stream.good();
}

}  // namespace

fs::path FinishedRows::folder_of(const fs::path& manifest) {
  return fs::path(manifest).replace_filename(fmt::format(".{}.rows", manifest.stem().string()));
}

FinishedRows::FinishedRows(fs::path folder, const std::string& identity, int rank, int size)
    : folder_(std::move(folder)), identity_(identity), rank_(rank), size_(size) {
  find();
}

void FinishedRows::find() {
  std::error_code none;
  for (fs::directory_iterator entry(folder_, none), end; !none && entry != end;
       entry.increment(none)) {
    if (entry->path().filename().string().starts_with(identity_ + "-")) {
      find_in(entry->path());
    } else if (rank_ == 0) {
      std::error_code ignored;
      fs::remove_all(entry->path(), ignored);
    }
  }
}

void FinishedRows::find_in(const fs::path& file) {
  std::error_code none;
  const std::uintmax_t size = fs::file_size(file, none);
  std::ifstream stream(file, std::ios::binary);
  std::uint64_t offset = 0;
  for (Header header; !none && read_into(stream, std::span(&header, 1));) {
    const std::int64_t values = header.values();
    const auto end = offset + sizeof header + static_cast<std::uint64_t>(values) * sizeof(float);
    if (values < 0 || end > size) return;
    places_.emplace(std::pair(header.image, RowRange{header.first, header.end}),
                    Place{file, offset});
    offset = end;
    stream.seekg(static_cast<std::streamoff>(offset));
  }
}

bool FinishedRows::has(std::int64_t image, RowRange rows) const {
  return places_.contains({image, rows});
}

Picture<float> FinishedRows::read(std::int64_t image, RowRange rows) const {
  const auto& [file, offset] = places_.at({image, rows});
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  Header header;
  bool whole = read_into(stream, std::span(&header, 1)) && header.values() > 0;
  Picture<float> picture;
  if (whole) {
    picture = Picture<float>(header.channels, rows.count(), header.width);
    whole = header.values() == picture.stack().size() &&
            read_into(stream, std::span(picture.values)) &&
            digest_of(header, picture.values) == header.sha256;
  }
  if (whole) return picture;
  std::error_code ignored;
  fs::remove(file, ignored);
  throw Error(file.string() + ": is damaged, and was removed; run again");
}

void FinishedRows::add(std::int64_t image, Index first, const Picture<float>& rows) {
  if (!own_) {
    make_folder(folder_);
    int number = rank_;
    const auto file = [&] { return folder_ / fmt::format("{}-{}.rows", identity_, number); };
    for (std::error_code none; fs::exists(file(), none);) number += size_;
    own_file_ = file();
    own_.emplace(own_file_);
  }
  Header header;
  header.image = image;
  header.first = first;
  header.end = first + rows.height;
  header.channels = rows.channels;
  header.width = rows.width;
  header.sha256 = digest_of(header, rows.values);
  const std::uint64_t offset = own_->size();
  own_->write_at(std::as_bytes(std::span(&header, 1)), offset);
  own_->write_at(std::as_bytes(std::span(rows.values)), own_->size());
  places_[{image, {header.first, header.end}}] = {own_file_, offset};
}

void FinishedRows::close() {
  if (own_) own_->close();
  own_.reset();
}

}  // namespace unetflow
