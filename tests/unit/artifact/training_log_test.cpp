#include "artifact/training_log.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Point = std::array<double, 2>;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

TEST(LogLine, HasTheFieldsOfAnUpdate) {
  EXPECT_EQ(log_line(UpdateRecord{3, 1, 0.5, 0.01}),
            R"({"epoch":1,"learning_rate":0.01,"loss":0.5,"step":3})");
  EXPECT_EQ(log_line(UpdateRecord{3, 1, std::nan(""), 0.01}),
            R"({"epoch":1,"learning_rate":0.01,"loss":null,"step":3})");
}

TEST(LogLine, HasTheScoresOfAnEpochThatWasMeasured) {
  EXPECT_EQ(log_line(EpochRecord{2, 0.5, {}}), R"({"epoch":2,"mean_loss":0.5})");
  EXPECT_EQ(log_line(EpochRecord{2, 0.5, ValidationScores{0.75, 0.5, 0.25}}),
            R"({"epoch":2,"mean_loss":0.5,)"
            R"("validation":{"pixel_error":0.25,"v_info":0.5,"v_rand":0.75}})");
}

TEST(TrainingLogWriter, AppendsToWhatCameBeforeAndCutsTheRest) {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "a" / "metrics.jsonl";
  {
    TrainingLogWriter writer(file, 0);
    writer.append("one");
    writer.append("two");
    EXPECT_EQ(text_of(file), "one\ntwo\n") << "while it is open";
  }
  TrainingLogWriter writer(file, 4);
  EXPECT_EQ(text_of(file), "one\n");
  writer.append("three");
  EXPECT_EQ(text_of(file), "one\nthree\n");
}

TEST(TrainingLogWriter, ThatCannotWriteNamesTheFile) {
  const TemporaryFolder folder;
  write(folder.path / "file", "");
  EXPECT_THAT([&] { TrainingLogWriter(folder.path / "file" / "metrics.jsonl", 0); },
              ThrowsMessage<Error>(HasSubstr("metrics.jsonl: cannot be written")));
}

TEST(ReadTrainingLog, GivesWhatWasWritten) {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "metrics.jsonl";
  TrainingLogWriter writer(file, 0);
  writer.append(log_line(UpdateRecord{0, 0, 0.75, 0.5}));
  writer.append(log_line(UpdateRecord{1, 0, std::nan(""), 0.5}));
  writer.append(log_line(EpochRecord{0, 0.75, ValidationScores{0.5, 0.25, 0.125}}));
  const auto log = read_training_log(file);
  EXPECT_THAT(log.loss, ElementsAre(Point{0, 0.75}));
  EXPECT_THAT(log.learning_rate, ElementsAre(Point{0, 0.5}, Point{1, 0.5}));
  EXPECT_THAT(log.mean_loss, ElementsAre(Point{0, 0.75}));
  EXPECT_THAT(log.validation.at("v_rand"), ElementsAre(Point{0, 0.5}));
  EXPECT_THAT(log.validation.at("pixel_error"), ElementsAre(Point{0, 0.125}));
}

TEST(ReadTrainingLog, NamesTheLineThatIsBroken) {
  const TemporaryFolder folder;
  write(folder.path / "metrics.jsonl", "{\"step\": 0, \"loss\": 1}\n{\"step\": 1, \"lo");
  EXPECT_THAT([&] { read_training_log(folder.path / "metrics.jsonl"); },
              ThrowsMessage<InputError>(HasSubstr("metrics.jsonl line 2: is not a JSON object")));
}

TEST(ReadTrainingLog, LeavesOutWhatIsNotANumber) {
  const TemporaryFolder folder;
  write(folder.path / "metrics.jsonl",
        "{\"step\": \"one\", \"loss\": 1}\n{\"mean_loss\": 1, \"validation\": {\"v_rand\": 1}}\n"
        "{\"epoch\": 1, \"mean_loss\": null, \"validation\": 7}\n"
        "{\"epoch\": 2, \"mean_loss\": 3, \"validation\": {\"v_rand\": 1, \"v_info\": []}}\n");
  const auto log = read_training_log(folder.path / "metrics.jsonl");
  EXPECT_TRUE(log.loss.empty());
  EXPECT_THAT(log.mean_loss, ElementsAre(Point{2, 3}));
  EXPECT_THAT(log.validation.at("v_rand"), ElementsAre(Point{2, 1}));
  EXPECT_EQ(log.validation.count("v_info"), 0U);
}

TEST(FindTrainingLog, PrefersTheTrainingUnderWay) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { find_training_log(folder.path); },
              ThrowsMessage<InputError>(HasSubstr("has no training log")));
  write(folder.path / "metrics.jsonl", "");
  EXPECT_EQ(find_training_log(folder.path), folder.path / "metrics.jsonl");
  const fs::path running = folder.path / "checkpoints" / "abc" / "metrics.jsonl";
  write(running, "");
  EXPECT_EQ(find_training_log(folder.path), running);
}

}  // namespace
}  // namespace unetflow
