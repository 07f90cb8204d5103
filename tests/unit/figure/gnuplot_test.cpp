#include "figure/gnuplot.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;

TEST(Gnuplot, DrawsInsideItsFolder) {
  const ScratchFolder folder;
  folder.write("numbers", "1 2\n2 3\n");
  run_gnuplot(folder, "set terminal svg\nset output 'out'\nplot 'numbers' with lines\n",
              "figure x");
  EXPECT_THAT(folder.read("out"), HasSubstr("</svg>"));
}

TEST(Gnuplot, FailsWithItsReason) {
  const ScratchFolder folder;
  EXPECT_THAT([&] { run_gnuplot(folder, "plot 'nowhere'\n", "figure x"); },
              testing::ThrowsMessage<Error>(HasSubstr("figure x: gnuplot cannot draw it: ")));
  EXPECT_THAT(
      [&] { run_gnuplot(folder, "set yrange [0:a]\n", "figure x"); },
      testing::ThrowsMessage<Error>("figure x: gnuplot cannot draw it: undefined variable: a"));
  EXPECT_THAT([&] { run_gnuplot(folder, "exit status 3\n", "figure x"); },
              testing::ThrowsMessage<Error>("figure x: gnuplot cannot draw it: exit code 3"));
}

TEST(Gnuplot, SaysThatItIsMissing) {
  const ScratchFolder folder;
  const std::string path = getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  EXPECT_THAT([&] { run_gnuplot(folder, "", "figure x"); },
              testing::ThrowsMessage<Error>("figure x: gnuplot, which draws it, cannot be started: "
                                            "No such file or directory"));
  setenv("PATH", path.c_str(), 1);
}

TEST(Gnuplot, StringsAreTakenLiterally) {
  const ScratchFolder folder;
  run_gnuplot(folder,
              "set print 'out'\nprint " + gnuplot_string("it's \"100\\%\" `sh`\n@x\x1b") + "\n",
              "figure x");
  EXPECT_EQ(folder.read("out"), "it's \"100\\%\" `sh`\\n@x\\x1b\n");
}

}  // namespace
}  // namespace unetflow
