#include "flow/sample_stream.hpp"

#include <gmock/gmock.h>
#include <oneapi/tbb/global_control.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <thread>

#include "core/error.hpp"
#include "core/random.hpp"
#include "flow/collect.hpp"

namespace unetflow {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

/// Seven samples whose pixels say which they are and of which epoch, and whose steps can be watched
/// or made to fail.
class NumberedSource final : public SampleSource {
 public:
  using Step = std::function<void(const Sample&)>;
  explicit NumberedSource(Step on_read = {}, Step on_make = {})
      : on_read_(std::move(on_read)), on_make_(std::move(on_make)) {}

  const SampleShape& shape() const override { return shape_; }
  const Preprocessed& preprocessed() const override { return preprocessed_; }
  const std::vector<SampleId>& ids() const override { return ids_; }
  void check_epochs(std::uint32_t, std::uint32_t end) const override {
    if (end > 1000) throw InputError("numbered", "has a thousand epochs");
  }
  void announce(std::uint32_t epoch, Index rank) override {
    const std::unique_lock alone(reading_, std::try_to_lock);
    EXPECT_TRUE(alone) << "two threads read at a time";
    announced_.emplace_back(epoch, rank);
  }
  RawSample* read(const Sample& sample) override {
    const std::unique_lock alone(reading_, std::try_to_lock);
    EXPECT_TRUE(alone) << "two threads read at a time";
    if (announced_.empty()) {
      ADD_FAILURE() << "a sample was read that was not announced";
    } else {
      EXPECT_EQ(announced_.front(), std::pair(sample.epoch, sample.rank));
      announced_.pop_front();
    }
    if (on_read_) on_read_(sample);
    return &tile_;
  }
  void make(const Sample& sample, RawSample*) override {
    if (on_make_) on_make_(sample);
    const auto id = ids_[static_cast<std::size_t>(sample.rank)].tile;
    std::fill_n(sample.input.data, sample.input.size(), static_cast<float>(id));
    std::fill_n(sample.label.data, sample.label.size(), static_cast<std::uint8_t>(sample.epoch));
    std::fill_n(sample.weight.data, sample.weight.size(), static_cast<float>(id) / 2);
  }

 private:
  SampleShape shape_{2, 3, 1, 2};
  Preprocessed preprocessed_;
  std::vector<SampleId> ids_ = {{0, 10}, {0, 20}, {0, 30}, {0, 40}, {0, 50}, {0, 60}, {0, 70}};
  RawSample tile_;
  Step on_read_, on_make_;
  std::mutex reading_;
  std::deque<std::pair<std::uint32_t, Index>> announced_;
};

std::vector<Batch> collect_numbered(const StreamConfig& config) {
  SampleStream stream(config, std::make_unique<NumberedSource>());
  return collect(stream);
}

class SampleStreamOf : public testing::TestWithParam<int> {
 protected:
  // oneTBB's workers are as many as there are processors, and these may be fewer than the threads.
  const oneapi::tbb::global_control workers{oneapi::tbb::global_control::max_allowed_parallelism,
                                            8};
  StreamConfig config{.seed = 3, .batch = 3, .epochs = 2, .threads = GetParam()};
};

TEST_P(SampleStreamOf, SevenSamplesGivesEachEpochItsPermutationOfTheirIds) {
  const auto batches = collect_numbered(config);
  ASSERT_THAT(batches, SizeIs(6));
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<SampleId> expected, samples;
    for (const auto rank : random_permutation(random_key(3, Purpose::kOrder, epoch), 7)) {
      expected.push_back({0, 10 * (rank + 1)});
    }
    for (std::size_t i = 3 * epoch; i < 3 * epoch + 3; ++i) {
      EXPECT_EQ(batches[i].epoch, epoch);
      EXPECT_EQ(batches[i].first, static_cast<std::int64_t>(samples.size()));
      samples.insert(samples.end(), batches[i].samples.begin(), batches[i].samples.end());
    }
    EXPECT_EQ(samples, expected);
  }
}

TEST_P(SampleStreamOf, SevenSamplesInThreesEndsEachEpochWithABatchOfOne) {
  std::vector<Index> sizes;
  for (const auto& batch : collect_numbered(config)) sizes.push_back(batch.size);
  EXPECT_THAT(sizes, ElementsAre(3, 3, 1, 3, 3, 1));
}

