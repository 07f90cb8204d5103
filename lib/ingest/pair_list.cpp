#include "ingest/pair_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/read_file.hpp"

namespace unetflow {
namespace {

/// One row: its columns by name, and where it is.
struct Row {
  std::map<std::string, std::string> cells;
  std::string place;
};

const std::vector<std::string> kColumns = {"picture",      "label",      "mask",
                                           "picture_page", "label_page", "mask_page"};

void check_column(const std::string& name, const std::string& place) {
  if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
    throw InputError(place, fmt::format("has the column \"{}\", expected picture and label, and if "
                                        "need be mask, picture_page, label_page and mask_page",
                                        name));
  }
}

std::vector<Row> csv_list(const std::string& text, const std::string& place) {
  const auto table = csv_rows(text, place);
  std::vector<Row> rows;
  for (size_t i = 0; i < table.size(); ++i) {
    Row row{{}, fmt::format("{} line {}", place, i + 1)};
    if (table[i].size() > table[0].size()) {
      throw InputError(row.place, fmt::format("has {} cells, expected {} as in the first line",
                                              table[i].size(), table[0].size()));
    }
    for (size_t column = 0; column < table[i].size(); ++column) {
      if (i == 0) check_column(table[0][column], row.place);
      row.cells[table[0][column]] = table[i][column];
    }
    if (i > 0) rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> json_list(const std::string& text, const std::string& place) {
  const Json list = parse_json(text, place);
  if (!list.is_array()) throw InputError(place, "is not a list, expected one of objects");
  std::vector<Row> rows;
  for (size_t i = 0; i < list.size(); ++i) {
    Row row{{}, fmt::format("{} at /{}", place, i)};
    if (!list[i].is_object()) throw InputError(row.place, "is not an object");
    for (const auto& [name, value] : list[i].items()) {
      check_column(name, row.place);
      if (value.is_null()) continue;
      row.cells[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// The files of one column. The pages of the last one are kept: a row each may name them.
class Column {
 public:
  Column(const PictureFolder& folder, std::string name, StatedAxes axes)
      : folder_(folder), name_(std::move(name)), axes_(std::move(axes)) {}

  /// All pages of a row's file, or the one that it names.
  std::vector<PageAddress> pages_of(Row& row) {
    std::string file = row.cells[name_];
    while (file.starts_with("./")) file.erase(0, 2);  // another name for the same file
    const std::string page = row.cells[name_ + "_page"];
    if (file.empty()) return {};
    if (file != file_) {
      try {
        pages_ = name_ == "label" ? folder_.list_labels(file, axes_) : folder_.list(file, axes_);
      } catch (const InputError& error) {
        throw InputError(row.place, error.what());
      }
      file_ = file;
    }
    if (page.empty()) return pages_;
    size_t number = 0;
    const auto [end, error] = std::from_chars(page.data(), page.data() + page.size(), number);
    if (error != std::errc() || end != page.data() + page.size() || number >= pages_.size()) {
      throw InputError(row.place, fmt::format("has the {}_page {}, expected one from 0 to {}",
                                              name_, page, pages_.size() - 1));
    }
    return {pages_[number]};
  }

 private:
  const PictureFolder& folder_;
  std::string name_;
  StatedAxes axes_;
  std::string file_;
  std::vector<PageAddress> pages_;
};

}  // namespace

PairList read_pair_list(const PictureFolder& folder, const std::string& file,
                        const StatedAxes& axes, const StatedAxes& label_axes) {
  const std::string place = (folder.root() / file).string();
  const std::string text = read_text(place, kLargestJson);
  const bool is_json = text.find_first_not_of(" \t\r\n") != std::string::npos &&
                       text[text.find_first_not_of(" \t\r\n")] == '[';
  PairList list;
  std::map<std::string, size_t> place_of;  // by a page's text
  Column of_pictures(folder, "picture", axes), of_labels(folder, "label", label_axes),
      of_masks(folder, "mask", {});
  for (auto& row : is_json ? json_list(text, place) : csv_list(text, place)) {
    const auto pictures = of_pictures.pages_of(row);
    const auto labels = of_labels.pages_of(row);
    const auto masks = of_masks.pages_of(row);
    if (pictures.empty()) throw InputError(row.place, "names no picture");
    const bool one = pictures.size() == 1;  // all pages of a label may be its objects
    const auto check_pages = [&](const std::vector<PageAddress>& others, bool any) {
      if (others.empty() || any || others.size() == pictures.size()) return;
      throw InputError(row.place,
                       fmt::format("joins {} pages of {} with {} of {}", pictures.size(),
                                   pictures.front().file, others.size(), others.front().file));
    };
    check_pages(labels, one);
    check_pages(masks, false);
    for (size_t i = 0; i < pictures.size(); ++i) {
      const auto [known, is_new] = place_of.try_emplace(pictures[i].text(), list.pictures.size());
      if (is_new) {
        list.pictures.push_back(pictures[i]);
        list.labels.emplace_back();
        list.masks.emplace_back();
      }
      if (!masks.empty()) list.masks[known->second] = masks[i];
      auto& own = list.labels[known->second];
      if (labels.empty()) continue;
      own.insert(own.end(), labels.begin() + static_cast<std::ptrdiff_t>(one ? 0 : i),
                 one ? labels.end() : labels.begin() + static_cast<std::ptrdiff_t>(i + 1));
    }
  }
  if (list.pictures.empty()) throw InputError(place, "lists no pictures");
  return list;
}

}  // namespace unetflow
