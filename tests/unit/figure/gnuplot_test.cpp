#include "figure/gnuplot.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;

TEST(Gnuplot, DrawsInsideItsFolder) {
  const ScratchFolder folder;
  folder.write("numbers", "1 2\n2 3\n");
  run_gnuplot(folder, "set terminal svg\nset output 'out'\nplot 'numbers' with lines\n");
  EXPECT_THAT(folder.read("out"), HasSubstr("</svg>"));
}

TEST(Gnuplot, FailsWithItsMessage) {
  const ScratchFolder folder;
  try {
    run_gnuplot(folder, "plot 'nowhere'\n");
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("nowhere"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
  }
}

TEST(Gnuplot, StringsAreTakenLiterally) {
  const ScratchFolder folder;
  run_gnuplot(folder,
              "set print 'out'\nprint " + gnuplot_string("it's \"100\\%\" `sh`\n@x") + "\n");
  EXPECT_EQ(folder.read("out"), "it's \"100\\%\" `sh` @x\n");
}

TEST(Gnuplot, FolderIsRemovedWithTheObject) {
  std::filesystem::path path;
  {
    const ScratchFolder folder;
    path = folder.path();
    folder.write("file", "text");
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace unetflow
