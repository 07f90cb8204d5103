// Sums of arrays over processes that are the same bytes for any number of processes: those of a
// loop over all summands in order. Each process adds up a part of each array, for all, in a thread
// beside what it computes, and has its part of each summand from whoever has that; at the end all
// get all parts. So each process sends and receives about one array for each of its summands and
// one for the sum, whatever their number.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "communication/array_sum.hpp"
#include "communication/communicator.hpp"

namespace unetflow {

class OrderedSum final : public ArraySum {
 public:
  /// The arrays hold this process's summands, and then the sums.
  OrderedSum(Communicator& processes, std::vector<std::span<float>> arrays);
  /// Stops in the middle if the processes are not done.
  ~OrderedSum() override;
  OrderedSum(const OrderedSum&) = delete;
  OrderedSum& operator=(const OrderedSum&) = delete;

  void start(std::size_t array, const Round& round) override;
  void wait(std::size_t array) override;

  /// How long the thread was at work, and how long wait() has waited, seconds.
  double worked() const;
  double waited() const { return waited_; }

 private:
  struct Job {
    std::size_t array;
    Round round;
  };
  void work();
  void add(const Job& job);

  Communicator& processes_;
  std::vector<std::span<float>> arrays_;
  std::vector<std::vector<float>> sums_;  // of each array, this process's part
  std::vector<float> received_;           // the part of one array, from each process
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;  // the first is being done
  bool stopped_ = false;
  std::exception_ptr error_;
  double worked_ = 0, waited_ = 0;
  std::thread thread_;  // last: it begins when all is there
};

}  // namespace unetflow
