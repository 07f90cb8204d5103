// The house keeps its own rules: rooms depend one way, each outside library has one home, programs
// read as recipes, and a long file says why it is long.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path kRoot = UNETFLOW_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct Source {
  std::string path;  ///< relative to the root
  std::string room;  ///< the folder below lib/, or "stages"
  std::vector<std::string> lines;
};

std::vector<Source> sources_below(const std::string& folder) {
  std::vector<Source> sources;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp") continue;
    const auto path = fs::relative(entry.path(), kRoot);
    Source source{path.generic_string(), folder, {}};
    if (folder == "lib") source.room = std::next(path.begin())->string();
    std::istringstream lines(text_of(entry.path()));
    for (std::string line; std::getline(lines, line);) source.lines.push_back(line);
    sources.push_back(std::move(source));
  }
  return sources;
}

/// What a file includes, without quotes or angle brackets.
std::vector<std::string> includes(const Source& source) {
  static const std::regex form(R"(\s*#include ["<]([^">]+)[">].*)");
  std::vector<std::string> found;
  std::smatch match;
  for (const auto& line : source.lines) {
    if (std::regex_match(line, match, form)) found.push_back(match[1]);
  }
  return found;
}

/// The rooms in the order in which lib/CMakeLists.txt adds them.
std::vector<std::string> rooms_in_order() {
  const std::string text = text_of(kRoot / "lib/CMakeLists.txt");
  static const std::regex form(R"((?:set\(rooms|list\(APPEND rooms) ([^)]*)\))");
  std::vector<std::string> rooms;
  for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match) {
    std::istringstream names((*match)[1]);
    for (std::string name; names >> name;) rooms.push_back(name);
  }
  return rooms;
}

TEST(House, ListsEveryFolderOfLibAsARoom) {
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(kRoot / "lib")) {
    if (entry.is_directory()) folders.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(rooms_in_order(), testing::UnorderedElementsAreArray(folders));
}

TEST(House, ARoomIncludesOnlyRoomsBeforeIt) {
  const auto rooms = rooms_in_order();
  const auto place = [&](const std::string& room) {
    return std::find(rooms.begin(), rooms.end(), room) - rooms.begin();
  };
  std::vector<std::string> upward;
  for (const auto& source : sources_below("lib")) {
    for (const auto& included : includes(source)) {
      const std::string room = included.substr(0, included.find('/'));
      if (place(room) < static_cast<std::ptrdiff_t>(rooms.size()) &&
          place(room) > place(source.room)) {
        upward.push_back(source.path + " includes " + included);
      }
    }
  }
  EXPECT_THAT(upward, IsEmpty());
}

TEST(House, EachOutsideLibraryHasOneHome) {
  // What an include begins with -> the rooms that may include it.
  const std::vector<std::pair<std::regex, std::vector<std::string>>> homes = {
      {std::regex("(hdf5|H5).*"), {"artifact"}},
      {std::regex("libdeflate.*"), {"artifact"}},
      {std::regex(
           "(tiff|tiffio|png|jpeglib|turbojpeg|pugixml|blosc|zstd|zlib|zip|gif_lib|openjpeg).*"),
       {"image"}},
      {std::regex("utf8proc.*"), {"ingest"}},
      {std::regex("(ATen|torch|c10)/.*"), {"convolution", "gpu", "network", "training"}},
      {std::regex("(oneapi/)?tbb/flow_graph.*"), {"flow"}},
      {std::regex("(oneapi/)?tbb/.*"), {"flow", "metrics"}},
      {std::regex("CLI/.*"), {"stages"}},
      {std::regex("valijson/.*"), {"core"}},
      {std::regex("openssl/.*"), {"core"}},
  };
  std::vector<std::string> strays;
  auto sources = sources_below("lib");
  for (auto& stage : sources_below("stages")) sources.push_back(std::move(stage));
  for (const auto& source : sources) {
    for (const auto& included : includes(source)) {
      for (const auto& [library, rooms] : homes) {
        if (!std::regex_match(included, library)) continue;
        if (std::find(rooms.begin(), rooms.end(), source.room) == rooms.end()) {
          strays.push_back(source.path + " includes " + included);
        }
      }
    }
  }
  EXPECT_THAT(strays, IsEmpty());
}

TEST(House, AStageIsARecipeOfAtMost80Lines) {
  std::vector<std::string> longer;
  for (const auto& source : sources_below("stages")) {
    const auto begin =
        std::find_if(source.lines.begin(), source.lines.end(),
                     [](const std::string& line) { return line.starts_with("int main("); });
    if (begin == source.lines.end()) continue;
    const auto end = std::find(begin, source.lines.end(), "}");
    if (end - begin + 1 > 80) longer.push_back(source.path);
  }
  EXPECT_THAT(longer, IsEmpty());
}

TEST(House, AFileAbove400LinesSaysWhy) {
  std::vector<std::string> unexplained;
  for (const auto& source : sources_below("lib")) {
    if (source.lines.size() <= 400) continue;
    const auto head = source.lines.begin() + 12;
    if (std::none_of(source.lines.begin(), head, [](const std::string& line) {
          return line.find("Long because") != std::string::npos;
        })) {
      unexplained.push_back(source.path);
    }
  }
  EXPECT_THAT(unexplained, IsEmpty());
}

}  // namespace
