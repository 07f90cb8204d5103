#include "ingest/pair_list.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class PairListTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a.tif", "b.tif", "x.tif", "y.tif"}) write(name, 1);
    write("movie.tif", 3);
  }
  void write(const std::string& name, size_t pages) const {
    const std::uint8_t pixel = 0;
    const std::vector<Plane<const std::uint8_t>> planes(pages, {&pixel, 1, 1});
    write_tiff<std::uint8_t>(temporary.path / name, planes);
  }
  PairList list(const std::string& text) const {
    temporary.write("pairs", text);
    return read_pair_list(PictureFolder(temporary.path), "pairs");
  }
  void refuses(const std::string& text, const std::string& message) const {
    EXPECT_THAT([&] { list(text); }, ThrowsMessage<InputError>(HasSubstr(message)));
  }
  static std::vector<std::string> texts(const std::vector<PageAddress>& pages) {
    std::vector<std::string> out;
    for (const auto& page : pages) out.push_back(page.text());
    return out;
  }
  TemporaryFolder temporary;
};

TEST_F(PairListTest, ReadsCsv) {
  const auto pairs = list("picture,label\r\na.tif,y.tif\n\"b.tif\",\n");
  EXPECT_THAT(texts(pairs.pictures), ElementsAre("a.tif", "b.tif"));
  EXPECT_THAT(texts(pairs.labels[0]), ElementsAre("y.tif"));
  EXPECT_THAT(pairs.labels[1], IsEmpty());
}

TEST_F(PairListTest, ReadsJson) {
  const auto pairs = list(R"([{"label": "x.tif", "picture": "movie.tif", "picture_page": 2},
                           {"picture": "a.tif", "label": null}])");
  EXPECT_THAT(texts(pairs.pictures), ElementsAre("movie.tif page 2", "a.tif"));
  EXPECT_THAT(texts(pairs.labels[0]), ElementsAre("x.tif"));
  EXPECT_THAT(pairs.labels[1], IsEmpty());
}

TEST_F(PairListTest, ADotBeforeAFileChangesNothing) {
  const auto pairs = list("picture,label\n./a.tif,./x.tif\na.tif,y.tif\n");
  EXPECT_THAT(texts(pairs.pictures), ElementsAre("a.tif"));
  EXPECT_THAT(texts(pairs.labels[0]), ElementsAre("x.tif", "y.tif"));
}

TEST_F(PairListTest, NamesMasks) {
  const auto pairs = list("picture,label,mask,mask_page\na.tif,x.tif,movie.tif,2\nb.tif,y.tif,,\n");
  EXPECT_THAT(texts(pairs.masks), ElementsAre("movie.tif page 2", ""));
  refuses("picture,mask\na.tif,movie.tif\n", "joins 1 pages of a.tif with 3 of movie.tif");
}

TEST_F(PairListTest, JoinsStacksPageByPage) {
  const auto pairs = list("picture;label\nmovie.tif;movie.tif\n");
  EXPECT_THAT(texts(pairs.pictures),
              ElementsAre("movie.tif page 0", "movie.tif page 1", "movie.tif page 2"));
  EXPECT_THAT(texts(pairs.labels[1]), ElementsAre("movie.tif page 1"));
}

TEST_F(PairListTest, GivesAPictureTheLabelsOfAllItsRows) {
  const auto pairs = list("picture,label\na.tif,x.tif\na.tif,y.tif\n");
  EXPECT_THAT(texts(pairs.pictures), ElementsAre("a.tif"));
  EXPECT_THAT(texts(pairs.labels[0]), ElementsAre("x.tif", "y.tif"));
}

TEST_F(PairListTest, NamesTheRowThatIsWrong) {
  refuses("image,label\na.tif,x.tif\n", "pairs line 1: has the column \"image\", expected picture");
  refuses("picture,label\na.tif,z.tif\n", "pairs line 2: ");
  refuses("picture,label\n,x.tif\n", "pairs line 2: names no picture");
  refuses("picture,label\na.tif,x.tif,y.tif\n", "pairs line 2: has 3 cells, expected 2");
  refuses("picture,label\nmovie.tif,x.tif\n", "joins 3 pages of movie.tif with 1 of x.tif");
  refuses("picture,label,picture_page\nmovie.tif,x.tif,3\n",
          "has the picture_page 3, expected one "
          "from 0 to 2");
  refuses("[1]", "pairs at /0: is not an object");
  refuses("picture,label\n", "pairs: lists no pictures");
  refuses("picture,label\n\"a.tif", "pairs: ends in a quoted cell");
}

}  // namespace
}  // namespace unetflow
