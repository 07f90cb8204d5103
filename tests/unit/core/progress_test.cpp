#include "core/progress.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

template <class Work>
std::string told(Work work) {
  testing::internal::CaptureStderr();
  work();
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, EndsWithOneLineThatCountsWhatWasDone) {
  const auto text = told([] {
    Progress progress("tile", 3, "tiles", false);
    progress.advance(2);
    progress.advance(1, "loss 0.5");
  });
  EXPECT_THAT(text, MatchesRegex("tile: 3/3 tiles, .*/s, 0:0. in all, loss 0.5\n"));
}

TEST(Progress, CountsWhatAnEarlierRunHasDone) {
  const auto text = told([] { Progress("train", 10, "samples", false, 4).advance(1); });
  EXPECT_THAT(text, HasSubstr("train: 5/10 samples"));
}

TEST(Progress, SaysNothingWhenQuiet) {
  EXPECT_THAT(told([] { Progress("tile", 1, "tiles", true).advance(); }), IsEmpty());
}

TEST(Progress, LeavesTheLastLineToAnError) {
  const auto text = told([] {
    try {
      Progress progress("tile", 3, "tiles", false);
      progress.advance();
      throw std::runtime_error("broken");
    } catch (const std::runtime_error&) {
    }
  });
  EXPECT_THAT(text, IsEmpty());
}

}  // namespace
}  // namespace unetflow