TEST_P(SampleStreamOf, SamplesPutsEachInItsPlace) {
  config.epochs = 20;
  for (const auto& batch : collect_numbered(config)) {
    ASSERT_THAT(batch.samples, SizeIs(batch.size));
    ASSERT_THAT(batch.input, SizeIs(batch.size * 2 * 3 * 3));
    ASSERT_THAT(batch.label, SizeIs(batch.size));
    ASSERT_THAT(batch.weight, SizeIs(batch.size));
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const auto id = static_cast<float>(batch.samples[i].tile);
      EXPECT_THAT(std::span(batch.input).subspan(18 * i, 18), Each(id));
      EXPECT_EQ(batch.label[i], batch.epoch);
      EXPECT_EQ(batch.weight[i], id / 2);
    }
  }
}

TEST_P(SampleStreamOf, SamplesBegunLaterGivesTheRestOfTheWhole) {
  const auto whole = collect_numbered(config);
  for (std::size_t begin = 0; begin < whole.size(); ++begin) {
    config.first_epoch = whole[begin].epoch;
    config.first_sample = whole[begin].first;
    const auto rest = collect_numbered(config);
    ASSERT_THAT(rest, SizeIs(whole.size() - begin));
    for (std::size_t i = 0; i < rest.size(); ++i) expect_equal(rest[i], whole[begin + i]);
  }
}

TEST_P(SampleStreamOf, SamplesSharedOutAreTogetherTheWholeWhereverItBegins) {
  config.batch = 1;
  for (const std::int64_t first : {0, 4}) {
    config.first_sample = first;
    config.share = {};
    const auto whole = collect_numbered(config);
    for (const int processes : {2, 3}) {
      std::vector<std::vector<Batch>> parts;
      for (int rank = 0; rank < processes; ++rank) {
        config.share = {.group = 4, .rank = rank, .processes = processes};
        parts.push_back(collect_numbered(config));
      }
      std::vector<std::size_t> taken(parts.size());
      for (const Batch& batch : whole) {
        const auto rank = static_cast<std::size_t>(batch.first % 4 % processes);
        ASSERT_LT(taken[rank], parts[rank].size());
        const Batch& own = parts[rank][taken[rank]++];
        EXPECT_EQ(own.first, batch.first);
        EXPECT_EQ(own.input, batch.input);
      }
      for (std::size_t i = 0; i < parts.size(); ++i) EXPECT_EQ(taken[i], parts[i].size());
    }
  }
}

TEST_P(SampleStreamOf, AnEpochBegunAtItsEndGoesOnWithTheNext) {
  config.first_sample = 7;
  EXPECT_THAT(collect_numbered(config), SizeIs(3));
  config.first_epoch = 1;
  EXPECT_THAT(collect_numbered(config), SizeIs(0));
  config.first_epoch = 2;
  config.first_sample = 0;
  EXPECT_THAT(collect_numbered(config), SizeIs(0));
}

TEST_P(SampleStreamOf, SamplesReadsNoFurtherAheadThanItsBatches) {
  config.epochs = 100;
  std::atomic<Index> read{0};
  SampleStream stream(config, std::make_unique<NumberedSource>([&](const Sample&) { ++read; }));
  Index delivered = 0;
  while (const Batch* batch = stream.next()) {
    delivered += batch->size;
    EXPECT_LE(read, delivered + (stream.batches_in_memory() - 1) * config.batch);
  }
  EXPECT_EQ(read, 700);
}

TEST_P(SampleStreamOf, SamplesUsesTheMemoryOfItsBatchesAgain) {
  config.epochs = 30;
  SampleStream stream(config, std::make_unique<NumberedSource>());
  std::set<const float*> memory;
  while (const Batch* batch = stream.next()) memory.insert(batch->input.data());
  EXPECT_LE(memory.size(), static_cast<std::size_t>(stream.batches_in_memory()));
}

/// Counts what is allocated.
class CountedMemory final : public std::pmr::memory_resource {
 public:
  Index allocated = 0, freed = 0;

