#include "communication/ordered_sum.hpp"

#include <algorithm>

#include "core/stopwatch.hpp"

namespace unetflow {
namespace {

/// The part of an array that a process of `size` adds up.
template <class T>
std::span<T> part_of(std::span<T> array, int rank, int size) {
  const auto at = [&](int r) {
    return array.size() * static_cast<std::size_t>(r) / static_cast<std::size_t>(size);
  };
  return array.subspan(at(rank), at(rank + 1) - at(rank));
}

}  // namespace

OrderedSum::OrderedSum(Communicator& processes, std::vector<std::span<float>> arrays)
    : processes_(processes), arrays_(std::move(arrays)) {
  std::size_t largest = 0;
  for (const auto& array : arrays_) {
    sums_.emplace_back(part_of(array, processes.rank(), processes.size()).size());
    largest = std::max(largest, sums_.back().size());
  }
  received_.resize(largest * static_cast<std::size_t>(processes.size()));
  thread_ = std::thread([this] { work(); });
}

OrderedSum::~OrderedSum() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (!jobs_.empty()) processes_.interrupt();
    changed_.notify_all();
  }
  thread_.join();
}

void OrderedSum::start(std::size_t array, const Round& round) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back({array, round});
  changed_.notify_all();
}

void OrderedSum::wait(std::size_t array) {
  const Stopwatch stopwatch;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return error_ || std::none_of(jobs_.begin(), jobs_.end(),
                                  [&](const Job& job) { return job.array == array; });
  });
  waited_ += stopwatch.seconds();
  if (error_) std::rethrow_exception(error_);
}

double OrderedSum::worked() const {
  const std::lock_guard lock(mutex_);
  return worked_;
}

void OrderedSum::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || (!jobs_.empty() && !error_); });
    if (stopped_) return;
    const Job job = jobs_.front();
    lock.unlock();
    const Stopwatch stopwatch;
    std::exception_ptr error;
    try {
      add(job);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    worked_ += stopwatch.seconds();
    error_ = error;
    jobs_.pop_front();
    changed_.notify_all();
  }
}

void OrderedSum::add(const Job& job) {
  const int rank = processes_.rank(), size = processes_.size();
  const std::span<float> array = arrays_[job.array];
  std::vector<float>& sum = sums_[job.array];
  const auto received = [&](int from) {
    return std::span(received_).subspan(static_cast<std::size_t>(from) * sum.size(), sum.size());
  };
  std::vector<std::span<const std::byte>> to(static_cast<std::size_t>(size));
  std::vector<std::span<std::byte>> from(static_cast<std::size_t>(size));
  for (int other = 0; other < size; ++other) {
    const auto i = static_cast<std::size_t>(other);
    if (rank < job.round.summands) to[i] = std::as_bytes(part_of(array, other, size));
    if (other < job.round.summands) from[i] = std::as_writable_bytes(received(other));
  }
  processes_.exchange(to, from);
  for (int other = 0; other < job.round.summands; ++other) {
    const std::span<const float> summand =
        other == rank ? part_of(array, rank, size) : received(other);
    if (other == 0 && job.round.begins) {
      std::copy(summand.begin(), summand.end(), sum.begin());
    } else {
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += summand[i];
    }
  }
  if (!job.round.ends) return;
  for (int other = 0; other < size; ++other) {
    const auto i = static_cast<std::size_t>(other);
    to[i] = std::as_bytes(std::span(sum));
    from[i] = std::as_writable_bytes(part_of(array, other, size));
  }
  processes_.exchange(to, from);
  std::copy(sum.begin(), sum.end(), part_of(array, rank, size).begin());
}

}  // namespace unetflow