 private:
  void* do_allocate(size_t bytes, size_t alignment) override {
    ++allocated;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* memory, size_t bytes, size_t alignment) override {
    ++freed;
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

TEST_P(SampleStreamOf, SamplesAllocatesItsBatchesOnceInTheMemoryItIsGiven) {
  CountedMemory memory;
  config.epochs = 3;
  config.memory = &memory;
  {
    SampleStream stream(config, std::make_unique<NumberedSource>());
    while (stream.next() != nullptr) {
    }
    EXPECT_EQ(memory.allocated, 3 * stream.batches_in_memory())
        << "input, label and weight of each";
  }
  EXPECT_EQ(memory.freed, memory.allocated);
}

TEST_P(SampleStreamOf, AFailingReadThrowsItsErrorInItsPlaceInTheOrder) {
  SampleStream stream(config, std::make_unique<NumberedSource>([](const Sample& sample) {
                        if (sample.epoch == 1) throw InputError("a.h5", "is damaged");
                      }));
  for (int batch = 0; batch < 3; ++batch) ASSERT_NE(stream.next(), nullptr);
  // And again, whoever asks.
  for (int times = 0; times < 2; ++times) {
    EXPECT_THAT([&] { stream.next(); }, ThrowsMessage<InputError>(HasSubstr("a.h5: is damaged")));
  }
}

TEST_P(SampleStreamOf, FailingSamplesThrowsTheErrorOfTheFirst) {
  const auto order = random_permutation(random_key(3, Purpose::kOrder, 0), 7);
  for (int times = 0; times < 50; ++times) {
    SampleStream stream(
        config, std::make_unique<NumberedSource>(NumberedSource::Step(), [](const Sample& sample) {
          throw std::out_of_range(std::to_string(sample.rank));
        }));
    EXPECT_THAT([&] { stream.next(); }, ThrowsMessage<std::out_of_range>(std::to_string(order[0])));
  }
}

TEST_P(SampleStreamOf, SamplesCanBeLeftAtAnyPoint) {
  config.epochs = 1000;
  for (int batches = 0; batches < 40; ++batches) {
    SampleStream stream(config, std::make_unique<NumberedSource>());
    for (int i = 0; i < batches; ++i) ASSERT_NE(stream.next(), nullptr);
  }
}

TEST_P(SampleStreamOf, SamplesCanBeLeftAfterAnErrorThatNobodySaw) {
  for (int times = 0; times < 50; ++times) {
    SampleStream stream(config, std::make_unique<NumberedSource>(
                                    [](const Sample&) { throw InputError("a.h5", "is damaged"); }));
  }
}

TEST_P(SampleStreamOf, SamplesIsMadeWithoutTheTrainersThread) {
  std::atomic<bool> ours{false};
  const auto check = [&, trainer = std::this_thread::get_id()](const Sample&) {
    if (std::this_thread::get_id() == trainer) ours = true;
  };
  SampleStream stream(config, std::make_unique<NumberedSource>(check, check));
  collect(stream);
  EXPECT_FALSE(ours);
}

TEST_P(SampleStreamOf, SamplesCountsWhatTheTrainerWaits) {
  SampleStream stream(config, std::make_unique<NumberedSource>([&](const Sample&) {
                        std::this_thread::sleep_for(std::chrono::milliseconds(20));
                      }));
  EXPECT_EQ(stream.seconds_waited(), 0);
  collect(stream);
  EXPECT_GT(stream.seconds_waited(), 0);
}

INSTANTIATE_TEST_SUITE_P(Threads, SampleStreamOf, testing::Values(1, 2, 4),
                         [](const auto& threads) { return std::to_string(threads.param); });

TEST(SampleStream, SaysWhatTheNetworkMustTake) {
  const SampleStream stream({}, std::make_unique<NumberedSource>());
  EXPECT_EQ(stream.shape(), (SampleShape{2, 3, 1, 2}));
  EXPECT_EQ(stream.samples_per_epoch(), 7);
}

TEST(SampleStream, RefusesToBeginBeyondTheLastSample) {
  EXPECT_THAT([] { SampleStream({.first_sample = 8}, std::make_unique<NumberedSource>()); },
              ThrowsMessage<Error>(HasSubstr("7 samples per epoch cannot begin at sample 8")));
}

TEST(SampleStream, RefusesEpochsThatItsSourceLacks) {
  EXPECT_THAT([] { SampleStream({.epochs = 1001}, std::make_unique<NumberedSource>()); },
              ThrowsMessage<InputError>(HasSubstr("numbered: has a thousand epochs")));
}

}  // namespace
}  // namespace unetflow
